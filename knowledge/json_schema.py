"""The JSON Schema by which an editor checks and completes knowledge files."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from knowledge.cases_schema import CaseFile
from knowledge.reminders_schema import ReminderFile
from knowledge.schema import EntryFile, SourceFile


def json_schema() -> dict[str, Any]:
    """One JSON Schema for all knowledge files, so that an editor needs a single setting."""
    either: TypeAdapter[EntryFile | SourceFile | ReminderFile | CaseFile] = TypeAdapter(
        EntryFile | SourceFile | ReminderFile | CaseFile
    )
    return either.json_schema() | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "木铎知识文件",
    }
