"""From an empty market to money paid, and money that is not: what each side is promised, through the real pages."""
from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Visitor, assert_accessible, screenshot, sign_in
from tests.browser.journeys import anchor, founder, operator, story
from tests.browser.journeys.house import House, MovingClock
from tests.browser.journeys.reader import Reader

DEADLINE = "2026-03-16T17:00"
REMARK = "请写清谁在什么时候用。"


class People:
    """Everyone at a browser of their own, in one language, at a desk or with a phone."""

    def __init__(self, visitor: Visitor, house: House, lang: str, viewport: str) -> None:
        self.visitor, self.house, self.lang, self.viewport = visitor, house, lang, viewport
        self.anchor, self.bureau, self.lin, self.zhou, self.operator = (self.newcomer() for _ in range(5))

    def newcomer(self) -> Reader:
        page = self.visitor.open(self.house.address, lang=self.lang, viewport=self.viewport)
        return Reader(page, self.lang)


@pytest.mark.parametrize(("lang", "viewport"), [("zh", "desktop"), ("en", "phone")])
def test_from_a_list_of_needs_to_money_paid_and_money_late(
    visitor: Visitor, empty_house: House, moving_clock: MovingClock, tmp_path: Path, lang: str, viewport: str
) -> None:
    operator.begins(empty_house)
    people = People(visitor, empty_house, lang, viewport)
    code = the_list_is_filled(people)
    kept = founders_bid(people, code, moving_clock, tmp_path)
    number = bids_are_opened_and_one_is_chosen(people, code, moving_clock)
    founder.checks_the_file(people.lin, code, kept)
    the_first_milestone_is_paid_in_time(people, number, moving_clock)
    the_second_is_not(people, number, moving_clock)
    operator.verifies_the_chain(people.operator)


def the_list_is_filled(people: People) -> str:
    anchor.registers(people.anchor, "anchor", "large_enterprise")
    anchor.imports_a_list(people.anchor)
    anchor.starts_a_project(people.anchor)
    anchor.cuts_it(people.anchor)
    code = anchor.publishes(people.anchor, DEADLINE)
    sign_in(people.operator.page, "operator@example.com", story.PASSWORD)
    operator.returns(people.operator, code, REMARK)
    anchor.mends(people.anchor, code, REMARK, DEADLINE)
    anchor.publishes_the_rest(people.anchor, DEADLINE)
    operator.publishes(people.operator, code, anchor.SCENE[5:8])
    people.house.settle()
    return code


def founders_bid(people: People, code: str, now: MovingClock, folder: Path) -> Path:
    """One finds the demand among the matches, the other is invited; neither the buyer nor a rival sees a bid."""
    for who, reader in (("lin", people.lin), ("zhou", people.zhou)):
        founder.registers(reader, who)
        founder.describes_himself(reader, who)
        people.house.settle()
    founder.finds(people.lin, story.DEMAND)
    kept = founder.bids(people.lin, code, "lin", folder)
    anchor.invites(people.anchor, code, "zhou")
    people.zhou.goes("/founder/matches")
    people.zhou.sees(anchor.INVITATION)
    founder.bids(people.zhou, code, "zhou", folder / "zhou")
    people.zhou.goes(f"/demands/{code}/bid")
    people.zhou.sees_not(story.NAMES["lin"], "¥94,000.00")
    now.move("2026-03-16 16:59")
    people.anchor.goes(f"/demands/{code}/opening")
    expect(people.anchor.field("secret")).to_have_count(0)
    return kept


