"""Loading: every mistake stops it, with file, line, key and remedy."""

import re
from pathlib import Path

import pytest

from ceasewire.conflict.lint import lint
from ceasewire.conflict.load import load_conflict, load_conflicts
from ceasewire.errors import ConfigError
from tests.unit.conflicts import CONFIG, ROOT, SMALL, own, parse_conflict, small


def error_of(old: str, new: str) -> ConfigError:
    assert old in SMALL
    with pytest.raises(ConfigError) as caught:
        parse_conflict(SMALL.replace(old, new, 1), "small.yaml")
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "line_of", "message"),
    [
        ("threshold: 3", "treshold: 3", "treshold", r"scoring.treshold: unknown key .*did you mean 'threshold'"),
        ("id: small", "id: [small]", "id:", r"id: must be text, is a list"),
        ('"shell*"', '"(shell|(gun))"', "(shell|(gun))", r"topics.shelling.terms.en.0: .*nested"),
        ('"shell*"', '"shell* ..12 town"', "shell* ..12", r"not between \.\.1 and \.\.8"),
        ("parent: fighting", "parent: fihgting", "fihgting", r"topics.shelling.parent: no topic 'fihgting'"),
        ("from_actors: [leftland]", "from_actors: [nobody]", "nobody", r"no actor 'nobody'"),
        ("from_topics: [shelling]", "from_topics: [rain]", "rain", r"no topic 'rain'"),
        ("with: [any_topic]", "with: [nothing]", "nothing", r"no anchor 'nothing'"),
        ("penalty: 4", "penalty: four", "penalty", r"must be a number, is text"),
        ("from: 2021-01-01", "from: soon", "from: soon", r"must be a date"),
        ("[10.5, -20.25]", "[10.5, 220]", "220", r"latitude"),
        ('tr: ["bombala*"]', 'trk: ["bombala*"]', "trk", r"unknown key .*'tr'"),
        ("ascii_fold_if_plain: [az, tr]", "ascii_fold_if_plain: [uz]", "uz", r"'uz' is not under `languages`"),
        ("(?:'?s|es|ed|ing)?", "(?:'?s", "inflection.en", r"no regular expression"),
        ("anchor: weak", "anchor: huge", "huge", r"'huge' is not known \(one of: strong"),
        ("weight: strong", "weight: heavy", "heavy", r"'heavy' is not known"),
        ('terms: {en: ["truce~"]}', "note: none", "truce:", r"an abstract topic has no terms"),
        ("schema: conflict-topic-model/1", "schema: other/2", "schema", r"'other/2' is not known"),
        ("threshold: 3", "threshold: 3\n  threshold: 4", "threshold: 4", r"stands twice"),
        ("languages: [en, ru, hy, az, tr]", "languages: [English]", "English", r"no language code"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(old: str, new: str, line_of: str, message: str) -> None:
    error = error_of(old, new)
    assert re.search(message, str(error)), str(error)
    file, line = error.about.split(":")
    assert file == "small.yaml"
    lines = SMALL.replace(old, new, 1).splitlines()
    assert any(part in "\n".join(lines[int(line) - 1 : int(line) + 1]) for part in (line_of, line_of.split(".")[-1]))


def test_the_parents_must_not_run_in_a_circle() -> None:
    error = error_of(
        "fighting: {label: {en: Fighting}, abstract: true}",
        "fighting: {label: {en: Fighting}, abstract: true, parent: fighting}",
    )
    assert "its own ancestor" in str(error)


def test_an_empty_folder_and_a_doubled_id_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no conflict file"):
        load_conflicts(tmp_path)
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(SMALL, encoding="utf-8")
    with pytest.raises(ConfigError, match="also in another file"):
        load_conflicts(tmp_path)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_conflict(tmp_path / "none.yaml")


def test_the_hash_changes_with_the_content_and_not_with_the_layout() -> None:
    assert parse_conflict(SMALL + "\n# a remark\n", "other.yaml").sha256 == small().sha256
    assert parse_conflict(SMALL.replace("truce~", "truces"), "small.yaml").sha256 != small().sha256


def test_what_the_file_says_is_there() -> None:
    conflict = own()
    assert conflict.label("ru") == "Нагорно-карабахский конфликт"
    assert conflict.label("xx") == "Nagorno-Karabakh conflict"
    assert conflict.ancestors("talks_mediation") == ("peace_process",)
    assert len([topic for topic in conflict.topics.values() if not topic.abstract]) == 23
    assert small().places["ford"].coordinates == (10.5, -20.25)


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_files_of_the_project_hold_and_their_examples_pass(path: Path) -> None:
    assert [finding for finding in lint(load_conflict(path)) if finding.error] == []


def test_there_is_a_conflict_of_another_region() -> None:
    assert len(load_conflicts(CONFIG)) >= 2


def test_no_code_knows_which_conflict_it_is_about() -> None:
    sources = [path for room in ("ceasewire", "worker", "api") for path in (ROOT / room).rglob("*.py")]
    assert [path for path in sources if "karabakh" in path.read_text(encoding="utf-8").lower()] == []


def test_an_example_that_fails_is_an_error_with_its_line() -> None:
    examples = '    examples:\n      positive: {en: ["A quiet day in Green Valley"]}\n'
    with_example = SMALL.replace("    parent: fighting\n", "    parent: fighting\n" + examples)
    findings = [finding for finding in lint(parse_conflict(with_example, "small.yaml")) if finding.error]
    assert len(findings) == 1
    assert "must be tagged" in findings[0].message
    assert findings[0].where.startswith("small.yaml:")


@pytest.mark.parametrize(
    ("terms", "message"),
    [('"war*"', "shorter than 4"), ('"Киeв"', "another script"), ('"shell*", "shell*"', "stands in")],
)
def test_lint_warns(terms: str, message: str) -> None:
    changed = SMALL.replace('"shell*"', terms)
    assert any(message in finding.message for finding in lint(parse_conflict(changed, "small.yaml")))
