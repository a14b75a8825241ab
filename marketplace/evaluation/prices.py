"""Prices clearly lower than the others: asked about in writing, answered in time, accepted or the bid excluded.

Basis: 《政府采购货物和服务招标投标管理办法》 (财政部令第87号, in force 2017-10-01) Art. 60; the figures in rules/panel.
"""
from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.demand.models import Demand
from marketplace.evaluation import blind, panel, queries
from marketplace.evaluation.models import PriceExplanation
from marketplace.notices.operations import notify
from marketplace.rules import lifecycle
from marketplace.rules import panel as rules
from marketplace.rules.errors import Invalid, NotFound, Problem, Problems, WrongState
from marketplace.rules.panel import ExplanationStatus, LowPrice, RoundStatus
from marketplace.tendering import queries as bids
from marketplace.tendering.models import Bid

TEXT_MOST = 5000


def look(demand: Demand, opened: Sequence[Bid]) -> dict[int, LowPrice]:
    """Each opened bid's price against the others and the budget, by bid id; the figures of the day of publication."""
    on = legal_day(demand.published_at or demand.created_at)
    return {bid.id: rules.low_price(
        bid.price_fen or 0, [other.price_fen or 0 for other in opened if other.id != bid.id], demand.budget_fen, on=on)
        for bid in opened}


def ask(session: Session, demand: Demand, bid_id: int, *, actor: User, now: dt.datetime) -> PriceExplanation:
    """Ask a bidder to explain a clearly low price in writing, within the stated hours; once for each bid.

    Raises NotFound, WrongState (evaluation.closed, evaluation.price_asked), Invalid("evaluation.price_not_low").
    """
    demand = panel.evaluating(session, demand, "ask_price")
    bid = bids.opened_bid(session, demand, bid_id)
    _open_for_prices(session, demand)
    if queries.explanation_of(session, bid) is not None:
        raise WrongState("evaluation.price_asked")
    found = look(demand, bids.opened_bids(session, demand))[bid.id]
    if not found.low:
        raise Invalid("evaluation.price_not_low", others=found.others_limit, budget=found.budget_limit)
    made = PriceExplanation(
        bid_id=bid.id, bid=bid, facts={**dataclasses.asdict(found), "source": rules.LAW}, asked_by_id=actor.id,
        asked_at=now, answer_by=rules.explain_by(now, on=legal_day(now)), status=ExplanationStatus.ASKED)
    session.add(made)
    audit.record(session, "price:ask", made, actor=actor, at=now, demand=demand.code, bid=bid.id,
                 price_fen=found.price_fen, others_share=found.others_share, budget_share=found.budget_share)
    _tell_asked(session, demand, made, now=now)
    return made


def _tell_asked(session: Session, demand: Demand, asked: PriceExplanation, *, now: dt.datetime) -> None:
    notify(session, asked.bid.founder_id, "price_asked", dedupe=_once(session, demand, asked.bid_id, "asked"), now=now,
           link=f"/demands/{demand.code}/price", demand=demand.code, title=demand.title,
           until=asked.answer_by.isoformat())


def _once(session: Session, demand: Demand, bid_id: int, word: str) -> str:
    """Each step is said once in each evaluation: again after an award that fell."""
    return f"price:{bid_id}:{word}:{bids.award_round(session, demand)}"


def _open_for_prices(session: Session, demand: Demand) -> None:
    of = queries.standing(session, demand)
    if of is not None and of.status == RoundStatus.CLOSED:
        raise WrongState("evaluation.closed", code=demand.code)


def of_bidder(session: Session, demand: Demand, actor: User) -> PriceExplanation:
    """What the actor's company was asked about its price. Raises NotFound."""
    bid = bids.bid_of(session, demand, actor.organisation_id)
    found = queries.explanation_of(session, bid) if bid is not None else None
    if found is None:
        raise NotFound("evaluation.no_price_question", code=demand.code)
    return found


def answer(session: Session, demand: Demand, text: str, *, actor: User, now: dt.datetime) -> PriceExplanation:
    """The bidder explains, until the stated time and not a second later; once.

    Raises Problems (evaluation.price_answer_missing, field.too_long), NotFound, WrongState
    (evaluation.price_answer_late).
    """
    of_bidder(session, demand, actor)
    demand = panel.evaluating(session, demand, "explain_price")
    found = of_bidder(session, demand, actor)
    status = lifecycle.advance(rules.EXPLANATION, found.status, "answer")
    if found.lapsed(now=now):
        raise WrongState("evaluation.price_answer_late", until=found.answer_by, received=now)
    found.answer, found.answered_at = _text("answer", text, "evaluation.price_answer_missing"), now
    found.status = status
    audit.record(session, "price:answer", found, actor=actor, at=now, demand=demand.code, bid=found.bid_id)
    notify(session, demand.buyer_id, "price_answered", dedupe=_once(session, demand, found.bid_id, "answered"), now=now,
           link=f"/demands/{demand.code}/prices", demand=demand.code, title=demand.title)
    return found


