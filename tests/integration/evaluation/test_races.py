"""At the same moment, in processes of their own: a scoring is closed once, with the points that counted then."""
from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, select

from marketplace.accounts.models import User
from marketplace.db import make_engine, transaction
from marketplace.demand.models import Demand
from marketplace.evaluation import operations, queries
from marketplace.evaluation.models import ConsensusChange, ConsensusPoint, EvaluationRound
from marketplace.tendering import queries as bids
from tests.integration.evaluation.conftest import Panel, name, opened, submit
from tests.integration.tendering import market as m
from tests.races import Outcome

Race = Callable[..., list[Outcome]]
POINTS = (((90, 80), (70, 60), (95, 90)), ((50, 50), (50, 50), (50, 50)))


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """The races are run where several write at once."""
    return postgresql_url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    import marketplace.models  # noqa: F401  the mappers see the whole schema

    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def compared(engine: Engine) -> Panel:
    """A panel of the buyer's person and an expert, both of whom have submitted."""
    with transaction(engine) as session:
        panel = opened(session)
        name(session, panel, panel.people[:2])
        for person, points in zip(panel.people[:2], POINTS, strict=True):
            submit(session, panel, person, points)
        return panel


def act(database_url: str, verb: str, user_id: int) -> object:
    """One verb in a transaction of its own, as a door would do it."""
    import marketplace.models  # noqa: F401

    engine = make_engine(database_url)
    try:
        with transaction(engine) as session:
            actor, demand = session.get_one(User, user_id), session.scalars(select(Demand)).one()
            if verb == "close":
                return operations.close(session, demand, actor=actor, now=m.AFTER).status
            if verb == "stand aside":
                return operations.declare(session, demand, conflict=True, text="亲属任职", actor=actor,
                                          now=m.AFTER).status
            bid = bids.opened_bids(session, demand)[0]
            return operations.change(session, demand, bid_id=bid.id, criterion_id=queries.quality(demand)[0].id,
                                     points=99, reason="漏看", actor=actor, now=m.AFTER).points
    finally:
        engine.dispose()


def test_two_closings_at_once_are_one(engine: Engine, compared: Panel, run_in_processes: Race) -> None:
    outcomes = run_in_processes(act, [("close", compared.market.buyer.id)] * 2)
    assert sorted(str(one.refused) for one in outcomes) == ["None", "evaluation.closed"]
    with transaction(engine) as session:
        of = session.scalars(select(EvaluationRound)).one()
        assert (of.status, len(session.scalars(select(ConsensusPoint)).all())) == ("closed", 6)
        assert operations.altered(session) == []


def test_who_stands_aside_while_the_scoring_is_closed_counts_wholly_or_not_at_all(
        engine: Engine, compared: Panel, run_in_processes: Race) -> None:
    closed, aside = run_in_processes(act, [("close", compared.market.buyer.id),
                                           ("stand aside", compared.experts[0].id)])
    assert (closed.value, aside.refused) in {("closed", None), ("closed", "evaluation.closed")}
    with transaction(engine) as session:
        points = [one.points for one in session.scalars(select(ConsensusPoint).order_by(ConsensusPoint.id))]
        assert points == ([90, 80, 70, 60, 95, 90] if aside.refused is None else [70, 65, 60, 55, 73, 70])
        assert operations.altered(session) == []


def test_a_change_while_the_scoring_is_closed_is_in_the_scores_or_refused(
        engine: Engine, compared: Panel, run_in_processes: Race) -> None:
    buyer = compared.market.buyer.id
    closed, changed = run_in_processes(act, [("close", buyer), ("change", buyer)])
    assert (closed.value, changed.refused) in {("closed", None), ("closed", "evaluation.closed")}
    with transaction(engine) as session:
        written = session.scalars(select(ConsensusChange)).all()
        first = session.scalars(select(ConsensusPoint).order_by(ConsensusPoint.id)).first()
        assert (len(written), first.points) == ((1, 99) if changed.refused is None else (0, 70))
        assert operations.altered(session) == []
