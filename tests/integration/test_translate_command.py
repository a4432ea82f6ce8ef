"""`ceasewire translate` as a filter: streaming, batches, bad lines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from worker.adapters.sample_model import build_sample_packages

DICTIONARY = Path(__file__).parents[2] / "config" / "sample" / "dictionary.yaml"

CEASEWIRE = [sys.executable, "-c", "from worker.cli import main; main()"]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    build_sample_packages(DICTIONARY, folder)
    return folder


def test_the_filter_answers_a_line_before_the_next_one_comes(packages: Path) -> None:
    with subprocess.Popen(
        [*CEASEWIRE, "translate", "--packages", str(packages)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        for number in (1, 2):
            process.stdin.write(json.dumps({"id": number, "text": "Встреча", "language": "ru"}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {
                "id": number,
                "language": "ru",
                "status": "translated",
                "translation": "Meeting",
                "model": "sample word-by-word 1.0",
                "confidence": "sample",
                "warnings": [],
            }
        process.stdin.close()
        assert process.wait(60) == 0


def test_the_filter_goes_on_after_bad_lines_and_says_so(packages: Path) -> None:
    lines = '{"id": 1, "text": "Встреча"}\nnonsense\n\n{"id": 2}\n'.encode() + b"\xff\n"
    lines += b'{"id": 3, "text": "x", "language": "ka"}'
    done = subprocess.run(
        [*CEASEWIRE, "translate", "--packages", str(packages)],
        input=lines,
        capture_output=True,
        timeout=120,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [(answer["id"], answer["status"]) for answer in answers] == [(1, "translated"), (3, "unavailable")]
    assert [line.split(":")[0] for line in done.stderr.decode().splitlines()] == ["line 2", "line 4", "line 5"]
    assert done.returncode == 1


def test_many_waiting_lines_come_out_in_their_order(packages: Path) -> None:
    lines = "".join(json.dumps({"id": n, "text": f"Встреча {n}", "language": "ru"}) + "\n" for n in range(150))
    done = subprocess.run(
        [*CEASEWIRE, "translate", "--packages", str(packages)],
        input=lines.encode(),
        capture_output=True,
        timeout=120,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [(answer["id"], answer["translation"]) for answer in answers] == [(n, f"Meeting {n}") for n in range(150)]


def test_the_sample_packages_are_built_where_asked(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CEASEWIRE, "translate", "--sample", "--packages", str(tmp_path)],
        input='{"id": 1, "text": "#Кремль: Встреча с Ильхамом Алиевым и Николом Пашиняном"}'.encode(),
        capture_output=True,
        timeout=120,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert answer["translation"] == "#Kremlin: Meeting with Ilham Aliyev and Nikol Pashinyan"
    assert answer["model"] == "sample word-by-word 1.0"
