"""What people and programs see and do about a late payment, each through their own door."""
from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace import clock
from marketplace.complaints import listings
from marketplace.complaints.forms import VERBS
from marketplace.complaints.models import RetaliationLead
from marketplace.db import app_engine, transaction
from tests.integration.complaints.lateness import PRINCIPAL, Lateness, noon
from tests.integration.payments.doors import Doors, text_of


class LateDoors(Doors):
    """The doors of a world with a late payment; `case` is its page, `api` its address for programs."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(app, monkeypatch)
        with app.app_context(), transaction(app_engine()) as session:
            world = Lateness(session)
            self.owed, self.number = world.owed_row.id, world.owed_row.contract.number
            self.people = {name: getattr(world, name).id for name in ("buyer", "founder", "stranger", "operator")}
        self.case, self.api = f"/payments/{self.owed}/remedies", f"/obligations/{self.owed}"
        self.today("2026-04-10")

    def post(self, who: str, path: str, **form: Any) -> Any:
        """A form of the case's page."""
        return self.send(who, self.case, f"/payments/{self.owed}/{path}", **form)

    def day(self, day: str) -> None:
        """The round of a day, through the job."""
        from marketplace import jobs

        self.today(day)
        with self.app.app_context():
            jobs.tick(day)


@pytest.fixture
def doors(app: Flask, monkeypatch: pytest.MonkeyPatch) -> LateDoors:
    return LateDoors(app, monkeypatch)


def test_the_buyers_page_says_what_blocks_and_what_lifts_it(doors: LateDoors) -> None:
    assert "可以发布" in text_of(doors.visit("buyer", "/standing"))
    doors.day("2026-04-10")
    for lang, words in (("zh", ("现在不能发布新需求", "付清，或提出付款计划")),
                        ("en", ("You may not publish now", "propose a plan"))):
        page = text_of(doors.visit("buyer", "/standing", lang))
        assert all(word in page for word in (*words, doors.number, "100,000.00"))
    assert doors.call("buyer", "GET", "/standing").json["may_publish"] is False
    assert doors.visit("founder", "/standing").status_code == 403


def test_the_operators_page_names_the_buyers_that_may_not_publish(doors: LateDoors) -> None:
    doors.day("2026-05-20")
    page = text_of(doors.visit("operator", "/operator/remedies"))
    assert f"buyer 公司 · {doors.number}" in page


def test_a_plan_from_proposal_to_the_lifted_block(doors: LateDoors) -> None:
    doors.day("2026-04-10")
    refused = doors.post("buyer", "plans", **{"instalments.0.due_on": "2026-04-20", "instalments.0.amount_fen": "1"})
    assert refused.status_code == 422
    assert "¥102,450.00" in text_of(refused), "what the last instalment must be, interest of 49 days included"
    sent = {"instalments.0.due_on": "2026-04-20", "instalments.0.amount_fen": "40,000",
            "instalments.1.due_on": "2026-05-20"}
    assert doors.post("buyer", "plans", **sent).status_code == 303
    plan, = doors.call("founder", "GET", f"{doors.api}/remedies").json["plans"]
    assert (plan["status"], [one["amount_fen"] for one in plan["instalments"]]) == ("proposed", [4_000_000, 6_335_000])
    assert "接受计划" in text_of(doors.visit("founder", doors.case))
    assert "接受计划" not in text_of(doors.visit("buyer", doors.case))
    assert doors.post("founder", f"plans/{plan['id']}/acceptance").status_code == 303
    assert doors.call("buyer", "GET", "/standing").json["may_publish"] is True


