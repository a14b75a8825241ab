"""At the same moment, in processes of their own: an award never stands beside the objection that ends it."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, select

from marketplace.accounts.models import User
from marketplace.contracts import operations as contracts
from marketplace.contracts import revoking
from marketplace.contracts.models import Contract
from marketplace.db import make_engine, transaction
from marketplace.demand.models import Demand
from marketplace.objections import operations as objections
from marketplace.objections.models import Objection, StandstillPeriod
from marketplace.objections.operations import Grounds
from marketplace.rules.objections import Consequence, Ground
from marketplace.tendering.models import Award, Bid
from tests.integration.objections import awarded as a
from tests.integration.objections.awarded import day
from tests.races import Outcome

Race = Callable[..., list[Outcome]]


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    import marketplace.models  # noqa: F401  the mappers see the whole schema

    made = make_engine(postgresql_url)
    yield made
    made.dispose()


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """The races are run where several write at once."""
    return postgresql_url


def act(database_url: str, verb: str, user_id: int, now: dt.datetime) -> object:
    """One verb in a transaction of its own, as a door would do it."""
    import marketplace.models  # noqa: F401

    engine = make_engine(database_url)
    try:
        with transaction(engine) as session:
            actor, demand = session.get_one(User, user_id), session.scalars(select(Demand)).first()
            if verb == "confirm":
                contract = session.scalars(select(Contract)).one_or_none()
                return contract and contracts.confirm(session, contract, seen_hash=contract.text_hash, actor=actor,
                                                      now=now).status
            if verb == "file":
                return objections.file(session, demand, Grounds(Ground.SCORING, a.TEXT), actor=actor, now=now).status
            if verb == "award":
                bid = max(session.scalars(select(Bid.id)))
                return contracts.award_and_draft(session, demand, bid_id=bid, reason="重评", actor=actor,
                                                 now=now).status
            objection = session.scalars(select(Objection)).one()
            revoking.uphold(session, objection.id, reasons="评分确有错误，应予重评。",
                            consequence=Consequence.REEVALUATE, actor=actor, now=now)
            return "upheld"
    finally:
        engine.dispose()


def test_an_objection_upheld_while_the_contract_is_confirmed_never_leaves_both(
        engine: Engine, run_in_processes: Race) -> None:
    with transaction(engine) as session:
        awarded = a.award(session)
        a.object_to(session, awarded, awarded.loser, day(23))
        buyer, winner = awarded.market.buyer.id, awarded.winner.id
    upheld, confirmed = run_in_processes(act, [("uphold", buyer, day(30)), ("confirm", winner, day(30))])
    assert upheld.value == "upheld"
    assert confirmed.refused in {"objection.waiting", "contract.not_found"} or confirmed.value is None
    with transaction(engine) as session:
        assert session.scalars(select(Contract)).all() == []
        assert session.scalars(select(Award)).all() == []
        assert session.scalars(select(Demand)).one().status == "evaluation"


def test_the_last_objection_and_the_last_signature_never_both_count(engine: Engine, run_in_processes: Race) -> None:
    with transaction(engine) as session:
        awarded = a.award(session)
        a.confirm(session, awarded, awarded.market.buyer, day(26, 0))
        loser, winner = awarded.loser.id, awarded.winner.id
    filed, signed = run_in_processes(act, [("file", loser, day(25, 23)), ("confirm", winner, day(26, 0))])
    assert (filed.refused, signed.refused) in {("objection.window_over", None), (None, "objection.waiting")}
    with transaction(engine) as session:
        contract, period = session.scalars(select(Contract)).one(), session.scalars(select(StandstillPeriod)).one()
        assert (contract.status == "active") == (period.signed_at is not None) == (period.objections == [])


def test_two_awards_after_a_revocation_are_one_with_one_standstill(engine: Engine, run_in_processes: Race) -> None:
    with transaction(engine) as session:
        awarded = a.award(session)
        objection = a.object_to(session, awarded, awarded.loser, day(23))
        revoking.uphold(session, objection.id, reasons="评分确有错误，应予重评。", consequence=Consequence.REEVALUATE,
                        actor=awarded.market.buyer, now=day(24))
        buyer = awarded.market.buyer.id
    outcomes = run_in_processes(act, [("award", buyer, day(25))] * 2)
    assert sorted(str(outcome.refused) for outcome in outcomes) == ["None", "demand.wrong_state"]
    with transaction(engine) as session:
        assert len(session.scalars(select(Award)).all()) == 1
        standing = select(StandstillPeriod).filter_by(revoked_at=None)
        assert len(session.scalars(standing).all()) == 1
