"""The parts of the daily round say and do the same in whatever order they run, and however often."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import PublishingBlock
from marketplace.bonds import operations as bonds
from marketplace.bonds.operations import Provision, Requirement
from marketplace.complaints import filing, mediation, plans
from marketplace.complaints import round as remedies
from marketplace.complaints.models import Complaint, Mediation, PaymentPlan
from marketplace.complaints.plans import Promise
from marketplace.contracts.models import ClockEvent
from marketplace.enforcement.models import EscalationStep
from marketplace.ledger import queries as journal
from marketplace.notices.models import Notice
from marketplace.payments import books, settlement, tick
from marketplace.payments.models import Obligation
from marketplace.receivables import operations as receivables
from marketplace.receivables import rounds as answers
from marketplace.rules.bonds import BondInstrument, BondKind
from tests.integration.payments.world import World, noon, on

PARTS = {"payments": tick.run, "remedies": remedies.run, "answers": answers.run}
DAYS = ("2025-09-05", "2025-09-08", "2025-09-09", "2025-09-16", "2025-10-08", "2025-10-09", "2025-11-07")
ORDERS = list(permutations(PARTS))


@pytest.fixture
def world(session: Session) -> World:
    """People between whom a little of everything is going on in the autumn of 2025."""
    world = World(session)
    late = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")  # due 2025-09-08
    planned = world.delivered(world.signed(at="2025-06-20"), "2025-07-01")
    silent = world.signed(at="2025-06-20", start_basis="acceptance", acceptance_period_days=10, term_days=20)
    world.delivered(silent, "2025-08-25")
    unsettled = world.signed(at="2025-06-20", start_basis="settlement", settlement_period_days=5, term_days=20)
    world.delivered(unsettled, "2025-08-29")
    settlement.record_submission(session, unsettled.milestones[0].id, on=on("2025-08-29"), note="结算单",
                                 actor=world.founder, now=noon("2025-08-29"))
    world.paid(world.delivered(world.signed(at="2025-06-20"), "2025-06-25"), "2025-09-04", 10_000_000)
    receivables.request(session, late, financier="长沙银行", actor=world.founder, now=noon("2025-09-01"))
    bond = bonds.require(session, silent, Requirement(BondKind.QUALITY, 100_000, on("2025-09-10")),
                         actor=world.buyer, now=noon("2025-06-21"))
    bonds.provide(session, bond, Provision(BondInstrument.CASH, "BZ-1", on("2025-06-21")), actor=world.founder,
                  now=noon("2025-06-21"))
    plan = plans.propose(session, planned, [Promise(on("2025-10-08"))], actor=world.buyer, now=noon("2025-09-04"))
    plans.accept(session, planned, plan.id, actor=world.founder, now=noon("2025-09-04"))
    filing.file(session, planned, request="请责令付款", truthful=True, actor=world.founder, now=noon("2025-09-04"))
    mediation.request(session, planned, text="请主持调解", actor=world.founder, now=noon("2025-09-04"))
    session.flush()
    return world


def lived(world: World, order: Sequence[str], *, times: int) -> dict[str, Any]:
    """What stands at the end of the days, when each day's round runs like this; nothing of it is kept."""
    session = world.session
    outer = session.begin_nested()
    try:
        for day in DAYS:
            for count in range(times):
                for name in order:
                    PARTS[name](session, today=on(day), now=noon(day) + dt.timedelta(minutes=count))
                    session.expire_all()
            if day == "2025-10-09":
                _paid_meanwhile(world)
        return _picture(session, today=on(DAYS[-1]))
    finally:
        outer.rollback()
        session.expire_all()


def _paid_meanwhile(world: World) -> None:
    late, planned = world.session.scalars(select(Obligation).order_by(Obligation.id).limit(2))
    world.paid(late, "2025-10-09", 4_000_000)
    world.paid(planned, "2025-10-09", 10_000_000 + 38 * 5_000)  # due 2025-09-01


def _picture(session: Session, *, today: dt.date) -> dict[str, Any]:
    """Everything rounds write, without the numbers of rows and the minute."""
    session.flush()
    session.expire_all()
    assert not list(books.faults(session, today=today))
    notices = session.scalars(select(Notice)).all()
    return {
        "obligations": [(one.due_on, one.settled_on, one.next_step_on) for one in session.scalars(
            select(Obligation).order_by(Obligation.id))],
        "steps": sorted((one.obligation_id, one.round, one.step, one.status, one.taken_on, one.said)
                        for one in session.scalars(select(EscalationStep))),
        "blocks": sorted((one.obligation_id, one.imposed_on, one.lifted_reason or "")
                         for one in session.scalars(select(PublishingBlock))),
        "notices": sorted((one.organisation_id, one.code, one.facts.get("number", ""), one.facts.get("step", ""))
                          for one in notices),
        "silences": sorted((one.delivery_id, one.kind, one.ended_on) for one in session.scalars(select(ClockEvent))),
        "remedies": [[(one.obligation_id, one.status) for one in session.scalars(select(model).order_by(model.id))]
                     for model in (PaymentPlan, Complaint, Mediation)],
        "entries": journal.size(session)}


def test_a_round_does_the_same_in_every_order_and_however_often(world: World) -> None:
    usual = lived(world, ORDERS[0], times=1)
    assert {status for *_, status, _, _ in usual["steps"]} == {"taken", "closed"}
    assert {kind for _, kind, _ in usual["silences"]} == {"acceptance", "settlement"}
    assert usual["blocks"]
    for order in ORDERS[1:]:
        assert lived(world, order, times=1) == usual, order
    assert lived(world, ORDERS[3], times=3) == usual
