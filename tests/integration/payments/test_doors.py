"""From contract to money through the pages and the API, and who may not pass."""
from __future__ import annotations

import re

import pytest

from tests.integration.payments.doors import Doors, text_of
from tests.integration.payments.world import World

C = "/contracts/HT-2025-000001"
M = f"{C}/milestones/1"


@pytest.fixture
def doors(app, monkeypatch: pytest.MonkeyPatch) -> Doors:
    return Doors(app, monkeypatch)


def drafted(world: World) -> None:
    world.drafted(at="2025-06-16", start_basis="acceptance", term_days=30, acceptance_period_days=10)


def owed(world: World) -> None:
    """100,000 yuan due on 2025-09-08."""
    world.delivered(world.signed(at="2025-06-20"), "2025-07-08")


def test_from_confirmation_to_the_last_payment_on_the_pages(doors: Doors) -> None:
    doors.with_world(drafted)
    seen = re.search(r'name="seen_hash" value="(\w+)"', doors.visit("buyer", C).text)[1]
    assert doors.send("buyer", C, f"{C}/confirm", seen_hash=seen).status_code == 303
    assert "等待对方确认" in text_of(doors.visit("buyer", C))
    doors.send("founder", C, f"{C}/confirm", seen_hash=seen)
    assert doors.send("founder", M, f"{M}/deliveries", delivered_on="2025-06-20", note="模型与接口").status_code == 303
    doors.today("2025-06-25")
    assert doors.send("buyer", M, f"{M}/acceptances", accepted_on="2025-06-25").status_code == 303
    doors.send("founder", M, f"{M}/invoices", number="04400012", amount_fen="100,000", issued_on="2025-06-25")
    page = text_of(doors.visit("buyer", "/payments/1"))
    for words in ("2025年7月25日", "第十条第一款", "04400012", "¥100,000.00"):
        assert words in page
    doors.today("2025-07-28")  # three days late: 100,000 x 0.05% x 3 = 150 yuan
    assert "已逾期 3 天" in text_of(doors.visit("founder", "/payments/1"))
    assert doors.send("buyer", "/payments/1", "/payments/1/payments", amount_fen="100000", paid_on="2025-07-28",
                      bank_reference="ICBC-1", instrument="transfer").status_code == 303
    assert doors.send("founder", "/payments/1", "/payments/1/payments/1/confirm").status_code == 303
    done = text_of(doors.visit("founder", "/payments/1"))
    for words in ("本金已于 2025年7月28日 付清，逾期 3 天", "尚未支付的利息为 ¥150.00", "已确认到账"):
        assert words in done
    assert "已履行完毕" in text_of(doors.visit("founder", C))


def test_a_past_day_can_be_looked_at_and_the_arithmetic_is_shown(doors: Doors) -> None:
    doors.with_world(owed)
    doors.today("2025-09-20")
    page = text_of(doors.visit("buyer", "/payments/1?as_of=2025-09-10"))
    for words in ("按 2025年9月10日 当天已知的情况", "逾期 2 天", "0.05%", "四舍五入到分：¥100.00"):
        assert words in page
    assert "0.05% a day" in text_of(doors.visit("buyer", "/payments/1?lang=en", lang="en"))
    for strange in ("9999-99-99", "0001-01-01", "x" * 300, "9999-12-31"):
        assert doors.visit("buyer", f"/payments/1?as_of={strange}").status_code == 422


def test_what_is_wrong_stands_beside_what_was_typed(doors: Doors) -> None:
    doors.with_world(owed)
    doors.today("2025-07-10")
    answer = doors.send("buyer", "/payments/1", "/payments/1/payments", amount_fen="十万", paid_on="2025-07-09",
                        bank_reference="ICBC-1")
    assert answer.status_code == 422
    assert "“十万”不是金额" in text_of(answer)
    assert 'value="2025-07-09"' in answer.text
    answer = doors.send("buyer", "/payments/1", "/payments/1/disputes", disputed_fen="200000", reason="缺文档")
    assert "争议金额须大于零且不超过 ¥100,000.00" in text_of(answer)
    answer = doors.send("founder", M, f"{M}/deliveries", delivered_on="2025-07-10")
    assert answer.status_code == 409


