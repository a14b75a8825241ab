"""The journal: every entry balances, the books say what the law says is owed, nothing is deleted."""
from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from marketplace.audit import operations as audit
from marketplace.ledger import operations as ledger
from marketplace.ledger import queries as journal
from marketplace.ledger.operations import Posting
from marketplace.notices import operations as notices
from marketplace.payments import books, reversals, tick
from marketplace.payments import operations as payments
from marketplace.payments.models import Obligation
from marketplace.payments.statements import accrual_of, open_fen, statement_of
from marketplace.rules.errors import RuleViolation
from marketplace.rules.ledger import Account, EntryKind
from tests.integration.payments.world import World, noon, on

DAY = dt.date.fromisoformat


def balances(world: World, **options) -> dict[str, int]:
    """The accounts that are not at zero, by name."""
    world.session.flush()
    found = journal.balances(world.session, actor=world.operator, **options)
    return {str(account): fen for account, fen in found.items() if fen}


def reverse(world: World, payment, day: str, *, kind: str = "bounced", actor=None):
    return reversals.reverse_payment(world.session, payment.id, kind=kind, reason="银行退票",
                                     actor=actor or world.founder, now=noon(day))


def sound(world: World, day: str) -> bool:
    world.session.expire_all()
    return not list(books.faults(world.session, today=on(day)))


def test_a_delivery_makes_a_claim_and_a_payment_clears_it(world: World) -> None:
    contract = world.signed(at="2025-06-20")
    owed = world.delivered(contract, "2025-07-08")  # due 2025-09-08
    assert balances(world) == {"receivable": 10_000_000, "contract_value": -10_000_000}
    world.paid(owed, "2025-08-08", 4_000_000)
    assert balances(world) == {"receivable": 6_000_000, "cash": 4_000_000, "contract_value": -10_000_000}
    world.paid(owed, "2025-09-01", 6_000_000)
    assert balances(world) == {"cash": 10_000_000, "contract_value": -10_000_000}
    assert sound(world, "2025-09-01")


def test_interest_is_booked_when_the_principal_is_cleared_and_stays_until_it_is_paid(world: World) -> None:
    contract = world.signed(at="2025-06-20", allocation="principal_first")
    owed = world.delivered(contract, "2025-07-08")
    world.paid(owed, "2025-09-18", 10_000_000)  # ten days late: 500 yuan
    claim = {"cash": 10_000_000, "contract_value": -10_000_000}
    assert balances(world) == claim | {"interest_receivable": 50_000, "interest_income": -50_000}
    for hour in range(24):
        tick.run(world.session, today=on("2025-10-01"), now=noon("2025-10-01") + dt.timedelta(minutes=hour))
    assert balances(world) == claim | {"interest_receivable": 50_000, "interest_income": -50_000}
    world.paid(owed, "2025-10-09", 50_000)
    assert balances(world) == {"cash": 10_050_000, "contract_value": -10_000_000, "interest_income": -50_000}


def test_the_books_follow_the_order_of_civil_code_561(world: World) -> None:
    contract = world.signed(at="2025-06-20", allocation="interest_first")
    owed = world.delivered(contract, "2025-07-08")
    world.paid(owed, "2025-09-16", 4_000_000)  # 8 days: 400 yuan of interest first
    assert balances(world) == {"cash": 4_000_000, "receivable": 6_040_000, "interest_income": -40_000,
                               "contract_value": -10_000_000}


def test_a_disputed_part_stands_apart_until_it_is_decided(world: World) -> None:
    contract = world.signed(at="2025-06-20")
    owed = world.delivered(contract, "2025-07-08")
    dispute = payments.open_dispute(world.session, owed, amount_fen=3_000_000, reason="缺文档", actor=world.buyer,
                                    now=noon("2025-08-01"))
    assert balances(world) == {"receivable": 7_000_000, "disputed": 3_000_000, "contract_value": -10_000_000}
    payments.resolve_dispute(world.session, dispute.id, upheld_fen=1_000_000, note="补交后部分应付",
                             actor=world.operator, now=noon("2025-08-20"))
    assert balances(world) == {"receivable": 8_000_000, "write_off": 2_000_000, "contract_value": -10_000_000}
    assert sound(world, "2025-08-20")


