"""Reading the validation stage: for its buyer and the people who score by number, for a founder its own part."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from marketplace.accounts.models import Role, User
from marketplace.demand.models import Demand
from marketplace.evaluation import blind, queries
from marketplace.evaluation.validation_models import ValidationGrant, ValidationStage
from marketplace.rules.errors import NotFound
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.rules.validation import Outcome
from marketplace.tendering import queries as bids
from marketplace.tendering.models import Bid

BUYERS_ORDER = "validation"


@dataclass(frozen=True)
class Reader:
    """What somebody may see of a stage: as "buyer" or "operator" all of it, by number; as "founder" their own part."""

    side: str
    grants: list[ValidationGrant]
    numbers: dict[int, int]


def stage_of(session: Session, demand: Demand) -> ValidationStage | None:
    """The stage of a demand, None where none was stated."""
    return session.get(ValidationStage, demand.id)


def reader(session: Session, demand: Demand, *, actor: User) -> Reader:
    """How the actor reads the stage. Raises NotFound for everyone it does not concern."""
    stage = stage_of(session, demand)
    if actor.organisation_id == demand.buyer_id or actor.role == Role.OPERATOR:
        return Reader("operator" if actor.role == Role.OPERATOR else "buyer", list(stage.grants) if stage else [],
                      blind.numbers(session, demand, reader=BUYERS_ORDER))
    own = [grant for grant in stage.grants if grant.bid.founder_id == actor.organisation_id] if stage else []
    if not own:
        raise NotFound("validation.no_stage", code=demand.code)
    return Reader("founder", own, {})


def choices(session: Session, demand: Demand) -> list[tuple[int, Bid]]:
    """The bids access can be offered to, each with its number, in that order."""
    numbers = blind.numbers(session, demand, reader=BUYERS_ORDER)
    found = [(numbers[bid.id], bid) for bid in queries.in_play(bids.opened_bids(session, demand))]
    return sorted(found, key=lambda pair: pair[0])


def of_bids(demand: Demand) -> dict[int, ValidationGrant]:
    """What the trials showed so far, by bid: for the pages of those who score."""
    session = object_session(demand)
    stage = stage_of(session, demand) if session is not None else None
    return {grant.bid_id: grant for grant in stage.grants if grant.outcome is not None} if stage else {}


def passed_by(session: Session, founder_id: int, *, own: bool = False) -> list[ValidationGrant]:
    """The trials a founder passed on this platform, of demands that are awarded, the newest first.

    Others see those of bids that won only: who lost is not made known.
    """
    query = select(ValidationGrant).join(ValidationGrant.bid).join(Bid.demand).where(
        Bid.founder_id == founder_id, ValidationGrant.outcome == Outcome.PASSED,
        Demand.status == DemandStatus.COMPLETE)
    if not own:
        query = query.where(Bid.status == BidStatus.AWARDED)
    return list(session.scalars(query.order_by(ValidationGrant.recorded_at.desc())))
