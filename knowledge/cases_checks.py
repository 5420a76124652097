"""What is wrong with cases that shows only beside the other files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from knowledge.cases_schema import Case
from knowledge.checks import Found
from knowledge.faults import Fault
from knowledge.schema import Source


def of_ids(cases: Iterable[Found[Case]]) -> Iterator[Fault]:
    """Each case has an id of its own."""
    first: dict[str, str] = {}
    for found in cases:
        if found.value.id in first:
            yield found.fault(f"id“{found.value.id}”已用在 {first[found.value.id]}", "id")
        first.setdefault(found.value.id, found.line("id"))


def of_references(
    cases: Iterable[Found[Case]],
    sources: Mapping[str, Source],
    named: Iterable[str],
    today: date | None,
) -> Iterator[Fault]:
    """Documents that do not exist, or no longer hold."""
    known = set(named)
    for found in cases:
        for field in ("source", "follows_source"):
            name = str(getattr(found.value, field))
            source = sources.get(name)
            if name not in known:
                told = f"{field}“{name}”不在 sources.yaml 里，请先登记或改正 id"
                yield found.fault(told, field)
            elif source and source.repealed and (today is None or source.repealed <= today):
                yield found.fault(f"“{source.title}”已废止，请改依现行的文件", field)
