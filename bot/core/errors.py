"""The errors that our parts raise at one another; words for them are made elsewhere."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - a rule that said no, a word of the glossary
    """A rule said no. Carries a code and details, never a sentence (texts/ has the words)."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class SettingsFault(Exception):  # noqa: N818
    """The product cannot start as it is set up; the message names the cause and the cure."""


class SendFailed(Exception):  # noqa: N818
    """A platform did not take a message.

    `permanent` decides whether another try makes sense; `retry_after` (seconds) holds the whole
    platform back; `in_doubt` says that it may have arrived after all (the answer was lost);
    `is_away` that the platform can't be reached at all, whatever the message.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        in_doubt: bool = False,
        is_away: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after
        self.in_doubt = in_doubt
        self.is_away = is_away

    @property
    def is_unreachable(self) -> bool:
        """Whether the chat takes nothing any more: the person has blocked the bot, or is gone."""
        return self.permanent and self.reason in ("blocked", "left", "unreachable")
