"""Reading the API's lists to their end."""

from collections.abc import Callable
from typing import Any


def all_items(get: Callable[[str], Any], filters: str = "") -> list[Any]:
    """Every page of /items; `filters` are further parameters, each with its `&`."""
    items: list[Any] = []
    cursor = ""
    while True:
        page = get(f"/items?limit=200{filters}{cursor}")
        items += page["items"]
        if not page["next"]:
            return items
        cursor = f"&cursor={page['next']}"
