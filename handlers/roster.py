"""The roster in chat: sending a file, reading the preview, confirming; template and export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.chat import Button, File, Reply
from bot.core.roles import Role
from bot.files import roster_xlsx
from bot.routing import Router, Turn
from bot.services import gate, outbox, roster, roster_export
from bot.services.roster import Job
from bot.services.roster_plan import Plan
from handlers.texts import roster as texts

router = Router()


@dataclass(frozen=True)
class Preview:
    """A file that was read before the turn: what it would change, kept under `job_id`."""

    name: str
    plan: Plan
    job_id: int | None = None
    report: File | None = None


def _is_roster(turn: Turn) -> bool:
    return turn.file is not None and isinstance(turn.file.prepared, Preview)


@router.shape("roster.file", accepts=_is_roster, audience=Role.ADMINISTRATOR)
def send_file(turn: Turn) -> Reply:
    assert turn.file is not None
    preview = turn.file.prepared
    assert isinstance(preview, Preview)
    text = texts.preview(preview.name, preview.plan)
    if preview.job_id is not None:
        turn.open("roster.preview", job=preview.job_id)
    return Reply(text, buttons=_choices(preview), file=preview.report)


def _choices(preview: Preview) -> list[Button]:
    job_id, plan = preview.job_id, preview.plan
    if job_id is None:
        return []
    buttons: list[Button] = []
    if plan.steps:
        buttons.append(Button(texts.START, "roster.start", job_id, False))
    if plan.missing and plan.refusal is None:
        buttons.append(Button(texts.START_WITH_LEAVERS, "roster.start", job_id, True))
    return [*buttons, Button(texts.CANCEL, "roster.cancel", job_id)]


@router.button("roster.start", audience=Role.ADMINISTRATOR)
def start(turn: Turn) -> Reply:
    job_id, with_leavers, *sure = turn.arguments
    if not _is_asked(turn, int(job_id)):
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    if with_leavers and not sure:
        return _ask_about_leavers(turn, int(job_id))
    if with_leavers and not turn.is_open("roster.leavers", job=int(job_id)):
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    job: Job | None = roster.start(
        turn.session, turn.member, int(job_id), with_leavers=bool(with_leavers), at=turn.now
    )
    turn.close()
    if job.total <= 1:
        # What takes one short transaction takes this one.
        job = roster.resume(turn.session, at=turn.now) or job
        return Reply(texts.done(job), replaces=True)
    return Reply(
        texts.started(job), [Button(texts.PROGRESS, "roster.progress", job.id)], replaces=True
    )


def _is_asked(turn: Turn, job_id: int) -> bool:
    """Whether the preview stands: 取消 disarms its buttons."""
    return turn.is_open("roster.preview", job=job_id) or turn.is_open("roster.leavers", job=job_id)


def _ask_about_leavers(turn: Turn, job_id: int) -> Reply:
    job = roster.ask_about_leavers(turn.session, turn.member, job_id)
    turn.open("roster.leavers", job=job_id)
    sure = Button(texts.MARK, "roster.start", job_id, True, True)
    return Reply(
        texts.ask_about_leavers(job), [sure, Button(texts.CANCEL, "roster.cancel", job_id)]
    )


@router.button("roster.progress", audience=Role.ADMINISTRATOR)
def show_progress(turn: Turn) -> Reply:
    job = roster.progress(turn.session, turn.member, int(turn.arguments[0]))
    if job is None:
        return Reply(texts.REFUSALS["roster_gone"], replaces=True)
    if job.is_done:
        return Reply(texts.done(job), replaces=True)
    button = Button(texts.PROGRESS, "roster.progress", job.id)
    return Reply(texts.under_way(job), [button], replaces=True)


@router.button("roster.cancel", audience=Role.ADMINISTRATOR)
def cancel(turn: Turn) -> Reply:
    roster.cancel(turn.session, turn.member, int(turn.arguments[0]), at=turn.now)
    return Reply(texts.CANCELLED, replaces=True)


@router.button("roster.show", audience=Role.ADMINISTRATOR)
@router.command(
    "roster",
    help="花名册：导入、模板、导出",
    words=("花名册", "导入花名册", "花名册模板"),
    audience=Role.ADMINISTRATOR,
)
def show(turn: Turn) -> Reply:
    if (turn.incoming.text or "").strip() == texts.TEMPLATE_WORD:
        return _template()
    template = Button(texts.TEMPLATE, "roster.template")
    return Reply(texts.HELP, buttons=[[template, Button(texts.EXPORT, "roster.export")]])


@router.button("roster.template", audience=Role.ADMINISTRATOR)
def give_template(turn: Turn) -> Reply:
    del turn
    return _template()


def _template() -> Reply:
    file = File(texts.TEMPLATE_NAME, roster_xlsx.template(), texts.XLSX)
    return Reply(texts.TEMPLATE_NOTE, file=file)


@router.button("roster.export", audience=Role.ADMINISTRATOR)
def give_export(turn: Turn) -> Reply:
    people = [texts.person_row(row) for row in roster_export.people_rows(turn.session, turn.member)]
    units = [texts.unit_row(row) for row in roster_export.unit_rows(turn.session, turn.member)]
    file = File(texts.EXPORT_NAME, roster_xlsx.export(people, units), texts.XLSX)
    return Reply(texts.exported(len(people)), file=file, is_private=True)


def advance(session: Any, *, at: datetime) -> bool:
    """Carry out the next piece of a confirmed import; True while there may be more.

    For the sweep, in the bulk lane, one short transaction each. Who confirmed is told at the end.
    """
    job = roster.resume(session, at=at)
    if job is None:
        return False
    if job.is_done and job.owner.startswith("m"):
        outbox.add(
            session,
            job.owner,
            Reply(texts.done(job)),
            key=f"roster:{job.id}",
            purpose=gate.Purpose.AWAITED,
            at=at,
        )
    return True
