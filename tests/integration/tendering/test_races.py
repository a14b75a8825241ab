"""Two people at the same moment, in processes of their own: one wins, the other is told, nothing is lost."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, select

from marketplace.accounts.models import User
from marketplace.db import make_engine, transaction
from marketplace.demand.models import Demand
from marketplace.rules.errors import RuleViolation
from marketplace.tendering import operations, queries
from marketplace.tendering.models import Award, Bid, KeyShare
from tests.integration.tendering import market as m
from tests.races import Outcome

Race = Callable[..., list[Outcome]]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    import marketplace.models  # noqa: F401  the mappers see the whole schema

    made = make_engine(database_url)
    yield made
    made.dispose()


def act(database_url: str, verb: str, user_id: int, options: dict) -> object:
    """One verb in a transaction of its own, as a door would do it."""
    import marketplace.models  # noqa: F401

    engine = make_engine(database_url)
    with transaction(engine) as session:
        demand, actor = session.scalars(select(Demand)).first(), session.get_one(User, user_id)
        if verb == "submit":
            found = operations.submit_bid(session, demand, m.bid(**options.pop("bid", {})), actor=actor, **options)
            answer: object = (found.version, found.commitment)
        elif verb == "contribute":
            answer = operations.contribute_share(session, demand, actor=actor, **options)
        elif verb == "award":
            answer = operations.award(session, demand, actor=actor, **options).bid_id
        else:
            answer = operations.register_attempt(session, demand, actor=actor, **options)
    engine.dispose()
    return answer


def test_two_contributions_at_once_both_count_and_open_once(engine: Engine, run_in_processes: Race) -> None:
    with transaction(engine) as session:
        market = m.open_market(session)
        for founder in market.founders:
            operations.submit_bid(session, market.demand, m.bid(), actor=founder, now=m.NOW)
    outcomes = run_in_processes(act, [
        ("contribute", market.buyer.id, {"holder": "buyer", "secret": m.BUYER_PASSPHRASE, "now": m.AFTER}),
        ("contribute", market.operator.id, {"holder": "operator", "secret": m.OPERATOR_PASSPHRASE, "now": m.AFTER})])
    assert sorted(outcome.value for outcome in outcomes) == [1, 2]
    with transaction(engine) as session:
        demand = session.get_one(Demand, market.demand.id)
        assert (demand.status, len(queries.opened_bids(session, demand))) == ("evaluation", 3)
        assert len(session.scalars(select(KeyShare).where(KeyShare.contributed_at.is_not(None))).all()) == 2


def test_a_double_submit_from_two_processes_is_one_bid(engine: Engine, run_in_processes: Race) -> None:
    with transaction(engine) as session:
        market = m.open_market(session)
    same = ("submit", market.founders[0].id, {"bid": {"nonce": "ab" * 32}, "now": m.NOW, "idempotency_key": "k"})
    outcomes = run_in_processes(act, [same, same])
    assert len(set(outcomes)) == 1
    assert outcomes[0].value[0] == 1
    with transaction(engine) as session:
        assert len(session.scalars(select(Bid)).all()) == 1


def test_three_windows_of_one_founder_leave_one_live_bid(engine: Engine) -> None:
    with transaction(engine) as session:
        market = m.open_market(session)
    together = Barrier(3)

    def hand_in(_: int) -> int:
        together.wait(20)
        with transaction(engine) as session:
            return operations.submit_bid(session, session.get_one(Demand, market.demand.id), m.bid(),
                                         actor=session.get_one(User, market.founders[0].id), now=m.NOW).version

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(hand_in, range(3))) == [1, 2, 3]
    with transaction(engine) as session:
        found = session.scalars(select(Bid).order_by(Bid.version)).all()
        assert [bid.status for bid in found] == ["superseded", "superseded", "sealed"]


def test_a_last_second_bid_and_the_opening_never_miss_each_other(engine: Engine, run_in_processes: Race) -> None:
    with transaction(engine) as session:
        market = m.open_market(session)
        operations.submit_bid(session, market.demand, m.bid(), actor=market.founders[0], now=m.NOW)
        operations.contribute_share(session, market.demand, holder="buyer", secret=m.BUYER_PASSPHRASE,
                                    actor=market.buyer, now=m.AFTER)
    bid, _ = run_in_processes(act, [
        ("submit", market.founders[1].id, {"now": m.DEADLINE}),
        ("contribute", market.operator.id, {"holder": "operator", "secret": m.OPERATOR_PASSPHRASE, "now": m.AFTER})])
    with transaction(engine) as session:
        demand = session.get_one(Demand, market.demand.id)
        opened = {one.founder_id for one in queries.opened_bids(session, demand)}
        assert demand.status == "evaluation"
        assert queries.sealed_bids(session, demand) == []
    accepted = market.founders[1].organisation_id in opened
    assert (bid.refused is None) == accepted
    assert bid.refused in {None, "bid.not_accepting"}


def test_two_awards_at_once_are_one(engine: Engine, run_in_processes: Race) -> None:
    with transaction(engine) as session:
        market = m.open_market(session, founders=2)
        for founder in market.founders:
            operations.submit_bid(session, market.demand, m.bid(), actor=founder, now=m.NOW)
        m.open_bids(session, market)
        m.score_all(session, market, {1: (90, 80), 2: (70, 60)})
        ids = market.bid_ids(session)
    outcomes = run_in_processes(act, [
        ("award", market.buyer.id, {"bid_id": bid_id, "reason": "好", "now": m.AFTER}) for bid_id in ids[1:]])
    assert sorted(str(outcome.refused) for outcome in outcomes) == ["None", "demand.wrong_state"]
    with transaction(engine) as session:
        made = session.scalars(select(Award)).one()
        statuses = {bid.id: bid.status for bid in session.scalars(select(Bid))}
        assert statuses[made.bid_id] == "awarded"
        assert sorted(statuses.values()) == ["awarded", "unsuccessful"]


def test_wrong_tries_at_the_same_moment_all_count(engine: Engine) -> None:
    with transaction(engine) as session:
        market = m.open_market(session)
    together = Barrier(10)

    def attempt(_: int) -> str | None:
        together.wait(20)
        try:
            with transaction(engine) as session:
                operations.register_attempt(session, session.get_one(Demand, market.demand.id), holder="buyer",
                                            actor=session.get_one(User, market.buyer.id), now=m.AFTER)
        except RuleViolation as violation:
            return violation.code
        return None

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(attempt, range(10)))
    assert sorted(map(str, answers)) == ["None"] * 5 + ["opening.too_many_attempts"] * 5


def test_in_a_burst_around_the_deadline_every_acknowledged_bid_opens_and_no_late_one_does(engine: Engine) -> None:
    founders, threads = 60, 12
    with transaction(engine) as session:
        market = m.open_market(session, founders=founders)
    together = Barrier(threads)

    def hand_in(number: int) -> str:
        """The commitment, or the code of the refusal. Every third founder is late, by a microsecond or more."""
        if number < threads:
            together.wait(30)
        late = number % 3 == 2
        now = m.DEADLINE + (m.MICROSECOND * number if late else -dt.timedelta(microseconds=number))
        try:
            with transaction(engine) as session:
                receipt = operations.submit_bid(
                    session, session.get_one(Demand, market.demand.id), m.bid(1_000_000 + number),
                    actor=session.get_one(User, market.founders[number].id), now=now)
            return receipt.commitment
        except RuleViolation as violation:
            return violation.code

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(hand_in, range(founders)))
    refused = [number for number, answer in enumerate(answers) if answer == "bid.past_deadline"]
    assert refused == list(range(2, founders, 3))
    with transaction(engine) as session:
        market.demand = session.get_one(Demand, market.demand.id)
        m.open_bids(session, market)
        opened = {bid.commitment: bid.price_fen for bid in queries.opened_bids(session, market.demand)}
        assert opened == {commitment: 1_000_000 + number for number, commitment in enumerate(answers)
                          if number not in refused}
        assert queries.sealed_bids(session, market.demand) == []
