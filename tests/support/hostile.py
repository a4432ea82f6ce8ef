"""Broken, hostile and endless feeds: each number is one answer of a server, the same every time."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.support.feedserver import FeedServer, Reply, Request, brotli_bomb, gzip_bomb, redirect

ITEM = (
    "<item><title>Заседание комиссии {n}</title><link>https://valley.example/{n}</link><guid>g{n}</guid>"
    "<pubDate>Sun, 01 Mar 2026 07:30:00 +0400</pubDate><description><![CDATA[<p>Обсудили дороги и воду. {n}</p>"
    "<blockquote class='twitter-tweet'><p>Итоги дня</p>&mdash; Пресса (@press) <a href='https://x.com/press/status/"
    "13486880000000{n:05}'>1</a></blockquote>]]></description></item>"
)
TOKENS = (b"<", b">", b"&", b"\x00", b"\xff\xfe", b"]]>", b"<![CDATA[", b"&#0;", b"&#xD800;", b"<!--", b"<?", b"\xd0")
ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


def feed(entries: int = 8) -> bytes:
    """A sound feed of one's own."""
    items = "".join(ITEM.format(n=n) for n in range(entries))
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Вестник</title>'
    return f"{head}{items}</channel></rss>".encode()


FEED = feed()


def mutated(dice: random.Random) -> bytes:
    """The sound feed with bytes cut, doubled, swapped, or markup put in."""
    body = bytearray(FEED)
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(len(body))
        match dice.randrange(4):
            case 0:
                del body[at : at + dice.randint(1, 60)]
            case 1:
                body[at:at] = dice.choice(TOKENS)
            case 2:
                body[at] = dice.randrange(256)
            case _:
                body[at:at] = body[at : at + dice.randint(1, 200)]
    return bytes(body)


def _wrapped(inside: bytes) -> Reply:
    return Reply(body=b'<rss version="2.0"><channel><item><title>x</title>' + inside + b"</item></channel></rss>")


def _endless() -> Iterator[bytes]:
    yield FEED[:-20]
    while True:
        yield ITEM.format(n=1).encode() * 200


def _drip() -> Iterator[bytes]:
    while True:
        yield b" "


def _bomb() -> Reply:
    entities = (
        f'<!DOCTYPE r [<!ENTITY a0 "ha">{ENTITIES}]><rss version="2.0"><channel><title>&a11;</title></channel></rss>'
    )
    return Reply(body=entities.encode())


Maker = Callable[[random.Random], Reply]
COMMON: tuple[Maker, ...] = (
    lambda dice: Reply(body=mutated(dice)),
    lambda dice: Reply(body=FEED[: dice.randrange(len(FEED))]),
    lambda dice: Reply(body=dice.randbytes(dice.randint(0, 5000))),
    lambda dice: Reply(
        body=mutated(dice), content_type=dice.choice(("image/png", "text/html", "application/json", None))
    ),
    lambda dice: replace(Reply(body=mutated(dice), compress="gzip"), headers={"Content-Encoding": "br"}),
    lambda dice: Reply(status=dice.choice((204, 206, 400, 404, 418, 500, 503, 599)), body=FEED),
    lambda dice: redirect(dice.choice(("/nowhere", "", "ftp://valley.example/", "http://[", "//", "http://10.0.0.1/"))),
    lambda dice: Reply(body=b"{" * dice.randint(1, 20_000)),
    lambda dice: Reply(body=b"<!doctype html><p>" + b"<div>" * dice.randint(1, 3_000)),
    lambda dice: Reply(body=FEED.decode().encode(dice.choice(("utf-16", "cp1251", "koi8-r", "utf-32")), "replace")),
)
HEAVY: tuple[Maker, ...] = (
    lambda _: Reply(chunks=lambda: gzip_bomb(200), headers={"Content-Encoding": "gzip"}),
    lambda _: Reply(chunks=_endless),
    lambda _: Reply(chunks=_drip, drip_seconds=0.02),
    lambda _: Reply(hang_before="headers"),
    lambda _: _bomb(),
    lambda _: Reply(body=feed(20_000)),
    lambda _: _wrapped(b"<description>" + b"&lt;a " + b"b=c " * 50_000 + b"&gt;</description>"),
    lambda _: _wrapped(b"<description>" + b"&lt;div&gt;" * 20_000 + b"</description>"),
    lambda _: Reply(body=b"<rss>" + b"<a>" * 100_000),
    lambda _: redirect("/self"),
    lambda _: Reply(body=brotli_bomb(200), headers={"Content-Encoding": "br"}),
)


def reply(number: int, *, heavy_every: int = 100) -> Reply:
    """Answer `number`; one in `heavy_every` is large, slow or endless."""
    dice = random.Random(number)
    makers = HEAVY if number % heavy_every == 0 else COMMON
    return makers[(number // heavy_every if makers is HEAVY else number) % len(makers)](dice)


class HostileServer(FeedServer):
    """Answers `/hostile/NUMBER` with that reply, `/self` with a redirect to itself, anything else with a sound feed."""

    def answer(self, request: Request) -> Reply:
        """See `FeedServer`; nothing is recorded."""
        kind, _, number = request.path.strip("/").partition("/")
        if kind == "self":
            return redirect("/self")
        return reply(int(number)) if kind == "hostile" else Reply(body=FEED)
