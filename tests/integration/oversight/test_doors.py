"""The operator's pages and programs: who may come in, what is refused, what a file holds."""
from __future__ import annotations

import csv
import io
import re

import pytest
from openpyxl import load_workbook

from marketplace.i18n import t
from tests.integration.payments.doors import Doors
from tests.integration.payments.world import World, on

DAY = "2025-09-15"
PAGES = ("/operator", "/operator?view=all&layout=contracts", "/operator/flags", "/operator/charts", "/operator/views",
         "/operator/batches", "/operator/audit/contract/1/all", "/operator/export")


@pytest.fixture
def doors(app, monkeypatch) -> Doors:
    """Two late contracts of the world, one of them with a title that a spreadsheet would compute."""
    made = Doors(app, monkeypatch)

    def work(world: World) -> None:
        for title in ("水表识别", "=1+1"):
            contract = world.signed(at="2025-06-20", amounts=(10_000_000,), term_days=30)
            contract.demand.title = title
            world.delivered(contract, "2025-06-30")

    made.with_world(work)
    made.today(DAY)
    return made


def rows_of(page: str) -> list[str]:
    return re.findall(r'name="rows" value="(\d+)"', page)


def token_of(page: str) -> str:
    return re.search(r'name="token" value="([0-9a-f]{32})"', page)[1]


@pytest.mark.parametrize("path", PAGES)
def test_only_operators_come_in(doors, path) -> None:
    assert doors.visit("operator", path).status_code == 200
    for who in ("buyer", "founder"):
        assert doors.visit(who, path).status_code == 403


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_line_says_how_late_it_is_whose_turn_and_why_it_is_flagged(doors, lang) -> None:
    page = doors.visit("operator", "/operator", lang).text
    for words in (t("audit.desk.days_late", lang, days=47), t("enum.Turn.pay", lang),
                  t("flag.P2.reason_no_period", lang, delivered_on=on("2025-06-30"), days=47)):
        assert words in page


@pytest.mark.parametrize("layout", ["lines", "contracts"])
def test_what_is_still_owed_of_an_amount_stands_beside_it(doors, layout) -> None:
    here = f"/operator?view=all&layout={layout}"
    words = t("desk.still_open", "zh", open_fen=7_000_000)
    assert words not in doors.visit("operator", here).text
    doors.send("buyer", "/payments/1", "/payments/1/payments", amount_fen="30000", paid_on=DAY, bank_reference="TX-1",
               instrument="transfer")
    doors.send("founder", "/payments/1", "/payments/1/payments/1/confirm")
    assert words in doors.visit("operator", here).text


@pytest.mark.parametrize("bad", ["late_min=x", "amount_min=lots", "turn=dance", "due_from=2025-13-01", "flag=P9",
                                 "as_of=yesterday", "view=nothing", "assigned=1;drop"])
def test_a_filter_that_is_none_is_said_and_nothing_is_shown(doors, bad) -> None:
    answer = doors.visit("operator", f"/operator?{bad}")
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert rows_of(answer.text) == []


def test_a_file_holds_exactly_what_the_filters_show(doors) -> None:
    answer = doors.visit("operator", "/operator/export?view=late&amount_min=100000", "en")
    assert answer.data.startswith("﻿".encode())
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {row["Title"] for row in rows} == {"水表识别", "'=1+1"}, "no cell begins a formula"
    assert {(row["Days late"], row["Amount (yuan)"], row["Due"]) for row in rows} == {("47", "100000.00", "2025-07-30")}
    nothing = doors.visit("operator", "/operator/export?view=late&amount_min=100000.01", "en")
    assert len(nothing.data.decode("utf-8-sig").splitlines()) == 1
    sheet = load_workbook(io.BytesIO(doors.visit("operator", "/operator/export?view=late&format=xlsx").data)).active
    assert sheet.max_row == 3
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_a_bulk_action_leads_to_its_result_and_sent_again_to_the_same_one(doors) -> None:
    page = doors.visit("operator", "/operator").text
    form = {"rows": rows_of(page), "token": token_of(page), "action": "watch", "reason": "跟进"}
    first = doors.send("operator", "/operator", "/operator/batches", **form)
    again = doors.send("operator", "/operator", "/operator/batches", **form)
    assert (first.status_code, first.location) == (303, again.location)
    result = doors.visit("operator", first.location).text
    assert result.count(t("desk.done", "zh")) == 2
    assert doors.visit("operator", "/operator?view=watched").text.count('name="rows"') == 2


def test_a_bulk_action_without_rows_or_reason_keeps_what_was_typed(doors) -> None:
    page = doors.visit("operator", "/operator").text
    answer = doors.send("operator", "/operator", "/operator/batches?view=late", token=token_of(page), action="note",
                        text="先记一笔", reason="")
    assert answer.status_code == 422
    assert t("error.desk.no_rows", "zh") in answer.text
    assert "先记一笔" in answer.text
    assert rows_of(answer.text) != []


def test_saving_renaming_opening_with_and_deleting_a_view(doors) -> None:
    saved = doors.send("operator", "/operator", "/operator/views?view=late&late_min=40&q=水表", name="老账", shared="1")
    assert saved.status_code == 303
    page = doors.visit("operator", saved.location).text
    assert "★ 老账" in page
    assert page.count('name="rows"') == 1
    assert doors.send("operator", "/operator", "/operator/views?view=late", name="老账").status_code == 422
    assert doors.send("operator", "/operator/views", "/operator/views/1/default").status_code == 303
    assert doors.visit("operator", "/operator").location == saved.location
    doors.send("operator", "/operator/views", "/operator/views/1", name="更老的账")
    assert "更老的账" in doors.visit("operator", "/operator/views").text
    doors.send("operator", "/operator/views", "/operator/views/1/delete")
    assert doors.visit("operator", "/operator").status_code == 200


def test_the_program_pages_through_the_same_lines(doors) -> None:
    first = doors.call("operator", "GET", "/operator/timeline?limit=1&flag=P2")
    assert [one["flags"][0]["flag"] for one in first.json] == ["P2"]
    second = doors.call("operator", "GET", f"/operator/timeline?limit=1&flag=P2&after={first.headers['X-Next']}")
    assert first.json[0]["contract_number"] != second.json[0]["contract_number"]
    assert "X-Next" not in second.headers
    flags = doors.call("operator", "GET", "/operator/flags?flag=P2").json
    assert [(one["basis"], one["measured"]["days"]) for one in flags] == [("platform", 47)] * 2
    figures = doors.call("operator", "GET", "/operator/figures").json
    assert figures["overdue_by_week"][-1] == {"ends_on": DAY, "count": 2, "overdue_fen": 20_000_000}
    assert doors.call("buyer", "GET", "/operator/flags").status_code == 403
    assert doors.call("operator", "GET", "/operator/timeline?turn=dance").status_code == 422
