"""Loading a table through the page and the shell: looked at first, then in force for every process."""
from __future__ import annotations

import io
import json
import re

import pytest

from marketplace import jobs, reference
from marketplace.db import reading
from marketplace.reference_tables import operations as tables
from marketplace.rules.reference_tables import TableKind
from tests.integration.payments.doors import TOKEN, Doors, text_of
from tests.integration.payments.world import World

NEXT_YEAR = "日期,类型\n2027-01-01,休\n2027-01-02,休\n2027-01-04,休\n"


@pytest.fixture
def doors(app, monkeypatch: pytest.MonkeyPatch) -> Doors:
    made = Doors(app, monkeypatch)
    made.with_world(owed)
    made.today("2026-12-01")
    return made


def owed(world: World) -> None:
    world.delivered(world.signed(at="2026-11-02", amounts=(1_000_000,), term_days=60), "2026-11-04")


def uploaded(doors: Doors, text: str, *, kind: str = "holidays", source: str = "国办发明电"):
    token = TOKEN.search(doors.visit("operator", "/operator/reference").text)[1]
    return doors.client("operator").post("/operator/reference", data={
        "csrf_token": token, "kind": kind, "source": source, "file": (io.BytesIO(text.encode()), "table.csv")})


def test_the_operator_sees_what_a_table_changes_before_it_is_in_force(doors: Doors) -> None:
    for page in ("/operator", "/operator/reference", "/reference"):
        assert "2027 年的放假安排还没有录入" in text_of(doors.visit("operator", page))
    preview = uploaded(doors, NEXT_YEAR)
    for words in ("2027年1月4日", "2027年1月5日", "新增 2027 年", "国办发明电"):
        assert words in text_of(preview)
    assert doors.call("founder", "GET", "/reference-tables/holidays").get_json()["version"] == 0
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', preview.text))
    form["document"] = form["document"].replace("&#34;", '"')
    assert doors.client("operator").post("/operator/reference/holidays", data=form).status_code == 303
    jobs.drain(doors.app)
    assert "2027年1月5日" in text_of(doors.visit("founder", "/payments/1"))
    assert "国办发明电" in text_of(doors.visit("founder", "/payments/1"))
    assert "2027年1月5日" in text_of(doors.visit("founder", "/notices"))
    answer = doors.call("founder", "GET", "/reference-tables").get_json()
    assert {one["kind"]: one["version"] for one in answer["tables"]} == {"holidays": 1, "lpr": 0}
    assert answer["missing"] == {"years": [], "lpr_months": ["2026-10", "2026-11"]}
    assert "第 1 版" in text_of(doors.visit("operator", "/operator/reference"))


def test_every_fault_of_a_file_is_shown_at_once(doors: Doors) -> None:
    answer = uploaded(doors, "日期,类型\n2027-13-01,休\n2027-01-02,?\n")
    assert answer.status_code == 422
    for words in ("2 处问题", "2027-13-01", "看不出是休还是班"):
        assert words in text_of(answer)


def test_only_the_operator_loads(doors: Doors) -> None:
    assert doors.visit("buyer", "/operator/reference").status_code == 403


def test_the_calculator_says_which_tables_it_used(doors: Doors) -> None:
    page = text_of(doors.app.test_client().get(
        "/calculator?payer_type=government&payee_size=micro&contract_signed=2025-07-10&amount=12万元"
        "&delivery_date=2025-09-05&as_of=2025-10-20"))
    assert "放假安排第 0 版" in page


def test_a_table_loaded_from_a_shell_is_in_force_and_applied(doors: Doors, tmp_path) -> None:
    file = tmp_path / "2027.csv"
    file.write_text(NEXT_YEAR, encoding="utf-8")
    run = doors.app.test_cli_runner().invoke(args=["reference", "load", "holidays", str(file), "--source", "国办"])
    assert run.exit_code == 0, run.output
    assert "2027-01-04 -> 2027-01-05" in run.output
    assert "1 obligations recomputed" in run.output
    with doors.app.app_context(), reading() as session:
        assert tables.unapplied(session) == []
        assert reference.in_force(session, TableKind.HOLIDAYS).version == 1
    again = doors.app.test_cli_runner().invoke(args=["reference", "load", "holidays", str(file), "--source", "国办"])
    assert again.exit_code == 2
    assert "nothing to load" in again.output


def test_the_assessment_uses_the_loaded_table(doors: Doors, tmp_path) -> None:
    file = tmp_path / "2027.csv"
    file.write_text(NEXT_YEAR, encoding="utf-8")
    doors.app.test_cli_runner().invoke(args=["reference", "load", "holidays", str(file), "--source", "国办"])
    case = {"id": 1, "kind": "payment", "facts": {
        "payer_type": "government", "payee_size_at_signing": "micro", "contract_signed": "2026-11-02",
        "amount_fen": 100, "delivery_date": "2026-12-05", "as_of": "2027-01-10"}}
    found = doors.call("founder", "POST", "/payment-terms/assess", json=case).get_json()
    assert (found["due_date"], found["provisional"]) == ("2027-01-05", False)
    path = tmp_path / "facts.json"
    path.write_text(json.dumps([case]), encoding="utf-8")
    shell = doors.app.test_cli_runner().invoke(args=["payment-term", "assess", str(path)])
    assert json.loads(shell.output)["due_date"] == "2027-01-05"
