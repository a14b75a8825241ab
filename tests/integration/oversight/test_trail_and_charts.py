"""Down to the entries of everything under a contract, and the figures behind the charts."""
from __future__ import annotations

import datetime as dt

from marketplace.oversight import charts, entries
from marketplace.payments.operations import open_dispute, resolve_dispute
from tests.integration.oversight.conftest import Watch
from tests.integration.payments.world import World, noon, on


def test_the_trail_of_a_contract_holds_its_whole_story_and_nobody_elses(world: World) -> None:
    contract, other = (world.signed(at="2025-06-20", amounts=(1_000_000, 500_000)) for _ in range(2))
    for one in (contract, other):
        owed = world.delivered(one, "2025-06-30")
        open_dispute(world.session, owed, amount_fen=100_000, reason="数量不符", actor=world.buyer,
                     now=noon("2025-07-02"))
        world.paid(owed, "2025-07-20", 200_000)
    world.session.flush()
    found = entries.trail(world.session, contract)
    assert [entry.seq for entry in found.entries] == sorted(entry.seq for entry in found.entries)
    actions = {entry.action for entry in found.entries}
    assert actions >= {"contract:draft", "contract:sign", "milestone:deliver", "obligation:create", "dispute:open",
                       "payment:notify", "payment:confirm"}
    twin = entries.trail(world.session, other)
    assert not {entry.seq for entry in found.entries} & {entry.seq for entry in twin.entries}
    assert len(found.objects["milestone"]) == 2
    assert (found.bidding.received, found.bidding.opened, found.bidding.withdrawn) == (1, 1, 0)


def settled(world: World, delivered: str, paid: str, amount_fen: int = 1_000_000) -> None:
    """A contract over one milestone, due 30 days after delivery."""
    contract = world.signed(at="2025-06-20", amounts=(amount_fen,), term_days=30)
    world.delivered(contract, delivered)
    world.accepted(contract, delivered)
    if paid:
        world.paid(world.owed(contract), paid, amount_fen)


def test_overdue_by_week_is_what_was_overdue_on_each_day_not_what_is_known_now(world: World) -> None:
    settled(world, "2025-06-30", "2025-08-20")  # due 07-30, paid late
    settled(world, "2025-07-10", "", 300_000)  # due 08-11 (08-09 is a Saturday), not paid
    world.session.flush()
    weeks = charts.overdue_by_week(world.session, as_of=on("2025-08-27"), weeks=5)
    assert [(week.ends_on.isoformat(), week.count, week.overdue_fen) for week in weeks] == [
        ("2025-07-30", 0, 0), ("2025-08-06", 1, 1_000_000), ("2025-08-13", 2, 1_300_000),
        ("2025-08-20", 1, 300_000), ("2025-08-27", 1, 300_000)]


def test_the_last_week_is_what_the_desk_says_is_overdue(world: World, watch: Watch) -> None:
    """The chart counts on its own; disputes, part payments and bills must not part the two."""
    for number, step in enumerate(("dispute", "resolved", "part", "bill", "")):
        contract = world.signed(at="2025-06-20", amounts=(1_000_000 + number,), term_days=30)
        owed = world.delivered(contract, "2025-06-30")
        if step in ("dispute", "resolved"):
            made = open_dispute(world.session, owed, amount_fen=300_000, reason="数量不符", actor=world.buyer,
                                now=noon("2025-07-10"))
            if step == "resolved":
                resolve_dispute(world.session, made.id, upheld_fen=100_000, note="核对完毕", actor=world.operator,
                                now=noon("2025-08-06"))
        elif step == "part":
            world.paid(owed, "2025-08-01", 250_000)
        elif step == "bill":
            world.paid(owed, "2025-07-20", 250_000, instrument="commercial_bill", cash_on=on("2025-08-13"),
                       confirmed="2025-08-13")
    for week in charts.overdue_by_week(world.session, as_of=on("2025-08-20"), weeks=4):
        totals = watch.desk(week.ends_on).totals()
        assert (week.count, week.overdue_fen) == (totals.late, totals.late_fen), week.ends_on


def test_where_interest_is_paid_first_the_charts_say_what_the_law_says_is_left(world: World, watch: Watch) -> None:
    """Civil Code 561: of 500,000 paid 20 days late on 1,000,000, 10,000 is interest; 510,000 stays owed."""
    contract = world.signed(at="2025-06-20", amounts=(1_000_000,), term_days=30, allocation="interest_first")
    owed = world.delivered(contract, "2025-06-30")  # due 07-30
    world.paid(owed, "2025-08-19", 500_000)
    world.session.flush()
    week = charts.overdue_by_week(world.session, as_of=on("2025-08-25"))[-1]
    assert (week.count, week.overdue_fen) == (1, 510_000) == (1, watch.desk(week.ends_on).totals().late_fen)
    assert [bucket.open_fen for bucket in charts.ageing(world.session, as_of=on("2025-08-25"))] == [0, 510_000, 0, 0, 0]
    world.paid(owed, "2025-08-25", 500_000)  # cash covers the principal, yet 3 days of interest took their share
    found = charts.ageing(world.session, as_of=on("2025-08-29"))[1]
    assert (found.count, found.open_fen) == (1, watch.desk(on("2025-08-29")).totals().late_fen)
    assert found.open_fen > 0


def test_ageing_puts_every_open_payment_in_one_bucket(world: World) -> None:
    for day in ("2025-06-30", "2025-07-31", "2025-08-20"):  # due 07-30, 09-01, 09-19
        settled(world, day, "")
    world.session.flush()

    def counts(day: str) -> list[int]:
        return [bucket.count for bucket in charts.ageing(world.session, as_of=on(day))]

    assert counts("2025-08-29") == [2, 1, 0, 0, 0]
    assert counts("2025-08-30") == [2, 0, 1, 0, 0]
    assert counts("2025-10-29") == [0, 0, 2, 0, 1]
    assert sum(bucket.open_fen for bucket in charts.ageing(world.session, as_of=on("2025-10-29"))) == 3_000_000


def test_on_time_share_and_days_from_award_to_money(world: World) -> None:
    settled(world, "2025-06-30", "2025-07-30")
    settled(world, "2025-06-30", "2025-07-31")
    settled(world, "2025-06-30", "2025-08-01")
    world.session.flush()
    july, august = charts.on_time_by_month(world.session, as_of=on("2025-08-31"))
    assert (july.settled, july.on_time, july.percent) == (2, 1, 50)
    assert (august.settled, august.on_time, august.percent) == (1, 0, 0)
    waited = charts.award_to_payment(world.session, as_of=on("2025-08-31"))
    assert [(one.month, one.count, one.days) for one in waited] == [
        (dt.date(2025, 7, 1), 2, 40), (dt.date(2025, 8, 1), 1, 42)]
    assert charts.on_time_by_month(world.session, as_of=on("2025-07-30"))[0].settled == 1


def test_the_funnel_narrows_from_publication_to_money(world: World, watch: Watch) -> None:
    settled(world, "2025-06-30", "2025-07-10")
    settled(world, "2025-06-30", "")
    world.drafted(at="2025-07-01")
    world.session.flush()
    found = {step.name: step.count for step in charts.funnel(world.session, as_of=on("2025-07-31"))}
    assert found == {"published": 3, "bid": 3, "awarded": 3, "signed": 2, "paid": 1}
    before = {step.name: step.count for step in charts.funnel(world.session, as_of=on("2025-06-25"))}
    assert before == {"published": 2, "bid": 2, "awarded": 2, "signed": 2, "paid": 0}
