"""How a demand is evaluated, worked with its own figures, for the pages that say it before and after publication."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session, object_session

from marketplace.accounts.models import Role, User
from marketplace.clock import legal_day
from marketplace.demand.models import Demand
from marketplace.evaluation import queries, trials
from marketplace.rules import evaluation, panel
from marketplace.rules.evaluation import CriterionKind
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.money import round_half_up
from marketplace.tendering import queries as tendering
from marketplace.tendering.evaluation import hundredths

EXAMPLE_PERCENT = 80  # of the budget: the lower of the two prices the formula is shown with


@dataclass(frozen=True)
class Worked:
    """`weight` of the price, None without a price criterion; an example with the budget and a lower price; the limits
    below which a price must be explained, `below_fen` being the budget's share; `trial_top` how many are tried in a
    validation stage stated at publication, None without one."""

    weight: int | None
    low_fen: int
    high_fen: int
    points: str
    score: str
    minima: list[tuple[str, int]]
    others_limit: int
    budget_limit: int
    below_fen: int
    hours: int
    trial_top: int | None


def worked(demand: Demand) -> Worked:
    """The rules with this demand's figures; the limits are those of the day it was published, or written."""
    weight = next((one.weight for one in demand.criteria if one.kind == CriterionKind.PRICE), None)
    high = demand.budget_fen
    low = max(high * EXAMPLE_PERCENT // 100, 1)
    points = evaluation.price_points(high, low)
    limits = panel.low_price(high, [high], high, on=legal_day(demand.published_at or demand.created_at))
    return Worked(
        weight, low, high, hundredths(points), hundredths(round_half_up(Fraction(points * (weight or 0), 100))),
        [(one.name, one.minimum_points) for one in demand.criteria if one.minimum_points],
        limits.others_limit, limits.budget_limit, high * limits.budget_limit // 100,
        panel.EXPLAIN_HOURS[-1].value, _trial_top(demand))


def _trial_top(demand: Demand) -> int | None:
    session = object_session(demand)
    stage = trials.stage_of(session, demand) if session is not None and demand.id is not None else None
    return stage.top if stage is not None and stage.before_publication else None


def links(session: Session, demand: Demand, viewer: User | None) -> list[tuple[str, str]]:
    """(key of the text, endpoint) of what a reader of a demand's page has to do or may read of its evaluation."""
    if viewer is None or demand.published_at is None:
        return []
    found = [("validation.link", "evaluation.stage")] if trials.may_read(session, demand, actor=viewer) else []
    if demand.opened_at is None:
        return found
    if any(one.round.demand_id == demand.id for one in queries.tasks_of(session, viewer)):
        found.append(("panel.my_scoring", "evaluation.own"))
    if viewer.role == Role.FOUNDER:
        bid = tendering.bid_of(session, demand, viewer.organisation_id)
        if bid is not None and queries.explanation_of(session, bid) is not None:
            found.append(("panel.price.title", "evaluation.asked"))
    decided = demand.status not in (DemandStatus.ACTIVE, DemandStatus.EVALUATION)
    if decided and (viewer.role == Role.OPERATOR or viewer.organisation_id == demand.buyer_id):
        found.append(("panel.record.link", "evaluation.record"))
    return found
