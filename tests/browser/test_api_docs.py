"""The API's document can be browsed: Swagger UI runs under the site's own content policy, from this site only."""
from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Visitor, screenshot


def read_through(page: Page, until: set[str]) -> set[str]:
    """The groups of operations a reader meets on the way down; only what is near the window is drawn."""
    seen: set[str] = set()
    for _ in range(500):
        seen |= set(page.locator("h3.opblock-tag").evaluate_all("all => all.map(one => one.dataset.tag)"))
        if until <= seen:
            break
        page.mouse.wheel(0, 300)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    return seen


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_api_document_opens_without_a_complaint_from_the_browser(
    visitor: Visitor, shared_server: str, lang: str
) -> None:
    page = visitor.open(shared_server, lang=lang)
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto("/api/v1/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    page.locator(".opblock-get").first.locator(".opblock-summary").click()
    expect(page.locator(".opblock.is-open .responses-wrapper")).to_be_visible()
    screenshot(page, f"api-docs-{lang}")
    tags = {tag["name"] for tag in page.request.get("/api/v1/openapi.json").json()["tags"]}
    assert read_through(page, tags) == tags
    assert complaints == []
    assert {host for host in hosts if host} == {urlsplit(shared_server).netloc}
