"""All rows. Importing this module makes the whole metadata known."""

from bot.db.models.base import Base
from bot.db.models.house import AuditRow, FactRow, JobRow
from bot.db.models.learning import (
    AdditionRow,
    AnswerRow,
    CardRow,
    FeedbackRow,
    MissGroupRow,
    MissRow,
    QuestionGroupRow,
    QuestionRow,
    SittingRow,
)
from bot.db.models.people import (
    AddressRow,
    CoverRow,
    DataRequestRow,
    InvitationRow,
    JoinRequestRow,
    MemberRow,
    MembershipRow,
    RoleRow,
    UnitRow,
)
from bot.db.models.talk import (
    DeliveryRow,
    FileRow,
    InboxRow,
    KeyboardRow,
    ShownRow,
    StateRow,
    TranscriptRow,
)

__all__ = [
    "AdditionRow",
    "AddressRow",
    "AnswerRow",
    "AuditRow",
    "Base",
    "CardRow",
    "CoverRow",
    "DataRequestRow",
    "DeliveryRow",
    "FactRow",
    "FeedbackRow",
    "FileRow",
    "InboxRow",
    "InvitationRow",
    "JobRow",
    "JoinRequestRow",
    "KeyboardRow",
    "MemberRow",
    "MembershipRow",
    "MissGroupRow",
    "MissRow",
    "QuestionGroupRow",
    "QuestionRow",
    "RoleRow",
    "ShownRow",
    "SittingRow",
    "StateRow",
    "TranscriptRow",
    "UnitRow",
]