def test_a_complaint_with_its_clock_on_the_page_and_in_the_api(doors: LateDoors) -> None:
    said = {"complaint_request": "请责令付款", "truthful": True}
    answer, again = (doors.call("founder", "POST", f"{doors.api}/complaints", said, Idempotency_Key="one")
                     for _ in range(2))
    assert (answer.status_code, again.json["id"]) == (201, answer.json["id"])
    here = f"complaints/{answer.json['id']}"
    assert doors.visit("buyer", doors.case).text.count("请责令付款") == 0
    doors.post("operator", f"{here}/submission", authority="省经信厅", complaint_submitted_on="2026-04-10")
    doors.post("operator", f"{here}/acceptance", complaint_accepted_on="2026-04-10", reference_number="T-7")
    page = text_of(doors.visit("buyer", doors.case))
    assert "已受理，待转交" in page
    assert "请责令付款" not in page, "the founder's words are for the authority"
    doors.today("2026-04-25")
    for who in ("founder", "operator"):
        page = text_of(doors.visit(who, doors.case))
        assert all(word in page for word in ("2026年4月24日", "已超期", "第二十五条"))
    assert "省经信厅" in text_of(doors.visit("operator", "/operator/remedies?whose=authority"))
    clock_, = doors.call("founder", "GET", f"{doors.api}/remedies").json["clocks"][str(answer.json["id"])]
    assert (clock_["until"], clock_["late"], clock_["article"]) == ("2026-04-24", True, "CN-802/25")


def test_every_problem_is_named_at_the_field_it_is_in(doors: LateDoors) -> None:
    page = doors.post("founder", "complaints", complaint_request="")
    assert page.status_code == 422
    assert 'href="#f-complaint_request"' in page.text
    answer = doors.call("founder", "POST", f"{doors.api}/complaints", {"complaint_request": "x", "truthful": False})
    assert (answer.status_code, [one["field"] for one in answer.json["errors"]]) == (422, ["truthful"])


def test_the_public_list_needs_no_sign_in_and_tells_no_contract_number(doors: LateDoors) -> None:
    doors.today("2026-05-06")
    doors.post("operator", "listings", listing_reason="拖欠逾两个月")
    entry, = doors.call("buyer", "GET", f"{doors.api}/remedies").json["listings"]
    anyone = doors.app.test_client()
    assert "目前没有公示" in text_of(anyone.get("/overdue-list"))
    early = doors.post("operator", f"listings/{entry['id']}/decision", publish="yes", decision_reason="事实清楚")
    assert (early.status_code, "2026年5月12日" in text_of(early)) == (409, True)
    doors.post("buyer", f"listings/{entry['id']}/reply", listing_reply="五月底付清")
    assert doors.post("operator", f"listings/{entry['id']}/decision", publish="yes",
                      decision_reason="事实清楚").status_code == 303
    for page in (anyone.get("/overdue-list"), anyone.get("/overdue-list?lang=en"), anyone.get("/api/v1/overdue-list")):
        assert page.status_code == 200
        assert "buyer 公司" in page.text
        assert doors.number not in page.text
    assert "五月底付清" in anyone.get("/overdue-list").text
    shown, = anyone.get("/api/v1/overdue-list").json["current"]
    assert (shown["low_fen"], shown["below_fen"]) == (5_000_000, 20_000_000)


def test_a_mediation_through_the_doors_of_all_three(doors: LateDoors) -> None:
    doors.send("operator", "/operator/partners", "/operator/partners", partner_name="钱塘律师事务所",
               partner_kind="lawyer", partner_region="杭州", partner_contact="陈律师", partner_phone="0571-1",
               partner_active="1")
    partner, = doors.call("founder", "GET", "/mediation-partners").json
    doors.post("founder", "mediations", mediation_request="请调解")
    here = f"mediations/{doors.call('buyer', 'GET', f'{doors.api}/remedies').json['mediations'][0]['id']}"
    doors.post("buyer", f"{here}/answer", agree="yes")
    doors.post("operator", f"{here}/partner", partner_id=str(partner["id"]))
    doors.post("operator", f"{here}/sessions", held_on="2026-04-10", session_note="双方各让一步")
    assert "双方各让一步" in doors.visit("founder", doors.case).text
    assert doors.visit("stranger", doors.case).status_code == 404
    doors.post("operator", f"{here}/terms", terms="四月底付清")
    for side in ("buyer", "founder"):
        assert doors.post(side, f"{here}/confirmation").status_code == 303
    assert doors.call("founder", "GET", f"{doors.api}/remedies").json["mediations"][0]["status"] == "settled"


