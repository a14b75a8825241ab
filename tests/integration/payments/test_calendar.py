"""The calendar feed: the days of one person, under an address only they were given, moving when the law moves them."""
from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from icalendar import Calendar

from marketplace.demand.models import Demand
from marketplace.rules.lifecycle import BidStatus
from marketplace.suggestions.models import Invitation
from marketplace.tendering.models import Bid
from tests.integration.payments.doors import Doors, text_of
from tests.integration.payments.world import World, noon

ADDRESS = re.compile(r"<code>(http://localhost/calendar/[\w-]{43}\.ics\?lang=\w\w)</code>")


@pytest.fixture
def doors(app, monkeypatch: pytest.MonkeyPatch) -> Doors:
    return Doors(app, monkeypatch)


def address(doors: Doors, who: str, lang: str = "zh") -> str:
    """The address of a new feed, as the account page shows it."""
    return ADDRESS.search(doors.send(who, f"/account?lang={lang}", f"/account/calendar?lang={lang}").text)[1]


def events(doors: Doors, link: str) -> dict[str, Any]:
    """What a calendar program reads under an address, by the identity of each event."""
    answer = doors.app.test_client().get(link)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    return {str(event["UID"]): event for event in Calendar.from_ical(answer.data).walk("VEVENT")}


def owed(world: World) -> None:
    """100,000 yuan due on 2025-09-08; a second part waits for its acceptance until 2025-07-18."""
    world.delivered(world.signed(at="2025-06-20"), "2025-07-08")
    world.delivered(world.signed(at="2025-06-20", start_basis="acceptance", acceptance_period_days=10, term_days=30),
                    "2025-07-08")


def open_demand(world: World, place: int) -> Demand:
    demand = Demand(code=f"JB-2025-10000{place}", buyer=world.buyer.organisation, title=f"漏损定位 {place}",
                    description="定位。", budget_fen=100, duration_days=30, status="active", acceptance_criteria=["a"],
                    deliverables=["b"], created_at=noon("2025-06-01"), updated_at=noon("2025-06-01"),
                    published_at=noon("2025-06-01"), bid_deadline=noon(f"2025-07-1{place}"))
    world.session.add(demand)
    world.session.flush()
    return demand


def bidding(world: World) -> None:
    """The founder has a bid in the first demand, is invited to the second, took its bid back in the third; the
    fourth concerns nobody."""
    first, second, third, _ = (open_demand(world, place) for place in range(4))
    for demand, status in ((first, BidStatus.SEALED), (third, BidStatus.WITHDRAWN)):
        world.session.add(Bid(demand=demand, founder=world.founder.organisation, version=1, status=status,
                              ciphertext=b"", commitment="0" * 64, received_at=noon("2025-06-10"),
                              withdrawn_at=noon("2025-06-11") if status == BidStatus.WITHDRAWN else None))
    for demand in (first, second):
        world.session.add(Invitation(demand=demand, founder=world.founder.organisation, invited_by=world.buyer,
                                     invited_at=noon("2025-06-09")))
    world.session.flush()


def test_both_sides_have_the_due_date_and_the_end_of_the_acceptance_period(doors: Doors) -> None:
    doors.with_world(owed)
    doors.today("2025-07-10")
    pays, gets = events(doors, address(doors, "buyer")), events(doors, address(doors, "founder"))
    assert pays.keys() == gets.keys() == {
        "obligation-1-due@jiebang", "obligation-2-due@jiebang", "milestone-2-acceptance@jiebang"}
    due = pays["obligation-1-due@jiebang"]
    assert (due.start, due.end) == (dt.date(2025, 9, 8), dt.date(2025, 9, 9))
    assert due["SUMMARY"] == "应付款：第1期 ¥100,000.00"
    assert "第九条第二款" in due["DESCRIPTION"]
    assert due["URL"] == "http://localhost/payments/1"
    assert gets["obligation-1-due@jiebang"]["SUMMARY"].startswith("应收款")
    assert pays["milestone-2-acceptance@jiebang"].start == dt.date(2025, 7, 18)
    assert pays["obligation-2-due@jiebang"].start == dt.date(2025, 8, 18)  # 30 days later is Sunday the 17th


