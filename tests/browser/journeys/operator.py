"""What the operator does: sets up the keys, gives a share, looks at what is late, verifies the chain."""
from __future__ import annotations

from playwright.sync_api import expect

from marketplace.accounts import operations as accounts
from marketplace.accounts.models import Role
from marketplace.db import app_engine, transaction
from marketplace.i18n import t
from marketplace.security import hash_password
from tests.browser.harness import assert_accessible, screenshot
from tests.browser.journeys import story
from tests.browser.journeys.house import House
from tests.browser.journeys.reader import Reader


def begins(house: House) -> None:
    """The operator's account, which nobody can register on a page, and the keys made with the operator's command."""
    with house.app.app_context(), transaction(app_engine()) as session:
        accounts.register(session, accounts.Registration(
            uscc=story.CODES["operator"], organisation=story.NAMES["operator"], role=Role.OPERATOR,
            email="operator@example.com", display_name="值班", password_hash=hash_password(story.PASSWORD)),
            now=house.clock(), actor="system")
    made = house.app.test_cli_runner().invoke(
        args=["keys", "init", "--operator", story.CODES["operator"]], input=f"{story.OPERATORS_PASSPHRASE}\n")
    assert made.exit_code == 0, made.output


def returns(reader: Reader, code: str, remark: str) -> None:
    """From the queue to one demand: what was found, who declared it unclassified; returned with a remark on a field."""
    reader.goes("/operator/reviews")
    reader.main.locator(f"a[href$='{code}']").click()
    reader.sees_text("review.one.no_splitting")
    assert_accessible(reader.page)
    screenshot(reader.page, f"review-{reader.lang}")
    reader.main.locator("details:has(#f-remark_scene) summary").click()
    reader.fills({"remark_scene": remark})
    reader.presses("review.one.do_return")
    reader.sees_text("review.flash.returned", code=code)


def publishes(reader: Reader, code: str, change: str) -> None:
    """Handed in again: what changed since stands on the page; then everything that waits is published."""
    reader.goes(f"/operator/reviews/{code}")
    expect(reader.main.locator(".diff ins")).to_contain_text(change)
    while True:
        reader.presses("demand.publish.do")
        reader.is_at("/operator/reviews")
        waiting = reader.main.locator("tbody th a")
        if not waiting.count():
            return
        waiting.first.click()


def gives_a_share(reader: Reader, code: str, holder: str, passphrase: str) -> None:
    """One of the two passphrases that open the bids; a wrong one changes nothing."""
    reader.goes(f"/demands/{code}/opening")
    give = reader.main.locator("form:has(#f-secret)")
    give.locator("#f-secret").fill(f"not {passphrase}")
    give.get_by_role("button").click()
    reader.is_refused_at("secret", t("error.opening.wrong_passphrase", reader.lang))
    screenshot(reader.page, f"opening-{holder}-{reader.lang}")
    give.locator("#f-secret").fill(passphrase)
    give.get_by_role("button").click()


def sees_late(reader: Reader, title: str, days: int, interest: str) -> None:
    """On the timeline, filtered to what is late: the line, how long, and the interest; from there to the entries."""
    reader.goes("/operator?view=late")
    line = reader.main.locator("tbody tr", has_text=title)
    expect(line).to_have_count(1)
    expect(line).to_contain_text(t("audit.desk.days_late", reader.lang, days=days))
    expect(line).to_contain_text(interest)
    screenshot(reader.page, f"operator-late-{reader.lang}")


def verifies_the_chain(reader: Reader) -> None:
    """The chain holds, and every entry back to the first can be read in the reader's language."""
    reader.goes("/operator/audit")
    reader.main.locator("a[href*='verify=1']").first.click()
    reader.sees(reader.says("审计链完整", "intact"))
    read: list[str] = []
    while True:
        read += reader.main.locator("tbody th").all_inner_texts()
        older = reader.main.locator("a[rel=next]")
        if not older.count():
            break
        reader.goes(older.get_attribute("href") or "")
    numbers = [int(text) for text in read]
    assert numbers == list(range(numbers[0], 0, -1))
