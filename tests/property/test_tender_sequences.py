"""Random sequences of what a buyer, three founders and an operator may try with one demand, from draft to contract.

Every step goes through the real operations and may be refused; nothing may break. After each step the things that must
hold of every demand are looked at, whatever happened before.
"""
from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

import marketplace.models  # noqa: F401  the mappers see the whole schema
from marketplace import clock
from marketplace.accounts.models import User
from marketplace.audit import operations as audit
from marketplace.contracts import operations as contracts
from marketplace.contracts import revoking
from marketplace.contracts.models import Contract
from marketplace.db import make_engine
from marketplace.demand import addenda, deadlines, review
from marketplace.demand import operations as demands
from marketplace.evaluation import consensus, panel, scoring
from marketplace.evaluation.models import EvaluationRound
from marketplace.integrity import collusion, declarations
from marketplace.objections import operations as objections
from marketplace.objections.models import Objection
from marketplace.objections.operations import Grounds
from marketplace.questions import operations as questions
from marketplace.questions.models import Question
from marketplace.rules import lifecycle
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.rules.objections import Consequence, Ground
from marketplace.tendering import operations as tendering
from marketplace.tendering import queries
from marketplace.tendering.models import Award, Bid
from tests.integration.tendering import market as m

SEEDS = range(10)
STEPS = 90
NONE = 999_999  # the id of nothing
REASONS = "逐项核对了评分记录与公布的标准，理由写在附件里。"
ONE_LIVE = (BidStatus.SEALED, BidStatus.OPENED, BidStatus.AWARDED, BidStatus.UNSUCCESSFUL)


