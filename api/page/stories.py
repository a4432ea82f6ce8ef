"""Copies of one report folded into one card of the list."""

from collections.abc import Sequence
from dataclasses import replace

from api.page.cards import Card
from api.present import present_story
from ceasewire.store.session import Store
from ceasewire.store.stories import get_stories


def fold(store: Store, cards: Sequence[Card]) -> list[Card]:
    """Of a story's copies on this page only the first stays, and knows the story; the order stays."""
    ids = {card.item.story_id for card in cards if card.item.story_id is not None}
    if not ids:
        return list(cards)
    with store.read() as s:
        stories = {id_: present_story(view) for id_, view in get_stories(s, ids).items()}
    kept: list[Card] = []
    shown: set[int] = set()
    for card in cards:
        story_id = card.item.story_id
        if story_id in shown:
            continue
        if story_id in stories and stories[story_id].count:
            shown.add(story_id)
            card = replace(card, story=stories[story_id])
        kept.append(card)
    return kept
