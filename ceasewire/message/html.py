"""The letter as HTML for mail programs: styles inline, nothing loaded, every text escaped and in its own direction."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ceasewire.message.letter import Letter

HERE = Path(__file__).parent


@cache
def _template() -> Template:
    made = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return made.get_template("letter.html")


def render_html(letter: Letter) -> str:
    """A whole document."""
    return _template().render(letter=letter)
