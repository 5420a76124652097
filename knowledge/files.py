"""The files of a knowledge folder: which there are, what they hold, whether they have changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from knowledge.faults import Fault

SOURCES = "sources.yaml"
# Files of another shape, each kind in a folder of its own.
REMINDERS = "reminders"
CASES = "cases"
_APART = (REMINDERS, CASES)
_LARGEST = 1_000_000
_ENDINGS = (".yaml", ".yml")


def names(folder: Path, unreadable: Callable[[OSError], object] | None = None) -> list[str]:
    """The knowledge files below a folder, as paths within it with slashes, in a stable order.

    `unreadable` is told of each folder that can't be entered.
    """
    found: list[str] = []
    for place, folders, files in os.walk(folder, onerror=unreadable):
        is_top = Path(place) == folder
        # Hidden folders hold editors' copies, and the real files behind a Kubernetes volume.
        folders[:] = [
            name for name in folders if not name.startswith(".") and not (is_top and name in _APART)
        ]
        within = Path(place).relative_to(folder)
        found += [
            (within / name).as_posix()
            for name in files
            if name.endswith(_ENDINGS) and not name.startswith(".")
        ]
    return sorted(found, key=lambda name: (name != SOURCES, name))


def reminder_names(
    folder: Path, unreadable: Callable[[OSError], object] | None = None
) -> list[str]:
    """The files of rules and plans, like `names`."""
    return _names_in(folder, REMINDERS, unreadable)


def case_names(folder: Path, unreadable: Callable[[OSError], object] | None = None) -> list[str]:
    """The files of cases, like `names`."""
    return _names_in(folder, CASES, unreadable)


def _names_in(folder: Path, kind: str, unreadable: Callable[[OSError], object] | None) -> list[str]:
    if not (folder / kind).is_dir():
        return []
    return [f"{kind}/{name}" for name in names(folder / kind, unreadable)]


def linked_folders(folder: Path) -> Iterator[Fault]:
    """Warnings of folders that are symbolic links: they could form a loop, so nobody enters."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(place) / name
            if path.is_symlink() and not name.startswith("."):
                within = path.relative_to(folder).as_posix()
                yield Fault(within, 1, 1, "这是指向文件夹的链接，没有读取；请改为真正的文件夹")


def text_of(folder: Path, name: str) -> str | Fault:
    """The text of one file, or why it can't be had. Notepad's byte order mark is dropped."""
    path = folder / name
    try:
        if not path.is_file():  # a pipe would keep the reader waiting for ever
            return Fault(name, 1, 1, "不是普通文件或是断开的链接，请换成文件或删去")
        size = path.stat().st_size
        if size > _LARGEST:
            return Fault(name, 1, 1, f"文件有 {size / 1e6:.1f} MB，最多 1 MB，请拆成几个文件")
        content = path.read_bytes()
    except OSError as error:
        return Fault(name, 1, 1, f"文件读不出来（{error.strerror}），请检查权限和链接")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(errors="replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return Fault(name, line, column, "不是 UTF-8 编码，请在编辑器里另存为 UTF-8")


def fingerprint(folder: Path) -> str:
    """Changes when a file is added, taken away or written. Reads no content: a millisecond."""
    digest = hashlib.sha256()
    for name in (*names(folder), *reminder_names(folder), *case_names(folder)):
        try:
            stat = (folder / name).stat()
        except OSError:
            digest.update(os.fsencode(f"{name}\0?\0"))
            continue
        # The inode tells a file that was replaced by another of the same size and time.
        digest.update(os.fsencode(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}\0"))
    return digest.hexdigest()[:16]