def _text(name: str, text: str, code: str) -> str:
    text = text.strip()
    if not text:
        raise Problems([Problem(name, code)])
    if len(text) > TEXT_MOST:
        raise Problems([Problem(name, "field.too_long", {"most": TEXT_MOST, "length": len(text)})])
    return text


def decide(session: Session, demand: Demand, bid_id: int, *, accept: bool, reason: str, actor: User,
           now: dt.datetime) -> PriceExplanation:
    """The buyer accepts the explanation, or excludes the bid, with a reason the bidder is told.

    Without an answer nothing is decided before the time is over. Raises Problems
    (evaluation.price_reason_missing), NotFound, WrongState (evaluation.price_not_answered_yet, evaluation.closed).
    """
    demand = panel.evaluating(session, demand, "decide_price")
    bid = bids.opened_bid(session, demand, bid_id)
    found = queries.explanation_of(session, bid)
    if found is None:
        raise NotFound("not_found", what="price_explanation", id=bid_id)
    _open_for_prices(session, demand)
    status = lifecycle.advance(rules.EXPLANATION, found.status, "accept" if accept else "exclude")
    if found.status == ExplanationStatus.ASKED and not found.lapsed(now=now):
        raise WrongState("evaluation.price_not_answered_yet", until=found.answer_by)
    found.reason = _text("reason", reason, "evaluation.price_reason_missing")
    found.status, found.decided_by_id, found.decided_at = status, actor.id, now
    if not accept:
        bid.exclusion = found.reason
    audit.record(session, "price:accept" if accept else "price:exclude", found, actor=actor, at=now,
                 demand=demand.code, bid=bid.id, reason=found.reason)
    notify(session, bid.founder_id, "price_accepted" if accept else "price_excluded",
           dedupe=_once(session, demand, bid.id, "decided"), now=now, link=f"/demands/{demand.code}/price",
           demand=demand.code, title=demand.title, reason=found.reason)
    return found


def reconsider(session: Session, demand: Demand, *, actor: User | str, now: dt.datetime) -> None:
    """An award was taken back: every decision on a price is open again, and no bid stays excluded without a new one.

    Who was excluded without having explained anything is asked again. The reason of before stays in the audit trail.
    """
    decided = [one for one in queries.explanations(session, demand).values() if one.reason is not None]
    for found in decided:
        action, bid = "ask_again" if found.answer is None else "reconsider", found.bid
        status = lifecycle.advance(rules.EXPLANATION, found.status, action)
        audit.record(session, f"price:{action}", found, actor=actor, at=now, demand=demand.code, bid=found.bid_id,
                     reason=found.reason)
        found.status, bid.exclusion = status, None
        found.reason = found.decided_by_id = found.decided_at = None
        if action == "ask_again":
            found.answer_by = rules.explain_by(now, on=legal_day(now))
            _tell_asked(session, demand, found, now=now)


def answer_for_buyer(asked: PriceExplanation | None, *, hidden: bool) -> str | None:
    """What a bidder answered, as its buyer reads it: while names are hidden, with the bidder's own hidden in it."""
    if asked is None or asked.answer is None or not hidden:
        return asked.answer if asked is not None else None
    return rules.redact(asked.answer, blind.words_of(asked.bid))


def require_settled(session: Session, demand: Demand) -> None:
    """Every clearly low price was explained and decided on. Raises WrongState (evaluation.price_unasked,
    evaluation.price_open) with the count."""
    opened = bids.opened_bids(session, demand)
    asked = queries.explanations(session, demand)
    low = [key for key, found in look(demand, opened).items() if found.low]
    unasked = [key for key in low if key not in asked]
    if unasked:
        raise WrongState("evaluation.price_unasked", count=len(unasked), code=demand.code)
    open_still = [one for one in asked.values()
                  if one.status in (ExplanationStatus.ASKED, ExplanationStatus.ANSWERED)]
    if open_still:
        raise WrongState("evaluation.price_open", count=len(open_still), code=demand.code)
