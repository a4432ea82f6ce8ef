"""`ceasewire detect`: the language of texts, as a filter."""

import sys
from typing import Any

import click

from ceasewire.pipeline.detect import DetectorSettings
from ceasewire.settings import Settings
from worker.adapters.language import Detector
from worker.commands.jsonlines import Record, run_filter, text_field


@click.command(name="detect", short_help="Filter: JSON lines with text in, with language out.")
def command() -> None:
    """Find the language of each text.

    Reads lines like {"id": 1, "text": "Встреча в Кремле", "declared": "ru"} from standard input (`declared` may be
    missing) and writes {"id", "language", "confidence", "method", "others"} for each. `und` is no error: no answer
    is better than a wrong one. Nothing is downloaded. CEASEWIRE_MORE_LANGUAGES=pt,bg adds languages to the answers.
    """
    more = Settings.from_environment().more_languages
    detector = Detector(DetectorSettings().with_more(more))
    sys.exit(run_filter(sys.stdin, lambda record: _answer(detector, record)))


def _answer(detector: Detector, record: Record) -> dict[str, Any]:
    text = text_field(record, "text", required=True) or ""
    found = detector.detect(text, text_field(record, "declared"))
    return {
        "id": record["id"],
        "language": found.code,
        "confidence": found.confidence,
        "method": found.method,
        "others": list(found.others),
    }
