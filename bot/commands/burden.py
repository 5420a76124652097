"""burden: the load on people, from the command line."""

from __future__ import annotations

from bot.commands.speaking import house, say
from bot.services import burden as service
from handlers.texts import burden as texts


def burden(weeks: int) -> None:
    with house() as (database, at), database.read() as session:
        found = service.measure(session, at=at, weeks=weeks)
    say(f"最近 {found.weeks} 个整周，{found.people} 人：")
    for line in texts.table(found):
        say(line)
