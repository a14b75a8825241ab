"""What a founder does: registers, fills in the profile, reads the terms, bids, delivers, is paid."""
from __future__ import annotations

import hashlib
import re
from pathlib import Path

from playwright.sync_api import expect

from marketplace.i18n import t
from tests.browser.harness import assert_accessible, screenshot
from tests.browser.journeys import story
from tests.browser.journeys.reader import Reader


def registers(reader: Reader, who: str) -> None:
    """A mistyped last digit is found and named; everything else typed stays."""
    typed = {"organisation": story.NAMES[who], "region": "湖北省武汉市", "display_name": "林舟",
             "email": f"{who}@example.com"}
    reader.goes("/register/founder")
    reader.fills(typed | {"uscc": story.with_last_wrong(story.CODES[who]), "size_class": "micro", "sme_declared": "on",
                          "password": story.PASSWORD})
    reader.presses("accounts.register.button")
    reader.is_refused_at("uscc", reader.says("第 18 位", "Position 18"))
    reader.still_has(typed)
    assert_accessible(reader.page)
    screenshot(reader.page, f"register-refused-{reader.lang}")
    reader.fills({"uscc": story.CODES[who], "password": story.PASSWORD})
    reader.presses("accounts.register.button")
    reader.is_at("/founder")


def describes_himself(reader: Reader, who: str) -> None:
    """The capability profile, from which the matches are computed."""
    reader.goes("/founder/profile")
    reader.fills(story.PROFILES[who])
    reader.main.locator("form button").last.click()
    reader.is_at("/founder")
    reader.sees_text("founders.profile.saved")


def finds(reader: Reader, title: str) -> None:
    """The demand among the matches: who pays and when comes first, then the reasons; then its page."""
    reader.goes("/founder/matches")
    card = reader.main.locator("article.card", has=reader.page.get_by_role("link", name=title, exact=True)).first
    expect(card.locator(".terms-first")).to_contain_text(story.NAMES["anchor"])
    expect(card.locator(".terms-first")).to_contain_text("75")
    expect(card.locator(".terms-first")).to_contain_text(story.REASON)
    expect(card.locator(".reasons-pro li").first).to_be_visible()
    whole = card.inner_text()
    assert whole.index(t("suggestions.terms.title", reader.lang)) < whole.index(t("layout.reasons.pro", reader.lang))
    screenshot(reader.page, f"matches-{reader.lang}")
    card.get_by_role("link", name=title, exact=True).first.click()
    terms = reader.main.locator("#terms-title")
    need = reader.main.locator("#need-title")
    assert terms.bounding_box()["y"] < need.bounding_box()["y"]
    screenshot(reader.page, f"demand-{reader.lang}")


def bids(reader: Reader, code: str, who: str, folder: Path) -> Path:
    """A sum that misses the price is refused and all that was typed stays; then sealed, and the file is kept."""
    typed = story.BIDS[who]
    reader.goes(f"/demands/{code}")
    reader.follows("demand.show.bid")
    reader.fills({name: text for name, text in typed.items() if not name.startswith("milestones.1.")})
    reader.presses("tendering.field.add_milestone")
    reader.fills({name: text for name, text in typed.items() if name.startswith("milestones.1.")})
    reader.fills({"milestones.1.amount": "1"})
    reader.presses("tendering.bid.submit")
    reader.sees(reader.says("请改到相等", "equal"))
    kept = {name: text for name, text in typed.items() if not name.startswith("disclosures.")}
    reader.still_has(kept | {"milestones.1.amount": "1", "disclosures.details": typed["disclosures.details"]})
    assert_accessible(reader.page)
    screenshot(reader.page, f"bid-refused-{reader.lang}")
    reader.fills({"milestones.1.amount": typed["milestones.1.amount"]})
    reader.presses("tendering.bid.submit")
    reader.sees_text("tendering.receipt.sealed")
    return keeps_the_file(reader, code, folder)


def keeps_the_file(reader: Reader, code: str, folder: Path) -> Path:
    """The file handed out with the receipt hashes to the commitment on the page."""
    assert_accessible(reader.page)
    screenshot(reader.page, f"receipt-{reader.lang}")
    with reader.page.expect_download() as download:
        reader.main.get_by_role("button", name=t("tendering.receipt.download", reader.lang), exact=True).click()
    path = folder / f"{code}-{reader.lang}.json"
    download.value.save_as(path)
    shown = re.sub(r"\s", "", reader.main.locator("td code").first.inner_text())
    assert hashlib.sha256(path.read_bytes()).hexdigest() == shown
    return path


def checks_the_file(reader: Reader, code: str, kept: Path) -> None:
    """The kept file is recognised, one changed digit is not."""
    for data, key in ((kept.read_bytes(), "tendering.receipt.matches"),
                      (kept.read_bytes().replace(b"9400000", b"9400001"), "tendering.receipt.matches_none")):
        reader.goes(f"/demands/{code}/bid/receipt")
        reader.attaches("file", "bid.json", data)
        reader.presses("tendering.receipt.check")
        reader.sees_text(key, number=1, digest=hashlib.sha256(data).hexdigest())


def delivers(reader: Reader, number: str, position: int, on: str) -> None:
    reader.goes(f"/contracts/{number}/milestones/{position}")
    reader.fills({"delivered_on": on, "note": "程序和说明已放在约定的目录。"})
    reader.presses("contracts.milestone.deliver_button")
    reader.sees_text("contracts.flash.delivered")


def invoices(reader: Reader, number: str, position: int, amount: str, on: str) -> None:
    reader.goes(f"/contracts/{number}/milestones/{position}")
    reader.fills({"number": f"25420000000{position:09d}", "amount_fen": amount, "issued_on": on})
    reader.presses("contracts.milestone.invoice_button")
    reader.sees_text("contracts.flash.invoiced")


def confirms_the_payment(reader: Reader, path: str) -> None:
    reader.goes(path)
    reader.presses("payments.show.confirm")
    reader.sees_text("payments.flash.confirmed")
