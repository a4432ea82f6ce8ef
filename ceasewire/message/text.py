"""The letter as plain text."""

from collections.abc import Iterator

from ceasewire.message.letter import Entry, Letter, Wording
from ceasewire.message.why import Context


def render_text(letter: Letter) -> str:
    """Paragraphs parted by empty lines; a match stands between double asterisks."""
    several = len(letter.entries) > 1
    parts = [letter.subject, *letter.lines]
    for number, entry in enumerate(letter.entries, 1):
        parts += [f"{number}. {entry.headline}" if several else "", *_entry(entry)]
    parts.append(f"and {letter.more} more" if letter.more else "")
    parts.append(f"-- \nSubscription “{letter.subscription}”. To end it: {letter.unsubscribe_url}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _entry(entry: Entry) -> Iterator[str]:
    yield f"{entry.byline}, {entry.published_at:%Y-%m-%d %H:%M} UTC"
    if entry.withdrawn_at:
        yield f"Taken back by its source, seen {entry.withdrawn_at:%Y-%m-%d %H:%M} UTC."
    why = [*entry.reasons, *map(_context, entry.why)]
    yield "Why: " + "\n     ".join(why) if why else ""
    yield _wording(f"Original ({entry.original.language or 'language not known'})", entry.original)
    if entry.translation:
        yield _wording(f"Translation ({entry.translation.language}, {entry.translated_by})", entry.translation)
    yield "\n".join(f"Warning: {warning}" for warning in entry.warnings)
    yield entry.note
    yield "\n".join(_others(entry))
    yield "\n".join(filter(None, [entry.link, entry.origin]))


def _context(context: Context) -> str:
    return f"{context.label}: {context.before}**{context.match}**{context.after}"


def _wording(label: str, wording: Wording) -> str:
    said = "\n".join(part for part in (wording.title, wording.text) if part)
    return f"{label}:\n{said}" if said else ""


def _others(entry: Entry) -> Iterator[str]:
    if entry.copies:
        yield f"Other texts of this story: {entry.copies}"
    for side, names in entry.by_side.items():
        yield f"Also carried, {side}: {', '.join(names)}"