def bids_are_opened_and_one_is_chosen(people: People, code: str, now: MovingClock) -> str:
    now.move("2026-03-16 17:01")
    people.lin.goes(f"/demands/{code}/bid")
    people.lin.sees_text("tendering.bid.lead_closed")
    operator.gives_a_share(people.anchor, code, "buyer", story.BUYERS_PASSPHRASE)
    people.anchor.sees_text("tendering.opening.given_flash")
    people.anchor.goes(f"/demands/{code}/evaluation")
    people.anchor.is_at(f"/demands/{code}/opening")  # one share opens nothing
    operator.gives_a_share(people.operator, code, "operator", story.OPERATORS_PASSPHRASE)
    people.operator.sees_text("tendering.opening.opened_flash")
    now.move("2026-03-17 10:00")
    number = anchor.scores_and_awards(people.anchor, code)
    people.zhou.goes(f"/demands/{code}/bid")  # the loser: their own bid and rank, nothing of the winner's
    people.zhou.sees(story.BIDS["zhou"]["plan"], "¥88,000.00", "72.00")
    people.zhou.sees_not(story.BIDS["lin"]["plan"], "¥94,000.00", "94.59")
    people.zhou.goes(f"/contracts/{number}", status=404)
    people.anchor.goes(f"/contracts/{number}")  # public until Friday: nobody signs before
    expect(people.anchor.main.locator("[name=seen_hash]")).to_have_count(0)
    people.anchor.sees(people.anchor.says("2026年3月20日", "20 Mar 2026"))
    people.zhou.goes(f"/demands/{code}/award")
    people.zhou.sees(story.NAMES["lin"], "¥94,000.00")
    assert_accessible(people.zhou.page)
    screenshot(people.zhou.page, f"award-notice-{people.lang}")
    now.move("2026-03-21 09:00")
    for reader, said in ((people.anchor, "contracts.flash.confirmed"), (people.lin, "contracts.flash.signed")):
        reader.goes(f"/contracts/{number}")
        screenshot(reader.page, f"contract-{people.lang}")
        reader.presses("contracts.show.confirm")
        reader.sees_text(said)
    return number


def the_first_milestone_is_paid_in_time(people: People, number: str, now: MovingClock) -> None:
    """Accepted on Friday 3 April: 75 days from then is Wednesday 17 June."""
    now.move("2026-04-01 15:00")
    founder.delivers(people.lin, number, 1, "2026-04-01")
    now.move("2026-04-03 15:00")
    anchor.accepts(people.anchor, number, 1, "2026-04-03")
    founder.invoices(people.lin, number, 1, "55600", "2026-04-03")
    people.lin.follows("contracts.milestone.payment")
    people.lin.sees(people.lin.says("2026年6月17日", "17 Jun 2026"))
    people.lin.main.locator("details summary").first.click()
    people.lin.sees(people.lin.says("第九条", "Art. 9"), people.lin.says("第十条", "Art. 10"))
    assert_accessible(people.lin.page)
    screenshot(people.lin.page, f"payment-due-{people.lang}")
    now.move("2026-06-10 11:00")
    anchor.pays(people.anchor, number, 1, "55,600", "2026-06-10")
    founder.confirms_the_payment(people.lin, anchor.payment_page(people.anchor))
    people.lin.sees_text("payments.state.paid", cleared=people.lin.says("2026年6月10日", "10 Jun 2026"))
    screenshot(people.lin.page, f"payment-paid-{people.lang}")


def the_second_is_not(people: People, number: str, now: MovingClock) -> None:
    """Accepted on 8 May, due on 22 July: on 1 August ten days of 0.05 % on ¥38,400.00 are ¥192.00 (Art. 17)."""
    founder.delivers(people.lin, number, 2, "2026-05-06")
    anchor.accepts(people.anchor, number, 2, "2026-05-08")
    people.lin.goes(f"/contracts/{number}/milestones/2")
    people.lin.follows("contracts.milestone.payment")
    due = people.lin.says("2026年7月22日", "22 Jul 2026")
    people.lin.sees(due)
    path = anchor.payment_page(people.lin)
    for day, interest in (("2026-07-22", "¥0.00"), ("2026-07-23", "¥19.20"), ("2026-08-01", "¥192.00")):
        now.move(f"{day} 10:00")
        people.anchor.goes(path)
        people.anchor.sees(due, interest)
    people.anchor.sees(people.anchor.says("逾期", "overdue"), people.anchor.says("第十七条", "Art. 17"))
    assert_accessible(people.anchor.page)
    screenshot(people.anchor.page, f"payment-late-{people.lang}")
    people.house.settle()
    operator.sees_late(people.operator, story.SECOND_PART, 10, "¥192.00")
