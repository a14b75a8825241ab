"""What a person typed is never lost, and what is wrong is said beside the field, with the article where it is law."""
from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Visitor, assert_accessible, screenshot
from tests.browser.journeys import anchor, operator
from tests.browser.journeys.house import House
from tests.browser.journeys.reader import Reader

READERS = pytest.mark.parametrize(("lang", "viewport"), [("zh", "phone"), ("en", "desktop")])
TYPED = {"title": "堤防巡查照片分类", "description": "从照片里找出散浸和裂缝。", "budget": "120,000",
         "duration_days": "60", "deliverables": "分类程序\n说明书", "acceptance_criteria": "检出率不低于九成",
         "term_days": "75", "criteria.0.name": "方案", "criteria.0.weight": "70"}


@READERS
def test_a_public_body_is_refused_75_days_with_the_article_that_forbids_it(
    visitor: Visitor, empty_house: House, lang: str, viewport: str
) -> None:
    operator.begins(empty_house)
    bureau = Reader(visitor.open(empty_house.address, lang=lang, viewport=viewport), lang)
    anchor.registers(bureau, "bureau", "government")
    bureau.goes("/demands/new")
    bureau.fills(TYPED | {"criteria.0.weight": "40"})
    bureau.presses("demand.edit.save")
    bureau.is_refused_at("term_days", "75", "60", bureau.says("第九条第一款", "Article 9(1)"),
                         bureau.says("2025年6月1日", "1 June 2025"))
    bureau.still_has(TYPED | {"criteria.0.weight": "40"})
    assert_accessible(bureau.page)
    screenshot(bureau.page, f"public-body-75-{lang}")
    bureau.fills({"term_days": "60"})
    bureau.presses("demand.edit.save")
    bureau.is_at(r"/demands/JB-\d+-\d+")
    bureau.sees(TYPED["title"], "60")


@READERS
def test_every_problem_of_a_form_is_told_at_once_beside_its_field(
    visitor: Visitor, empty_house: House, lang: str, viewport: str
) -> None:
    operator.begins(empty_house)
    bureau = Reader(visitor.open(empty_house.address, lang=lang, viewport=viewport), lang)
    anchor.registers(bureau, "bureau", "government")
    bureau.goes("/demands/new")
    wrong = TYPED | {"title": "", "budget": "一大笔", "duration_days": "0", "late_rate_value": "1", "term_days": "30"}
    bureau.fills(wrong)
    bureau.presses("demand.edit.save")
    for name in ("title", "budget", "duration_days"):
        bureau.is_refused_at(name, "")
    bureau.still_has(wrong)
    bureau.main.locator(".error-summary a[href='#f-budget']").click()
    expect(bureau.field("budget")).to_be_in_viewport()
    assert_accessible(bureau.page)
    bureau.fills({"title": TYPED["title"], "budget": "12万", "duration_days": "60"})
    bureau.presses("demand.edit.save")
    bureau.is_refused_at("late_rate_value", bureau.says("第十七条", "Article 17"))  # below the LPR at signing


@READERS
def test_a_wrong_password_says_so_and_keeps_the_address(
    visitor: Visitor, empty_house: House, lang: str, viewport: str
) -> None:
    operator.begins(empty_house)
    someone = Reader(visitor.open(empty_house.address, lang=lang, viewport=viewport), lang)
    someone.goes("/signin")
    someone.fills({"email": "operator@example.com", "password": "not the password"})
    someone.presses("accounts.sign_in.button")
    someone.sees_text("error.sign_in.wrong")
    someone.still_has({"email": "operator@example.com", "password": ""})
    assert_accessible(someone.page)
