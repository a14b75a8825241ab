"""The award notice and objections as people and programs meet them."""
from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from tests.integration.objections import awarded as a
from tests.integration.objections.awarded import Awarded, day
from tests.integration.tendering.doors import browser, call, post


def test_from_the_notice_to_an_objection_its_answer_and_the_signature(
        app: Flask, behind_doors: Awarded, at: Callable) -> None:
    code, number = behind_doors.demand.code, behind_doors.contract.number
    buyer, winner, loser = (browser(app, who) for who in (
        behind_doors.market.buyer, behind_doors.winner, behind_doors.loser))
    page = browser(app, None).get(f"/demands/{code}/award").text
    assert "founder1 公司" in page
    assert "2026年3月25日" in page
    assert "founder2 公司" not in page
    assert "founder3 公司" not in page
    assert f"/demands/{code}/award" in browser(app, None).get(f"/demands/{code}").text
    seen = behind_doors.contract.text_hash
    for client in (buyer, winner):
        assert "公示期到 2026年3月25日" in client.get(f"/contracts/{number}").text
        refused = post(client, f"/contracts/{number}/confirm", {"seen_hash": seen})
        assert refused.status_code == 409
        assert "2026年3月25日" in refused.text
    at(day(24))
    bad = post(loser, f"/demands/{code}/objections", {"ground": "scoring", "text": "短"})
    assert bad.status_code == 422
    assert "短</textarea>" in bad.text
    assert post(loser, f"/demands/{code}/objections", {"ground": "scoring", "text": a.TEXT}).status_code == 303
    assert a.TEXT in buyer.get(f"/demands/{code}/award").text
    assert a.TEXT not in winner.get(f"/demands/{code}/award").text
    assert a.TEXT in loser.get(f"/demands/{code}/award").text
    assert f"/demands/{code}/award" in buyer.get("/buyer").text
    assert f"/demands/{code}/award" in browser(app, behind_doors.market.operator).get("/operator").text
    answer = {"decision": "dismiss", "answer": a.ANSWER}
    assert post(buyer, f"/demands/{code}/objections/1/answer", answer).status_code == 303
    assert a.ANSWER in loser.get("/objections").text or a.ANSWER in loser.get(f"/demands/{code}/award").text
    at(day(30))
    for client in (buyer, winner):
        assert post(client, f"/contracts/{number}/confirm", {"seen_hash": seen}).status_code == 303


def test_upheld_on_the_page_the_draft_is_gone_and_the_address_leads_to_the_reason(
        app: Flask, behind_doors: Awarded, at: Callable) -> None:
    code, number = behind_doors.demand.code, behind_doors.contract.number
    buyer, winner, loser = (browser(app, who) for who in (
        behind_doors.market.buyer, behind_doors.winner, behind_doors.loser))
    at(day(24))
    post(loser, f"/demands/{code}/objections", {"ground": "scoring", "text": a.TEXT})
    post(buyer, f"/demands/{code}/objections/1/answer",
         {"decision": "reevaluate", "answer": "评分表有笔误，应予重评。"})
    gone = winner.get(f"/contracts/{number}")
    assert (gone.status_code, gone.headers["Location"]) == (303, f"/demands/{code}/award")
    assert "评分表有笔误" in browser(app, None).get(f"/demands/{code}/award").text
    assert loser.get(f"/contracts/{number}").status_code == 404
    assert buyer.get(f"/demands/{code}/evaluation").status_code == 200


def test_a_program_reads_the_notice_objects_and_answers(app: Flask, behind_doors: Awarded, at: Callable) -> None:
    code = behind_doors.demand.code
    at(day(24))
    notice = call(app, None, "GET", f"{code}/award").json
    assert (notice["standstill_until"], notice["may_be_signed"]) == ("2026-03-25", False)
    assert [row["winner"] for row in notice["ranking"]] == [True, False, False]
    made = call(app, "founder2", "POST", f"{code}/objections", {"ground": "scoring", "text": a.TEXT})
    assert (made.status_code, made.json["answer_by"]) == (201, "2026-03-27")
    one = f"{code}/objections/{made.json['id']}"
    assert call(app, "founder3", "GET", f"{code}/objections").json == []
    early = call(app, "founder2", "POST", f"{one}/escalation", {"escalation": a.TEXT})
    assert (early.status_code, early.json["code"]) == (409, "objection.answer_in_time")
    assert call(app, "operator0", "POST", f"{one}/finding", {"founded": True, "finding": a.ANSWER}).status_code == 409
    answered = call(app, "buyer1", "POST", f"{one}/answer", {"decision": "dismiss", "answer": a.ANSWER})
    assert answered.json["status"] == "dismissed"
    escalated = call(app, "founder2", "POST", f"{one}/escalation", {"escalation": a.TEXT})
    assert escalated.json["status"] == "escalated"
    found = call(app, "operator0", "POST", f"{one}/finding", {"founded": True, "finding": "评分确有错误，应予重评。"})
    assert (found.json["status"], found.json["consequence"]) == ("upheld", "reevaluate")
    assert call(app, None, "GET", f"{code}/award").status_code == 404
