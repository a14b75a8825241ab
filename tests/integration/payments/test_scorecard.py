"""The payer scorecard from the ledger, on the demand's page and for programs."""
from __future__ import annotations

import pytest

from marketplace.payments import operations as payments
from marketplace.payments import scorecard
from marketplace.rules import uscc
from marketplace.rules.scorecard import Tier
from tests.integration.payments.doors import Doors, text_of
from tests.integration.payments.world import World, noon, on

BUYER = uscc.complete("91330100MA1BBBBB")


@pytest.fixture
def doors(app, monkeypatch: pytest.MonkeyPatch) -> Doors:
    return Doors(app, monkeypatch)


def six_paid(world: World) -> None:
    """Six deliveries of 8 July 2025, 60 days each: five paid after 20 days, one after 69; a seventh is not paid."""
    for place in range(7):
        owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
        if place < 6:
            world.paid(owed, "2025-07-28" if place < 5 else "2025-09-15", 10_000_000)


def card(world: World, day: str):
    world.session.flush()
    world.session.expire_all()
    return scorecard.of_buyer(world.session, world.buyer.organisation_id, as_of=on(day))


def test_a_buyer_is_measured_as_of_any_day_whatever_came_later(world: World) -> None:
    six_paid(world)
    july, august, october = (card(world, day) for day in ("2025-07-20", "2025-08-01", "2025-10-01"))
    assert (july.known, july.settled, july.suppressed) == (7, 0, True)
    assert (august.settled, august.median_days, august.tier, august.overdue_now) == (5, 20, Tier.GOLD, 0)
    assert (october.settled, october.over_slow, october.tier) == (6, 2, None)  # 69 days, and 85 days unpaid
    assert (october.shares, october.longest_term_days) == (("71.4", "0.0", "28.6"), 60)
    assert (october.overdue_now, october.overdue_fen) == (1, 10_000_000)


def test_only_confirmed_money_counts_and_a_bill_on_the_day_it_is_cashed(world: World) -> None:
    told = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    world.notified(told, "2025-07-10", 10_000_000)
    bill = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    world.paid(bill, "2025-07-10", 10_000_000, instrument="commercial_bill", cash_on=on("2025-09-02"),
               confirmed="2025-09-02")
    found = card(world, "2025-09-04")
    assert (found.settled, found.within_fast, found.within_slow) == (1, 0, 1)  # 56 days


def test_a_disputed_part_is_counted_and_does_not_make_the_rest_unpaid(world: World) -> None:
    owed = world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    payments.open_dispute(world.session, owed, amount_fen=3_000_000, reason="缺两章", actor=world.buyer,
                          now=noon("2025-07-10"))
    world.paid(owed, "2025-07-18", 7_000_000)
    assert (card(world, "2025-07-09").disputed, card(world, "2025-12-01").disputed) == (0, 1)
    assert (card(world, "2025-12-01").within_fast, card(world, "2025-12-01").over_slow) == (1, 0)


def test_a_founder_reads_how_the_buyer_pays_before_bidding(doors: Doors) -> None:
    doors.with_world(six_paid)
    doors.today("2025-10-01")
    page = text_of(doors.app.test_client().get("/demands/JB-2025-000001"))
    for words in ("付款信用", "截至 2025年10月1日", "目前逾期未付 1 笔，本金共 ¥100,000.00", "20 天",
                  "30 日内 71.4%，31 至 60 日 0.0%，超过 60 日 28.6%", "未达到铜牌标准"):
        assert words in page, words
    doors.today("2025-08-01")
    assert "Gold payer" in text_of(doors.visit("founder", "/demands/JB-2025-000001", lang="en"))


def test_few_payments_are_counted_not_graded(doors: Doors) -> None:
    doors.with_world(lambda world: world.paid(world.delivered(world.signed(at="2025-06-20"), "2025-07-08"),
                                              "2025-07-20", 10_000_000))
    doors.today("2025-08-01")
    page = text_of(doors.visit("founder", "/demands/JB-2025-000001"))
    assert "已结清 1 笔，数量较少，暂不评级" in page
    assert "%" not in page.split("付款信用")[1].split("怎样统计")[0]


def test_a_program_asks_for_the_card_of_any_past_day(doors: Doors) -> None:
    doors.with_world(six_paid)
    doors.today("2025-10-01")
    now = doors.call("founder", "GET", f"/buyers/{BUYER}/scorecard").json
    assert (now["uscc"], now["as_of"], now["tier"], now["overdue_fen"]) == (BUYER, "2025-10-01", None, 10_000_000)
    assert (now["within_30"], now["days_31_to_60"], now["over_60"]) == (5, 0, 2)
    then = doors.call("founder", "GET", f"/buyers/{BUYER.lower()}/scorecard?as_of=2025-08-01").json
    assert (then["tier"], then["median_days"], then["thresholds"]["share_percent"]) == ("gold", 20, 95)
    later = doors.call("founder", "GET", f"/buyers/{BUYER}/scorecard?as_of=2025-10-02")
    assert (later.status_code, later.json["errors"][0]["field"]) == (422, "as_of")


def test_no_card_of_strangers_and_founders(doors: Doors) -> None:
    doors.with_world(six_paid)
    founder = uscc.complete("91330100MA1FFFFF")
    for wanted in (founder, "1", "x" * 300, "91330100MA1%00BBBBB", "９" * 18):
        assert doors.call("buyer", "GET", f"/buyers/{wanted}/scorecard").status_code == 404, wanted
    assert doors.app.test_client().get(f"/api/v1/buyers/{BUYER}/scorecard").status_code == 401
