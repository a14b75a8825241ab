"""The validation stage (验证, PoC): a few bids are tried on the data offered before anything is awarded.

Policy of the platform (no statute sets such a stage): stated before publication, or decided
after the opening for the same number of best bids, never for one bidder alone. Access is granted for a purpose, until
a day, on conditions the founder accepts; it ends with the decision at the latest.
"""
from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum

from marketplace.rules.errors import Invalid
from marketplace.rules.lifecycle import Lifecycle

MOST_TOP, MOST_DAYS, MOST_FILES = 5, 60, 10
TEXT_MOST = 4000
_NUMBER = re.compile(r"-?(?:\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.\d{1,4})?")


class GrantStatus(StrEnum):
    """Access is offered, accepted with its conditions, and ends one way or another."""

    OFFERED = "offered"
    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What the trial showed."""

    PASSED = "passed"
    FAILED = "failed"


_G = GrantStatus
GRANT = Lifecycle("validation_grant", _G, {
    (_G.OFFERED, "accept"): _G.ACTIVE,
    (_G.OFFERED, "revoke"): _G.REVOKED,
    (_G.ACTIVE, "revoke"): _G.REVOKED,
    (_G.OFFERED, "expire"): _G.EXPIRED,
    (_G.ACTIVE, "expire"): _G.EXPIRED,
    (_G.OFFERED, "close"): _G.CLOSED,
    (_G.ACTIVE, "close"): _G.CLOSED,
})
LIVE = (_G.OFFERED, _G.ACTIVE)


def metric(text: str) -> str:
    """A measured value as it is kept: a plain decimal, no exponent. A comma parts thousands and nothing else: 98,6 is
    not read as 986. Raises Invalid("validation.metric")."""
    said = text.strip().replace("，", ",")
    if not _NUMBER.fullmatch(said):
        raise Invalid("validation.metric", value=text[:40])
    return str(Decimal(said.replace(",", "")))


def reaches(value: str, threshold: str, *, higher_is_better: bool) -> bool:
    """Whether a measured value is at least as good as the stated threshold."""
    found, wanted = Decimal(value), Decimal(threshold)
    return found >= wanted if higher_is_better else found <= wanted


def over(expires_on: date, *, today: date) -> bool:
    """Whether access has ended by its day; the day itself is included."""
    return today > expires_on