def test_a_payment_is_contradicted_and_a_dispute_runs_through_the_pages(doors: Doors) -> None:
    doors.with_world(owed)
    doors.today("2025-07-10")
    here = "/payments/1"
    doors.send("buyer", here, f"{here}/payments", amount_fen="5万", paid_on="2025-07-10", bank_reference="A-1")
    assert doors.send("founder", here, f"{here}/payments/1/contradict").status_code == 422
    doors.send("founder", here, f"{here}/payments/1/contradict", note_1="账上没有这笔款")
    assert "账上没有这笔款" in text_of(doors.visit("buyer", here))
    doors.send("buyer", here, f"{here}/disputes", disputed_fen="30000", reason="缺两章")
    assert "无争议" in text_of(doors.visit("founder", here))
    doors.send("operator", here, f"{here}/disputes/1/resolution", upheld_fen="0", resolution_note="双方同意扣减")
    assert "认定应付 ¥0.00" in text_of(doors.visit("founder", here))


def test_a_stranger_finds_nothing_and_the_operator_sees_all(doors: Doors) -> None:
    doors.with_world(owed)
    for path in (C, f"{C}/text", M, "/payments/1"):
        assert [doors.visit(who, path).status_code for who in ("stranger", "operator", "buyer", "founder")] == [
            404, 200, 200, 200], path
        assert doors.app.test_client().get(path).status_code == 302


def test_another_founder_and_the_other_side_can_do_nothing(doors: Doors) -> None:
    doors.with_world(lambda world: world.notified(world.delivered(world.signed(at="2025-06-20"), "2025-07-08"),
                                                  "2025-07-08", 1))
    doors.today("2025-07-10")
    founders = {
        f"{M}/deliveries": {"delivered_on": "2025-07-10"},
        f"{M}/invoices": {"number": "1", "amount_fen": "1", "issued_on": "2025-07-10"},
        "/payments/1/payments/1/confirm": {}, "/payments/1/payments/1/contradict": {"note_1": "x"}}
    buyers = {
        f"{M}/acceptances": {"accepted_on": "2025-07-10"}, f"{M}/rejections": {"reason": "x"},
        "/payments/1/payments": {"amount_fen": "1", "paid_on": "2025-07-09", "bank_reference": "x"},
        "/payments/1/disputes": {"disputed_fen": "1", "reason": "x"}}
    for path, form in founders.items():
        assert [doors.send(who, C, path, **form).status_code for who in ("buyer", "operator")] == [403, 403], path
        assert doors.send("stranger", "/account", path, **form).status_code == 404, path
    for path, form in buyers.items():
        assert [doors.send(who, C, path, **form).status_code for who in ("founder", "operator")] == [403, 403], path
    assert doors.send("buyer", C, "/payments/1/disputes/1/resolution", upheld_fen="0").status_code == 403
    assert doors.client("buyer").post("/payments/1/payments").status_code == 400  # no token


def test_the_list_says_whose_turn_it_is(doors: Doors) -> None:
    doors.with_world(owed)
    doors.today("2025-07-10")
    mine = text_of(doors.visit("buyer", "/contracts"))
    assert "HT-2025-000001" in mine
    assert "您" in mine
    assert "还没有合同" in text_of(doors.visit("stranger", "/contracts"))
    assert doors.visit("buyer", "/contracts?before=" + "9" * 40).status_code == 200


def test_the_text_downloads_as_it_was_hashed(doors: Doors) -> None:
    import hashlib

    doors.with_world(drafted)
    answer = doors.visit("buyer", f"{C}/text")
    assert hashlib.sha256(answer.data).hexdigest() in doors.visit("buyer", C).text


