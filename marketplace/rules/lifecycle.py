"""States are tables: what may follow what, one table per object.

Statuses follow the OCDS codelists where one exists (tenderStatus, contractStatus, milestoneStatus).
`advance` is the only way from one status to the next.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.rules.errors import WrongState


@dataclass(frozen=True)
class Lifecycle:
    """`name` prefixes the error code; `moves` maps (status, action) to the next status."""

    name: str
    statuses: type[StrEnum]
    moves: Mapping[tuple[StrEnum, str], StrEnum]


class ProjectStatus(StrEnum):
    """A project is cut into slices while planning; once its demands are posted it is active."""

    PLANNING = "planning"
    ACTIVE = "active"


class DemandStatus(StrEnum):
    """OCDS tenderStatus; ours are `review` (the operator looks at it) and `evaluation` (bids are being scored)."""

    PLANNING = "planning"
    REVIEW = "review"
    ACTIVE = "active"
    EVALUATION = "evaluation"
    COMPLETE = "complete"
    UNSUCCESSFUL = "unsuccessful"
    CANCELLED = "cancelled"


class BidStatus(StrEnum):
    """A bid is sealed until the opening; the founder may replace or withdraw it only before."""

    SEALED = "sealed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    OPENED = "opened"
    AWARDED = "awarded"
    UNSUCCESSFUL = "unsuccessful"


class ContractStatus(StrEnum):
    """OCDS contractStatus: pending until both sides have confirmed, terminated when fulfilled."""

    PENDING = "pending"
    ACTIVE = "active"
    TERMINATED = "terminated"
    CANCELLED = "cancelled"


class MilestoneStatus(StrEnum):
    """OCDS milestoneStatus has scheduled, met, notMet. Here `delivered` (waiting for acceptance) is
    scheduled in OCDS terms and `rejected` is notMet until it is delivered again."""

    SCHEDULED = "scheduled"
    DELIVERED = "delivered"
    MET = "met"
    REJECTED = "rejected"


class PaymentStatus(StrEnum):
    """The buyer notifies a payment; the founder confirms or contradicts that the money arrived.

    A confirmed one that turns out wrong (a bounced transfer, another obligation's money) is reversed, never deleted."""

    NOTIFIED = "notified"
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    REVERSED = "reversed"


class DisputeStatus(StrEnum):
    """`upheld` means the claim for the disputed amount stands (wholly or in part)."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class BondStatus(StrEnum):
    """A bond is asked for, provided by the founder, and given back; a return counts once the founder has it."""

    REQUIRED = "required"
    PROVIDED = "provided"
    RETURN_NOTIFIED = "return_notified"
    RETURNED = "returned"
    WAIVED = "waived"


class ReceivableStatus(StrEnum):
    """A founder asks its buyer to confirm what it is owed (Decree 802 Art. 16); silence leaves it `requested`."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_P, _D, _B, _C = ProjectStatus, DemandStatus, BidStatus, ContractStatus
_M, _Y, _Q = MilestoneStatus, PaymentStatus, DisputeStatus

PROJECT = Lifecycle("project", _P, {(_P.PLANNING, "post"): _P.ACTIVE})
DEMAND = Lifecycle("demand", _D, {
    (_D.PLANNING, "submit"): _D.REVIEW,
    (_D.REVIEW, "publish"): _D.ACTIVE,
    (_D.REVIEW, "return"): _D.PLANNING,
    (_D.REVIEW, "withdraw"): _D.PLANNING,
    (_D.ACTIVE, "open_bids"): _D.EVALUATION,
    (_D.ACTIVE, "close_without_bids"): _D.UNSUCCESSFUL,
    (_D.EVALUATION, "award"): _D.COMPLETE,
    (_D.EVALUATION, "none_suitable"): _D.UNSUCCESSFUL,
    (_D.COMPLETE, "revoke"): _D.EVALUATION,
    (_D.PLANNING, "cancel"): _D.CANCELLED,
    (_D.REVIEW, "cancel"): _D.CANCELLED,
    (_D.ACTIVE, "cancel"): _D.CANCELLED,
    (_D.EVALUATION, "cancel"): _D.CANCELLED,
})
BID = Lifecycle("bid", _B, {
    (_B.SEALED, "supersede"): _B.SUPERSEDED,
    (_B.SEALED, "withdraw"): _B.WITHDRAWN,
    (_B.SEALED, "open"): _B.OPENED,
    (_B.OPENED, "award"): _B.AWARDED,
    (_B.OPENED, "reject"): _B.UNSUCCESSFUL,
    (_B.AWARDED, "revoke"): _B.OPENED,
    (_B.UNSUCCESSFUL, "revoke"): _B.OPENED,
})
CONTRACT = Lifecycle("contract", _C, {
    (_C.PENDING, "sign"): _C.ACTIVE,
    (_C.PENDING, "cancel"): _C.CANCELLED,
    (_C.ACTIVE, "finish"): _C.TERMINATED,
    (_C.TERMINATED, "reopen"): _C.ACTIVE,
})
MILESTONE = Lifecycle("milestone", _M, {
    (_M.SCHEDULED, "deliver"): _M.DELIVERED,
    (_M.REJECTED, "deliver"): _M.DELIVERED,
    (_M.DELIVERED, "accept"): _M.MET,
    (_M.DELIVERED, "reject"): _M.REJECTED,
})
PAYMENT = Lifecycle("payment", _Y, {
    (_Y.NOTIFIED, "confirm"): _Y.CONFIRMED,
    (_Y.NOTIFIED, "contradict"): _Y.CONTRADICTED,
    (_Y.CONFIRMED, "reverse"): _Y.REVERSED,
})
DISPUTE = Lifecycle("dispute", _Q, {
    (_Q.OPEN, "uphold"): _Q.UPHELD,
    (_Q.OPEN, "dismiss"): _Q.DISMISSED,
})
BOND = Lifecycle("bond", BondStatus, {
    (BondStatus.REQUIRED, "provide"): BondStatus.PROVIDED,
    (BondStatus.REQUIRED, "waive"): BondStatus.WAIVED,
    (BondStatus.PROVIDED, "notify_return"): BondStatus.RETURN_NOTIFIED,
    (BondStatus.RETURN_NOTIFIED, "confirm_return"): BondStatus.RETURNED,
    (BondStatus.RETURN_NOTIFIED, "contradict_return"): BondStatus.PROVIDED,
})
RECEIVABLE = Lifecycle("receivable", ReceivableStatus, {
    (ReceivableStatus.REQUESTED, "confirm"): ReceivableStatus.CONFIRMED,
    (ReceivableStatus.REQUESTED, "refuse"): ReceivableStatus.REFUSED,
    (ReceivableStatus.REQUESTED, "withdraw"): ReceivableStatus.WITHDRAWN,
})
ALL = (PROJECT, DEMAND, BID, CONTRACT, MILESTONE, PAYMENT, DISPUTE, BOND, RECEIVABLE)


def allowed(table: Lifecycle, status: str) -> tuple[str, ...]:
    """The actions possible from `status`, in the order of the table."""
    return tuple(action for (before, action) in table.moves if before == status)


def advance(table: Lifecycle, status: str, action: str) -> StrEnum:
    """The status after `action`. Raises WrongState("<object>.wrong_state") with status, action, allowed."""
    following = table.moves.get((status, action))
    if following is None:
        raise WrongState(f"{table.name}.wrong_state", status=table.statuses(status), action=action,
                         allowed=list(allowed(table, status)))
    return following
