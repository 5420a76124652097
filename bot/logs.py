"""Logs that machines read: one JSON object a line, with ids and durations, never names or texts."""

from __future__ import annotations

import logging
import sys

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
    tracer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(tracer),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
