"""Disclosures on the pages and through the API: the buyer's own, the operator's overview, the public's copy."""
from __future__ import annotations

import re

import pytest

from tests.integration.payments.doors import Doors, text_of
from tests.integration.payments.world import World


@pytest.fixture
def doors(app, monkeypatch: pytest.MonkeyPatch) -> Doors:
    made = Doors(app, monkeypatch)
    made.with_world(lambda world: late(world) and None)
    made.today("2026-03-02")
    return made


def late(world: World):
    return world.delivered(world.signed(at="2025-09-01"), "2025-09-11")


def seen(doors: Doors) -> str:
    return re.search(r'name="seen_hash" value="(\w+)"', doors.visit("buyer", "/disclosure/2025").text)[1]


def test_from_the_books_to_a_public_page_with_files(doors: Doors) -> None:
    for words in ("2025", "2026年6月30日", "还有 120 天", "未确认"):
        assert words in text_of(doors.visit("buyer", "/disclosure"))
    assert "buyer 公司" in text_of(doors.visit("operator", "/disclosure"))
    page = text_of(doors.visit("buyer", "/disclosure/2025"))
    for words in ("有无逾期", "¥100,000.00", "第十八条第二款", "国务院令第802号，2025-06-01起施行"):
        assert words in page
    assert doors.send("buyer", "/disclosure/2025", "/disclosure/2025/explanation",
                      explanation="三月底前付清。").status_code == 303
    assert doors.app.test_client().get("/disclosures/1").status_code == 404  # not public before it is confirmed
    assert doors.send("buyer", "/disclosure/2025", "/disclosure/2025/confirmation",
                      seen_hash=seen(doors)).status_code == 303
    public = doors.app.test_client()
    assert "三月底前付清。" in text_of(public.get("/disclosures/1"))
    assert "buyer 公司" in text_of(public.get("/disclosures"))
    for lang in ("zh", "en"):
        assert public.get(f"/disclosures/1/disclosure.pdf?lang={lang}").data.startswith(b"%PDF")
        assert public.get(f"/disclosures/1/disclosure.xlsx?lang={lang}").data.startswith(b"PK")
    answer = public.get("/api/v1/disclosures").get_json()["disclosures"]
    assert [(one["report_year"], one["document"]["contract_count"]) for one in answer] == [(2025, 1)]
    assert public.get("/api/v1/disclosures/1").get_json()["document_hash"] == answer[0]["document_hash"]


def test_a_refusal_stands_on_the_page_it_came_from(doors: Doors) -> None:
    answer = doors.send("buyer", "/disclosure/2025", "/disclosure/2025/confirmation", seen_hash="0" * 64)
    assert answer.status_code == 422
    assert "有了变化" in text_of(answer)
    long = doors.send("buyer", "/disclosure/2025", "/disclosure/2025/explanation", explanation="字" * 501)
    assert "501" in text_of(long)


def test_strangers_see_no_draft(doors: Doors) -> None:
    assert doors.visit("founder", "/disclosure/2025").status_code == 403
    assert doors.visit("founder", "/disclosure").status_code == 403
    assert doors.visit("operator", "/operator/disclosure/1/2025").status_code == 200
    assert doors.visit("operator", "/operator/disclosure/999/2025").status_code == 404


def test_english_is_complete(doors: Doors) -> None:
    page = text_of(doors.visit("buyer", "/disclosure/2025", lang="en"))
    assert "Annual report (large enterprises)" in page
    assert "Overdue payments" in page
