"""Receivables on the pages, through the API, and as a lender meets them."""
from __future__ import annotations

import hashlib
import io
import re

import pytest

from tests.integration.payments.doors import TOKEN, Doors, text_of
from tests.integration.payments.world import World

R = "/receivables/1"


@pytest.fixture
def doors(app, monkeypatch: pytest.MonkeyPatch) -> Doors:
    made = Doors(app, monkeypatch)
    made.with_world(owed)
    made.today("2025-07-10")
    return made


def owed(world: World) -> None:
    """100,000 yuan due on 2025-09-08."""
    world.delivered(world.signed(at="2025-06-20"), "2025-07-08")


def asked(doors: Doors) -> None:
    sent = doors.send("founder", "/payments/1", "/payments/1/receivables", financier="杭州银行")
    assert (sent.status_code, sent.location) == (303, R)


def link(doors: Doors) -> str:
    """The address of a new link, without its host."""
    asked(doors)
    doors.send("buyer", R, f"{R}/confirmation")
    doors.send("founder", R, f"{R}/links", label="杭州银行")
    page = doors.visit("founder", R).text
    assert page.count("/receivables/verify/") == 2  # the link and its text
    return re.search(r"(/receivables/verify/[\w-]+)", page)[1]


def test_from_the_request_to_a_paper_a_lender_can_check(doors: Doors) -> None:
    asked(doors)
    page = text_of(doors.visit("buyer", R))
    for words in ("¥100,000.00", "2025年8月11日", "第十六条第二款", "确权不是付款的条件"):
        assert words in page
    assert doors.send("buyer", R, f"{R}/confirmation").status_code == 303
    doors.send("founder", R, f"{R}/links", label="杭州银行")
    address = re.search(r"(/receivables/verify/[\w-]+)", doors.visit("founder", R).text)[1]
    assert address not in doors.visit("founder", R).text  # told once
    lender = doors.app.test_client()
    seen = lender.get(address)
    for words in ("¥100,000.00", "buyer 公司", "2025年9月8日", "与确认时一致"):
        assert words in text_of(seen)
    assert (seen.headers["Cache-Control"], seen.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    file = lender.get(f"{address}/document.json")
    assert hashlib.sha256(file.data).hexdigest() in text_of(seen)
    for lang in ("zh", "en"):
        paper = lender.get(f"{address}/{lang}.pdf")
        assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
        assert paper.data == lender.get(f"{address}/{lang}.pdf").data
    assert lender.get(f"{address}/fr.pdf").status_code == 404


def upload(doors: Doors, address: str, data: bytes) -> str:
    lender = doors.app.test_client()
    token = TOKEN.search(lender.get(address).text)[1]
    return text_of(lender.post(address, data={"csrf_token": token, "file": (io.BytesIO(data), "x.pdf")}))


def test_a_lender_compares_its_file_byte_for_byte(doors: Doors) -> None:
    address = link(doors)
    lender = doors.app.test_client()
    paper, file = lender.get(f"{address}/en.pdf").data, lender.get(f"{address}/document.json").data
    assert "一致：这个文件与平台记录逐字节相同" in upload(doors, address, paper)
    assert "一致：这个文件与平台记录逐字节相同" in upload(doors, address, file)
    assert "不一致" in upload(doors, address, file.replace(b"10000000", b"90000000"))
    assert "没有选择文件" in upload(doors, address, b"")


def test_a_lender_sees_what_was_paid_since_and_no_more_once_the_link_is_closed(doors: Doors) -> None:
    address = link(doors)
    doors.send("buyer", "/payments/1", "/payments/1/payments", amount_fen="40000", paid_on="2025-07-10",
               bank_reference="ICBC-1", instrument="transfer")
    doors.send("founder", "/payments/1", "/payments/1/payments/1/confirm")
    lender = doors.app.test_client()
    page = text_of(lender.get(address))
    assert "已付一部分" in page
    assert "¥60,000.00" in page
    assert "ICBC-1" not in page
    doors.send("founder", R, f"{R}/links/1/revocation")
    page = text_of(lender.get(address))
    assert "已于 2025年7月10日 被关闭" in page
    for secret in ("¥", "buyer", "founder", "HT-2025"):
        assert secret not in page
    for path in ("/document.json", "/zh.pdf"):
        assert lender.get(address + path).status_code == 404
    told = lender.get(f"/api/v1{address}").json
    assert (told["status"], told["document"], told["open_fen"]) == ("revoked", None, None)


def test_a_guess_finds_nothing(doors: Doors) -> None:
    link(doors)
    lender = doors.app.test_client()
    for guess in ("a" * 43, "1", "%20", "x" * 500):
        assert lender.get(f"/receivables/verify/{guess}").status_code == 404
        assert lender.get(f"/api/v1/receivables/verify/{guess}").status_code == 404


def test_silence_past_thirty_days_is_shown_as_a_breach(doors: Doors) -> None:
    asked(doors)
    doors.today("2025-08-14")
    assert "采购方逾期 3 天未答复，违反条例第十六条第二款" in text_of(doors.visit("founder", R))
    assert "超期 3 天" in text_of(doors.visit("operator", "/receivables"))
    assert "has not answered for 3 days" in text_of(doors.visit("buyer", f"{R}?lang=en", lang="en"))


def test_a_refusal_needs_its_reason_and_the_debt_stands(doors: Doors) -> None:
    asked(doors)
    assert doors.send("buyer", R, f"{R}/refusal", reason=" ").status_code == 422
    doors.send("buyer", R, f"{R}/refusal", reason="发票尚未核对")
    assert "拒绝的理由：发票尚未核对" in text_of(doors.visit("founder", R))
    assert "债务和到期日不受影响" in text_of(doors.visit("founder", R))


def test_a_second_request_is_refused_on_the_page_of_the_debt(doors: Doors) -> None:
    asked(doors)
    doors.send("founder", "/payments/1", "/payments/1/receivables")
    assert "上一次请求还在等待采购方答复" in text_of(doors.visit("founder", "/payments/1"))


def test_programs_ask_answer_and_verify(doors: Doors) -> None:
    made = doors.call("founder", "POST", "/obligations/1/receivables", {"financier": "杭州银行"})
    assert (made.status_code, made.json["answer_by"], made.json["days_late"]) == (201, "2025-08-11", 0)
    assert doors.call("stranger", "GET", R).status_code == 404
    assert doors.call("founder", "POST", f"{R}/links", {"label": "行"}).json["code"] == "receivable.not_confirmed"
    done = doors.call("buyer", "POST", f"{R}/confirmation")
    assert done.json["document"]["confirmed_fen"] == 10_000_000
    made = doors.call("founder", "POST", f"{R}/links", {"label": "行"})
    token = made.json["url"].rsplit("/", 1)[1]
    told = doors.app.test_client().get(f"/api/v1/receivables/verify/{token}").json
    assert (told["status"], told["document_hash"]) == ("stands", done.json["document_hash"])
    assert doors.call("founder", "POST", f"{R}/links/1/revocation").json["revoked_at"]
    assert [row["id"] for row in doors.call("operator", "GET", "/receivables").json["items"]] == [1]
    assert doors.call("stranger", "GET", "/receivables").json["items"] == []


def test_the_buyer_finds_the_request_and_its_last_day_at_its_desk(doors: Doors) -> None:
    asked(doors)
    doors.today("2025-08-14")
    page = doors.visit("buyer", "/buyer")
    assert f'href="{R}"' in page.text
    for words in ("确认或拒绝", "2025年8月11日", "逾期 3 天"):
        assert words in text_of(page)
    doors.send("buyer", R, f"{R}/confirmation")
    assert "确认或拒绝" not in text_of(doors.visit("buyer", "/buyer"))
