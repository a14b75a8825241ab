"""The ladder at the doors: public rules, what each side sees and may do, and files that can be checked by anyone."""
from __future__ import annotations

import hashlib
import io

import pytest

from marketplace import jobs
from tests.integration.payments.doors import Doors, text_of
from tests.integration.payments.world import World

P = "/payments/1"
LATE = "2025-09-08"  # seven days


def owed(world: World) -> None:
    """33,333 yuan due on 2025-09-01."""
    world.delivered(world.signed(at="2025-06-16", amounts=(3_333_300,)), "2025-07-01")


@pytest.fixture
def late(doors: Doors) -> Doors:
    """Seven days late, the round of that day done."""
    doors.with_world(owed)
    doors.today(LATE)
    with doors.app.app_context():
        jobs.tick(LATE)
    return doors


def last_step(doors: Doors) -> int:
    steps = doors.call("buyer", "GET", "/obligations/1/steps").json["steps"]
    return [step for step in steps if step["status"] == "taken"][-1]["id"]


@pytest.mark.parametrize(("lang", "words"), [
    ("zh", ("催办阶梯", "逾期第 60 天", "名义到期日之前的最后一个工作日", "采购方负责人", "平台规则")),
    ("en", ("The ladder", "day 60 late", "the last working day before the nominal last day", "Platform rule"))])
def test_anyone_can_read_the_rules(doors: Doors, lang: str, words: tuple[str, ...]) -> None:
    page = text_of(doors.app.test_client().get("/ladder", headers={"Accept-Language": lang}))
    for word in words:
        assert word in page
    (edition,) = doors.app.test_client().get("/api/v1/ladder").json
    assert [step["code"] for step in edition["steps"]][-1] == "late_60"


@pytest.mark.parametrize("who", ["buyer", "founder", "operator"])
def test_the_payment_page_shows_what_happened_and_what_comes_next(late: Doors, who: str) -> None:
    page = text_of(late.visit(who, P))
    for words in ("下一步：2025年9月16日，逾期第 15 天", "到期日 2025年9月1日 的各步骤", "已执行", "未到"):
        assert words in page
    found = late.call(who, "GET", "/obligations/1/steps").json
    assert (found["next_step"], found["next_on"]) == ("late_15", "2025-09-16")


def test_the_founders_desk_says_when_the_next_step_is(late: Doors) -> None:
    assert "下一步催办：2025年9月16日 逾期第 15 天" in text_of(late.visit("founder", "/founder"))


def test_an_appeal_from_the_page_to_the_operators_decision(late: Doors) -> None:
    step = last_step(late)
    path = f"{P}/steps/{step}/appeal"
    refused = late.send("buyer", P, path, appeal_reason=" ")
    assert refused.status_code == 422
    assert late.send("buyer", P, path, appeal_reason="发票抬头有误").status_code == 303
    waiting = text_of(late.visit("operator", "/operator/ladder"))
    assert "决定 1 项申诉" in waiting
    assert "发票抬头有误" in waiting
    assert late.send("operator", P, "/appeals/1/decision", upheld="true", decision_note="").status_code == 422
    assert late.send("operator", P, "/appeals/1/decision", upheld="true", decision_note="属实").status_code == 303
    shown = text_of(late.visit("founder", P))
    assert "已撤销" in shown
    assert "属实" in shown
    assert "申诉成立" in text_of(late.visit("buyer", "/notices"))


def test_an_appeal_and_its_decision_through_the_api(late: Doors) -> None:
    path = f"/obligations/1/steps/{last_step(late)}/appeal"
    made = late.call("buyer", "POST", path, {"reason": "发票抬头有误"})
    assert (made.status_code, made.json["status"]) == (201, "open")
    decided = late.call("operator", "POST", f"/appeals/{made.json['id']}/decision",
                        {"upheld": False, "decision_note": "不属实"})
    assert decided.json["status"] == "dismissed"
    assert late.call("founder", "POST", path, {"reason": "不"}).status_code == 403


