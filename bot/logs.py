"""Logs that machines read: one JSON object a line, with ids and durations, never names or texts."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

# Whose messages say what is wrong with the machine. What others say may be what a person wrote,
# and where it happened is enough to find the fault.
_TELLING = {
    "DatabaseError",
    "DataError",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "OperationalError",
    "ProgrammingError",
    "OSError",
    "FileNotFoundError",
    "PermissionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
}
# Quoted words, but for those by which a database names its own parts.
_QUOTED = re.compile(
    r"""(?<!relation\ )(?<!column\ )(?<!table\ )(?<!constraint\ )"[^"]*"?|(?<![a-z]{2})'[^']*'?""",
    re.VERBOSE,
)
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_OUR_OWN = ("event", "level", "timestamp")


def configure(level: str = "INFO", *, for_people: bool = False) -> None:
    """Set up logging once. `for_people` prints readable lines, as on a terminal.

    Libraries are heard from warnings on: below, they print addresses, parameters and texts.
    """
    number = logging.getLevelNamesMapping()[level]
    logging.basicConfig(handlers=[handler()])
    logging.getLogger().setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _without_words,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_render(for_people=for_people),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def catch_the_rest() -> None:
    """Log what nobody catches as everything else, instead of printing what it says."""

    def fell(kind: type[BaseException], error: Any, trace: TracebackType | None) -> None:
        log = structlog.get_logger("muduo")
        log.critical("not caught", exc_info=(kind, error, trace))

    sys.excepthook = fell
    threading.excepthook = lambda args: fell(args.exc_type, args.exc_value, args.exc_traceback)


def handler() -> logging.Handler:
    """Prints what libraries log, without the words they quote."""
    printing = logging.StreamHandler(sys.stderr)
    printing.setFormatter(_Wordless())
    return printing


def masked(text: str) -> str:
    """The text without what it quotes and what is not ASCII: these are names, or were typed."""
    return _FOREIGN.sub("…", _QUOTED.sub("'…'", text))


class _Wordless(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        lines = [f"{record.name}: {masked(_said(record))}"]
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            lines += _lines((type(error), error, record.exc_info[2]))
        return "\n".join(lines)


def _said(record: logging.LogRecord) -> str:
    """The message, with exceptions among its parts as their kinds."""
    if not isinstance(record.args, tuple):
        return record.getMessage()
    parts = tuple(
        type(each).__name__ if isinstance(each, BaseException) else each for each in record.args
    )
    return str(record.msg) % parts if parts else record.getMessage()


def _without_words(
    _logger: Any, _method: str, told: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in told.items():
        if isinstance(value, str) and name not in _OUR_OWN:
            told[name] = masked(value)
    return told


def _render(*, for_people: bool) -> list[structlog.types.Processor]:
    if for_people:
        return [structlog.dev.ConsoleRenderer(exception_formatter=_print)]
    return [
        structlog.processors.ExceptionRenderer(_traced),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _print(out: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    out.write("\n".join(_lines(exc_info)))


def _lines(exc_info: structlog.typing.ExcInfo) -> Iterator[str]:
    for each in _traced(exc_info):
        for frame in each["frames"]:
            yield f"  {frame['filename']}:{frame['lineno']} in {frame['name']}"
        yield f"{each['exc_type']}: {each['exc_value']}".rstrip(": ")
        for one in each["exceptions"]:
            for inner in one:
                yield f"  {inner['exc_type']}: {inner['exc_value']}".rstrip(": ")


_TRACER = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def _traced(exc_info: structlog.typing.ExcInfo) -> list[dict[str, Any]]:
    """The exceptions with where they were raised, and what may be told of what they say."""
    return [_quieted(each) for each in _TRACER(exc_info)]


def _quieted(each: Mapping[str, Any]) -> dict[str, Any]:
    """Behind the first line of what it says PostgreSQL quotes the row that it does not take."""
    said = str(each["exc_value"]).partition("\n")[0] if each["exc_type"] in _TELLING else ""
    inner = [[_quieted(one) for one in group] for group in each.get("exceptions") or ()]
    return {**each, "exc_value": masked(said), "exc_notes": [], "exceptions": inner}
