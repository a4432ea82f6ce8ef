"""The filter `tag` and the commands `topics`, run as a user runs them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.unit.conflicts import CONFIG, SMALL
from worker.commands import tag, topics

POST = {"id": 1, "text": "#Кремль: Встреча с Ильхамом Алиевым и Николом Пашиняном", "published_at": "2021-01-11"}


@pytest.fixture(autouse=True)
def _own_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEASEWIRE_CONFIG_DIR", str(CONFIG.parent))


def run_tag(*records: object, options: tuple[str, ...] = ()) -> Result:
    lines = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in records)
    return CliRunner().invoke(tag.command, [*options], input=lines + "\n")


def answers(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_filter_tags_a_line_and_finds_its_language_out() -> None:
    result = run_tag(POST)
    (answer,) = answers(result)
    assert result.exit_code == 0
    assert (answer["id"], answer["conflict"], answer["verdict"]) == (1, "karabakh", "relevant")
    (topic,) = answer["topics"]
    (evidence,) = topic["evidence"]
    assert (topic["id"], topic["salience"]) == ("talks_mediation", "reported")
    assert (evidence["field"], evidence["start"], evidence["end"]) == ("text", 9, 35)
    assert {actor["id"] for actor in answer["actors"]} == {"russia", "pashinyan", "aliyev"}


def test_background_topics_are_listed_apart_with_the_reason() -> None:
    record = {"id": 1, "language": "ru", "text": "После переговоров Алиева и Пашиняна в Карабахе тихо"}
    (answer,) = answers(run_tag(record))
    assert answer["topics"] == []
    (topic,) = answer["topics_background"]
    assert (topic["id"], topic["salience"]) == ("talks_mediation", "background")
    assert "После" in topic["reason"]


def test_parents_are_listed_when_asked_for() -> None:
    (answer,) = answers(run_tag(POST | {"language": "ru"}, options=("--derived",)))
    assert [(one["id"], one.get("derived")) for one in answer["topics"]] == [
        ("talks_mediation", None),
        ("peace_process", True),
    ]


def test_a_bad_line_is_told_with_its_number_and_the_rest_goes_on() -> None:
    result = run_tag("{", {"id": 2}, {"id": 3, "text": "x", "published_at": "soon"}, {"id": 4, "text": "Арцах"})
    assert result.exit_code == 1
    assert [one["id"] for one in answers(result)] == [4]
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["line 1", "line 2", "line 3"]
    assert "published_at" in result.stderr


def test_another_conflict_by_id_or_by_file() -> None:
    record = {"id": 1, "language": "ru", "text": "Политпредставители Кишинёва и Тирасполя встретились в Бендерах"}
    for name in ("transnistria", str(CONFIG / "transnistria.yaml")):
        (answer,) = answers(run_tag(record, options=("--conflict", name)))
        assert (answer["conflict"], answer["verdict"]) == ("transnistria", "relevant")


def test_an_unknown_conflict_is_an_error_that_names_the_known_ones() -> None:
    result = run_tag(POST, options=("--conflict", "atlantis"))
    assert "karabakh" in str(result.exception)


def test_check_passes_the_files_of_the_project() -> None:
    result = CliRunner().invoke(topics.command, ["check"])
    assert result.exit_code == 0
    assert "error" not in result.stderr
    assert len(result.stdout.splitlines()) == len(list(CONFIG.glob("*.yaml")))


def test_check_fails_on_a_broken_file_and_goes_on(tmp_path: Path) -> None:
    broken, good = tmp_path / "broken.yaml", tmp_path / "good.yaml"
    broken.write_text(SMALL.replace('"shell*"', '"(shell"'), encoding="utf-8")
    good.write_text(SMALL, encoding="utf-8")
    result = CliRunner().invoke(topics.command, ["check", str(broken), str(good)])
    assert result.exit_code == 1
    assert "broken.yaml:" in result.stderr
    assert "not closed" in result.stderr
    assert "good.yaml: small 1" in result.stdout


def test_explain_shows_evidence_and_what_was_dropped() -> None:
    text = "Armenia violated the ceasefire in Karabakh, Azerbaijan says"
    result = CliRunner().invoke(topics.command, ["explain", "--language", "en", text])
    assert result.exit_code == 0
    assert "relevant with" in result.stdout
    assert "topic ceasefire_violation" in result.stdout
    assert "dropped topics.ceasefire_agreement" in result.stdout


def test_evaluate_prints_figures_and_mistakes(tmp_path: Path) -> None:
    records = [
        {"id": "a", "lang": "ru", "text": POST["text"], "relevant": True, "topics": ["talks_mediation"]},
        {"id": "b", "lang": "en", "text": "Rain in Paris", "relevant": True, "topics": ["landmines"]},
    ]
    file = tmp_path / "labels.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    result = CliRunner().invoke(topics.command, ["evaluate", "--mistakes", str(file)])
    assert result.exit_code == 0
    rows = {
        " ".join(line.split()[:-6]): line.split()[-6:] for line in result.stdout.splitlines() if len(line.split()) > 6
    }
    assert rows["relevance"] == ["1.000", "0.500", "0.667", "1", "0", "1"]
    assert rows["topic landmines"] == ["1.000", "0.000", "0.000", "0", "0", "1"]
    assert "b [en] missed -landmines: Rain in Paris" in result.stdout


def test_evaluate_names_the_line_of_a_bad_label(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text('{"id": 1, "lang": "ru", "text": "x"}\n', encoding="utf-8")
    result = CliRunner().invoke(topics.command, ["evaluate", str(file)])
    assert "labels.jsonl:1" in str(result.exception)
    assert "'relevant'" in str(result.exception)
