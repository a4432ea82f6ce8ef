"""Canonical addresses: of articles, so that one article is one item, and of social posts, by platform and id."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from courlan import clean_url

_POINTLESS_PARAMETERS = re.compile(
    r"utm_|at_|ga_|mc_|(?:fbclid|gclid|yclid|dclid|msclkid|igshid|igsh|srsltid|twclid|ref|ref_src|ref_url|refsrc|from|src|"
    r"source|rss|feed|feature|cmp|cmpid|cid|ico|ito|smid|maca|ocid|traffic_source|traffic_medium|partner|s|amp|outputtype|"
    r"_openstat|spm|share|sharetype|output)$",
    re.IGNORECASE,
)
_PAGE_NAMING = re.compile(r"^(?:source|src|s|cid|share|output|ref|from|feed)$", re.IGNORECASE)
_MARKS_OF_TRACKING = re.compile(
    r"rss|feed|amp|twitter|facebook|telegram|social|newsletter|copy|main|^\d{1,2}$", re.IGNORECASE
)
_HOST_PREFIX = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
_AMP_PATH = re.compile(r"/amp(?=/|$)|\.amp(?=$|\.html$)", re.IGNORECASE)
# Most addresses of articles: nothing in them can be superfluous, so that they need no cleaning to be canonical.
_PLAIN = re.compile(
    r"https?://(?P<host>(?:[a-z0-9-]+\.)+[a-z0-9-]+)(?::\d+)?(?P<path>(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+)/?", re.ASCII
)
_SAFE_IN_PATH = "/:@!$&'()*+,;=-._~"

_HANDLE = r"[A-Za-z0-9_]{1,20}"
_X_PATH = re.compile(rf"^/(?:i/web/|i/|(?P<handle>{_HANDLE})/)status(?:es)?/(?P<id>\d{{1,20}})(?!\d)")
_TELEGRAM_PATH = re.compile(r"^/(?:s/)?(?P<handle>[A-Za-z][A-Za-z0-9_]{3,31})/(?P<id>\d{1,10})(?!\d)")
_INSTAGRAM_PATH = re.compile(r"^/(?:(?P<handle>[\w.]{1,30})/)?(?:p|reel|reels|tv)/(?P<id>[\w-]{5,40})")
_FACEBOOK_PATH = re.compile(
    r"^/(?:(?P<handle>[\w.%-]+)/(?:posts|videos|photos(?:/[\w.-]+)?)/(?:[^/]*/)?|reel/|watch/live/|events/)"
    r"(?P<id>pfbid\w+|\d{5,25})(?!\d)"
)
_BLUESKY_PATH = re.compile(r"^/profile/(?P<handle>[\w.:-]+)/post/(?P<id>\w+)")
_X_HOSTS = frozenset({"x.com", "twitter.com"})
_TELEGRAM_HOSTS = frozenset({"t.me", "telegram.me", "telegram.dog"})
_INSTAGRAM_HOSTS = frozenset({"instagram.com", "instagr.am"})
_FACEBOOK_HOSTS = frozenset({"facebook.com", "fb.com", "fb.watch"})


@dataclass(frozen=True, slots=True)
class PostAddress:
    """A social post's platform, id and handle (None where the address does not say), with its canonical URL."""

    platform: str
    post_id: str
    handle: str | None
    url: str

    @property
    def key(self) -> str:
        """The post's identity: ids count per channel on Telegram, and for a whole platform elsewhere."""
        return post_key(self.platform, self.post_id, self.handle)


def post_key(platform: str, post_id: str, handle: str | None) -> str:
    """`x:ID`, `telegram:handle/id`, …"""
    scope = f"{(handle or '').lower()}/" if platform == "telegram" else ""
    return f"{platform}:{scope}{post_id}"


