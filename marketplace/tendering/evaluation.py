"""Scoring opened bids, ranking them by the published criteria, and the award."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.db import lock, unused_id
from marketplace.demand.models import Demand
from marketplace.evaluation.models import EvaluationRound
from marketplace.notices.operations import notify
from marketplace.rules import evaluation as rules
from marketplace.rules import lifecycle
from marketplace.rules.errors import Invalid, Problem, Problems, WrongState
from marketplace.rules.evaluation import CriterionKind
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.rules.panel import RoundStatus
from marketplace.tendering import queries
from marketplace.tendering.models import Award, Bid, ClosedRanking, RevokedAward, Score

REASON_MOST = 2000


def criteria_of(demand: Demand) -> list[rules.Criterion]:
    """A demand's criteria as the rules take them; their key is the criterion's id."""
    return [rules.Criterion(c.id, c.name, CriterionKind(c.kind), c.weight, c.minimum_points) for c in demand.criteria]


def score_bid(session: Session, demand: Demand, *, bid_id: int, points: Mapping[int, int],
              comments: Mapping[int, str] | None = None, actor: User, now: dt.datetime) -> list[Score]:
    """Give points 0-100 per quality criterion (keys: criterion ids); a later score replaces the earlier one.

    This is how one person scores alone. The price criterion is computed and not taken. Raises Problems
    (evaluation.criterion_unknown, evaluation.points_out_of_range, field.too_long), NotFound, WrongState (demand
    decided; evaluation.panel_scores, a panel was named; evaluation.closed, the scores are frozen).
    """
    demand = lock(session, Demand, demand.id)
    _check_evaluating(demand, "score")
    standing = _standing_round(session, demand)
    if standing is not None:
        raise WrongState("evaluation.closed" if standing.status == RoundStatus.CLOSED else "evaluation.panel_scores",
                         code=demand.code)
    bid = queries.opened_bid(session, demand, bid_id)
    check_points(demand, points, comments or {})
    return store_scores(session, demand, bid, points=points, comments=comments or {}, actor=actor, now=now)


def _standing_round(session: Session, demand: Demand) -> EvaluationRound | None:
    return session.scalars(select(EvaluationRound).filter_by(demand_id=demand.id).where(
        EvaluationRound.status != RoundStatus.REOPENED)).one_or_none()


def store_scores(session: Session, demand: Demand, bid: Bid, *, points: Mapping[int, int],
                 comments: Mapping[int, str], actor: User, now: dt.datetime) -> list[Score]:
    """Write points that were checked; also how an agreed consensus becomes the scores."""
    kept = {score.criterion_id: score for score in bid.scores}
    for criterion_id, given in points.items():
        score = kept.get(criterion_id)
        if score is None:
            score = Score(bid_id=bid.id, criterion_id=criterion_id)
            bid.scores.append(score)
        score.points, score.comment = given, comments.get(criterion_id, "").strip()
        score.scored_by_id, score.scored_at = actor.id, now
    audit.record(session, "bid:score", bid, actor=actor, at=now, demand=demand.code,
                 points={str(key): given for key, given in points.items()})
    return list(bid.scores)


def _check_evaluating(demand: Demand, action: str) -> None:
    if demand.status != DemandStatus.EVALUATION:
        raise WrongState("demand.wrong_state", status=DemandStatus(demand.status), action=action,
                         allowed=list(lifecycle.allowed(lifecycle.DEMAND, demand.status)))


def check_points(demand: Demand, points: Mapping[int, int], comments: Mapping[int, str]) -> None:
    """Raises Problems with everything wrong: evaluation.criterion_unknown, evaluation.points_out_of_range,
    evaluation.no_points, field.too_long."""
    names = {c.id: c.name for c in demand.criteria if c.kind == CriterionKind.QUALITY}
    problems = []
    for key, given in points.items():
        if key not in names:
            problems.append(Problem(f"points.{key}", "evaluation.criterion_unknown", {"criterion": key}))
        elif not 0 <= given <= rules.MOST_POINTS:
            problems.append(Problem(f"points.{key}", "evaluation.points_out_of_range",
                                    {"criterion": names[key], "points": given}))
    for key, comment in comments.items():
        if len(comment) > REASON_MOST:
            problems.append(Problem(f"comments.{key}", "field.too_long",
                                    {"most": REASON_MOST, "length": len(comment)}))
    if not points:
        problems.append(Problem("points", "evaluation.no_points"))
    if problems:
        raise Problems(problems)


def ranking(demand: Demand, opened: Iterable[Bid]) -> list[rules.Ranked]:
    """The opened bids, best first, by the published criteria; those out of the ranking last.

    Raises Problems when a score is missing.
    """
    return rules.rank(criteria_of(demand), [as_rule(bid) for bid in opened])


def as_rule(bid: Bid) -> rules.OpenedBid:
    """An opened bid as the rules take it."""
    return rules.OpenedBid(bid.id, bid.price_fen, bid.received_at, {s.criterion_id: s.points for s in bid.scores},
                           excluded=bid.exclusion is not None)


def fully_scored(demand: Demand, opened: Iterable[Bid]) -> bool:
    """Whether every opened bid that is not excluded has points for every quality criterion."""
    wanted = {c.id for c in demand.criteria if c.kind == CriterionKind.QUALITY}
    return all(wanted <= {score.criterion_id for score in bid.scores} for bid in opened if bid.exclusion is None)


def scores_stand(session: Session, demand: Demand, opened: Iterable[Bid]) -> bool:
    """Whether there is a ranking: everything is scored, and no panel is at work that will replace the scores."""
    standing = _standing_round(session, demand)
    return (standing is None or standing.status == RoundStatus.CLOSED) and fully_scored(demand, opened)


def award(session: Session, demand: Demand, *, bid_id: int, reason: str, actor: User, now: dt.datetime) -> Award:
    """Choose the winning bid once every bid is scored; the ranking is frozen as it stands.

    Every bidder is told their own rank and score. Raises WrongState (demand decided, award.scores_missing),
    Invalid (award.reason_missing), Problems, NotFound. `contracts.operations.award_and_draft` is what doors call.
    """
    demand = lock(session, Demand, demand.id)
    status = lifecycle.advance(lifecycle.DEMAND, demand.status, "award")
    reason = _reason(reason, "award.reason_missing")
    chosen = queries.opened_bid(session, demand, bid_id)
    opened = queries.opened_bids(session, demand)
    if not fully_scored(demand, opened):
        raise WrongState("award.scores_missing")
    ranked = ranking(demand, opened)
    if next(row.rank for row in ranked if row.bid.key == chosen.id) is None:
        raise Invalid("award.out_of_ranking")
    by_id = {bid.id: bid for bid in opened}
    made = _record(session, demand, Award(
        id=unused_id(session, Award.id, RevokedAward.award_id), demand_id=demand.id, bid_id=chosen.id, reason=reason,
        awarded_by_id=actor.id, awarded_at=now, ranking=[frozen(row, by_id) for row in ranked]))
    demand.status, demand.updated_at = status, now
    _decide(opened, chosen)
    audit.record(session, "demand:award", demand, actor=actor, at=now, bid=chosen.id, reason=reason,
                 founder_id=chosen.founder_id, price_fen=chosen.price_fen,
                 rank=next(row.rank for row in ranked if row.bid.key == chosen.id), bids=len(ranked))
    _tell_result(session, demand, opened, ranked, now=now)
    return made


def _record(session: Session, demand: Demand, award: Award) -> Award:
    try:
        with session.begin_nested():
            session.add(award)
    except IntegrityError as error:
        raise WrongState("award.made_already", code=demand.code) from error
    return award


def _reason(text: str, code: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(code)
    if len(text) > REASON_MOST:
        raise Problems([Problem("reason", "field.too_long", {"most": REASON_MOST, "length": len(text)})])
    return text


def frozen(row: rules.Ranked, opened: Mapping[Any, Bid]) -> dict[str, Any]:
    """One bid's place in the ranking as JSON; points and scores in hundredths."""
    return {
        "bid_id": row.bid.key, "founder_id": opened[row.bid.key].founder_id, "price_fen": row.bid.price_fen,
        "rank": row.rank, "total": row.total, "quality": row.quality,
        "above_next_by": row.above_next_by.value if row.above_next_by else None,
        "out": row.out.value if row.out else None, "below_minimum": [one.name for one in row.failed],
        "parts": [{"criterion_id": part.criterion.key, "name": part.criterion.name,
                   "kind": part.criterion.kind.value, "weight": part.criterion.weight, "points": part.points,
                   "score": part.score} for part in row.parts]}


