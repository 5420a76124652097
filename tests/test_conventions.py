"""What holds over all features: one word for each refusal, one schema, settings as documented."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import handlers
from bot.core.roles import Role
from bot.db import migrate
from bot.db.engine import Database
from bot.db.models import Base
from bot.settings import PREFIX, Settings
from bot.web import screen_words
from handlers.texts import all_refusals

ROOT = Path(__file__).parent.parent
# The meeting screen is no chat and has words of its own.
WORDS = all_refusals() | screen_words.REFUSALS
SOURCES = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")]


def test_every_refusal_has_words_and_every_word_a_refusal() -> None:
    raised = {code for path in SOURCES for code in _refusals_in(path)}
    assert raised == set(WORDS)


def test_the_words_for_a_refusal_name_only_details_it_carries() -> None:
    carried = {code: names for path in SOURCES for code, names in _details_in(path)}
    wanted = {code: set(re.findall(r"\{(\w+)", template)) for code, template in WORDS.items()}
    missing = {code: names - carried.get(code, set()) for code, names in wanted.items()}
    assert {code: names for code, names in missing.items() if names} == {}


def test_migrations_make_exactly_the_schema_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []
    assert migrate.revision_of(database) == migrate.head()


def test_the_readme_lists_every_setting_with_its_default() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(MUDUO_\w+)` \| ([^|]*) \|", readme, re.MULTILINE))
    expected = {
        PREFIX + name.upper(): _shown(field.default)
        for name, field in Settings.model_fields.items()
    }
    assert {name: text.strip().strip("`") for name, text in rows.items()} == expected


def test_every_command_says_what_it_does_within_telegrams_limit() -> None:
    for route in handlers.router().commands(Role.ADMINISTRATOR):
        assert re.fullmatch(r"[a-z0-9_]{1,32}", route.name)
        assert 1 <= len(route.help) <= 64


def test_every_button_leads_somewhere() -> None:
    router = handlers.router()
    actions = {action for path in SOURCES for action in _button_actions_in(path)}
    assert {action for action in actions if router.find("button", action) is None} == set()


def test_every_open_state_is_answered_by_somebody() -> None:
    router = handlers.router()
    opened, asked_for = (set(_states_in("open")), set(_states_in("is_open")))
    routed = {name for name in opened if router.find("state", name)}
    # One that takes no words only arms a button, which asks for it.
    assert opened - routed - asked_for == set()


def test_no_sentence_for_users_shouts_or_uses_half_width_punctuation() -> None:
    found = [
        f"{path.name}:{line}: {text}"
        for path in (ROOT / "handlers" / "texts").glob("*.py")
        for line, text in _strings_in(path)
        if re.search(r"[！!]|[\u4e00-\u9fff][,;:?]", text)
    ]
    assert found == []


def test_every_module_of_bot_has_its_place_among_the_layers() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["name"] == "Layers")
    placed = {name.strip(" ()") for layer in layers for name in layer.split("|")}
    parts = [*(ROOT / "bot").glob("*.py"), *(each.parent for each in (ROOT / "bot").glob("*/*.py"))]
    there = {f"bot.{each.stem}" for each in parts} - {"bot.__init__"}
    assert there - placed == set()


def _states_in(method: str) -> Iterator[str]:
    """The names that handlers give to turn.open or turn.is_open."""
    for path in (ROOT / "handlers").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr == method and node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def _strings_in(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _refused_calls(path: Path) -> Iterator[ast.Call]:
    """Where a code is given away: Refused itself, what raises one, and words to administrators."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and node.args):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        told = isinstance(node.func, ast.Attribute) and node.func.attr == "tell"
        if told or called in ("Refused", "_refuse"):
            yield node


def _codes_of(call: ast.Call) -> Iterator[str]:
    for part in ast.walk(call.args[0]):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _refusals_in(path: Path) -> Iterator[str]:
    for call in _refused_calls(path):
        yield from _codes_of(call)


def _details_in(path: Path) -> Iterator[tuple[str, set[str]]]:
    for call in _refused_calls(path):
        for code in _codes_of(call):
            yield code, {keyword.arg for keyword in call.keywords if keyword.arg}


def _button_actions_in(path: Path) -> Iterator[str]:
    """What Button, and paging for it, are given as actions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        at = {"Button": 1, "paging.numbers": 0, "paging.rows": 1}.get(ast.unparse(node.func))
        action = node.args[at] if at is not None and len(node.args) > at else None
        if isinstance(action, ast.Constant) and isinstance(action.value, str):
            yield action.value


def _shown(default: object) -> str:
    if default is None:
        return "—"
    if isinstance(default, bool):
        return "1" if default else "0"
    if isinstance(default, Path) and default.is_absolute():
        return str(default.relative_to(ROOT))
    return str(default)