def test_an_event_keeps_its_identity_when_its_day_moves_and_goes_when_it_is_done(doors: Doors) -> None:
    doors.with_world(owed)
    doors.today("2025-07-10")
    link = address(doors, "founder", "en")
    page = "/contracts/HT-2025-000002/milestones/1"
    doors.send("buyer", page, f"{page}/acceptances", accepted_on="2025-07-10")
    moved = events(doors, link)
    assert moved["obligation-2-due@jiebang"].start == dt.date(2025, 8, 11)  # 30 days from acceptance: a Saturday
    assert "milestone-2-acceptance@jiebang" not in moved
    assert moved["obligation-2-due@jiebang"]["SUMMARY"] == "To receive: 第1期 ¥100,000.00"
    doors.send("buyer", "/payments/1", "/payments/1/payments", amount_fen="100000", paid_on="2025-07-10",
               bank_reference="A-1", instrument="transfer")
    assert "obligation-1-due@jiebang" in events(doors, link)
    doors.send("founder", "/payments/1", "/payments/1/payments/1/confirm")
    assert events(doors, link).keys() == {"obligation-2-due@jiebang"}


def test_a_founder_has_the_deadlines_of_bids_and_invitations_a_buyer_its_own(doors: Doors) -> None:
    doors.with_world(bidding)
    doors.today("2025-07-01")
    founder, buyer = (address(doors, who) for who in ("founder", "buyer"))
    found = events(doors, founder)
    assert found.keys() == {"demand-1-deadline@jiebang", "demand-2-deadline@jiebang"}
    assert found["demand-1-deadline@jiebang"].start == dt.datetime(2025, 7, 10, 4, tzinfo=dt.UTC)
    assert len(events(doors, buyer)) == 4
    assert events(doors, address(doors, "stranger")) == {}
    doors.today("2025-07-11")
    assert events(doors, founder).keys() == {"demand-2-deadline@jiebang"}


def test_an_address_is_void_once_it_is_closed_or_replaced(doors: Doors) -> None:
    doors.with_world(owed)
    anyone = doors.app.test_client()
    first = address(doors, "founder")
    assert text_of(doors.visit("founder", "/account")).count("日历订阅已开启") == 1
    assert first not in doors.visit("founder", "/account").text
    second = address(doors, "founder")
    assert (anyone.get(first).status_code, anyone.get(second).status_code) == (404, 200)
    assert doors.send("founder", "/account", "/account/calendar/close").status_code == 303
    assert anyone.get(second).status_code == 404
    for guess in ("x", "%00", "a" * 5000):
        assert anyone.get(f"/calendar/{guess}.ics").status_code == 404, guess


def test_the_operator_has_no_feed_and_an_address_opens_nothing_else(doors: Doors) -> None:
    doors.with_world(owed)
    assert doors.send("operator", "/account", "/account/calendar").status_code == 403
    token = re.search(r"/calendar/([\w-]+)\.ics", address(doors, "founder"))[1]
    answer = doors.app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_nobody_writes_events_into_another_calendar(doors: Doors) -> None:
    """A title is one line of text, whatever is in it."""
    def hostile(world: World) -> None:
        open_demand(world, 1).title = "急\r\nEND:VEVENT\rBEGIN:VEVENT\nSUMMARY:x;,\\"

    doors.with_world(hostile)
    doors.today("2025-07-01")
    link = address(doors, "buyer")
    assert [str(event["SUMMARY"]) for event in events(doors, link).values()] == [
        "投标截止（本单位需求）：急 END:VEVENT BEGIN:VEVENT SUMMARY:x;,\\"]
    lines = doors.app.test_client().get(link).data.split(b"\r\n")
    assert max(map(len, lines)) <= 75  # RFC 5545 3.1, in octets
