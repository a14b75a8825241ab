"""Reading the validation stage: for its buyer and the people who score by number, for a founder its own part."""
from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True)
class Reader:
    """What somebody may see of a stage: as "buyer" or "operator" all of it, by number, and by name (`names`, by bid)
    once names are shown; as "founder" their own part; as "public" what was stated at publication."""

    side: str
    grants: list[ValidationGrant]
    numbers: dict[int, int]
    names: dict[int, str]


def stage_of(session: Session, demand: Demand) -> ValidationStage | None:
    """The stage of a demand, None where none was stated."""
    return session.get(ValidationStage, demand.id)


def reader(session: Session, demand: Demand, *, actor: User) -> Reader:
    """How the actor reads the stage. A stage stated at publication is one of the rules everyone bids under.

    Raises NotFound for everyone it does not concern.
    """
    stage = stage_of(session, demand)
    if actor.organisation_id == demand.buyer_id or actor.role == Role.OPERATOR:
        return _whole(session, demand, stage, actor)
    own = [grant for grant in stage.grants if grant.bid.founder_id == actor.organisation_id] if stage else []
    if own:
        return Reader("founder", own, {}, {})
    if stage is None or not stage.before_publication or demand.published_at is None:
        raise NotFound("validation.no_stage", code=demand.code)
    return Reader("public", [], {}, {})


def _whole(session: Session, demand: Demand, stage: ValidationStage | None, actor: User) -> Reader:
    """Under the letters the reader finds on the pages of the evaluation."""
    of = queries.standing(session, demand)
    numbers = blind.numbers(session, demand, reader=blind.reader_of(of, actor), within=of)
    names = {} if queries.names_hidden(session, demand) else {
        bid.id: bid.founder.name for bid in bids.opened_bids(session, demand)}
    return Reader("operator" if actor.role == Role.OPERATOR else "buyer", list(stage.grants) if stage else [],
                  numbers, names)


def require_concerned(session: Session, demand: Demand, *, actor: User) -> None:
    """Only its buyer, the operator and who was offered access do anything. Raises NotFound."""
    if reader(session, demand, actor=actor).side == "public":
        raise NotFound("validation.no_stage", code=demand.code)


def may_read(session: Session, demand: Demand, *, actor: User) -> bool:
    """Whether a stage was stated that the actor may read, for a link to it."""
    stage = stage_of(session, demand)
    return stage is not None and (
        stage.before_publication or actor.role == Role.OPERATOR or actor.organisation_id == demand.buyer_id
        or any(grant.bid.founder_id == actor.organisation_id for grant in stage.grants))


def choices(session: Session, demand: Demand, numbers: Mapping[int, int]) -> list[Bid]:
    """The bids access can be offered to, in the order of the reader's numbers."""
    return sorted(queries.in_play(bids.opened_bids(session, demand)), key=lambda bid: numbers[bid.id])


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
