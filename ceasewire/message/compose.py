"""Compose: the message of an alert in all its forms."""

from ceasewire.items import AlertKind, Message
from ceasewire.message.html import render_html
from ceasewire.message.letter import make_letter
from ceasewire.message.links import Links
from ceasewire.message.payload import make_payload
from ceasewire.message.text import render_text
from ceasewire.store.alerts import AlertForDelivery


def compose(alert: AlertForDelivery, links: Links) -> Message:
    """The message of one alert; the same for every attempt, but for a translation or copies that came meanwhile."""
    letter = make_letter(alert, links)
    return Message(
        key=alert.key,
        subject=letter.subject,
        text=render_text(letter),
        html=render_html(letter),
        payload=make_payload(alert, links),
        unsubscribe_url=letter.unsubscribe_url,
        subscription_id=alert.subscription.id,
        follows=str(alert.body["of"]) if alert.kind == AlertKind.UPDATE and "of" in alert.body else None,
    )
