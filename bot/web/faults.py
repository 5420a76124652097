"""What a request is answered with: JSON that people can read, or one sentence on what is wrong."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web


class Wrong(Exception):  # noqa: N818
    """A request that can't be served; the sentence says what would be right."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def answer(data: Any, *, status: int = 200) -> web.Response:
    """JSON with Chinese as it is, so that it can be read in a terminal."""
    text = json.dumps(data, ensure_ascii=False)
    return web.Response(text=text, content_type="application/json", status=status)