def test_money_confirmed_late_corrects_what_was_booked_before_it(world: World) -> None:
    contract = world.signed(at="2025-06-20", allocation="interest_first")
    owed = world.delivered(contract, "2025-07-08")
    first = world.notified(owed, "2025-09-12", 3_000_000)
    world.paid(owed, "2025-09-18", 2_000_000)
    payments.confirm_payment(world.session, first.id, actor=world.founder, now=noon("2025-09-30"))
    kinds = [entry.kind for entry in journal.entries(world.session, actor=world.operator)]
    assert "adjustment" in kinds  # six days of interest less on 3,000,000 than the second payment had cleared
    left = world.statement(owed, "2025-09-30").principal_left_fen
    assert balances(world)["receivable"] == left
    assert sound(world, "2025-09-30")


def test_a_reversed_payment_counts_on_no_day_but_what_was_known_stays_known(world: World) -> None:
    contract = world.signed(at="2025-06-20")
    owed = world.delivered(contract, "2025-07-08")
    payment = world.paid(owed, "2025-09-01", 10_000_000)
    world.accepted(contract, "2025-09-01")
    assert (owed.settled_on, contract.status) == (DAY("2025-09-01"), "terminated")
    reverse(world, payment, "2025-10-08")
    assert (owed.settled_on, contract.status, payment.status) == (None, "active", "reversed")
    found = world.statement(owed, "2025-10-08")
    assert (found.overdue_days, found.interest_fen) == (30, 150_000)  # as if the money had never come
    then = statement_of(owed, as_of=on("2025-09-30"), known_on=on("2025-09-30"))
    assert (then.principal_left_fen, then.is_overdue) == (0, False)
    assert statement_of(owed, as_of=on("2025-09-30")).is_overdue
    assert balances(world) == {"receivable": 10_000_000, "contract_value": -10_000_000}
    assert balances(world, as_of=on("2025-10-07"))["cash"] == 10_000_000
    last = journal.entries(world.session, actor=world.operator)[0]
    first = journal.first_of(world.session, owed.id, ("payment", payment.id))
    assert (last.kind, last.reverses_id, last.effective_on) == ("reversal", first, DAY("2025-10-08"))
    for side in (world.buyer, world.founder):
        assert "payment_reversed" in {n.code for n in notices.inbox(world.session, side.organisation_id)}
    assert sound(world, "2025-10-08")
    assert audit.verify(world.session).intact


