"""Files made ready before their turn: a roster is read and planned while others are served."""

from __future__ import annotations

from dataclasses import replace

from bot.core.chat import Incoming
from bot.core.clock import Clock, local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.lanes import Lane, Lanes
from bot.files import minutes_text, roster_csv, roster_xlsx
from bot.files.roster_sheet import Sheets
from bot.files.workbook import Unusable
from bot.services import members, notice_drafts, roster, roster_plan
from bot.services.files import StoredFile
from bot.services.members import Member
from bot.services.roster_plan import Plan
from handlers.minutes import SentText
from handlers.roster import Preview
from handlers.texts import roster as texts

_TABLES = (".xlsx", ".xls", ".csv")


class Intake:
    """Reads what takes long in a thread of its own; the database gets it in short pieces.

    A roster with identity numbers is refused here, in memory: nothing of it is ever stored.
    """

    def __init__(self, lanes: Lanes, clock: Clock) -> None:
        self._lanes = lanes
        self._clock = clock

    def prepare(self, incoming: Incoming, file: StoredFile) -> StoredFile:
        """The file with what was made of it, or as it is. Raises Refused."""
        name = file.name.lower()
        if incoming.chat.is_group or not name.endswith((*_TABLES, *minutes_text.ENDINGS)):
            return file
        if name.endswith(minutes_text.ENDINGS):
            return self._read_minutes(incoming, file)
        member = self._may(incoming, Role.ADMINISTRATOR)
        if member is None:
            return file
        sheets = read(file.name, file.content)
        with self._lanes.database.read() as session:
            plan = roster_plan.make(session, member, sheets, on=local_day(self._clock.now()))
        report = texts.report(file.name, plan)
        job_id = None if plan.faults or plan.is_empty else self._keep(member, file.name, plan)
        return replace(file, prepared=Preview(file.name, plan, job_id, report))

    def _read_minutes(self, incoming: Incoming, file: StoredFile) -> StoredFile:
        if self._may(incoming, Role.SECRETARY) is None:
            return file
        try:
            text = minutes_text.read(file.name, file.content)
        except Unusable as unusable:
            raise Refused("minutes_file", reason=unusable.message) from unusable
        return replace(file, prepared=SentText(file.name, text))

    def _may(self, incoming: Incoming, role: Role) -> Member | None:
        with self._lanes.database.read() as session:
            day = local_day(self._clock.now())
            member = members.glimpse(session, incoming.chat, incoming.sender, on=day)
            if notice_drafts.is_attaching(session, member.owner, at=self._clock.now()):
                return None  # what is sent round with a notice is neither
        return member if member.may(role) else None

    def _keep(self, member: Member, name: str, plan: Plan) -> int:
        at = self._clock.now()
        mine, leaving = roster.pieces(plan)
        job_id = self._lanes.submit(
            lambda session: roster.draft(session, member.owner, name, plan, at=at), Lane.BULK
        ).result()
        for number, piece in enumerate([*mine, *leaving]):
            self._lanes.submit(
                lambda session, n=number, p=piece: roster.keep(session, job_id, n, p, at=at),
                Lane.BULK,
            ).result()
        self._lanes.submit(
            lambda session: roster.make_ready(
                session, job_id, pieces=len(mine), leaving=len(leaving)
            ),
            Lane.BULK,
        ).result()
        return job_id


def read(name: str, content: bytes) -> Sheets:
    """A roster by the ending of its name. Raises Refused."""
    if name.lower().endswith(".csv"):
        return roster_csv.read(content)
    return roster_xlsx.read(content)
