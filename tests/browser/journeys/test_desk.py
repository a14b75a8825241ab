"""A morning of the operator: narrow the desk down, keep that as a view, act on rows, look at the pictures."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from marketplace.i18n import t
from marketplace.seed.cast import DEMO_DOMAIN, PASSWORD
from tests.browser.harness import Visitor, assert_accessible, screenshot, sign_in
from tests.browser.journeys.test_operator import READERS, operator_of


@READERS
def test_filters_a_saved_view_and_a_bulk_action_with_its_reason(
    visitor: Visitor, live_server: str, lang: str, viewport: str
) -> None:
    reader = operator_of(visitor, live_server, lang, viewport)
    page, main = reader.page, reader.main
    before = main.locator("input[name=rows]").count()
    main.get_by_text(t("desk.more_filters", lang)).click()
    main.locator("#f-late_min").fill("30")
    assert_accessible(page)
    main.get_by_role("button", name=t("audit.desk.find", lang), exact=True).click()
    page.wait_for_url(re.compile("late_min=30"))
    rows = main.locator("input[name=rows]")
    kept = rows.count()
    assert 0 < kept < before

    main.get_by_text(t("desk.save_title", lang)).click()
    main.locator("#f-name").fill("三十天以上")
    main.get_by_role("button", name=t("desk.view_save", lang)).click()
    tab = main.locator("nav ul.tabs a[aria-current]")
    expect(tab).to_contain_text("三十天以上")
    expect(tab.locator(".num")).to_have_text(str(kept))

    rows.first.check()
    main.locator("#f-action").select_option("note")
    main.locator("#f-text").fill("已致电采购方")
    main.get_by_role("button", name=t("desk.bulk_do", lang)).click()
    reader.is_refused_at("reason", t("error.field.required", lang))
    main.locator("#f-reason").fill("例行跟进")
    main.get_by_role("button", name=t("desk.bulk_do", lang)).click()
    page.wait_for_url(re.compile(r"/operator/batches/\d+"), timeout=30_000)
    expect(main.locator("tbody tr")).to_have_count(1)
    expect(main.locator("tbody tr")).to_contain_text(t("desk.done", lang))
    assert_accessible(page)
    screenshot(page, f"desk-batch-{lang}")

    reader.goes("/operator?view=all&layout=contracts")
    expect(main.locator("article.contract").first.locator("ol.line-way").first).to_be_visible()
    assert_accessible(page)
    screenshot(page, f"desk-contracts-{lang}")


@READERS
def test_the_charts_are_drawn_from_their_tables_under_our_content_policy(
    visitor: Visitor, shared_server: str, lang: str, viewport: str
) -> None:
    reader = operator_of(visitor, shared_server, lang, viewport)
    reader.goes("/operator/charts")
    assert reader.page.locator(".chart").count() == 5
    expect(reader.main.locator("#weeks .chart-picture canvas")).to_be_visible()
    for name in ("weeks", "ageing", "funnel"):
        expect(reader.main.locator(f"#{name} table")).to_be_visible()
    assert_accessible(reader.page)
    screenshot(reader.page, f"desk-charts-{lang}")


def test_without_javascript_the_tables_are_the_charts_and_bulk_actions_work(visitor: Visitor, live_server: str) -> None:
    visitor_page = visitor.open(live_server, javascript=False)
    sign_in(visitor_page, f"operator{DEMO_DOMAIN}", PASSWORD)
    visitor_page.goto("/operator/charts")
    expect(visitor_page.locator("#funnel tbody tr")).to_have_count(5)
    assert visitor_page.locator(".chart-picture").first.is_hidden()
    visitor_page.goto("/operator?view=late")
    visitor_page.locator("input[name=rows]").first.check()
    visitor_page.locator("#f-action").select_option("watch")
    visitor_page.locator("#f-reason").fill("跟进")
    visitor_page.locator("#bulk-actions button").click()
    expect(visitor_page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_red_flag_leads_to_its_rule_and_back_to_its_lines(visitor: Visitor, shared_server: str, lang: str) -> None:
    reader = operator_of(visitor, shared_server, lang, "desktop")
    reader.main.locator("a.flag").first.click()
    reader.sees_text("desk.flags_notice")
    assert_accessible(reader.page)
    screenshot(reader.page, f"desk-flags-{lang}")
    reader.main.locator("article a[href*='flag=P']").first.click()
    expect(reader.main.locator("ul.flags").first).to_be_visible()
