"""Credentials of a founder: who says so, until when they count, and when to think of renewing them.

A credential counts as stated until the operator has looked; what is refused or has expired does not count. The days
of the reminders are a platform rule; no instrument sets them.
"""
from __future__ import annotations

import datetime as dt
import unicodedata
from enum import StrEnum

from marketplace.rules.lifecycle import Lifecycle

REMIND_BEFORE = (60, 30, 7)
"""Platform rule: a reminder when no more than this many days are left, once each."""

SHOWN_AT_AN_END = 2
SHORTEST_MASKED = 6


class CredentialStatus(StrEnum):
    """What was last done with a credential; that it has expired is told by the day."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class CredentialState(StrEnum):
    """How a credential stands on a day, as others see it."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


_S = CredentialStatus
CREDENTIAL = Lifecycle("credential", _S, {
    (_S.CLAIMED, "verify"): _S.VERIFIED,
    (_S.CLAIMED, "refuse"): _S.REFUSED,
    (_S.CLAIMED, "correct"): _S.CLAIMED,
    (_S.REFUSED, "correct"): _S.CLAIMED,
    (_S.VERIFIED, "refuse"): _S.REFUSED,
    (_S.CLAIMED, "withdraw"): _S.WITHDRAWN,
    (_S.VERIFIED, "withdraw"): _S.WITHDRAWN,
    (_S.REFUSED, "withdraw"): _S.WITHDRAWN,
})
COUNTING = (_S.CLAIMED, _S.VERIFIED)


def state_of(status: str, valid_until: dt.date | None, *, today: dt.date) -> CredentialState:
    """How a credential stands on a day. Its last day is a valid one; None never expires."""
    if status in COUNTING and valid_until is not None and valid_until < today:
        return CredentialState.EXPIRED
    return CredentialState(status)


def reminder_due(valid_until: dt.date | None, *, today: dt.date) -> int | None:
    """The latest reminder reached by a day (60, 30 or 7), None for none or once it is over."""
    if valid_until is None:
        return None
    left = (valid_until - today).days
    return min((days for days in REMIND_BEFORE if 0 <= left <= days), default=None)


def masked(number: str) -> str:
    """A number as others see it: its ends, or its last character where it is short. "" stays ""."""
    if len(number) < SHORTEST_MASKED:
        return "*" * (len(number) - 1) + number[-1:]
    hidden = len(number) - 2 * SHOWN_AT_AN_END
    return number[:SHOWN_AT_AN_END] + "*" * hidden + number[-SHOWN_AT_AN_END:]


def same_name(name: str) -> str:
    """What two spellings of one certificate's name have in common: width, case and blanks aside."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
