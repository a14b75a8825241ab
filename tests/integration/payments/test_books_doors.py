"""The books through pages and API: what each side sees, uploads, clicks, and what it is refused."""
from __future__ import annotations

import io

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.db import app_engine, transaction
from tests.integration.payments.doors import TOKEN, Doors, text_of
from tests.integration.payments.world import World

CSV = ("日期,金额,对方户名,用途,流水号\n2025-08-01,\"40,000.00\",buyer 公司,HT-2025-000001 第1期,TX-1\n"
       "2025-08-01,3.00,银行,结息,TX-2\n")


@pytest.fixture
def doors(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Doors:
    return Doors(app, monkeypatch)


@pytest.fixture
def owed(doors: Doors) -> int:
    """40,000 yuan delivered on 2025-07-08."""
    def work(world: World) -> int:
        contract = world.signed(at="2025-06-20", amounts=(4_000_000,))
        assert contract.number == "HT-2025-000001"
        return world.delivered(contract, "2025-07-08").id
    made = doors.with_world(work)
    doors.today("2025-08-02")
    return made


def uploaded(doors: Doors, who: str, text: str = CSV):
    page = doors.visit(who, "/ledger/bank")
    return doors.client(who).post("/ledger/bank", content_type="multipart/form-data", data={
        "csrf_token": TOKEN.search(page.text)[1], "file": (io.BytesIO(text.encode("gbk")), "流水.csv")})


def paid(doors: Doors, owed: int) -> int:
    made = doors.call("buyer", "POST", f"/obligations/{owed}/payments", {
        "amount_fen": 4_000_000, "paid_on": "2025-08-01", "bank_reference": "TX-1"}).json["id"]
    assert doors.call("founder", "POST", f"/obligations/{owed}/payments/{made}/confirmation").status_code == 200
    return made


def test_a_founder_uploads_clicks_and_sees_the_entry(doors: Doors, owed: int) -> None:
    assert uploaded(doors, "founder").status_code == 303
    page = doors.visit("founder", "/ledger/bank")
    assert "基本确定" in text_of(page)
    assert "附言写有合同编号" in text_of(page)
    line = doors.call("founder", "GET", "/bank-lines?state=open").json["items"][-1]
    parts = f"{owed}:4000000:0"
    assert parts in page.text
    done = doors.send("founder", "/ledger/bank", f"/ledger/bank/lines/{line['id']}/match", parts=parts)
    assert done.status_code == 303
    journal = text_of(doors.visit("founder", "/ledger?contract=HT-2025-000001"))
    assert "已到账 ¥40,000.00" in journal
    assert "只记录资金往来，不经手、不保管" in journal
    assert "待匹配的流水" in text_of(doors.visit("founder", "/ledger/bank"))  # the bank's interest still waits


def test_a_bad_file_is_refused_whole_with_every_bad_cell(doors: Doors, owed: int) -> None:
    answer = uploaded(doors, "founder", "日期,金额\n昨天,5.00\n2025-08-01,五\n")
    assert answer.status_code == 422
    assert "没有存入任何一行" in text_of(answer)
    assert doors.call("founder", "GET", "/bank-lines").json["items"] == []


def test_a_button_that_says_something_else_books_nothing(doors: Doors, owed: int) -> None:
    uploaded(doors, "founder")
    line = doors.call("founder", "GET", "/bank-lines").json["items"][0]["id"]
    for parts in ("x", "1:2", f"{owed}:-5:0", f"{owed}:99999999999:0", "²:1:0"):
        answer = doors.send("founder", "/ledger/bank", f"/ledger/bank/lines/{line}/match", parts=parts)
        assert answer.status_code == 422, parts
    assert doors.call("founder", "GET", f"/obligations/{owed}").json["payments"] == []


def test_a_program_uploads_matches_and_sets_aside(doors: Doors, owed: int) -> None:
    made = doors.app.test_client().post(
        "/api/v1/bank-statements", headers={"Authorization": "Bearer key-founder"},
        content_type="multipart/form-data", data={"file": (io.BytesIO(CSV.encode()), "s.csv")})
    assert (made.status_code, made.json["new_lines"]) == (201, 2)
    fee, money = doors.call("founder", "GET", "/bank-lines").json["items"]
    assert (fee["suggestions"], money["suggestions"][0]["confidence"]) == ([], "sure")
    matched = doors.call("founder", "POST", f"/bank-lines/{money['id']}/matches",
                         {"parts": money["suggestions"][0]["parts"]})
    assert (matched.status_code, matched.json["state"], matched.json["left_fen"]) == (201, "matched", 0)
    aside = doors.call("founder", "POST", f"/bank-lines/{fee['id']}/set-aside", {"note": "存款利息"})
    assert (aside.status_code, aside.json["state"]) == (200, "set_aside")
    assert doors.call("buyer", "GET", f"/bank-lines/{fee['id']}").status_code == 404
    assert doors.call("operator", "GET", "/bank-lines").status_code == 403


def test_a_reversal_is_told_and_reopens_the_payment(doors: Doors, owed: int) -> None:
    payment = paid(doors, owed)
    path = f"/obligations/{owed}/payments/{payment}/reversal"
    body = {"kind": "bounced", "reason": "退票"}
    assert doors.call("buyer", "POST", path, body).status_code == 403
    assert doors.call("stranger", "POST", path, body).status_code == 404
    assert doors.call("founder", "POST", path, {"kind": "x"}).status_code == 422
    answer = doors.call("founder", "POST", path, body)
    assert (answer.json["status"], answer.json["reversal"]["reversed_on"]) == ("reversed", "2025-08-02")
    assert doors.call("founder", "POST", path, body).status_code == 409
    assert doors.call("buyer", "GET", f"/obligations/{owed}").json["settled_on"] is None
    assert "被冲正：退票" in text_of(doors.visit("buyer", "/notices"))
    assert "已冲正" in text_of(doors.visit("buyer", f"/payments/{owed}"))


def test_a_reversal_on_the_page(doors: Doors, owed: int) -> None:
    payment, page = paid(doors, owed), f"/payments/{owed}"
    answer = doors.send("founder", page, f"{page}/reversal", payment_id=payment, reversal_kind="bounced")
    assert answer.status_code == 422
    answer = doors.send("founder", page, f"{page}/reversal", payment_id=payment, reversal_kind="bounced",
                        reversal_reason="退票")
    assert answer.status_code == 303
    then = text_of(doors.visit("founder", f"{page}?as_of=2025-08-01"))
    assert "已冲正" in then


def test_each_sees_its_own_books_and_the_operator_verifies_them_all(doors: Doors, owed: int) -> None:
    paid(doors, owed)
    for who in ("founder", "buyer", "operator"):
        entries = doors.call(who, "GET", "/ledger/entries").json["items"]
        assert [entry["kind"] for entry in entries] == ["payment", "claim"]
        assert doors.visit(who, f"/ledger/entries/{entries[0]['id']}").status_code == 200
    assert doors.call("stranger", "GET", "/ledger/entries").json["items"] == []
    assert doors.call("stranger", "GET", f"/ledger/entries/{entries[0]['id']}").status_code == 404
    balances = doors.call("buyer", "GET", "/ledger/balances").json["balances"]
    assert (balances["cash"], sum(balances.values())) == (4_000_000, 0)
    found = doors.call("operator", "GET", "/ledger/verification").json
    assert (found["sound"], found["entries"]) == (True, 2)
    assert doors.call("founder", "GET", "/ledger/verification").status_code == 403
    assert "借贷相等" in text_of(doors.visit("operator", "/ledger/verification"))
    history = doors.visit("operator", f"/operator/audit/journal_entry/{entries[0]['id']}")
    assert "记入分录" in text_of(history)


def test_the_books_from_a_shell(doors: Doors, owed: int) -> None:
    runner = doors.app.test_cli_runner()
    assert runner.invoke(args=["ledger", "verify"]).exit_code == 0
    with doors.app.app_context(), transaction(app_engine()) as session:
        session.execute(text("UPDATE journal_line SET amount_fen = amount_fen * 2"))
    assert runner.invoke(args=["ledger", "verify"]).exit_code == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_ageing_and_forecast_on_page_file_and_api(doors: Doors, owed: int, lang: str) -> None:
    doors.today("2025-09-18")  # ten days late
    for who in ("founder", "buyer", "operator"):
        page = doors.visit(who, "/ledger/ageing", lang)
        assert "¥40,000.00" in text_of(page)
        assert doors.visit(who, "/ledger/ageing?as_of=2025-09-01", lang).status_code == 200
    assert "HT-2025-000001" not in text_of(doors.visit("stranger", "/ledger/ageing"))
    csv = doors.visit("founder", "/ledger/ageing.csv?as_of=2025-09-18", lang)
    assert csv.data.decode("utf-8-sig").splitlines()[1].split(",")[5] == "10"
    assert doors.visit("founder", "/ledger/ageing.xlsx").data.startswith(b"PK")
    assert doors.visit("founder", "/ledger/ageing.pdf").status_code == 404
    found = doors.call("buyer", "GET", "/ledger/ageing?as_of=2025-09-18").json
    assert (found["by_bucket"]["1_30"], found["items"][0]["days_late"]) == (4_000_000, 10)
    assert found["interest_fen"] == 20_000
    for by in ("week", "month"):
        assert doors.visit("buyer", f"/ledger/forecast?by={by}", lang).status_code == 200
        assert doors.call("founder", "GET", f"/ledger/forecast?by={by}").json["late_due_fen"] == 4_020_000
    assert doors.visit("founder", "/ledger/forecast.csv").status_code == 200
    assert doors.call("operator", "GET", "/ledger/forecast").status_code == 403


def test_a_name_that_is_a_formula_stays_text_in_a_spreadsheet(doors: Doors) -> None:
    def work(world: World) -> None:
        contract = world.signed(at="2025-06-20")
        contract.milestones[0].title = "=HYPERLINK(1)"
        world.delivered(contract, "2025-07-08")
    doors.with_world(work)
    assert "'=HYPERLINK(1)" in doors.visit("founder", "/ledger/ageing.csv?as_of=2025-09-01").data.decode()


def test_a_day_that_is_none_is_refused_and_never_answered_with_the_figures_of_another(
        doors: Doors, owed: int) -> None:
    assert owed, "there is something to be aged"
    for page in ("/ledger/ageing", "/ledger/ageing.csv", "/ledger/ageing.xlsx"):
        for asked in ("2026-02-30", "yesterday", "1999-12-31"):
            answer = doors.visit("founder", f"{page}?as_of={asked}")
            assert answer.status_code == 422
            assert asked in text_of(answer)
            assert "2026-01-31" in text_of(answer), "how to write it"
