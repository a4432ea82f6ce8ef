"""config/env.example names every setting with the default that the program has."""

import re
from dataclasses import fields
from pathlib import Path

from ceasewire.settings import Settings

EXAMPLE = Path(__file__).parents[2] / "config" / "env.example"


def written() -> dict[str, str]:
    return dict(re.findall(r"^#(CEASEWIRE_[A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_setting_is_there_once_and_nothing_else() -> None:
    names = re.findall(r"^#(CEASEWIRE_[A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(names) == sorted(f"CEASEWIRE_{field.name.upper()}" for field in fields(Settings))


def test_the_defaults_are_those_of_the_program() -> None:
    example = Settings.from_environment(written())
    default = Settings.from_environment({})
    for field in fields(Settings):
        if not field.name.endswith("_dir"):
            assert getattr(example, field.name) == getattr(default, field.name), field.name


def test_every_line_is_a_comment() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") or not line for line in lines)
