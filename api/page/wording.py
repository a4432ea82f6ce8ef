"""How the page says things: languages, countries, times and lags in English words."""

from datetime import datetime, timedelta

from ceasewire.store.queries import COUNTED

LANGUAGES = {
    "ar": "Arabic",
    "az": "Azerbaijani",
    "bg": "Bulgarian",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "he": "Hebrew",
    "hy": "Armenian",
    "it": "Italian",
    "ka": "Georgian",
    "mk": "Macedonian",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "und": "undetermined",
}
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "ckb", "dv", "yi"})
COUNTRIES = {
    "AM": "Armenia",
    "AT": "Austria",
    "AZ": "Azerbaijan",
    "BE": "Belgium",
    "CH": "Switzerland",
    "CN": "China",
    "DE": "Germany",
    "EU": "European Union",
    "FR": "France",
    "GB": "United Kingdom",
    "GE": "Georgia",
    "IL": "Israel",
    "IR": "Iran",
    "QA": "Qatar",
    "RU": "Russia",
    "TR": "Turkey",
    "UA": "Ukraine",
    "UN": "United Nations",
    "US": "United States",
}
PUBLISHERS = {
    "state": "state",
    "wire": "news agency",
    "independent": "independent",
    "regional": "regional",
    "ngo": "NGO",
}
PLATFORMS = {"x": "X", "telegram": "Telegram", "facebook": "Facebook", "instagram": "Instagram"}
TAG_KINDS = {"topic": "topic", "actor": "actor", "place": "place"}
KINDS = {"feed": "feed", "telegram": "Telegram channel", "page": "web page"}
FIELDS = {
    "title": "in the title",
    "text": "in the text",
    "translation.title": "in the translated title",
    "translation.text": "in the translation",
}
DATE_KINDS = {
    "assumed": "its time zone is assumed",
    "day": "only the day is known",
    "first_seen": "not given: when it was first seen",
}
ABSENCES = {
    "waiting": "its own address is being asked",
    "there": "still at its own address",
    "unclear": "its own address gives no clear answer",
}
LOOKUPS = {
    "waiting": "its platform is being asked for the text",
    "gone": "gone",
    "refused": "its platform does not show it",
    "textless": "it has no text",
    "unclear": "its platform gives no clear answer",
}
HEALTH = {
    "ok": "working",
    "failing": "failing",
    "silent": "silent",
    "never_polled": "not polled yet",
    "disabled": "off",
}
ADDED_KINDS = (("feed", "Feed: RSS, Atom, JSON"), ("telegram", "Telegram channel"))  # that a form can say all about
HEALTH_ORDER = ("failing", "silent", "never_polled", "ok", "disabled")
OUTCOMES = {"new": "new items", "unchanged": "nothing new", "not_modified": "not modified"}
ERRORS = {
    403: "Not allowed",
    404: "Nothing is here",
    421: "Unknown address",
    422: "This filter does not work",
    503: "The store is not answering",
}
# What the reader can do: an address and its words.
REMEDIES = {
    401: (("/view/sign-in", "Sign in"),),
    403: (("/view/sign-in", "Sign in with another key"),),
    503: (("", "Try again"),),
}
PAGES = (
    ("/", "Now"),
    ("/view/timeline", "Timeline"),
    ("/view/sides", "Sides"),
    ("/view/sources", "Sources"),
    ("/view/subscriptions", "Subscriptions"),
    ("/view/model", "Model"),
)
# What scripts say; `{n}` and `{what}` are filled in there.
SCRIPT_WORDS = {
    "new_one": "1 new item",
    "new_many": "{n} new items",
    "new_more": "{n} or more new items",
    "show": "Show",
    "offline": "You are offline. What stands here was loaded at {what} and does not change until you are back.",
    "unreachable": "The server cannot be reached. What stands here was loaded at {what}; it is asked again by itself.",
    "back": "Connected again.",
    "try_again": "The server cannot be reached; try again.",
    "sign_in": "Sign in",
    "needs_key": "This needs a key that may do it.",
    "secret": "“{what}” is made. Its signing secret is shown only this once:",
    "kept": "I have kept it",
    "delete": "Delete “{what}” and its history?",
    "tested": "A message marked as a test is on its way; the history below says what became of it.",
    "nothing_sent": "It would have sent nothing in these days.",
    "sent_one": "It would have sent 1 alert:",
    "sent_many": "It would have sent {n} alerts:",
    "newest": "the newest {n} are listed",
    "polling": "{what} is due now; a worker takes it within seconds.",
}
MODEL_PARTS = {"topic": "Topics", "actor": "Actors", "place": "Places"}
MODES = {
    "instant": "At once, about each report",
    "digest": "A digest, every hour or day",
    "spike": "When there is unusually much",
    "silence": "When a source or side falls silent",
    "source_trouble": "When a source has trouble",
}
CHANNELS = {
    "webhook": ("Webhook", "An http or https address; deliveries are signed"),
    "email": ("E-mail", "One e-mail address"),
    "apprise": ("Apprise", "The name of an address in the operator’s apprise.yaml"),
    "feed": ("Private feed", "No address: its feed is read"),
    "stream": ("Live stream", "No address: it is listened to"),
}
QUERY_FIELDS = {
    "conflict": "Conflict",
    "topics": "Topics",
    "actors": "Actors",
    "places": "Places",
    "languages": "Languages",
    "sources": "Sources",
    "source_kinds": "Read as",
    "publishers": "Publishers",
    "countries": "Countries",
    "sides": "Sides",
    "verdicts": "About the conflict",
    "min_score": "Score at least",
    "salience": "Topics are",
    "words": "Words",
    "words_in": "Words in",
}
ALERT_STATES = {
    "pending": "waiting",
    "collected": "waits for its digest",
    "carried": "went with another",
    "delivered": "delivered",
    "dead": "given up",
}
ALERT_KINDS = {
    "item": "report",
    "update": "update",
    "digest": "digest",
    "spike": "spike",
    "silence": "silence",
    "source_trouble": "source trouble",
    "test": "test",
    "backlog": "backlog",
}
BUCKETS = {"hour": "Hours", "day": "Days", "week": "Weeks"}
MINUTE, HOUR, DAY = 60, 3600, 86400


