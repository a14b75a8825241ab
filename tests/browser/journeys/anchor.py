"""What the buyer does: registers, imports a list, cuts a project, publishes, evaluates, accepts, pays."""
from __future__ import annotations

import re

from playwright.sync_api import expect

from marketplace.i18n import t
from tests.browser.harness import assert_accessible, screenshot
from tests.browser.journeys import story
from tests.browser.journeys.reader import Reader

OVER_60 = ("第九条第二款", "Article 9(2)")
SCENE = "三座泵站的值班室，汛期二十四小时有人。"
INVITATION = "请看看这一包。"


def registers(reader: Reader, who: str, payer_type: str) -> None:
    """From the door to the desk; the code's first characters already say what a public body is."""
    reader.goes("/register")
    reader.page.locator("#uscc-buyer").fill(story.CODES[who].lower())
    reader.main.locator("form:has(#uscc-buyer) button").click()
    expect(reader.field("uscc")).to_have_value(story.CODES[who])
    if payer_type == "government":
        expect(reader.main.locator('[name="payer_type"][value="government"]')).to_be_checked()
    reader.fills({"organisation": story.NAMES[who], "region": "湖北省武汉市", "payer_type": payer_type,
                  "display_name": "王工", "email": f"{who}@example.com", "password": story.PASSWORD})
    reader.presses("accounts.register.button")
    reader.is_at("/buyer")
    reader.sees_text("accounts.register.done_buyer")


def imports_a_list(reader: Reader) -> None:
    """Two bad rows: each is named with column and reason and nothing is stored; mended, all become drafts."""
    terms = {"term_days": "45", "acceptance_period_days": "12", "scene": "汛期的水文与泵站值班",
             "data_offered": "不提供"}
    reader.goes("/demands/import")
    reader.fills(terms)
    reader.attaches("file", "list.csv", (story.HEADER + story.GOOD_ROWS + story.BAD_ROWS).encode("gb18030"))
    reader.presses("demand.import.do")
    rows = reader.main.locator("table").first.locator("tbody tr")
    found = [(row.locator("th").inner_text().strip(), row.locator("td").first.inner_text().strip())
             for row in rows.all()]
    assert found == [("4", "预算（元）"), ("5", "标题"), ("5", "工期（天）")]
    reader.still_has(terms)
    assert_accessible(reader.page)
    screenshot(reader.page, f"import-refused-{reader.lang}")
    reader.goes("/demands/publish")
    reader.sees_text("demand.publish.no_drafts")
    reader.goes("/demands/import")
    reader.fills(terms)
    reader.attaches("file", "list.csv", (story.HEADER + story.GOOD_ROWS + story.MENDED_ROWS).encode("gb18030"))
    reader.presses("demand.import.do")
    reader.is_at("/demands/publish")
    reader.sees_text("demand.flash.imported", created=4, updated=0, unchanged=0)
    reader.sees("雨量站数据质检", "¥85,000.00", "汛情简报初稿")


def starts_a_project(reader: Reader) -> None:
    """A large firm's 75 days are not refused: its reason is asked for, and published."""
    reader.goes("/projects/new")
    reader.fills(story.PROJECT | {"reserve": "10000"})
    reader.presses("demand.project.go_on")
    reader.is_refused_at("over_60_reason", reader.says(*OVER_60))
    reader.still_has({"title": story.PROJECT["title"], "budget": "300,000", "term_days": "75", "reserve": "10000"})
    screenshot(reader.page, f"project-reason-{reader.lang}")
    reader.fills({"over_60_reason": story.REASON})
    reader.presses("demand.project.go_on")
    reader.is_at(r"/projects/\d+")


def cuts_it(reader: Reader) -> None:
    """Three slices; a sum that misses the budget is refused with the difference, and everything typed stays."""
    typed: dict[str, str] = {}
    for number, piece in enumerate(story.SLICES):
        if number:
            reader.presses("demand.project.add_slice")
        typed |= {f"slices.{number}.{name}": text for name, text in piece.items()}
        reader.fills({name: text for name, text in typed.items() if name.startswith(f"slices.{number}.")})
    reader.fills({"slices.2.budget": "100000"})
    reader.presses("demand.project.post")
    reader.sees("¥290,000.00", "¥300,000.00", "¥10,000.00")
    reader.still_has(typed | {"slices.2.budget": "100000"})
    assert_accessible(reader.page)
    screenshot(reader.page, f"cut-refused-{reader.lang}")
    reader.fills({"slices.2.budget": "110000"})
    reader.presses("demand.project.save_cut")
    expect(reader.main.locator("svg.slices rect")).to_have_count(3)
    expect(reader.main.locator("svg.slices path[fill=none]")).to_have_count(3)
    assert_accessible(reader.page)
    screenshot(reader.page, f"cut-{reader.lang}")
    reader.presses("demand.project.post")
    reader.is_at("/demands/publish")
    reader.sees_text("demand.flash.posted", count=3)


