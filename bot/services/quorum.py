"""Whether a meeting may begin and a vote has passed, by whole numbers: hints, never a ruling.

Each rule is that of shared/facts/party.md, section 十八, with the clause it rests on. Where the
sources differ the answer is UNSETTLED and the caveat says why: people decide. “半数以上” includes
exactly half, “超过半数” does not; a vote is passed by those entitled, not by those present; written
opinions count as votes and never as people present.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bot.core.errors import Refused
from bot.services.tally import Tally

PURPOSES = (
    "plain",
    "admission",
    "conversion",
    "discipline",
    "election",
    "appointment",
    "committee",
)


class Answer(Enum):
    """What the arithmetic says. NO_RULE: no clause demands a number."""

    MET = "met"
    NOT_MET = "not_met"
    UNSETTLED = "unsettled"
    NO_RULE = "no_rule"


@dataclass(frozen=True)
class Clause:
    """A place in a document of knowledge/sources.yaml."""

    source: str
    text: str


@dataclass(frozen=True)
class Rule:
    """A threshold: `have` times `times` against `of` times `share`, exactly met or not."""

    name: str
    clause: Clause
    times: int
    share: int
    includes_equal: bool

    def holds(self, have: int, of: int) -> bool:
        left, right = have * self.times, of * self.share
        return left >= right if self.includes_equal else left > right

    def fewest(self, of: int) -> int:
        """The smallest number that would do."""
        right = of * self.share
        return -(-right // self.times) if self.includes_equal else right // self.times + 1


@dataclass(frozen=True)
class Check:
    """What a rule says about a number: `have` of `of`, `needed` being the fewest that would do."""

    answer: Answer
    have: int = 0
    of: int = 0
    needed: int = 0
    rule: Rule | None = None
    caveat: str = ""


@dataclass(frozen=True)
class Count:
    """A vote as counted: D, P, for, against, abstained, and W, prior written opinions in favour."""

    entitled: int
    present: int
    in_favour: int
    against: int
    abstained: int
    written: int = 0

    @property
    def cast(self) -> int:
        return self.in_favour + self.against + self.abstained


_BRANCH, _ADMISSION, _ELECTION = (
    "branch-work-2018",
    "admission-rules-2014",
    "grassroots-election-2020",
)
_PENALTY, _SCHOOL = "penalty-procedure-2022", "principal-system-2022"

CONGRESS = Rule("half", Clause(_BRANCH, "第十一条"), 2, 1, includes_equal=True)
COMMITTEE = Rule("half", Clause(_BRANCH, "第十二条"), 2, 1, includes_equal=True)
ADMISSION = Rule("over_half", Clause(_ADMISSION, "第二十条"), 2, 1, includes_equal=False)
CONVERSION = Rule("over_half", Clause(_ADMISSION, "第三十三条"), 2, 1, includes_equal=False)
DISCIPLINE = Rule("over_half", Clause(_PENALTY, "第十三条"), 2, 1, includes_equal=False)
ELECTION = Rule("four_fifths", Clause(_ELECTION, "选举实施一章"), 5, 4, includes_equal=True)
CANDIDATES = Clause(_ELECTION, "候选人一章")
APPOINTMENT = Rule("two_thirds", Clause(_SCHOOL, "第（五）条"), 3, 2, includes_equal=True)

_BY_PURPOSE = {
    "admission": ADMISSION,
    "conversion": CONVERSION,
    "discipline": DISCIPLINE,
    "election": ELECTION,
}
_PASSING = {
    "plain": Rule("passes", Clause(_BRANCH, "第十一条"), 2, 1, includes_equal=False),
    "admission": Rule("passes", Clause(_ADMISSION, "第二十一条"), 2, 1, includes_equal=False),
    "conversion": Rule("passes", Clause(_ADMISSION, "第三十三条"), 2, 1, includes_equal=False),
    "discipline": Rule("passes", Clause(_PENALTY, "第十三条"), 2, 1, includes_equal=False),
    "election": Rule("elected", Clause(_ELECTION, "选举实施一章"), 2, 1, includes_equal=False),
}
_COUNTS_WRITTEN = ("admission", "conversion")


@dataclass(frozen=True)
class Venue:
    """The kinds of meetings that decide something, and the clause that says so."""

    kinds: tuple[str, ...]
    clause: Clause


# Which meeting may hold which vote; a plain one belongs in any. A study day decides nothing that
# the rules give to the whole branch, however many came to it. Secretaries are elected by the
# committee (ZB34), and a school's Party organisation may meet under a name of its own.
VENUES = {
    "admission": Venue(("congress",), Clause(_ADMISSION, "第二十条")),  # FZ18, FZ29
    "conversion": Venue(("congress",), Clause(_ADMISSION, "第三十三条")),  # FZ26, FZ33
    "discipline": Venue(("congress",), Clause(_PENALTY, "第十三条")),  # CF22
    "election": Venue(("congress", "committee"), Clause(_ELECTION, "第四条")),  # XJ03
    "appointment": Venue(("committee", "other"), Clause(_SCHOOL, "第（五）条")),  # XZ05
    "committee": Venue(("committee",), Clause(_BRANCH, "第十二条")),  # ZB09
}


def belongs(kind: str, purpose: str) -> bool:
    """Whether a meeting of that kind may hold such a vote."""
    return purpose not in VENUES or kind in VENUES[purpose].kinds


def offered(kind: str) -> list[str]:
    """The votes that people look for in a meeting of that kind, those that it may hold first.

    A vote of the whole branch is among them everywhere but in the committee, where nobody looks
    for it: who picks one elsewhere learns where it belongs.
    """
    if kind == "committee":
        return ["committee", "appointment", "election"]
    more = [each for each in PURPOSES if each not in ("committee", "appointment")]
    if belongs(kind, "appointment"):
        more.append("appointment")
    return sorted(more, key=lambda each: not belongs(kind, each))


def to_begin(kind: str, purpose: str, tally: Tally) -> Check:
    """Whether as many are there as the meeting needs.

    Purposes that demand a vote are measured by those with a vote (P of D), a committee's or a
    school Party organisation's meeting by its members.
    """
    if purpose in _BY_PURPOSE:
        return _there(_BY_PURPOSE[purpose], tally.voting, tally.entitled)
    if purpose == "appointment":
        return _there(APPOINTMENT, tally.present, tally.expected)
    if kind == "congress":
        return _there(CONGRESS, tally.voting, tally.entitled)
    if kind == "committee":
        return _there(COMMITTEE, tally.present, tally.expected)
    return Check(Answer.NO_RULE, tally.present, tally.expected)


def for_vote(purpose: str, count: Count) -> Check:
    """Whether as many were there as a vote of that purpose needs."""
    members = {"appointment": APPOINTMENT, "committee": COMMITTEE}
    rule = _BY_PURPOSE.get(purpose) or members.get(purpose, CONGRESS)
    return _there(rule, count.present, count.entitled)


def passing(purpose: str, count: Count) -> Check:
    """Whether a vote has passed; the base is those entitled (D), not those present."""
    rule = _PASSING.get(purpose)
    if rule is None:  # 支委会、学校党组织会议: by majority and their own rules of procedure
        return Check(Answer.NO_RULE, count.in_favour, count.present, caveat="own_rules")
    if purpose == "election":
        return _elected(rule, count)
    written = count.written if purpose in _COUNTS_WRITTEN else 0
    have, of = count.in_favour + written, count.entitled
    answer = Answer.MET if rule.holds(have, of) else Answer.NOT_MET
    if count.written > written and not rule.holds(have, of) and rule.holds(_all(count), of):
        # Only the rules on admission say that written opinions count (FZ31).
        return Check(Answer.UNSETTLED, have, of, rule.fewest(of), rule, "written")
    return Check(answer, have, of, rule.fewest(of), rule)


def check(purpose: str, count: Count) -> None:
    """The arithmetic of a vote that is about to be kept.

    Raises Refused: vote_purpose, vote_negative, vote_too_present, vote_too_many,
    vote_written_too_many.
    """
    if purpose not in PURPOSES:
        raise Refused("vote_purpose")
    if min(vars(count).values()) < 0 or count.entitled == 0:
        raise Refused("vote_negative")
    if count.present > count.entitled:
        raise Refused("vote_too_present", present=count.present, entitled=count.entitled)
    if count.cast > count.present:  # more ballots than were handed out: void (XJ10)
        raise Refused("vote_too_many", cast=count.cast, present=count.present)
    away = count.entitled - count.present
    if count.written > away:
        raise Refused("vote_written_too_many", written=count.written, away=away)


def candidates_needed(seats: int) -> int:
    """The fewest candidates for that many seats of a committee: 20 % more, rounded up (XJ08)."""
    return seats + -(-seats // 5)


def excellent_at_most(people: int) -> int:
    """How many may be 优秀 in a 民主评议 of that many (ZB28)."""
    return people // 3


def _there(rule: Rule, have: int, of: int) -> Check:
    if of == 0:
        return Check(Answer.NO_RULE, have, of, rule=rule, caveat="nobody_expected")
    answer = Answer.MET if rule.holds(have, of) else Answer.NOT_MET
    # Exactly four fifths: enough since 2020, not enough in what schools copied from 1990 (XJ07).
    is_edge = rule is ELECTION and have * 5 == of * 4
    return Check(answer, have, of, rule.fewest(of), rule, "exactly_four_fifths" if is_edge else "")


def _elected(rule: Rule, count: Count) -> Check:
    """XJ12 and XJ13: only what is more than half of both bases is said to be reached."""
    have, of = count.in_favour, count.entitled
    needed = rule.fewest(of)
    if rule.holds(have, of):
        return Check(Answer.MET, have, of, needed, rule)
    if rule.holds(have, count.present):
        return Check(Answer.UNSETTLED, have, of, needed, rule, "elected_base")
    return Check(Answer.NOT_MET, have, of, needed, rule)


def _all(count: Count) -> int:
    return count.in_favour + count.written