class World:
    """One demand, its people, and the moment it is."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.chance, self.now = session, random.Random(seed), m.NOW
        self.market = m.open_market(session, founders=3)
        self.demand = demands.create(session, m.draft(), actor=self.market.buyer, now=m.NOW)
        self.buyer, self.operator = self.market.buyer, self.market.operator
        self.done: set[str] = set()
        self.seen_status, self.seen_bids = self.demand.status, dict[int, str]()
        self.seen_deadline: dt.datetime | None = None

    def founder(self) -> User:
        return self.chance.choice(self.market.founders)

    def anyone(self) -> User:
        return self.chance.choice([self.buyer, self.operator, *self.market.founders])

    def one_of(self, model: type, **equal: object) -> int:
        """The id of a row of this kind, or one that there is not."""
        ids = list(self.session.scalars(select(model.id).filter_by(**equal)))
        return self.chance.choice(ids or [NONE])

    def try_step(self, act: Callable[[World], object]) -> None:
        """One action in a transaction of its own: whole, or refused and without a trace."""
        try:
            with self.session.begin_nested():
                if act(self):
                    self.done.add(act.__name__)
        except RuleViolation:
            self.forget()

    def forget(self) -> None:
        """Everything is read anew, but the people: a request knows who acts before it begins."""
        self.session.expire_all()
        for person in (self.buyer, self.operator, *self.market.founders):
            assert person.id
            assert person.organisation.id


# What people try ----------------------------------------------------------------------------------


def hand_in_draft(w: World) -> object:
    return tendering.submit_demand(w.session, w.demand, unclassified=True, bidding_days=w.chance.choice((10, 20)),
                            actor=w.buyer, now=w.now)


def send_back(w: World) -> object:
    return review.send_back(w.session, w.demand, remarks={"scene": "请写清用在哪个环节"}, actor=w.operator, now=w.now)


def take_back_draft(w: World) -> object:
    return review.withdraw(w.session, w.demand, actor=w.buyer, now=w.now)


def publish(w: World) -> object:
    return tendering.publish_demand(w.session, w.demand, actor=w.chance.choice((w.operator, w.anyone())), now=w.now)


def cancel(w: World) -> object:
    return w.chance.random() < 0.05 and tendering.cancel_demand(
        w.session, w.demand, reason="预算取消", actor=w.buyer, now=w.now)


def amend(w: World) -> object:
    return addenda.issue(w.session, w.demand, {"description": f"补充说明 {w.chance.random()}"}, reason="答疑中说明",
                  actor=w.buyer, now=w.now)


def extend(w: World) -> object:
    shift = dt.timedelta(days=w.chance.choice((-3, 1)))
    deadlines.extend(w.session, w.demand, (w.demand.bid_deadline or w.now) + shift, cause="addendum", facts={},
                     actor=w.buyer, now=w.now)
    return w.demand


def ask(w: World) -> object:
    return questions.ask(w.session, w.demand, f"样本何时可以取？{w.chance.random()}", actor=w.anyone(), now=w.now)


def answer(w: World) -> object:
    number = w.session.scalar(select(func.max(Question.number)).filter_by(demand_id=w.demand.id)) or 1
    actor = w.chance.choice((w.buyer, w.anyone()))
    return questions.answer(w.session, w.demand, number, "签约后一周内。", actor=actor, now=w.now)


def declare(w: World) -> object:
    return declarations.declare(w.session, w.demand, related=w.chance.random() < 0.5, details="表亲", actor=w.anyone(),
                         now=w.now)


def bid(w: World) -> object:
    price = w.chance.choice((9_000_000, 12_345_678, 15_000_000, 19_999_999, 21_000_000, 0))
    actor = w.chance.choice((w.founder(), w.founder(), w.anyone()))
    return tendering.submit_bid(w.session, w.demand, m.bid(price), actor=actor, now=w.now)


def withdraw_bid(w: World) -> object:
    return tendering.withdraw_bid(w.session, w.demand, actor=w.founder(), now=w.now)


def give_share(w: World) -> object:
    holder, secret, actor = w.chance.choice((
        ("buyer", m.BUYER_PASSPHRASE, w.buyer), ("operator", m.OPERATOR_PASSPHRASE, w.operator),
        ("escrow", w.market.escrow, w.operator), ("buyer", m.BUYER_PASSPHRASE, w.founder())))
    return tendering.contribute_share(w.session, w.demand, holder=holder, secret=secret, actor=actor, now=w.now)


def close_empty(w: World) -> object:
    return tendering.close_without_bids(w.session, w.demand, actor=w.buyer, now=w.now)


def compare_bids(w: World) -> object:
    return collusion.scan(w.session, w.demand, now=w.now)


def score(w: World) -> object:
    quality = [criterion.id for criterion in w.demand.criteria if criterion.kind == "quality"]
    return [tendering.score_bid(w.session, w.demand, bid_id=one.id, actor=w.buyer, now=w.now,
                                points={number: w.chance.randint(0, 100) for number in quality})
            for one in queries.opened_bids(w.session, w.demand)]


def name_panel(w: World) -> object:
    return panel.name(w.session, w.demand, [w.anyone().email], actor=w.buyer, now=w.now)


def declare_no_conflict(w: World) -> object:
    return panel.declare(w.session, w.demand, conflict=w.chance.random() < 0.1, text="前同事", actor=w.buyer, now=w.now)


def score_on_panel(w: World) -> object:
    quality = [one.id for one in w.demand.criteria if one.kind == "quality"]
    for one in queries.opened_bids(w.session, w.demand):
        scoring.save(w.session, w.demand, one.id, points=dict.fromkeys(quality, w.chance.randint(0, 100)), comments={},
                     actor=w.buyer, now=w.now)
    return scoring.submit(w.session, w.demand, actor=w.buyer, now=w.now)


def close_scoring(w: World) -> object:
    return consensus.close(w.session, w.demand, actor=w.buyer, now=w.now, no_conflict=True)


def award(w: World) -> object:
    return contracts.award_and_draft(w.session, w.demand, bid_id=w.one_of(Bid, demand_id=w.demand.id), reason="最合适",
                              actor=w.buyer, now=w.now)


def none_suitable(w: World) -> object:
    return w.chance.random() < 0.1 and tendering.none_suitable(
        w.session, w.demand, reason="都不合适", actor=w.buyer, now=w.now)


def object_to_award(w: World) -> object:
    said = Grounds(Ground.SCORING, "评分与公布的标准不符")
    return objections.file(w.session, w.demand, said, actor=w.founder(), now=w.now)


def answer_objection(w: World) -> object:
    found = w.one_of(Objection, status="open")
    if w.chance.random() < 0.4:
        return revoking.uphold(w.session, found, reasons=REASONS, consequence=w.chance.choice(list(Consequence)),
                               actor=w.chance.choice((w.buyer, w.operator)), now=w.now)
    actor = w.chance.choice((w.buyer, w.anyone()))
    return objections.dismiss(w.session, found, answer=REASONS, actor=actor, now=w.now)


def follow_objection(w: World) -> object:
    found = w.one_of(Objection)
    return w.chance.choice((
        lambda: objections.withdraw(w.session, found, actor=w.founder(), now=w.now),
        lambda: objections.escalate(w.session, found, text=REASONS, actor=w.founder(), now=w.now),
        lambda: objections.find_unfounded(w.session, found, finding=REASONS, actor=w.operator, now=w.now)))()


def confirm(w: World) -> object:
    contract = w.session.scalars(select(Contract).filter_by(demand_id=w.demand.id)).one_or_none()
    actor = contract and w.chance.choice((w.buyer, contract.founder.people[0], w.anyone()))
    return contract and contracts.confirm(w.session, contract, seen_hash=contract.text_hash, actor=actor, now=w.now)


def time_passes(w: World) -> None:
    w.now += dt.timedelta(minutes=w.chance.choice((1, 60, 24 * 60, 3 * 24 * 60)))


def deadline_passes(w: World) -> None:
    if w.demand.bid_deadline is not None and w.chance.random() < 0.3:
        w.now = max(w.now, w.demand.bid_deadline + dt.timedelta(microseconds=1))


ANY = (hand_in_draft, send_back, take_back_draft, publish, cancel, amend, extend, ask, answer, declare, bid,
       withdraw_bid, give_share, close_empty, compare_bids, score, name_panel, declare_no_conflict, score_on_panel,
       close_scoring, award, none_suitable, object_to_award, answer_objection, follow_objection, confirm, time_passes)
FITTING = {
    DemandStatus.PLANNING: (hand_in_draft,),
    DemandStatus.REVIEW: (publish, publish, publish, send_back, take_back_draft),
    DemandStatus.ACTIVE: (bid, bid, bid, bid, withdraw_bid, ask, answer, declare, amend, extend, time_passes,
                          deadline_passes, deadline_passes, deadline_passes),
    DemandStatus.EVALUATION: (compare_bids, score, score, score, name_panel, declare_no_conflict, score_on_panel,
                              score_on_panel, close_scoring, close_scoring, close_scoring, award, award, award,
                              none_suitable, declare),
    DemandStatus.COMPLETE: (object_to_award, object_to_award, object_to_award, confirm, confirm, confirm,
                            time_passes),
}


ALL_THE_WAY = (hand_in_draft, send_back, publish, amend, extend, ask, answer, declare, bid, withdraw_bid, give_share,
               compare_bids, score, close_scoring, award, object_to_award, answer_objection, confirm)


def next_step(w: World) -> Callable[[World], object]:
    """Mostly what fits where the demand stands, at times anything at all."""
    if w.chance.random() < 0.25:
        return w.chance.choice(ANY)
    if w.demand.status == DemandStatus.ACTIVE and not w.demand.accepts_bids(now=w.now):
        return w.chance.choice((give_share, give_share, give_share, close_empty))
    if w.demand.status == DemandStatus.COMPLETE and w.one_of(Objection, status="open") != NONE:
        return w.chance.choice((answer_objection, answer_objection, answer_objection, follow_objection, confirm))
    return w.chance.choice(FITTING.get(DemandStatus(w.demand.status), ANY))


# What must hold, whatever happened ----------------------------------------------------------------


def check(w: World) -> None:
    w.forget()
    _check_states(w)
    bids = list(w.session.scalars(select(Bid).filter_by(demand_id=w.demand.id).order_by(Bid.id)))
    live = [one.founder_id for one in bids if one.status in ONE_LIVE]
    assert len(live) == len(set(live)), "one live bid for each founder"
    for one in bids:
        if one.opened_at is None:
            assert (one.price_fen, one.plan, one.milestones, one.disclosures) == (None, None, None, None)
        else:
            assert sum(part["amount_fen"] for part in one.milestones) == one.price_fen
            assert one.opened_at > w.demand.bid_deadline >= one.received_at
    _check_award(w, bids)
    if w.demand.bid_deadline is not None:
        if w.seen_deadline is not None and w.demand.status != DemandStatus.PLANNING:
            assert w.demand.bid_deadline >= w.seen_deadline, "a published deadline only moves later"
        w.seen_deadline = w.demand.bid_deadline


def _check_states(w: World) -> None:
    """Each status follows from the one before it by moves of the table."""
    w.seen_status = _follows(lifecycle.DEMAND, w.seen_status, w.demand.status)
    for number, status in w.session.execute(select(Bid.id, Bid.status).filter_by(demand_id=w.demand.id)):
        w.seen_bids[number] = _follows(lifecycle.BID, w.seen_bids.get(number, BidStatus.SEALED), status)


def _follows(table: lifecycle.Lifecycle, before: str, after: str) -> str:
    steps = {(status, following) for (status, _), following in table.moves.items()}
    reached = {before} | {end for start, end in steps if start == before}
    reached |= {end for start, end in steps if start in reached}  # an objection upheld moves twice in one step
    assert after in reached, f"{table.name}: {before} → {after}"
    return after


def _check_award(w: World, bids: list[Bid]) -> None:
    awards = list(w.session.scalars(select(Award).filter_by(demand_id=w.demand.id)))
    won = [one for one in bids if one.status == BidStatus.AWARDED]
    assert len(awards) <= 1
    assert [one.id for one in won] == [one.bid_id for one in awards]
    assert (w.demand.status == DemandStatus.COMPLETE) == bool(awards)
    rounds = list(w.session.scalars(select(EvaluationRound.status).filter_by(demand_id=w.demand.id)))
    assert sum(status != "reopened" for status in rounds) <= 1
    for contract in w.session.scalars(select(Contract).filter_by(demand_id=w.demand.id)):
        assert sum(part.amount_fen for part in contract.milestones) == contract.total_fen == won[0].price_fen
        if contract.signed_on is not None:
            waiting = select(func.count()).select_from(Objection).where(Objection.status.in_(("open", "escalated")))
            assert w.session.scalar(waiting) == 0, "nothing is signed over an unanswered objection"


# The runs -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    file = tmp_path_factory.mktemp("sequences") / "test.db"
    file.write_bytes(sqlite_template.read_bytes())
    engine = make_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def play(engine: Engine, seed: int) -> World:
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            world = World(session, seed)
            for _ in range(STEPS):
                world.try_step(next_step(world))
                check(world)
            assert audit.verify(session).intact
            session.expunge_all()
        outer.rollback()
    return world


def test_no_sequence_of_actions_breaks_what_must_hold(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the sequences together come as far as a contract: others would prove nothing about it."""
    monkeypatch.setattr(clock, "utc_now", lambda: m.NOW)
    reached: set[str] = set()
    for seed in SEEDS:
        reached |= play(engine, seed).done
    assert {act.__name__ for act in ALL_THE_WAY} <= reached
