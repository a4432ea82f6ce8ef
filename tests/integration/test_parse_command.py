"""`ceasewire parse` as a shell runs it."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FEED = """<?xml version="1.0" encoding="windows-1251"?><rss version="2.0"><channel><title>Проба</title>
<item><title>Переговоры</title><link>https://example.org/1</link><guid>n1</guid><description>&lt;p&gt;Начались.&lt;/p&gt;
&lt;blockquote class="twitter-tweet"&gt;&lt;p lang="ru"&gt;Встреча&lt;/p&gt;&amp;mdash; Служба (@SampleKremlin)
&lt;a href="https://twitter.com/SampleKremlin/status/1348619172541980672"&gt;January 11, 2021&lt;/a&gt;
&lt;/blockquote&gt;</description><pubDate>11 января 2021, 17:20</pubDate></item></channel></rss>"""
PAGE = """<!DOCTYPE html><html lang="en"><head><title>Talks</title><meta property="article:published_time"
content="2021-01-11T10:20:00Z"><link rel="canonical" href="/talks"></head><body><article><h1>Talks</h1><p>{}</p>
<script async src="https://telegram.org/js/telegram-widget.js" data-telegram-post="samplechannel/15"></script>
</article></body></html>"""


def ceasewire(*arguments: str, stdin: bytes = b"") -> tuple[int, list[dict[str, Any]], str]:
    command = [sys.executable, "-c", "from worker.cli import main; main()", "parse", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False, env={"PYTHONUTF8": "1"})
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def test_a_feed_on_standard_input() -> None:
    status, (entry, post), _ = ceasewire("-", "--timezone", "Asia/Baku", stdin=FEED.encode("cp1251"))
    assert status == 0
    assert (entry["id"], entry["key"], entry["kind"]) == ("n1", "url:https://example.org/1", "entry")
    assert (entry["title"], entry["published_at"]) == ("Переговоры", "2021-01-11T13:20:00+00:00")
    assert (post["id"], post["kind"], post["parent"]) == ("x:1348619172541980672", "post", entry["id"])
    assert (post["text"], post["handle"], post["language_declared"]) == ("Встреча", "SampleKremlin", "ru")


def test_a_page_in_gzip(tmp_path: Path) -> None:
    path = tmp_path / "page.html.gz"
    path.write_bytes(gzip.compress(PAGE.format("The parties met and agreed to meet again. " * 10).encode()))
    status, (entry, post), _ = ceasewire(str(path), "--url", "https://example.org/talks?utm_source=x")
    assert status == 0
    assert (entry["title"], entry["url"]) == ("Talks", "https://example.org/talks")
    assert entry["text"].startswith("The parties met")
    assert entry["published_at"] == "2021-01-11T10:20:00+00:00"
    assert (post["platform"], post["handle"], post["post_id"], post["parent"]) == (
        "telegram",
        "samplechannel",
        "15",
        entry["id"],
    )


def test_what_is_no_feed_is_said_on_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("just some notes")
    status, lines, error = ceasewire(str(path))
    assert (status, lines) == (1, [])
    assert "notes.txt" in error
    assert "no feed" in error


def test_a_broken_archive_is_said(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00broken-archive-data")
    status, _, error = ceasewire(str(path))
    assert status == 1
    assert "cannot be unpacked" in error
