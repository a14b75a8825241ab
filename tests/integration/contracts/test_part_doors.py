"""Parts, settlement statements and silence as people meet them on the pages, and programs through the API."""
from __future__ import annotations

import pytest

from tests.integration.payments.doors import Doors, text_of
from tests.integration.payments.world import World

C = "/contracts/HT-2025-000001"
M = f"{C}/milestones/1"


@pytest.fixture
def doors(app, monkeypatch: pytest.MonkeyPatch) -> Doors:
    return Doors(app, monkeypatch)


def signed(world: World) -> None:
    contract = world.signed(at="2025-06-16", start_basis="acceptance", term_days=30, acceptance_period_days=10)
    contract.milestones[0].acceptance_criteria = ["准确率不低于 99%", "接口有文档"]


def delivered(world: World) -> None:
    world.delivered(world.signed(at="2025-06-16", start_basis="acceptance", term_days=30, acceptance_period_days=10),
                    "2025-07-01")


def to_settle(world: World) -> None:
    world.delivered(world.signed(at="2025-06-16", start_basis="settlement", term_days=30, settlement_period_days=10),
                    "2025-07-01")


def test_a_founder_delivers_a_part_and_both_sides_see_two_milestones(doors: Doors) -> None:
    doors.with_world(signed)
    doors.today("2025-07-01")
    assert "分批交付" in text_of(doors.visit("founder", M))
    answer = doors.send("founder", f"{M}/part", f"{M}/part-deliveries", title="第一批", amount_fen="4万",
                        delivered_on="2025-07-01", criteria=["接口有文档"])
    assert (answer.status_code, answer.location) == (303, f"{C}/milestones/2")
    page = text_of(doors.visit("buyer", f"{C}/milestones/2"))
    for words in ("第一批", "¥40,000.00", "分批交付，金额 ¥40,000.00；原里程碑余 ¥60,000.00", "接口有文档"):
        assert words in page
    assert "准确率不低于" not in page
    assert "由第 1 个里程碑分出" in text_of(doors.visit("buyer", C))
    assert "Split from milestone 1" in text_of(doors.visit("buyer", f"{C}?lang=en", lang="en"))


def test_what_is_wrong_with_a_part_stands_beside_what_was_typed(doors: Doors) -> None:
    doors.with_world(signed)
    doors.today("2025-07-01")
    answer = doors.send("founder", f"{M}/part", f"{M}/part-deliveries", title="第一批", amount_fen="100000",
                        delivered_on="2025-07-01")
    assert answer.status_code == 422
    assert "须大于零且小于里程碑的 ¥100,000.00" in text_of(answer)
    assert 'value="第一批"' in answer.text


def test_a_buyer_accepts_a_part_and_the_rest_goes_back(doors: Doors) -> None:
    doors.with_world(delivered)
    doors.today("2025-07-04")
    assert "部分验收" in text_of(doors.visit("buyer", M))
    answer = doors.send("buyer", f"{M}/part", f"{M}/part-acceptances", accepted_fen="70000",
                        accepted_on="2025-07-04", reason="第三批缺标注")
    assert (answer.status_code, answer.location) == (303, M)
    assert "2025年8月4日" in text_of(doors.visit("founder", "/payments/1"))
    page = text_of(doors.visit("founder", f"{C}/milestones/2"))
    for words in ("待整改", "第三批缺标注", "退回部分", "¥30,000.00"):
        assert words in page
    doors.today("2025-07-20")
    assert doors.send("founder", f"{C}/milestones/2", f"{C}/milestones/2/deliveries",
                      delivered_on="2025-07-20").status_code == 303


def test_nobody_gets_the_form_of_what_cannot_be_done(doors: Doors) -> None:
    doors.with_world(delivered)
    assert doors.visit("founder", f"{M}/part").status_code == 404  # delivered: nothing left to deliver
    assert doors.visit("buyer", f"{M}/settlement").status_code == 404  # no settlement agreed
    assert doors.visit("stranger", f"{M}/part").status_code == 404
    doors.today("2025-07-20")  # the acceptance period is over
    assert doors.visit("buyer", f"{M}/part").status_code == 404