def test_after_a_reversal_the_same_transfer_may_be_recorded_again(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    payment = world.paid(owed, "2025-09-01", 10_000_000, reference="ICBC-9")
    reverse(world, payment, "2025-09-02", kind="recorded_in_error", actor=world.operator)
    world.paid(owed, "2025-09-01", 10_000_000, reference="ICBC-9", confirmed="2025-09-03")
    assert owed.settled_on == DAY("2025-09-01")
    assert sound(world, "2025-09-03")


@pytest.mark.parametrize(("who", "kind", "reason", "code"), [
    ("buyer", "bounced", "退票", "payment.only_payee_reverses"),
    ("stranger", "bounced", "退票", "not_found"),
    ("founder", "regret", "  ", "field.not_a_choice"),
])
def test_who_may_reverse_and_with_what(world: World, who: str, kind: str, reason: str, code: str) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    payment = world.paid(owed, "2025-09-01", 10_000_000)
    with pytest.raises(RuleViolation) as caught:
        reversals.reverse_payment(world.session, payment.id, kind=kind, reason=reason, actor=getattr(world, who),
                                  now=noon("2025-09-02"))
    assert caught.value.code == code
    assert payment.status == "confirmed"


def test_only_a_confirmed_payment_is_reversed_and_once(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    waits = world.notified(owed, "2025-08-01", 1_000_000)
    with pytest.raises(RuleViolation, match=r"payment\.wrong_state"):
        reverse(world, waits, "2025-08-02")
    payment = world.paid(owed, "2025-08-01", 2_000_000)
    reverse(world, payment, "2025-08-03")
    with pytest.raises(RuleViolation, match=r"payment\.wrong_state"):
        reverse(world, payment, "2025-08-04")


def test_money_the_buyer_never_notified_is_recorded_by_its_founder(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    note = payments.PaymentNote(10_000_000, on("2025-08-01"), "CMB-1")
    with pytest.raises(RuleViolation, match=r"contract\.other_side"):
        payments.record_receipt(world.session, owed, note, actor=world.buyer, now=noon("2025-08-02"))
    payment = payments.record_receipt(world.session, owed, note, actor=world.founder, now=noon("2025-08-02"))
    assert (payment.status, owed.settled_on) == ("confirmed", DAY("2025-08-01"))
    assert "payment_confirmed" in {n.code for n in notices.inbox(world.session, world.buyer.organisation_id)}


def test_an_entry_that_does_not_balance_is_refused(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    for lines, code in (({Account.CASH: 5, Account.RECEIVABLE: -4}, "ledger.unbalanced"), ({}, "ledger.empty"),
                        ({Account.CASH: 0}, "ledger.empty")):
        with pytest.raises(RuleViolation, match=code):
            ledger.post(world.session, owed.contract, Posting(EntryKind.PAYMENT, "payment", 1, owed.id,
                                                              on("2025-07-09"), lines),
                        actor=world.founder, now=noon("2025-07-09"))


@pytest.mark.parametrize(("change", "reason"), [
    ("UPDATE journal_line SET amount_fen = amount_fen + 1 WHERE amount_fen > 0", "unbalanced"),
    ("UPDATE journal_line SET amount_fen = amount_fen * 2", "changed"),
    ("UPDATE journal_entry SET debit_fen = 1, credit_fen = 1", "header"),
    ("UPDATE journal_entry SET effective_on = '2025-01-01'", "changed"),
    ("DELETE FROM journal_line", "unbalanced"),
    ("UPDATE milestone SET amount_fen = amount_fen + 1", "differs"),
])
def test_whatever_is_changed_behind_the_house_is_found(world: World, change: str, reason: str) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    assert sound(world, "2025-07-08")
    world.session.execute(text(change))
    world.session.expire_all()
    assert reason in {fault.reason for fault in books.faults(world.session, today=on("2025-07-08"))}
    assert owed.booked


def test_an_entry_removed_from_the_journal_is_missed(world: World) -> None:
    world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    world.session.execute(text("DELETE FROM journal_line"))
    world.session.execute(text("DELETE FROM journal_entry"))
    world.session.expire_all()
    assert {"removed", "differs"} <= {fault.reason for fault in books.faults(world.session, today=on("2025-07-08"))}


def test_what_was_owed_before_there_was_a_journal_is_brought_into_it_once(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    for change in ("DELETE FROM journal_line", "DELETE FROM journal_entry", "UPDATE obligation SET booked = NULL",
                   "DELETE FROM audit_entry WHERE action = 'ledger:post'"):
        world.session.execute(text(change))
    world.session.expire_all()
    tick.run(world.session, today=on("2025-07-09"), now=noon("2025-07-09"))
    assert journal.size(world.session) == 0  # the daily round leaves it to the command
    assert [books.book_all(world.session, actor="system", now=noon("2025-07-09")) for _ in range(2)] == [1, 0]
    assert balances(world)["receivable"] == 10_000_000
    assert owed.booked


# Whatever happens, in whatever order -------------------------------------------------------------------


EVENTS = st.lists(st.tuples(
    st.sampled_from(["pay", "notify", "confirm", "contradict", "reverse", "dispute", "resolve", "deliver", "reject",
                     "tick"]),
    st.integers(0, 25), st.integers(1, 100), st.integers(0, 1)), min_size=4, max_size=14)


# A failing example is told as found: making it smaller would take minutes of database work.
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(events=EVENTS, allocation=st.sampled_from(["interest_first", "principal_first"]))
def test_after_any_events_the_books_balance_and_the_past_stays_as_known(world: World, events, allocation) -> None:
    outer = world.session.begin_nested()
    try:
        _live(world, events, allocation)
    finally:
        outer.rollback()
        world.session.expire_all()


def _live(world: World, events, allocation: str) -> None:
    contract = world.signed(at="2025-06-20", amounts=(4_000_000, 6_000_001), allocation=allocation)
    owed = [world.delivered(contract, "2025-07-08", position=place) for place in (1, 2)]
    day, known = on("2025-07-08"), {}
    for verb, later, percent, place in events:
        day += dt.timedelta(days=later)
        try:
            with world.session.begin_nested():
                _act(world, owed[place], verb, day, percent)
        except RuleViolation:
            continue
        world.session.flush()
        for obligation in owed:
            found = statement_of(obligation, as_of=day)
            assert not list(books.faults_of(world.session, obligation, today=day))
            booked = journal.balances(world.session, actor=world.operator, obligation_id=obligation.id)
            assert sum(booked.values()) == 0
            assert booked[Account.RECEIVABLE] == accrual_of(found).principal_left_fen
            assert booked[Account.CASH] == sum(p.amount_fen for p in obligation.payments if p.status == "confirmed")
            known[obligation.id, day] = (obligation, open_fen(statement_of(obligation, as_of=day, known_on=day)))
            assert known[obligation.id, day][1] == open_fen(found)  # today, what is known is all there is
    world.session.expire_all()
    for (_, then), (obligation, fen) in known.items():
        if not any(d.decided_on and d.decided_on >= then for d in obligation.milestone.deliveries):
            assert open_fen(statement_of(obligation, as_of=then, known_on=then)) == fen
    assert not list(journal.faults(world.session))


def _act(world: World, obligation: Obligation, verb: str, day: dt.date, percent: int) -> None:
    session, now = world.session, noon(day)
    session.refresh(obligation)
    waiting = [p for p in obligation.payments if p.status == "notified"]
    stood = [p for p in obligation.payments if p.status == "confirmed"]
    amount = max(open_fen(statement_of(obligation, as_of=day)) * percent // 100, 1)
    if verb in ("pay", "notify"):
        note = payments.PaymentNote(amount, day, f"R-{day}-{len(obligation.payments)}")
        made = payments.notify_payment(session, obligation, note, actor=world.buyer, now=now)
        if verb == "pay":
            payments.confirm_payment(session, made.id, actor=world.founder, now=now)
    elif verb == "confirm" and waiting:
        payments.confirm_payment(session, waiting[0].id, actor=world.founder, now=now)
    elif verb == "contradict" and waiting:
        payments.contradict_payment(session, waiting[0].id, note="没有到账", actor=world.founder, now=now)
    elif verb == "reverse" and stood:
        reversals.reverse_payment(session, stood[percent % len(stood)].id, kind="bounced", reason="退票",
                                  actor=world.founder, now=now)
    elif verb == "dispute":
        payments.open_dispute(session, obligation, amount_fen=amount, reason="不符", actor=world.buyer, now=now)
    elif verb == "resolve" and (open_now := [d for d in obligation.disputes if d.status == "open"]):
        payments.resolve_dispute(session, open_now[0].id, upheld_fen=open_now[0].disputed_fen * percent // 100,
                                 note="核对完毕", actor=world.operator, now=now)
    elif verb == "deliver":
        payments.record_delivery(session, obligation.milestone_id, on=day, note="重新交付", actor=world.founder,
                                 now=now)
    elif verb == "reject":
        payments.record_rejection(session, obligation.milestone_id, reason="不合格", actor=world.buyer, now=now)
    elif verb == "tick":
        tick.run(session, today=day, now=now)


def test_how_often_and_in_which_order_the_jobs_run_changes_nothing(world: World) -> None:
    contract = world.signed(at="2025-06-20", amounts=(4_000_000, 6_000_000))
    owed = [world.delivered(contract, "2025-07-08", position=place) for place in (1, 2)]
    world.paid(owed[0], "2025-09-20", 1_000_000)
    entries = journal.size(world.session)
    for day in ("2025-10-01", "2025-09-25", "2025-10-01", "2025-12-01"):
        tick.run(world.session, today=on(day), now=noon("2025-12-01"))
        books.book_all(world.session, actor="system", now=noon("2025-12-01"))
    assert journal.size(world.session) == entries
    assert sound(world, "2025-12-01")
