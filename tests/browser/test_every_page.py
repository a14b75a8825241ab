"""Every page a person can reach by following links works and can be used by everyone.

The Chinese reader sits at a desk, the English one holds a phone; of pages that differ only in a number
or a code (two demands, two obligations) one is opened.
"""
from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from marketplace.seed.cast import DEMO_DOMAIN, PASSWORD
from tests.browser.harness import Visitor, assert_accessible, screenshot, sign_in

READERS = (("zh", "desktop"), ("en", "phone"))
# The government body sees the anchor firm's pages; a buyer's pages on a phone in English are walked by the journeys.
WALKS = [(*READERS[0], person) for person in ("", "anchor", "founder1", "operator")]
WALKS += [(*READERS[1], person) for person in ("", "founder1", "operator")]
SAME_KIND = 1  # pages of one kind that are opened
DOWNLOADS = re.compile(r"/(export|text)(\?|$)|/(attachments|files)/\d+$"
                       r"|\.(csv|xlsx|jsonl?|pdf|ics|zip)(\?|$)|^/(api|static)/")


@pytest.mark.parametrize(("lang", "viewport", "person"), WALKS, ids=lambda part: part or "anyone")
def test_every_page_one_can_walk_to_works(
    visitor: Visitor, shared_server: str, lang: str, viewport: str, person: str
) -> None:
    page = visitor.open(shared_server, lang=lang, viewport=viewport)
    if person:
        sign_in(page, f"{person}{DEMO_DOMAIN}", PASSWORD)
        assert urlsplit(page.url).path != "/signin", "the sign-in was refused"
    problems = walk(page, ["/" if not person else urlsplit(page.url).path], name=f"{person or 'anyone'}-{lang}")
    assert problems == []


def walk(page: Page, waiting: list[str], *, name: str) -> list[str]:
    """Open each page once, breadth first; returns what is wrong, all of it."""
    known, opened, problems = set(waiting), Counter(), []
    while waiting:
        path = waiting.pop(0)
        if opened[kind(path)] >= SAME_KIND:
            continue
        opened[kind(path)] += 1
        answer = page.goto(path)
        problems += judge(page, path, answer.status if answer else 0)
        if opened[kind(path)] == 1:
            screenshot(page, f"every-page-{name}{kind(path).replace('/', '-')}")
        for link in links(page):
            if link not in known and not DOWNLOADS.search(link):
                known.add(link)
                waiting.append(link)
    return problems


def judge(page: Page, path: str, status: int) -> list[str]:
    """What is wrong with the page that is open: its answer, its headings, its accessibility."""
    if status != 200:
        return [f"{path} answered {status}"]
    found = []
    if page.locator("h1").count() != 1:
        found.append(f"{path} has {page.locator('h1').count()} main headings")
    try:
        assert_accessible(page)
    except AssertionError as violations:
        found.append(str(violations))
    return found


def links(page: Page) -> list[str]:
    """Paths of this site that the open page links to, without the place inside the page."""
    hrefs = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    here = urlsplit(page.url).netloc
    parts = [urlsplit(href) for href in hrefs]
    return [p.path + (f"?{p.query}" if p.query else "") for p in parts if p.netloc == here]


def kind(path: str) -> str:
    """/demands/JB-1/publish and /demands/JB-2/publish?page=2 are pages of one kind."""
    parts = urlsplit(path).path.split("/")
    return "/".join("x" if any(letter.isdigit() for letter in part) else part for part in parts)
