"""Renders templates: the environment with its filters, the frame's words, errors as pages."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.templating import Jinja2Templates
from jinja2.ext import InternationalizationExtension

from api.page import wording
from api.page.highlight import plain
from api.urls import safe_link, with_query
from ceasewire import __version__

HERE = Path(__file__).parent

templates = Jinja2Templates(HERE / "templates")
templates.env.trim_blocks = templates.env.lstrip_blocks = True
# Templates mark their words with _( ) as gettext wants them; catalogues of other languages are installed here.
templates.env.add_extension(InternationalizationExtension)
templates.env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
templates.env.filters.update(
    language_name=wording.language_name,
    country_name=wording.country_name,
    side_name=wording.side_name,
    publisher_name=lambda publisher: wording.PUBLISHERS.get(publisher, publisher),
    platform_name=lambda platform: wording.PLATFORMS.get(platform, platform),
    kind_name=lambda kind: wording.KINDS.get(kind, kind),
    tag_kind_name=lambda kind: wording.TAG_KINDS.get(kind, kind),
    field_name=lambda field: wording.FIELDS.get(field, field),
    date_kind_name=lambda kind: wording.DATE_KINDS.get(kind, kind),
    absence_name=lambda outcome: wording.ABSENCES.get(outcome, outcome),
    lookup_name=lambda outcome: wording.LOOKUPS.get(outcome, outcome),
    health_name=lambda health: wording.HEALTH.get(health, health),
    outcome_name=lambda outcome: wording.OUTCOMES.get(outcome, outcome.replace("_", " ")),
    mode_name=lambda mode: wording.MODES.get(mode, mode),
    channel_name=lambda channel: wording.CHANNELS.get(channel, (channel, ""))[0],
    query_name=lambda field: wording.QUERY_FIELDS.get(field, field),
    alert_state_name=lambda state: wording.ALERT_STATES.get(state, state),
    alert_kind_name=lambda kind: wording.ALERT_KINDS.get(kind, kind),
    direction=wording.direction,
    clock=wording.clock,
    stamp=wording.stamp,
    day=wording.day,
    ago=wording.ago,
    due=wording.due,
    lag=wording.lag,
    span=wording.span,
    count=wording.count,
    plain=plain,
    safe_link=safe_link,
    # An address with another query: `"/" | link(topic="talks")`; what is None or empty is left out.
    link=lambda path, **query: with_query(path, ((name, str(value)) for name, value in query.items() if value)),
)


def render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page from its template."""
    signed_in = bool(request.cookies.get("ceasewire_session"))
    frame = {
        "here": request.url.path,
        "version": __version__,
        "status": status,
        "pages": wording.PAGES,
        "script_words": wording.SCRIPT_WORDS,
        "signed_in": signed_in,
    }
    return templates.TemplateResponse(request, template, frame | context, status_code=status)


def render_error(request: Request, status: int, detail: str) -> Response:
    """An error as a page: what is wrong and what can be done about it."""
    title = wording.ERRORS.get(status, "Something went wrong")
    return render(request, "error.html", status, title=title, detail=detail, remedies=wording.REMEDIES.get(status, ()))