def _decide(opened: Iterable[Bid], chosen: Bid | None) -> None:
    for bid in opened:
        bid.status = lifecycle.advance(lifecycle.BID, bid.status, "award" if bid is chosen else "reject")


def _tell_result(session: Session, demand: Demand, opened: list[Bid], ranked: list[rules.Ranked], *,
                 now: dt.datetime) -> None:
    rows, told = {row.bid.key: row for row in ranked}, queries.award_round(session, demand)
    for bid in opened:
        row = rows[bid.id]
        if row.out is not None:
            notify(session, bid.founder_id, "bid_unranked", dedupe=_result_once(bid, told), now=now,
                   link=f"/demands/{demand.code}/bid", demand=demand.code, title=demand.title, count=len(ranked),
                   because=[f"panel.out.{row.out.value}", {"names": [one.name for one in row.failed]}])
            continue
        notify(session, bid.founder_id, "bid_won" if bid.status == BidStatus.AWARDED else "bid_lost",
               dedupe=_result_once(bid, told), now=now, link=f"/demands/{demand.code}/bid", demand=demand.code,
               title=demand.title, rank=row.rank, count=len(ranked), score=hundredths(row.total))


def _result_once(bid: Bid, award_round: int) -> str:
    """A bidder hears of every decision once: again when an award fell and another decision followed."""
    return f"bid:{bid.id}:result" if award_round == 1 else f"bid:{bid.id}:result:{award_round}"