def absolute_url(url: str | None, base: str | None) -> str | None:
    """`url` against `base`; None for what is no http(s) address."""
    if url and _PLAIN.fullmatch(url):
        return url
    try:
        joined = urljoin(base or "", (url or "").strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if url and parts.scheme in ("http", "https") and parts.netloc else None


@lru_cache(maxsize=2_000)  # a feed's address is asked for by identity, links and posts in turn
def canonical_url(url: str) -> str:
    """The address without what does not name the page: campaign parameters, AMP variants, fragments.

    Any text is taken; what is no http(s) address comes back stripped and otherwise as it is.
    """
    plain = _PLAIN.fullmatch(url)
    if plain and not _may_be_cleaned(plain):
        return url
    post = post_address(url)
    if post:
        return post.url
    try:
        cleaned = clean_url(url) or ""
        parts = urlsplit(cleaned)
    except ValueError:
        return url.strip()
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return url.strip()
    path = _AMP_PATH.sub("", quote(unquote(parts.path), safe=_SAFE_IN_PATH)) or "/"
    host = parts.netloc.lower().removeprefix("amp.")
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit(SplitResult(parts.scheme, host, path, _page_query(parts.query), fragment))


def _may_be_cleaned(plain: re.Match[str]) -> bool:
    """A social post, an AMP page, a port or a name in Punycode."""
    host = _HOST_PREFIX.sub("", plain["host"])
    odd = host in _POST_HOSTS or "xn--" in host or plain["host"].startswith("amp.") or ":" in plain.group()[8:]
    return odd or "amp" in plain["path"].lower()


@lru_cache(maxsize=2_000)
def url_key(url: str) -> str | None:
    """Identity of the page at `url`; None for a site's front page, which names no article, or no address at all.

    Scheme, `www.`, `m.` and a closing slash make no difference.
    """
    canonical = canonical_url(url)
    try:
        parts = urlsplit(canonical)
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    if parts.scheme not in ("http", "https") or not parts.netloc or not (path or parts.query or parts.fragment):
        return None
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return "url:" + urlunsplit(SplitResult("https", _HOST_PREFIX.sub("", parts.netloc), path, query, parts.fragment))


def post_address(url: str) -> PostAddress | None:
    """Which social post an address names, if any. All of a platform's hosts (mobile, old names, previews) count."""
    try:
        parts = urlsplit(url.strip())
        host = _HOST_PREFIX.sub("", (parts.hostname or "").lower())
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    for hosts, read in _PLATFORMS:
        if host in hosts:
            return read(parts)
    return None


def x_address(post_id: str, handle: str | None) -> PostAddress:
    """The address of a status on X, known by its id."""
    return PostAddress("x", post_id, handle, f"https://x.com/{handle or 'i/web'}/status/{post_id}")


def telegram_address(handle: str, post_id: str) -> PostAddress:
    """The address of a message in a public Telegram channel."""
    return PostAddress("telegram", post_id, handle, f"https://t.me/{handle}/{post_id}")


def instagram_address(post_id: str, handle: str | None) -> PostAddress:
    """The address of a post on Instagram, known by its short code."""
    return PostAddress("instagram", post_id, handle, f"https://www.instagram.com/p/{post_id}/")


def _page_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name, value) for name, value in pairs if not _is_pointless(name, value)])


def _is_pointless(name: str, value: str) -> bool:
    """Short names such as `s` or `from` also name pages on some sites: there the value must look like tracking."""
    if not _POINTLESS_PARAMETERS.match(name):
        return False
    return not _PAGE_NAMING.match(name) or not value or bool(_MARKS_OF_TRACKING.search(value))


def _x(parts: SplitResult) -> PostAddress | None:
    found = _X_PATH.match(parts.path)
    return x_address(found["id"], found["handle"]) if found else None


def _telegram(parts: SplitResult) -> PostAddress | None:
    found = _TELEGRAM_PATH.match(parts.path)
    return telegram_address(found["handle"], found["id"]) if found else None


def _instagram(parts: SplitResult) -> PostAddress | None:
    found = _INSTAGRAM_PATH.match(parts.path)
    return instagram_address(found["id"], found["handle"]) if found else None


def _facebook(parts: SplitResult) -> PostAddress | None:
    found = _FACEBOOK_PATH.match(parts.path)
    if found:
        url = f"https://www.facebook.com{parts.path[: found.end()]}"
        return PostAddress("facebook", found["id"], found["handle"], url)
    query = parse_qs(parts.query)
    for name in ("story_fbid", "fbid", "v"):
        if query.get(name):
            kept = urlencode([(key, query[key][0]) for key in (name, "id") if key in query])
            url = f"https://www.facebook.com{parts.path}?{kept}"
            return PostAddress("facebook", query[name][0], None, url)
    return None


def _bluesky(parts: SplitResult) -> PostAddress | None:
    found = _BLUESKY_PATH.match(parts.path)
    return PostAddress("bluesky", found["id"], found["handle"], f"https://bsky.app{found.group()}") if found else None


_PLATFORMS: tuple[tuple[frozenset[str], Callable[[SplitResult], PostAddress | None]], ...] = (
    (_X_HOSTS, _x),
    (_TELEGRAM_HOSTS, _telegram),
    (_INSTAGRAM_HOSTS, _instagram),
    (_FACEBOOK_HOSTS, _facebook),
    (frozenset({"bsky.app"}), _bluesky),
)
_POST_HOSTS = frozenset(host for hosts, _ in _PLATFORMS for host in hosts)
