"""The visual language as a reader meets it: every piece, both languages, desk and phone, keyboard, no script."""
from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Request, expect

from tests import processes
from tests.browser.harness import Visitor, assert_accessible, screenshot

LANGUAGES = ("zh", "en")
VIEWPORTS = ("desktop", "phone")


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty market whose style guide is switched on."""
    settings = processes.settings_in(tmp_path_factory.mktemp("guide"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "JIEBANG_DEBUG", "1")
        processes.flask_command(settings, "db", "upgrade")
        with processes.serving(settings) as address:
            yield address


@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_piece_in_every_state_can_be_used_by_everyone(
        visitor: Visitor, guide: str, lang: str, viewport: str) -> None:
    page = visitor.open(guide, lang=lang, viewport=viewport)
    page.goto("/styleguide?flash=1")
    for why in page.locator("details > summary").all():
        why.click()  # what opens must be readable too
    assert_accessible(page)
    screenshot(page, f"styleguide-{lang}-{viewport}")


@pytest.mark.parametrize("path", ["/", "/no-such-page", "/signin"])
@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_pages_anyone_meets_can_be_used_by_everyone(
        visitor: Visitor, guide: str, path: str, lang: str, viewport: str) -> None:
    page = visitor.open(guide, lang=lang, viewport=viewport)
    page.goto(path)
    assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert_accessible(page)
    screenshot(page, f"{path.strip('/') or 'home'}-{lang}-{viewport}")


def test_the_smallest_phone_needs_no_sideways_scrolling(visitor: Visitor, guide: str) -> None:
    page = visitor.open(guide)
    page.set_viewport_size({"width": 360, "height": 640})
    for path in ("/", "/styleguide?flash=1"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_on_a_phone_each_table_cell_says_what_it_is(visitor: Visitor, guide: str) -> None:
    page = visitor.open(guide, viewport="phone")
    page.goto("/styleguide")
    amount = page.locator("tbody tr").first.locator("td.num")
    assert amount.evaluate("cell => getComputedStyle(cell, '::before').content") == '"金额"'
    expect(amount).to_be_visible()


def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(visitor: Visitor, guide: str) -> None:
    page = visitor.open(guide)
    page.goto("/styleguide")
    page.keyboard.press("Tab")
    skip = page.locator("a.skip")
    expect(skip).to_be_focused()
    assert skip.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_problem_summary_takes_the_reader_to_the_field(visitor: Visitor, guide: str) -> None:
    page = visitor.open(guide)
    page.goto("/styleguide")
    page.locator(".error-summary a").first.click()
    expect(page.locator("#f-budget")).to_be_in_viewport()


def test_language_and_the_reason_of_a_date_need_no_script(visitor: Visitor, guide: str) -> None:
    page = visitor.open(guide, lang="zh", javascript=False)
    page.goto("/styleguide")
    page.get_by_text("为什么是这一天").first.click()
    expect(page.get_by_text("《民法典》第二百零三条").first).to_be_visible()
    page.get_by_role("button", name="English").click()
    assert page.url == f"{guide}/styleguide"
    expect(page.get_by_role("heading", name="Style guide")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("button", name="中文")).to_be_visible()


def test_a_printed_page_is_the_matter_without_the_controls(visitor: Visitor, guide: str) -> None:
    page = visitor.open(guide)
    page.goto("/styleguide")
    page.emulate_media(media="print")
    expect(page.locator(".site-tools")).to_be_hidden()
    expect(page.locator(".actions").first).to_be_hidden()
    expect(page.locator(".turn").first).to_be_visible()


def test_the_api_document_can_be_browsed_and_nothing_comes_from_elsewhere(visitor: Visitor, guide: str) -> None:
    page = visitor.open(guide, lang="en")
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((guide, "data:")):
            elsewhere.append(request.url)

    page.on("request", note)
    for path in ("/", "/styleguide", "/api/v1/docs"):
        page.goto(path)
    expect(page.get_by_role("button", name="Authorize")).to_be_visible()
    expect(page.locator(".opblock").first).to_be_visible()
    assert elsewhere == []