def test_a_letter_is_made_downloaded_and_checked_by_anyone(late: Doors) -> None:
    sent = late.send("founder", P, f"{P}/papers", kind="demand_letter", language="zh")
    assert sent.status_code == 303
    file = late.visit("founder", sent.location)
    digest = hashlib.sha256(file.data).hexdigest()
    assert file.mimetype == "application/pdf"
    assert file.data.startswith(b"%PDF")
    assert file.headers["X-Content-SHA256"] == digest
    assert digest in late.visit("founder", P).text
    anyone = late.app.test_client()
    assert "一致：催告函，截至 2025年9月8日" in text_of(anyone.get(f"/papers/verify?sha256={digest}"))
    changed = anyone.get(f"/papers/verify?sha256={'0' * 64}")
    assert "没有生成过这样的文件" in text_of(changed)
    assert anyone.get("/papers/verify?sha256=abc").status_code == 422


def test_a_file_itself_can_be_checked(late: Doors) -> None:
    sent = late.send("founder", P, f"{P}/papers", kind="complaint_file", language="en")
    body = late.visit("founder", sent.location).data
    for content, words in ((body, "It is ours"), (body + b" ", "No such file")):
        answer = late.send("founder", "/papers/verify?lang=en", "/papers/verify?lang=en",
                           file=(io.BytesIO(content), "file.pdf"))
        assert words in text_of(answer)


def test_papers_through_the_api_are_the_same_each_time(late: Doors) -> None:
    made = late.call("founder", "POST", "/obligations/1/papers", {"kind": "complaint_file"})
    again = late.call("founder", "POST", "/obligations/1/papers", {"kind": "complaint_file"})
    assert made.status_code == 201
    assert made.json == again.json
    data = late.call("founder", "GET", f"/papers/{made.json['id']}").json
    assert (data["contract"], data["days_late"], data["principal_left_fen"]) == ("HT-2025-000001", 7, 3_333_300)
    file = late.call("founder", "GET", f"/papers/{made.json['id']}/pdf")
    assert hashlib.sha256(file.data).hexdigest() == made.json["sha256"]


def test_a_preview_says_the_same_without_being_recorded(late: Doors) -> None:
    page = text_of(late.visit("founder", f"{P}/papers/demand_letter"))
    for words in ("催告函", "¥33,333.00", "证据目录", "尚未记入审计记录"):
        assert words in page
    assert late.call("founder", "GET", "/obligations/1/papers").json == []


def test_nothing_can_be_demanded_before_it_is_late(doors: Doors) -> None:
    doors.with_world(owed)
    doors.today("2025-09-01")
    refused = doors.call("founder", "POST", "/obligations/1/papers", {"kind": "demand_letter"})
    assert (refused.status_code, refused.json["code"]) == (409, "paper.not_late")
    assert doors.visit("founder", f"{P}/papers/demand_letter").status_code == 409


@pytest.mark.parametrize("who", ["buyer", "stranger"])
def test_papers_are_the_founders_and_the_operators(late: Doors, who: str) -> None:
    made = late.call("founder", "POST", "/obligations/1/papers", {"kind": "demand_letter"}).json["id"]
    for path in (f"/papers/{made}", f"/papers/{made}/pdf", "/obligations/1/papers"):
        assert late.call(who, "GET", path).status_code in (403, 404)
    assert late.visit(who, f"/papers/{made}.pdf").status_code in (403, 404)
    assert late.call("operator", "GET", f"/papers/{made}/pdf").status_code == 200


def test_contacts_from_the_account_page(doors: Doors) -> None:
    doors.with_world(owed)
    page = "/account/contacts"
    assert page in doors.visit("buyer", "/account").text
    wrong = doors.send("buyer", page, page, finance_name="李会计", finance_email="not an address")
    assert wrong.status_code == 422
    assert doors.send("buyer", page, page, finance_name="李会计", finance_email="f@b.example",
                      finance_language="zh").status_code == 303
    assert 'value="f@b.example"' in doors.visit("buyer", page).text
    assert doors.call("buyer", "GET", "/contacts").json["finance"]["email"] == "f@b.example"
    head = {"name": "Ms Wang", "email": "h@b.example", "language": "en"}
    put = doors.call("buyer", "PUT", "/contacts", {"head": head})
    assert list(put.json) == ["head"]
    assert doors.call("founder", "GET", "/contacts").status_code == 403


def test_the_operators_list_is_filtered_by_step(late: Doors) -> None:
    for step, count in (("late_7", 1), ("late_60", 0), ("", 5)):
        assert len(late.call("operator", "GET", f"/steps?step={step}").json) == count
    page = text_of(late.visit("operator", "/operator/ladder?step=late_7"))
    assert "最近执行的步骤（1）" in page
    assert late.call("founder", "GET", "/steps").status_code == 403