def test_silence_is_on_the_page_with_its_article(doors: Doors) -> None:
    doors.with_world(delivered)
    doors.today("2025-07-11")
    assert "未答复" not in text_of(doors.visit("founder", M))
    doors.today("2025-07-12")
    for who in ("founder", "buyer", "operator"):
        page = text_of(doors.visit(who, M))
        assert "验收期限届满未答复，付款期限自 2025年7月11日 起计算" in page
        assert "第十条第二款" in page
    assert "the payment term runs from 11 Jul 2025" in text_of(doors.visit("founder", f"{M}?lang=en", lang="en"))


def test_a_settlement_statement_runs_through_the_pages(doors: Doors) -> None:
    doors.with_world(to_settle)
    doors.today("2025-07-03")
    assert "提交“第1期”的结算单" not in text_of(doors.visit("buyer", f"{M}/settlement"))
    sent = doors.send("founder", f"{M}/settlement", f"{M}/settlement-statements", submitted_on="2025-07-03",
                      settlement_note="见明细表")
    assert sent.status_code == 303
    page = text_of(doors.visit("buyer", f"{M}/settlement"))
    for words in ("应在此日前答复", "2025年7月14日", "见明细表", "第九条第四款"):
        assert words in page
    answer = doors.send("buyer", f"{M}/settlement", f"{M}/settlement-contests", settled_on="2025-07-03",
                        disputed_fen="250000", reason="多计")
    assert "争议金额须大于零且不超过 ¥100,000.00" in text_of(answer)
    doors.send("buyer", f"{M}/settlement", f"{M}/settlement-contests", settled_on="2025-07-03", disputed_fen="25000",
               reason="多计两人天")
    assert "多计两人天" in text_of(doors.visit("founder", "/payments/1"))
    assert "采购方已于 2025年7月3日 确认结算金额" in text_of(doors.visit("founder", M))


def test_a_lapsed_statement_says_since_when_the_term_runs(doors: Doors) -> None:
    doors.with_world(to_settle)
    doors.today("2025-07-03")
    doors.send("founder", f"{M}/settlement", f"{M}/settlement-statements", submitted_on="2025-07-03")
    doors.today("2025-07-15")
    for page in (M, f"{M}/settlement"):
        assert "答复期限届满未答复，付款期限自 2025年7月14日 起计算" in text_of(doors.visit("founder", page))


def test_programs_split_a_milestone_and_see_where_a_part_came_from(doors: Doors) -> None:
    doors.with_world(signed)
    doors.today("2025-07-01")
    part = {"title": "第一批", "amount_fen": 4_000_000, "delivered_on": "2025-07-01"}
    made = doors.call("founder", "POST", f"{M}/part-deliveries", part, Idempotency_Key="one")
    assert (made.status_code, made.json["milestone"], made.json["amount_fen"]) == (201, 2, 4_000_000)
    again = doors.call("founder", "POST", f"{M}/part-deliveries", part, Idempotency_Key="one")
    assert again.json == made.json
    accepted = doors.call("buyer", "POST", f"{C}/milestones/2/part-acceptances", {
        "accepted_fen": 1_000_000, "accepted_on": "2025-07-01", "reason": "其余未检"})
    assert (accepted.status_code, accepted.json["amount_fen"]) == (201, 1_000_000)
    found = doors.call("founder", "GET", C).json
    assert [(m["amount_fen"], m["status"], (m["split"] or {}).get("from_position")) for m in found["milestones"]] == [
        (6_000_000, "scheduled", None), (1_000_000, "met", 1), (3_000_000, "rejected", 2)]
    assert sum(m["amount_fen"] for m in found["milestones"]) == found["total_fen"]


def test_programs_hand_in_and_contest_a_settlement(doors: Doors) -> None:
    doors.with_world(to_settle)
    doors.today("2025-07-03")
    made = doors.call("founder", "POST", f"{M}/settlement-statements", {"submitted_on": "2025-07-03"})
    assert made.json["findings"]["settlement_period_end"] == "2025-07-14"
    assert made.json["turn"] == "accept"
    done = doors.call("buyer", "POST", f"{M}/settlement-contests", {
        "settled_on": "2025-07-03", "disputed_fen": 2_500_000, "reason": "多计"})
    assert (done.status_code, done.json["findings"]["undisputed_due_fen"]) == (201, 7_500_000)
    assert doors.call("founder", "GET", C).json["settlement_period_days"] == 10
