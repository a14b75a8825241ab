"""States of a step of the ladder and of an appeal against it; advanced by `lifecycle.advance`."""
from __future__ import annotations

from enum import StrEnum

from marketplace.rules.lifecycle import Lifecycle


class StepStatus(StrEnum):
    """`taken` holds; `closed` by payment or because nothing is owed any more; `undone` by an upheld appeal."""

    TAKEN = "taken"
    CLOSED = "closed"
    UNDONE = "undone"


class StepEnd(StrEnum):
    """Why a step no longer holds."""

    SETTLED = "settled"
    DISPUTED = "disputed"
    DUE_MOVED = "due_moved"
    NOT_DUE = "not_due"
    APPEAL = "appeal"


class AppealStatus(StrEnum):
    """`lapsed`: the step was closed before the operator decided."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    LAPSED = "lapsed"


_S, _A = StepStatus, AppealStatus
STEP = Lifecycle("escalation_step", _S, {
    (_S.TAKEN, "close"): _S.CLOSED,
    (_S.CLOSED, "reopen"): _S.TAKEN,
    (_S.TAKEN, "undo"): _S.UNDONE,
})
APPEAL = Lifecycle("step_appeal", _A, {
    (_A.OPEN, "uphold"): _A.UPHELD,
    (_A.OPEN, "dismiss"): _A.DISMISSED,
    (_A.OPEN, "lapse"): _A.LAPSED,
})
