"""Red flags found from what was recorded: contracts, deliveries, audit entries, invoices, payments, awards."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace import audit
from marketplace.oversight import flags
from marketplace.payments.operations import InvoiceNote, record_invoice
from marketplace.payments.refusals import refuse_invoice
from marketplace.rules.errors import NotAllowed, NotFound, Problems, WrongState
from tests.integration.payments.world import World, noon, on


def raised(world: World, day: str, flag: str, **more) -> list[flags.Raised]:
    world.session.flush()
    return flags.raised(world.session, as_of=on(day), only=[flag], **more)


def test_p1_a_long_term_with_a_reason_is_still_a_lead(world) -> None:
    world.signed(at="2025-06-20", term_days=60)
    long = world.signed(at="2025-06-20", term_days=90, over_60_reason="行业惯例为九十天")
    (found,) = raised(world, "2025-06-20", "P1")
    assert (found.object_type, found.object_id) == ("contract", long.id)
    assert found.found.grounds == {"term_days": 90, "cap_days": 60, "has_reason": True}
    assert raised(world, "2025-06-01", "P1") == [], "before the award there is no contract"


def test_p2_as_of_a_day_before_the_answer_the_delivery_was_unanswered(world) -> None:
    contract = world.signed(at="2025-06-20", start_basis="acceptance", acceptance_period_days=10, term_days=30)
    world.delivered(contract, "2025-06-30")
    world.accepted(contract, "2025-07-25")
    assert raised(world, "2025-07-10", "P2") == []
    (found,) = raised(world, "2025-07-11", "P2")
    assert found.found.grounds == {"delivered_on": on("2025-06-30"), "period_end": on("2025-07-10")}
    assert found.object_id == contract.milestones[0].id
    assert raised(world, "2025-07-25", "P2") == []


def test_p3_counts_what_the_audit_chain_says_about_the_due_date(world) -> None:
    contract = world.signed(at="2025-06-20", term_days=30)
    owed = world.delivered(contract, "2025-06-30")
    for day, due in (("2025-07-05", "2025-08-10"), ("2025-07-09", "2025-08-10"), ("2025-07-12", "2025-08-29")):
        audit.record(world.session, "obligation:recompute", owed, actor="system", at=noon(day), due_before=None,
                     due_on=on(due), provisional=False, flags=[])
    assert raised(world, "2025-07-11", "P3") == [], "one move, and one entry that moved nothing"
    (found,) = raised(world, "2025-07-12", "P3")
    assert found.found.grounds == {"times": 2, "first": on("2025-07-30"), "last": on("2025-08-29"), "days": 30}


@pytest.fixture
def invoiced(world: World):
    """A delivered milestone with its invoice over the whole amount."""
    contract = world.signed(at="2025-06-20", amounts=(1_000_000,))
    world.delivered(contract, "2025-06-30")
    return contract, invoice(world, contract, "A-1", "2025-07-01")


def invoice(world: World, contract, number: str, day: str):
    return record_invoice(world.session, contract.milestones[0].id, InvoiceNote(number, 1_000_000, on(day)),
                          actor=world.founder, now=noon(day))


def refuse(world: World, contract, one, day: str, *, reason: str = "抬头有误", actor=None):
    return refuse_invoice(world.session, contract.milestones[0].id, one.id, reason=reason,
                          actor=actor or world.buyer, now=noon(day))


def test_p4_a_refused_invoice_makes_room_for_another_and_raises_the_flag(world, invoiced) -> None:
    contract, first = invoiced
    with pytest.raises(Problems):
        invoice(world, contract, "A-2", "2025-07-02")
    due = world.owed(contract).due_on
    refuse(world, contract, first, "2025-07-03")
    assert raised(world, "2025-07-03", "P4") == []
    invoice(world, contract, "A-2", "2025-07-04")
    (found,) = raised(world, "2025-07-04", "P4")
    assert found.found.grounds == {"refused": 1, "numbers": ["A-1"], "first_on": on("2025-07-03")}
    assert raised(world, "2025-07-02", "P4") == []
    assert world.owed(contract).due_on == due, "an invoice moves no due date"


def test_an_invoice_is_refused_once_by_its_buyer_with_a_reason(world, invoiced) -> None:
    contract, first = invoiced
    with pytest.raises(Problems):
        refuse(world, contract, first, "2025-07-03", reason=" ")
    with pytest.raises(NotAllowed):
        refuse(world, contract, first, "2025-07-03", actor=world.founder)
    with pytest.raises(NotFound):
        refuse_invoice(world.session, contract.milestones[0].id + 1, first.id, reason="x", actor=world.buyer,
                       now=noon("2025-07-03"))
    refuse(world, contract, first, "2025-07-03")
    with pytest.raises(WrongState):
        refuse(world, contract, first, "2025-07-04")


def test_p5_counts_confirmed_bills_and_vouchers_only(world) -> None:
    contract = world.signed(at="2025-06-20", amounts=(1_000_000,), term_days=60)
    owed = world.delivered(contract, "2025-06-30")
    world.paid(owed, "2025-07-05", 400_000)
    bill = {"instrument": "commercial_bill", "cash_on": on("2025-07-10")}
    world.paid(owed, "2025-07-10", 400_000, **bill)
    assert raised(world, "2025-07-10", "P5") == [], "half is not more than half"
    world.notified(owed, "2025-07-11", 100_000, instrument="e_voucher", cash_on=on("2025-07-11"), reference="V")
    assert raised(world, "2025-07-11", "P5") == []
    world.paid(owed, "2025-07-11", 1_000, instrument="commercial_bill", cash_on=on("2025-07-11"), reference="B")
    (found,) = raised(world, "2025-07-11", "P5")
    assert found.found.grounds == {"non_cash_fen": 401_000, "paid_fen": 801_000}


def test_p6_looks_at_a_year_and_marks_the_contracts_of_the_pair(world) -> None:
    made = [world.drafted(at=day) for day in ("2025-06-15", "2025-08-15", "2025-09-15")]
    assert raised(world, "2025-09-14", "P6") == []
    found = raised(world, "2025-09-15", "P6")
    assert {one.object_id for one in found} == {contract.id for contract in made}
    assert raised(world, "2025-09-15", "P6", contract_ids=[made[0].id])[0].found.grounds == {"won": 3, "awards": 3}
    assert raised(world, "2026-06-16", "P6") == [], "the first award is more than a year ago"


def test_p7_any_payment_that_was_not_contradicted_silences_it(world) -> None:
    contract = world.signed(at="2025-06-20")
    owed = world.delivered(contract, "2025-06-30")
    assert raised(world, "2025-09-18", "P7") == []
    (found,) = raised(world, "2025-09-19", "P7")
    assert found.found.measured == {"days": 91}
    world.notified(owed, "2025-09-19", 100)
    assert raised(world, "2025-09-19", "P7") == []
    assert len(raised(world, "2025-09-18", "P7")) == 0


def test_asking_for_some_contracts_gives_the_same_flags_as_asking_for_all(world) -> None:
    contracts = [world.signed(at="2025-06-20", term_days=90, over_60_reason="惯例") for _ in range(4)]
    for contract in contracts:
        world.delivered(contract, "2025-06-30")
    world.session.flush()
    day = dt.date(2025, 12, 1)
    everything = flags.raised(world.session, as_of=day)
    assert {one.flag for one in everything} == {"P1", "P2", "P6", "P7"}
    by_contract = [one for contract in contracts
                   for one in flags.raised(world.session, as_of=day, contract_ids=[contract.id])]
    assert by_contract == everything
    assert flags.raised(world.session, as_of=day, contract_ids=[]) == []
