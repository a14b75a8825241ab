"""Days that wait for an answer move with the calendar too, and both sides hear it once."""
from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.bonds import operations as bonds
from marketplace.complaints import recount
from marketplace.notices.models import Notice
from marketplace.receivables import operations as receivables
from marketplace.reference_tables import operations as tables
from marketplace.rules.bonds import BondKind
from marketplace.rules.reference_tables import TableKind
from tests.integration.payments.world import World, noon, on

NEXT_YEAR = {"years": {"2027": {"source": "测试", "makeup": [], "off": ["2027-01-01", "2027-01-02", "2027-01-04"]}}}


@pytest.fixture
def world(session) -> World:
    return World(session)


def loaded(world: World) -> int:
    row = tables.load(world.session, TableKind.HOLIDAYS, NEXT_YEAR, source="测试", upon=0, actor=world.operator,
                      now=noon("2026-12-10"))
    world.session.flush()
    return row.id


def test_the_answer_to_a_receivable_and_the_return_of_a_bond_are_counted_anew(world: World) -> None:
    contract = world.signed(at="2026-11-02", amounts=(1_000_000,))
    owed = world.delivered(contract, "2026-11-04")
    asked = receivables.request(world.session, owed, financier="", actor=world.founder, now=noon("2026-12-04"))
    bond = bonds.require(world.session, contract, bonds.Requirement(BondKind.QUALITY, 10_000, on("2026-12-04"), "质保"),
                         actor=world.buyer, now=noon("2026-11-05"))
    world.session.flush()
    assert (asked.answer_by, asked.provisional) == (on("2027-01-04"), True)  # Sunday 01-03 rolls to Monday
    before = bond.return_by
    table_id = loaded(world)
    recount.recount(world.session, table_id, now=noon("2026-12-10"))
    world.session.flush()
    assert (asked.answer_by, asked.provisional) == (on("2027-01-05"), False)
    assert bond.return_by >= before
    told = list(world.session.scalars(select(Notice).filter_by(code="recount_receivable")))
    assert {one.organisation_id for one in told} == {world.buyer.organisation_id, world.founder.organisation_id}
    assert recount.recount(world.session, table_id, now=noon("2026-12-11")) == 0


def test_what_was_answered_stays_as_it_was(world: World) -> None:
    owed = world.delivered(world.signed(at="2026-11-02", amounts=(1_000_000,)), "2026-11-04")
    asked = receivables.request(world.session, owed, financier="", actor=world.founder, now=noon("2026-12-04"))
    receivables.confirm(world.session, asked, actor=world.buyer, now=noon("2026-12-05"))
    recount.recount(world.session, loaded(world), now=noon("2026-12-10"))
    assert asked.answer_by == on("2027-01-04")
