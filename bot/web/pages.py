"""The few HTML pages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined
    )


def page(template: str, *, status: int = 200, **values: str) -> web.Response:
    """A page made from a template."""
    text = _templates().get_template(template).render(**values)
    return web.Response(text=text, content_type="text/html", status=status)


def plain(sentence: str, *, status: int) -> web.Response:
    """A page that says one sentence."""
    return page("plain.html", status=status, sentence=sentence)
