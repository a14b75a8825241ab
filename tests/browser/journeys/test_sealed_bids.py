"""No founder ever sees another's bid, and a bid can be handed in without a script running."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from marketplace.seed.cast import DEMO_DOMAIN, PASSWORD
from tests.browser.harness import Visitor, screenshot, sign_in
from tests.browser.journeys import story
from tests.browser.journeys.reader import Reader

BIDDER, RIVAL = f"founder2{DEMO_DOMAIN}", f"founder3{DEMO_DOMAIN}"


def signed_in(visitor: Visitor, server: str, email: str, lang: str, **options: object) -> Reader:
    reader = Reader(visitor.open(server, lang=lang, **options), lang)
    sign_in(reader.page, email, PASSWORD)
    return reader


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_addresses_of_a_founders_bids_show_a_rival_nothing_of_them(
    visitor: Visitor, shared_server: str, lang: str
) -> None:
    bidder = signed_in(visitor, shared_server, BIDDER, lang)
    rival = signed_in(visitor, shared_server, RIVAL, lang)
    bidder.goes("/founder/bids")
    links = bidder.main.locator("tbody a[href$='/bid']")
    own = [link.get_attribute("href") for link in links.all()]
    assert len(own) >= 2
    for path in own:
        bidder.goes(f"{path}/receipt")
        commitment = re.sub(r"\s", "", bidder.main.locator("td code").first.inner_text())
        rival.goes(f"{path}/receipt", status=404)
        rival.goes(path)
        assert commitment not in rival.page.content()
        assert commitment[:16] not in rival.page.content()
        rival.goes(path.removesuffix("/bid") + "/evaluation", status=403)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_strangers_contract_and_payment_are_not_there(visitor: Visitor, shared_server: str, lang: str) -> None:
    bidder = signed_in(visitor, shared_server, BIDDER, lang)
    rival = signed_in(visitor, shared_server, RIVAL, lang)
    bidder.goes("/contracts")
    contract = bidder.main.locator("tbody a[href^='/contracts/']").first.get_attribute("href")
    bidder.goes(str(contract))
    payment = bidder.main.locator("a[href^='/payments/']").first.get_attribute("href")
    for path in (contract, f"{contract}/milestones/1", f"{contract}/text", payment):
        rival.goes(str(path), status=404)


def test_a_bid_is_written_and_sealed_on_a_phone_without_javascript(visitor: Visitor, live_server: str) -> None:
    founder = signed_in(visitor, live_server, RIVAL, "zh", viewport="phone", javascript=False)
    founder.is_at("/founder")
    founder.goes("/founder/matches")
    founder.main.locator("article.card a[href^='/demands/']").first.click()
    founder.follows("demand.show.bid")
    typed = story.bid(30000, 18000, 12000, "先到现场看一天，再分两步交付。")
    founder.fills({name: text for name, text in typed.items() if not name.startswith("milestones.1.")})
    founder.presses("tendering.field.add_milestone")
    founder.still_has({"price": "30000", "plan": typed["plan"], "milestones.0.amount": "18000"})
    founder.presses("tendering.field.add_milestone")
    founder.presses("tendering.field.remove_milestone", number=3)
    expect(founder.field("milestones.2.title")).to_have_count(0)
    founder.fills({name: text for name, text in typed.items() if name.startswith("milestones.1.")})
    founder.presses("tendering.bid.submit")
    founder.sees_text("tendering.receipt.sealed")
    screenshot(founder.page, "receipt-without-script-zh")
