"""How an edition turned out by the end of a day, from bids, awards, contracts and the payment ledger."""
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from marketplace.clock import SHANGHAI, legal_day
from marketplace.contracts.models import Contract, Milestone
from marketplace.demand.models import Demand
from marketplace.editions.models import Edition
from marketplace.editions.queries import demands_by_code
from marketplace.payments import queries as obligations
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of, statement_of
from marketplace.rules.editions import EditionStatus, Outcome, Part, Recap, recap
from marketplace.rules.errors import Problem, Problems, WrongState
from marketplace.rules.lifecycle import ContractStatus, DemandStatus
from marketplace.tendering.models import Award, Bid
from marketplace.tendering.queries import LIVE


def of_edition(session: Session, edition: Edition, *, as_of: dt.date, now: dt.datetime) -> Recap:
    """The recap of a published edition. Raises Problems (as_of: before its publication, or not yet come), WrongState
    for one that is not published."""
    outcomes = outcomes_of(session, edition, as_of=as_of, now=now)
    return recap(outcomes.values(), as_of=as_of)


def outcomes_of(session: Session, edition: Edition, *, as_of: dt.date, now: dt.datetime) -> dict[str, Outcome]:
    """What became of each demand, by its code, in the edition's order."""
    if edition.status != EditionStatus.PUBLISHED or edition.published_at is None:
        raise WrongState("edition.not_published", month=edition.name)
    first, today = legal_day(edition.published_at), legal_day(now)
    if not first <= as_of <= today:
        raise Problems([Problem("as_of", "edition.as_of_out_of_range", {"first": first, "today": today})])
    codes = [item["code"] for item in edition.document["items"]]
    found = demands_by_code(session, codes)
    ids = [demand.id for demand in found.values()]
    end = min(dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time(), SHANGHAI), now)
    facts = _Facts(_bids(session, ids, end), _awards(session, ids, end), _contracts(session, ids, as_of),
                   _parts(session, ids, as_of))
    listed = {item["code"]: item["budget_fen"] for item in edition.document["items"]}
    return {code: _outcome(found[code], listed[code], facts, end=end, as_of=as_of) for code in codes}


class _Facts:
    """What was read for all demands at once, by demand id."""

    def __init__(self, bids: dict[int, int], awards: dict[int, int], contracts: dict[int, Contract],
                 parts: dict[int, list[Part]]) -> None:
        self.bids, self.awards, self.contracts, self.parts = bids, awards, contracts, parts


def _outcome(demand: Demand, budget_fen: int, facts: _Facts, *, end: dt.datetime, as_of: dt.date) -> Outcome:
    over = demand.bid_deadline is not None and demand.bid_deadline < end
    contract = facts.contracts.get(demand.id)
    return Outcome(
        budget_fen=budget_fen, cancelled=demand.status == DemandStatus.CANCELLED and demand.updated_at < end,
        bids=facts.bids.get(demand.id, 0) if over else None, awarded_fen=facts.awards.get(demand.id),
        signed=contract is not None,
        delivered=contract is not None and all(_delivered(one, as_of) for one in contract.milestones),
        parts=facts.parts.get(demand.id, ()))


def _delivered(milestone: Milestone, as_of: dt.date) -> bool:
    """Whether a part lay with the buyer, or was accepted, at the end of a day."""
    known = [one for one in milestone.deliveries if one.delivered_on <= as_of]
    last = known[-1] if known else None
    rejected = last is not None and last.decision == "rejected" and last.decided_on is not None \
        and last.decided_on <= as_of
    return last is not None and not rejected


def _bids(session: Session, demand_ids: list[int], end: dt.datetime) -> dict[int, int]:
    """Bids neither replaced nor withdrawn. Withdrawal ends with bidding, so today's status is that of any day after."""
    query = select(Bid.demand_id, func.count()).where(
        Bid.demand_id.in_(demand_ids), Bid.status.in_(LIVE), Bid.received_at < end).group_by(Bid.demand_id)
    return {row[0]: row[1] for row in session.execute(query)}


def _awards(session: Session, demand_ids: list[int], end: dt.datetime) -> dict[int, int]:
    query = select(Award.demand_id, Bid.price_fen).join(Bid, Bid.id == Award.bid_id).where(
        Award.demand_id.in_(demand_ids), Award.awarded_at < end)
    return {demand_id: price_fen or 0 for demand_id, price_fen in session.execute(query)}


def _contracts(session: Session, demand_ids: list[int], as_of: dt.date) -> dict[int, Contract]:
    query = select(Contract).where(
        Contract.demand_id.in_(demand_ids), Contract.signed_on <= as_of, Contract.status != ContractStatus.CANCELLED)
    found = session.scalars(query.options(selectinload(Contract.milestones).selectinload(Milestone.deliveries)))
    return {contract.demand_id: contract for contract in found}


def _parts(session: Session, demand_ids: list[int], as_of: dt.date) -> dict[int, list[Part]]:
    query = select(Contract.id, Contract.demand_id).where(Contract.demand_id.in_(demand_ids))
    demand_of = {row[0]: row[1] for row in session.execute(query)}
    parts: dict[int, list[Part]] = defaultdict(list)
    for obligation in _begun(obligations.of_contracts(session, list(demand_of)), as_of):
        parts[demand_of[obligation.contract_id]].append(_part(obligation, as_of))
    return parts


def _begun(found: Iterable[Obligation], as_of: dt.date) -> Iterable[Obligation]:
    """Those whose milestone had been delivered by then."""
    return (one for one in found if any(delivery.delivered_on <= as_of for delivery in one.milestone.deliveries))


def _part(obligation: Obligation, as_of: dt.date) -> Part:
    found = statement_of(obligation, as_of=as_of)
    accrual = accrual_of(found)
    left = accrual.principal_left_fen
    return Part(obligation.amount_fen, left, found.due, None if left else accrual.cleared_on)
