"""The page has a word for every language and country that it may have to name."""

import json
from pathlib import Path

import pytest

from api.page import wording
from ceasewire.channels import CHANNELS, no_address
from ceasewire.pipeline.detect import LANGUAGES
from ceasewire.sources import load_sources

CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_that_is_detected_has_a_name(code: str) -> None:
    assert code in wording.LANGUAGES


def test_every_language_and_country_of_a_source_has_a_name() -> None:
    sources = load_sources(CONFIG / "sources.yaml")
    assert {source.language for source in sources if source.language} <= wording.LANGUAGES.keys()
    assert {source.country for source in sources if source.country} <= wording.COUNTRIES.keys()


def test_every_channel_has_a_name_and_the_form_knows_which_have_an_address() -> None:
    script = (Path(wording.__file__).parent / "static" / "subscriptions.js").read_text(encoding="utf-8")
    addressed = [name for name, fault in CHANNELS.items() if fault is not no_address]
    assert wording.CHANNELS.keys() == CHANNELS.keys()
    assert f"const ADDRESSED = {json.dumps(addressed)};" in script