def test_a_lead_from_the_founders_report_to_the_operators_note(doors: LateDoors) -> None:
    doors.post("founder", "retaliation-reports", report_text="投诉后被排除")
    with doors.app.app_context(), transaction(app_engine()) as session:
        lead = session.scalars(select(RetaliationLead.id)).one()
    here = f"/leads/{lead}"
    assert [doors.visit(who, here).status_code for who in ("operator", "founder", "buyer", "stranger")] == [
        200, 200, 404, 404]
    doors.send("operator", here, f"{here}/question", lead_question="请说明")
    doors.send("buyer", here, f"{here}/answer", lead_answer="没有排除")
    done = doors.call("operator", "POST", f"/leads/{lead}/closing", {"passed_on": False, "lead_note": "已核实"})
    assert (done.status_code, done.json["status"]) == (200, "explained")
    assert "第二十条" in text_of(doors.visit("buyer", here))


def test_a_stranger_finds_nothing_behind_any_step(doors: LateDoors) -> None:
    with doors.app.app_context(), transaction(app_engine()) as session:
        before = len(list(session.scalars(select(RetaliationLead))))
    for verb in VERBS:
        path = verb.path
        for name in ("plan_id", "listing_id", "complaint_id", "mediation_id"):
            path = path.replace(f"<int(max=2147483647):{name}>", "1")
        status = doors.post("stranger", path).status_code
        assert status == (404 if "founder" in verb.roles else 403), verb.name
    assert doors.visit("stranger", doors.case).status_code == 404
    assert doors.call("stranger", "GET", f"{doors.api}/remedies").status_code == 404
    assert before == 0


def test_each_step_is_offered_on_the_page_only_to_who_may_take_it(doors: LateDoors) -> None:
    doors.today("2026-05-06")
    offered = {who: {verb.name for verb in VERBS if f"/{verb.path}\"" in doors.visit(who, doors.case).text}
               for who in ("buyer", "founder", "operator")}
    assert offered == {"buyer": {"propose_plan", "request_mediation"},
                       "founder": {"file_complaint", "request_mediation", "report_retaliation"},
                       "operator": {"propose_listing"}}


@pytest.mark.parametrize("path", ["/overdue-list", "/remedies"])
def test_the_rules_are_public_with_their_numbers_and_articles(doors: LateDoors, path: str) -> None:
    page = text_of(doors.app.test_client().get(path))
    assert all(word in page for word in ("30 日", "60 日", "5 个工作日", "第二十六条", "2025年6月1日"))


def test_payment_clears_everything_the_same_day(doors: LateDoors, monkeypatch: pytest.MonkeyPatch) -> None:
    doors.day("2026-05-06")
    doors.post("operator", "listings", listing_reason="拖欠逾两个月")
    monkeypatch.setattr(clock, "utc_now", lambda: noon("2026-05-13"))
    with doors.app.app_context(), transaction(app_engine()) as session:
        found = session.scalars(select(listings.PublicListing)).one()
    doors.post("operator", f"listings/{found.id}/decision", publish="yes", decision_reason="事实清楚")
    payment = doors.call("buyer", "POST", f"{doors.api}/payments", {
        "amount_fen": PRINCIPAL, "paid_on": "2026-05-13", "bank_reference": "1"}).json["id"]
    doors.call("founder", "POST", f"{doors.api}/payments/{payment}/confirmation")
    assert doors.call("buyer", "GET", "/standing").json["may_publish"] is True
    shown = doors.app.test_client().get("/api/v1/overdue-list").json
    assert (shown["current"], [one["removed_on"] for one in shown["removed"]]) == ([], ["2026-05-13"])
