"""Objections (异议) to an award: who decides what, and by when it must be answered.

Basis: Regulation on the Implementation of the Tendering and Bidding Law (in force 2012-02-01) Art. 54: an objection is
raised during the standstill, answered within three days of its receipt, and bidding stops until it is answered.
Art. 60: who disagrees turns to the supervising authority; here that is the operator, whose finding is recorded.
"""
from __future__ import annotations

from datetime import date
from enum import StrEnum

from marketplace.rules.dates import Calendar, RolledDay, add_days, roll_forward
from marketplace.rules.lifecycle import Lifecycle
from marketplace.rules.statutes import Dated, in_force

_LAW = "《招标投标法实施条例》（国务院令第613号，2012-02-01起施行）"
ANSWER_DAYS = (Dated(3, "day", date(2012, 2, 1), f"{_LAW}第五十四条：自收到异议之日起3日内作出答复"),)
FINDING_SOURCE = f"{_LAW}第六十条"
TEXT_MOST, TEXT_LEAST = 4000, 10


class ObjectionStatus(StrEnum):
    """Open until the buyer answers; a dismissal, or silence after the clock, may be brought before the operator."""

    OPEN = "open"
    DISMISSED = "dismissed"
    UPHELD = "upheld"
    ESCALATED = "escalated"
    UNFOUNDED = "unfounded"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Ground(StrEnum):
    """What an objection is about."""

    PROCEDURE = "procedure"
    SCORING = "scoring"
    ELIGIBILITY = "eligibility"
    CONFLICT = "conflict"
    FALSE_STATEMENT = "false_statement"
    OTHER = "other"


class Consequence(StrEnum):
    """What follows when an objection is upheld: the award falls, and the bids are looked at again or none is taken."""

    REEVALUATE = "reevaluate"
    NONE_SUITABLE = "none_suitable"


_S = ObjectionStatus
WAITING = (_S.OPEN, _S.ESCALATED)
OBJECTION = Lifecycle("objection", _S, {
    (_S.OPEN, "dismiss"): _S.DISMISSED,
    (_S.OPEN, "uphold"): _S.UPHELD,
    (_S.OPEN, "withdraw"): _S.WITHDRAWN,
    (_S.OPEN, "escalate"): _S.ESCALATED,
    (_S.DISMISSED, "escalate"): _S.ESCALATED,
    (_S.ESCALATED, "uphold"): _S.UPHELD,
    (_S.ESCALATED, "find_unfounded"): _S.UNFOUNDED,
    (_S.ESCALATED, "withdraw"): _S.WITHDRAWN,
    # The award fell because of another objection: what this one asked for has happened.
    (_S.OPEN, "lapse"): _S.LAPSED,
    (_S.ESCALATED, "lapse"): _S.LAPSED,
})


def answer_days(on: date) -> Dated[int]:
    """How many days a buyer has for its answer to an objection received on a day, with the source."""
    return in_force(ANSWER_DAYS, on) or ANSWER_DAYS[-1]


def answer_by(received_on: date, calendar: Calendar) -> RolledDay:
    """The last day for the answer: the day of receipt is not counted (Civil Code 201), a rest day passes the end on
    to the next working day (Civil Code 203)."""
    return roll_forward(add_days(received_on, answer_days(received_on).value), calendar)
