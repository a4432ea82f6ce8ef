"""What the command line tells Celery."""

import resource

import pytest

from worker.commands.worker import GROWTH_KILOBYTES, ROLES, bounds


def test_a_reader_that_grew_far_beyond_its_parent_is_replaced() -> None:
    (option,) = bounds("enrich")
    name, kilobytes = option.split("=")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert name == "--max-memory-per-child"
    assert 0 < int(kilobytes) <= used + GROWTH_KILOBYTES


@pytest.mark.parametrize("role", sorted(ROLES.keys() - {"enrich"}))
def test_others_are_not(role: str) -> None:
    """A translation model is larger than any bound that would help, and threads cannot be replaced."""
    assert bounds(role) == []