def language_name(code: str | None) -> str:
    """English name of a BCP 47 code, the code itself where there is none here."""
    return LANGUAGES.get(code or "", code or "unknown")


def direction(code: str | None) -> str:
    """The value for `dir`: `auto` lets the first strong letter decide."""
    if code is None or code == "und":
        return "auto"
    return "rtl" if code.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def country_name(code: str | None) -> str:
    """English name of an ISO 3166-1 code, the code itself where there is none here."""
    return COUNTRIES.get(code or "", code or "")


def clock(moment: datetime) -> str:
    """Hours and minutes, UTC."""
    return f"{moment:%H:%M}"


def day(moment: datetime) -> str:
    """Monday 11 January 2021."""
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def stamp(moment: datetime | None) -> str:
    """11 Jan 2021, 14:05, or a dash."""
    return f"{moment.day} {moment:%b %Y, %H:%M}" if moment else "–"


def span(seconds: float) -> str:
    """A length of time in its largest unit: 40 s, 12 min, 3 h, 5 d."""
    size = abs(seconds)
    if size < MINUTE:
        return f"{size:.0f} s"
    if size < HOUR:
        return f"{size / MINUTE:.0f} min"
    if size < 2 * DAY:
        return f"{size / HOUR:.0f} h"
    return f"{size / DAY:.0f} d"


def ago(moment: datetime | None, now: datetime) -> str:
    """`3 h ago`, `in 2 min`, `never`."""
    if moment is None:
        return "never"
    passed = (now - moment) / timedelta(seconds=1)
    return f"{span(passed)} ago" if passed >= 0 else f"in {span(passed)}"


def due(moment: datetime | None, now: datetime) -> str:
    """When a poll will be: `in 7 min`, or `now` once it is due."""
    return "now" if moment is None or moment <= now else ago(moment, now)


def lag(seconds: float) -> str:
    """How long after publication an item was first seen."""
    return "dated ahead" if seconds < -MINUTE else f"seen +{span(max(seconds, 0))}"


def count(number: int, word: str) -> str:
    """`1 item`, `2 items`, and what was counted no further."""
    if number > COUNTED:
        return f"more than {COUNTED:,} {word}s"
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def side_name(side: str | None) -> str:
    """Sides are named by the sources' file, in any words: `south_ossetia` reads South ossetia."""
    return (side or "no side").replace("_", " ").replace("-", " ").capitalize()
