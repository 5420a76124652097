"""A folder of rules and plans for tests, beside a small knowledge."""

from __future__ import annotations

from pathlib import Path

from tests.knowledge_files import GIFTS, write

RULE = """\
rules:
  - id: greeting
    title: 节前
    to: {roles: [teacher]}
    when: {festival: [中秋, 国庆]}
    text: "{festival}快到了。"
    source: new-rules
    clause: 第一条
"""
PLAN = """\
plans:
  - id: films
    title: 警示片
    to: {roles: [teacher]}
    items:
      - id: first
        title: 第一部
        window: {every: year, from: 03-01, until: 05-31}
        text: 看一部片。
        film: {title: 片名}
        quiz: {items: [gifts-card-1], count: 1, passes: 1}
"""


def write_reminders(folder: Path, text: str = RULE, **others: str) -> Path:
    """Writes reminders/rules.yaml and others by name beside the small knowledge."""
    write(folder, GIFTS)
    (folder / "reminders").mkdir(exist_ok=True)
    for name, content in {"rules": text, **others}.items():
        (folder / "reminders" / f"{name}.yaml").write_text(content, encoding="utf-8")
    return folder
