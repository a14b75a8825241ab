"""The operator on the demo market: what is late first, down to the entries, and a chain that shows tampering."""
from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import expect

from marketplace.i18n import t
from marketplace.seed.cast import DEMO_DOMAIN, PASSWORD
from tests.browser.harness import Visitor, assert_accessible, screenshot, sign_in
from tests.browser.journeys.reader import Reader

READERS = pytest.mark.parametrize(("lang", "viewport"), [("zh", "phone"), ("en", "desktop")])


def operator_of(visitor: Visitor, server: str, lang: str, viewport: str) -> Reader:
    reader = Reader(visitor.open(server, lang=lang, viewport=viewport), lang)
    sign_in(reader.page, f"operator{DEMO_DOMAIN}", PASSWORD)
    reader.is_at("/operator")
    return reader


@READERS
def test_the_longest_late_comes_first_and_leads_down_to_its_entries(
    visitor: Visitor, shared_server: str, lang: str, viewport: str
) -> None:
    reader = operator_of(visitor, shared_server, lang, viewport)
    shown = reader.main.locator("tbody tr")
    pattern = reader.says(r"逾期 (\d+) 天", r"(\d+) days? late")
    late = [int(found[1]) for text in shown.all_inner_texts() if (found := re.search(pattern, text))]
    assert len(late) == shown.count() >= 6
    assert late == sorted(late, reverse=True)
    assert late[0] >= 90
    screenshot(reader.page, f"operator-desk-{lang}")
    first = shown.first
    first.locator("a[href^='/operator/audit/contract/']").click()
    entries = reader.main.locator("tbody tr")
    expect(entries.filter(has_text=t("action.contract.sign", lang))).to_have_count(1)
    entries.first.locator("summary").click()
    expect(entries.first.locator(".hash")).to_be_visible()
    assert_accessible(reader.page)
    screenshot(reader.page, f"operator-history-{lang}")
    reader.page.go_back()
    first.locator("a[href^='/payments/']").first.click()
    reader.sees(reader.says("第十七条", "Art. 17"))
    reader.goes("/operator?view=settled")
    expect(reader.main.locator("tbody tr").first).not_to_contain_text(re.compile(pattern))


def test_a_changed_row_is_named_by_the_page(visitor: Visitor, live_server: str, tmp_path: Path) -> None:
    readers = [operator_of(visitor, live_server, "zh", "phone"), operator_of(visitor, live_server, "en", "desktop")]
    for reader in readers:
        reader.goes("/operator/audit?verify=1")
        reader.sees(reader.says("审计链完整", "intact"))
    with sqlite3.connect(tmp_path / "market" / "jiebang.db") as database:
        (seq,) = database.execute("SELECT seq FROM audit_entry WHERE action = 'contract:sign' ORDER BY seq").fetchone()
        database.execute("UPDATE audit_entry SET actor = 'somebody else' WHERE seq = ?", [seq])
    for reader in readers:
        reader.goes("/operator/audit?verify=1")
        reader.sees_text("audit.chain.broken", seq=seq, reason=t("audit.reason.changed", reader.lang))
        assert_accessible(reader.page)
        screenshot(reader.page, f"chain-broken-{reader.lang}")