def test_the_same_through_the_api(doors: Doors) -> None:
    doors.with_world(drafted)
    contract = doors.call("buyer", "GET", "/contracts/HT-2025-000001").json
    for who in ("buyer", "founder"):
        answer = doors.call(who, "POST", "/contracts/HT-2025-000001/confirmation", {"text_hash": contract["text_hash"]})
        assert answer.status_code == 200
    base = "/contracts/HT-2025-000001/milestones/1"
    for _ in range(2):  # the same Idempotency-Key delivers once
        made = doors.call("founder", "POST", f"{base}/deliveries", {"delivered_on": "2025-06-20"}, Idempotency_Key="d1")
        assert (made.status_code, made.json["findings"]["due_date"]) == (201, "2025-07-30")
    made = doors.call("buyer", "POST", f"{base}/acceptances", {"accepted_on": "2025-06-20"})
    assert (made.json["turn"], made.json["until"]) == ("pay", "2025-07-21")  # 07-20 is a Sunday
    assert doors.call("founder", "POST", f"{base}/invoices", {
        "number": "1", "amount_fen": 10_000_000, "issued_on": "2025-06-20"}).status_code == 201
    paid = doors.call("buyer", "POST", "/obligations/1/payments", {
        "amount_fen": 10_000_000, "paid_on": "2025-06-20", "bank_reference": "B-1"})
    assert (paid.status_code, paid.json["status"]) == (201, "notified")
    assert doors.call("founder", "POST", "/obligations/1/payments/1/confirmation").json["status"] == "confirmed"
    found = doors.call("buyer", "GET", "/obligations/1?as_of=2025-12-31").json
    assert (found["settled_on"], found["turn"], found["findings"]["interest_total_fen"]) == ("2025-06-20", "nobody", 0)
    assert found["findings"]["basis"][0]["citation"].startswith("《保障中小企业款项支付条例》")
    assert [one["status"] for one in doors.call("founder", "GET", "/contracts").json] == ["terminated"]


def test_api_refusals_are_problems_with_a_code(doors: Doors) -> None:
    doors.with_world(owed)
    doors.today("2025-07-10")
    cases = [
        ("stranger", "GET", "/obligations/1", None, 404, "not_found"),
        ("buyer", "GET", "/obligations/99999999999999999999", None, 404, "http.404"),
        ("buyer", "GET", "/obligations/1?as_of=1999-12-31", None, 422, "field.out_of_range"),
        ("founder", "POST", "/obligations/1/payments", {"amount_fen": 1, "paid_on": "2025-07-09",
                                                        "bank_reference": "x"}, 403, "access.role"),
        ("buyer", "POST", "/obligations/1/payments", {"amount_fen": 10**30, "paid_on": "2025-07-09",
                                                      "bank_reference": "x"}, 422, "field.out_of_range"),
        ("buyer", "POST", "/obligations/1/payments", {"amount_fen": 10_000_001, "paid_on": "2025-07-09",
                                                      "bank_reference": "x"}, 422, "payment.more_than_open"),
        ("operator", "POST", "/obligations/1/disputes/7/resolution", {"upheld_fen": 0, "resolution_note": "x"}, 404,
         "not_found"),
        ("buyer", "GET", "/contracts/%00", None, 404, "not_found"),
    ]
    for who, method, path, body, status, code in cases:
        answer = doors.call(who, method, path, body)
        assert (answer.status_code, answer.json["code"]) == (status, code), path


def test_anyone_may_have_payment_terms_assessed(doors: Doors) -> None:
    """The answers are those of the command on the same worked cases."""
    import json

    from marketplace.config import ROOT

    document = json.loads((ROOT / "tests/data/payment_term_vectors.json").read_text(encoding="utf-8"))
    answer = doors.app.test_client().post("/api/v1/payment-terms/assess", json=document)
    assert answer.status_code == 200
    for case, found in zip(document["vectors"], answer.json, strict=True):
        assert {name: found[name] for name in case["expected"]} == case["expected"], case["id"]
    one = doors.app.test_client().post("/api/v1/payment-terms/assess", json={"id": 1, "kind": "payment", "facts": {}})
    assert one.json["error"]["code"] == "facts.missing"
    assert doors.app.test_client().post("/api/v1/payment-terms/assess", data="{").json["code"] == "assess.not_json"
