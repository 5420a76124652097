"""Logs that machines read: one JSON object a line, with ids and durations, never names or texts."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def configure(level: str = "INFO", *, for_people: bool = False) -> None:
    """Set up logging once. `for_people` prints readable lines, as on a terminal.

    Tracebacks come without local variables: these hold what people wrote.
    """
    number = logging.getLevelNamesMapping()[level]
    logging.basicConfig(level=number, stream=sys.stderr, format="%(name)s: %(message)s")
    for chatty in ("httpx", "telegram", "apscheduler", "aiohttp.access", "alembic"):
        logging.getLogger(chatty).setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_render(for_people=for_people),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _render(*, for_people: bool) -> list[structlog.types.Processor]:
    if for_people:
        frames = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(exception_formatter=frames)]
    return [
        structlog.processors.ExceptionRenderer(_traced),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


_TRACER = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def _traced(exc_info: structlog.typing.ExcInfo) -> list[dict[str, Any]]:
    """The exceptions, each with the first line of what it says.

    Behind it PostgreSQL quotes the row that it does not take.
    """
    found = _TRACER(exc_info)
    for each in found:
        each["exc_value"] = str(each["exc_value"]).partition("\n")[0]
    return found