def publishes(reader: Reader, deadline: str) -> str:
    """One slice handed in, with the passphrase that will open its bids; returns the demand's code."""
    reader.main.get_by_role("link", name=story.DEMAND, exact=True).click()
    code = reader.page.url.rpartition("/")[2]
    reader.follows("demand.show.publish")
    reader.sees_text("demand.publish.review", days=75, reason=story.REASON)
    reader.fills({"bid_deadline": deadline, "passphrase": "short", "passphrase_again": "other"})
    reader.presses("review.submit.do")
    reader.is_refused_at("passphrase", "12")
    reader.is_refused_at("passphrase_again", reader.says("不一样", "differ"))
    reader.still_has({"bid_deadline": deadline})
    screenshot(reader.page, f"publish-refused-{reader.lang}")
    reader.fills({"passphrase": story.BUYERS_PASSPHRASE, "passphrase_again": story.BUYERS_PASSPHRASE})
    reader.presses("review.submit.do")
    reader.is_refused_at("unclassified", reader.says("非涉密", "unclassified"))
    reader.fills({"unclassified": "on", "passphrase": story.BUYERS_PASSPHRASE,
                  "passphrase_again": story.BUYERS_PASSPHRASE})
    reader.presses("review.submit.do")
    reader.is_at(f"/demands/{code}")
    reader.sees_text("review.flash.submitted", code=code)
    return code


def mends(reader: Reader, code: str, remark: str, deadline: str) -> None:
    """What the operator returned says beside its field what is asked; mended, it is handed in again."""
    reader.goes(f"/demands/{code}/edit")
    reader.is_refused_at("scene", remark)
    reader.fills({"scene": SCENE})
    reader.presses("demand.edit.save")
    reader.follows("demand.show.publish")
    reader.fills({"bid_deadline": deadline, "unclassified": "on"})
    reader.presses("review.submit.do")
    reader.is_at(f"/demands/{code}")


def publishes_the_rest(reader: Reader, deadline: str) -> None:
    """Several drafts at once; the passphrase is not asked for again."""
    reader.goes("/demands/publish")
    for box in reader.main.locator("[name=codes]").all():
        box.check()
    reader.fills({"bid_deadline": deadline, "unclassified": "on"})
    expect(reader.field("passphrase")).to_have_count(0)
    reader.presses("demand.publish.do_many")
    reader.is_at("/buyer")
    screenshot(reader.page, f"buyer-desk-{reader.lang}")


def invites(reader: Reader, code: str, who: str) -> None:
    """The founder who has not bid yet is suggested with reasons, and asked."""
    reader.goes(f"/demands/{code}")
    reader.follows("demand.show.founders")
    card = reader.main.locator("article.card", has_text=story.NAMES[who])
    expect(card.locator(".reasons-pro li").first).to_be_visible()
    screenshot(reader.page, f"suggested-{reader.lang}")
    card.locator("summary", has_text=t("suggestions.invite.button", reader.lang)).click()
    card.locator("textarea").fill(INVITATION)
    card.locator("button.primary").click()
    reader.sees_text("suggestions.invite.done", founder=story.NAMES[who])


def scores_and_awards(reader: Reader, code: str) -> str:
    """Every bid scored without its bidder's name, the scoring closed, the first awarded; the contract's number."""
    reader.goes(f"/demands/{code}/evaluation")
    for who, points in (("lin", "95"), ("zhou", "60")):
        expect(reader.main.locator("section[id^=bid-]", has_text=story.NAMES[who])).to_have_count(0)
        section = reader.main.locator("section[id^=bid-]", has_text=story.BIDS[who]["plan"])
        for box in section.locator('input[name*=".points."]').all():
            box.fill(points)
        section.locator("form button").click()
        reader.page.wait_for_load_state()
    reader.sees("¥88,000.00 ÷ ¥94,000.00 × 100 = 93.62")
    reader.sees("93.62 × 30% = 28.09")
    assert_accessible(reader.page)
    screenshot(reader.page, f"evaluation-{reader.lang}")
    reader.main.locator("[name=no_conflict]").check()
    reader.presses("panel.close")
    expect(reader.main.locator("section[id^=bid-]", has_text=story.NAMES["lin"])).to_have_count(1)
    reader.main.locator("[name=bid_id]").first.check()
    reader.fills({"reason": "图像识别的案例最接近。"})
    reader.presses("tendering.evaluation.award")
    reader.is_at(r"/contracts/[\w-]+")
    return reader.page.url.rpartition("/")[2]


def accepts(reader: Reader, number: str, position: int, on: str) -> None:
    reader.goes(f"/contracts/{number}/milestones/{position}")
    reader.fills({"accepted_on": on})
    reader.presses("contracts.milestone.accept_button")
    reader.sees_text("contracts.flash.accepted")


def pays(reader: Reader, number: str, position: int, amount: str, on: str) -> None:
    """The buyer notifies a transfer on the payment's page."""
    reader.goes(f"/contracts/{number}/milestones/{position}")
    reader.follows("contracts.milestone.payment")
    reader.fills({"amount_fen": amount, "paid_on": on, "bank_reference": "ICBC20260610001"})
    reader.presses("payments.show.notify_button")
    reader.sees_text("payments.flash.notified")


def payment_page(reader: Reader) -> str:
    """The address of the payment the reader looks at."""
    found = re.search(r"/payments/\d+", reader.page.url)
    assert found
    return found[0]