def hundredths(value: int) -> str:
    """"83.33" for 8333."""
    return f"{value // 100}.{value % 100:02d}"


def none_suitable(session: Session, demand: Demand, *, reason: str, actor: User, now: dt.datetime) -> Demand:
    """End the evaluation without an award; every bidder is told the reason, and its own rank where all were scored.

    Raises Invalid (award.none_suitable_reason_missing), WrongState.
    """
    demand = lock(session, Demand, demand.id)
    status = lifecycle.advance(lifecycle.DEMAND, demand.status, "none_suitable")
    demand.closed_reason = _reason(reason, "award.none_suitable_reason_missing")
    demand.status, demand.updated_at = status, now
    opened = queries.opened_bids(session, demand)
    ranked = {row.bid.key: row for row in keep_ranking(session, demand, opened, now=now)}
    _decide(opened, None)
    audit.record(session, "demand:none_suitable", demand, actor=actor, at=now, reason=demand.closed_reason,
                 bids=len(opened), ranked=len(ranked))
    told = queries.award_round(session, demand)
    for bid in opened:
        row = ranked.get(bid.id)
        own = {"rank": row.rank, "count": len(ranked), "score": hundredths(row.total)} if row and row.rank else {}
        notify(session, bid.founder_id, "none_suitable_ranked" if own else "none_suitable",
               dedupe=_result_once(bid, told), now=now, link=f"/demands/{demand.code}/bid", demand=demand.code,
               title=demand.title, reason=demand.closed_reason, **own)
    return demand


def keep_ranking(session: Session, demand: Demand, opened: list[Bid], *, now: dt.datetime) -> list[rules.Ranked]:
    """Freeze the ranking of an evaluation that ends without an award; [] where none stands (`scores_stand`)."""
    if not opened or not scores_stand(session, demand, opened):
        return []
    ranked, by_id = ranking(demand, opened), {bid.id: bid for bid in opened}
    session.add(ClosedRanking(demand_id=demand.id, ranking=[frozen(row, by_id) for row in ranked], closed_at=now))
    return ranked
