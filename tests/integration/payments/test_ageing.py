"""The aged balance as of any day, and the cash to be expected."""
from __future__ import annotations

from marketplace.payments import ageing, disputes, reversals, tick
from marketplace.rules.ageing import Bucket, Span
from tests.integration.payments.world import World, noon, on


def aged(world: World, day: str, who: str = "founder", **more):
    world.session.flush()
    return ageing.aged(world.session, actor=getattr(world, who), as_of=on(day), **more)


def totals(found) -> dict[Bucket, int]:
    return {bucket: fen for bucket, fen in found.by_bucket.items() if fen}


def test_what_was_paid_since_was_open_then(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")  # due 2025-09-08
    world.paid(owed, "2025-10-16", 10_000_000)
    assert totals(aged(world, "2025-09-08")) == {Bucket.NOT_DUE: 10_000_000}  # due today is not overdue
    assert totals(aged(world, "2025-09-09")) == {Bucket.TO_30: 10_000_000}
    assert totals(aged(world, "2025-10-15")) == {Bucket.TO_60: 10_000_000}
    assert totals(aged(world, "2025-10-16")) == {}
    assert aged(world, "2025-07-07").items == ()  # not delivered yet


def test_a_part_paid_later_counts_whole_on_the_day_before(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-06-20", allocation="principal_first"), "2025-07-08")
    world.paid(owed, "2025-09-18", 4_000_000)
    assert totals(aged(world, "2025-09-17")) == {Bucket.TO_30: 10_000_000}
    assert totals(aged(world, "2025-09-18")) == {Bucket.TO_30: 6_000_000}


def test_each_instalment_ages_by_its_own_due_date(world: World) -> None:
    contract = world.signed(at="2025-06-20", amounts=(1_000_000, 2_000_000, 4_000_000))
    for place, day in ((1, "2025-06-25"), (2, "2025-08-04"), (3, "2025-10-20")):
        world.delivered(contract, day, position=place)
    found = aged(world, "2025-12-01")
    # due 2025-08-25, 2025-10-09 (after National Day) and 2025-12-19
    assert totals(found) == {Bucket.OVER_90: 1_000_000, Bucket.TO_60: 2_000_000, Bucket.NOT_DUE: 4_000_000}
    assert [item.days_late for item in found.items] == sorted((item.days_late for item in found.items), reverse=True)
    assert found.total_fen == 7_000_000


def test_the_later_the_more_it_costs(world: World) -> None:
    world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    fees = [aged(world, day).interest_fen for day in ("2025-09-08", "2025-09-09", "2025-09-18", "2025-12-17")]
    assert fees == [0, 5_000, 50_000, 500_000]  # 100,000 yuan x 0.05% x 0, 1, 10, 100 days


def test_a_bounced_payment_is_open_again_on_every_day(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    payment = world.paid(owed, "2025-09-01", 10_000_000)
    reversals.reverse_payment(world.session, payment.id, kind="bounced", reason="退票", actor=world.founder,
                              now=noon("2025-10-08"))
    assert totals(aged(world, "2025-09-30")) == {Bucket.TO_30: 10_000_000}


def test_a_disputed_part_is_shown_apart(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    disputes.open_dispute(world.session, owed, amount_fen=10_000_000, reason="全部不符", actor=world.buyer,
                          now=noon("2025-08-01"))
    found = aged(world, "2025-10-01")
    assert (found.total_fen, found.disputed_fen, [item.days_late for item in found.items]) == (0, 10_000_000, [0])


def test_everyone_sees_its_own_side_and_the_operator_all(world: World) -> None:
    world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    assert [party.organisation.name for party in aged(world, "2025-10-01", "founder").parties] == ["buyer 公司"]
    assert [party.organisation.name for party in aged(world, "2025-10-01", "buyer").parties] == ["founder 公司"]
    assert aged(world, "2025-10-01", "stranger").items == ()
    assert aged(world, "2025-10-01", "operator").total_fen == 10_000_000
    assert aged(world, "2025-10-01", "operator", buyer_id=world.founder.organisation_id).items == ()


def test_money_is_expected_when_it_is_due_and_when_the_buyer_usually_pays(world: World) -> None:
    for paid in ("2025-09-01", "2025-09-18", "2025-09-22"):  # due 2025-09-08: 0, 10 and 14 days late
        world.paid(world.delivered(world.signed(at="2025-06-20"), "2025-07-08"), paid, 10_000_000)
    owed = world.delivered(world.signed(at="2025-09-01", amounts=(3_000_000,)), "2025-09-15")  # due 2025-11-14
    found = ageing.forecast(world.session, actor=world.founder, today=on("2025-10-01"), span=Span.WEEK)
    assert [(buyer.id, days, count) for buyer, days, count in found.habits] == [(world.buyer.organisation_id, 10, 3)]
    (one,) = found.expected
    assert (one.amount_fen, one.due, one.usual_on) == (3_000_000, owed.due_on, on("2025-11-24"))
    assert [(column.period.first, column.due_fen, column.usual_fen) for column in found.columns
            if column.due_fen or column.usual_fen] == [
        (on("2025-11-10"), 3_000_000, 0), (on("2025-11-24"), 0, 3_000_000)]
    same = ageing.forecast(world.session, actor=world.buyer, today=on("2025-10-01"), span=Span.MONTH)
    assert sum(column.due_fen for column in same.columns) == same.total_fen == found.total_fen


def test_every_expected_fen_stands_in_one_place(world: World) -> None:
    contract = world.signed(at="2025-06-20", amounts=(1_000_000, 2_000_000, 4_000_000), start_basis="settlement",
                            term_days=400)
    for place in (1, 2, 3):
        world.delivered(contract, "2025-06-25", position=place)
    late = world.signed(at="2025-06-20", amounts=(500_000,))
    world.delivered(late, "2025-06-25")
    tick.run(world.session, today=on("2025-10-01"), now=noon("2025-10-01"))
    found = ageing.forecast(world.session, actor=world.founder, today=on("2025-10-01"), span=Span.MONTH)
    assert found.undated_fen == 7_000_000
    assert found.late_due_fen + found.later_due_fen + found.undated_fen + sum(
        column.due_fen for column in found.columns) == found.total_fen
