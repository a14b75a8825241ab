"""Bonds on the pages and through the API."""
from __future__ import annotations

import pytest

from tests.integration.payments.doors import Doors, text_of
from tests.integration.payments.world import World

C = "/contracts/HT-2025-000001"
B = f"{C}/bonds"


@pytest.fixture
def doors(app, monkeypatch: pytest.MonkeyPatch) -> Doors:
    made = Doors(app, monkeypatch)
    made.with_world(signed)
    return made


def signed(world: World) -> None:
    world.signed(at="2025-06-16")


def test_a_bond_from_the_buyers_wish_to_its_return(doors: Doors) -> None:
    assert "3%，建质〔2017〕138号第七条" in text_of(doors.visit("buyer", B))
    refused = doors.send("buyer", B, B, kind="quality", amount_fen="3000.01", ends_on="2025-09-30")
    assert refused.status_code == 422
    for words in ("质量保证金最多 ¥3,000.00", "第十三条"):
        assert words in text_of(refused)
    assert doors.send("buyer", B, B, kind="quality", amount_fen="3000", ends_on="2025-09-30").status_code == 303
    page = text_of(doors.visit("founder", B))
    assert "采购方不得将保证金限定为现金" in page
    for instrument in ("现金", "银行保函", "保证保险", "担保公司保函"):
        assert instrument in page
    doors.send("founder", B, f"{B}/1/provision", instrument="bank_guarantee", reference="BH-1",
               provided_on="2025-06-20")
    doors.today("2025-10-15")
    for here in (B, C):
        assert "逾期未退 15 天" in text_of(doors.visit("founder", here))
    doors.send("buyer", B, f"{B}/1/return", returned_on="2025-10-15", return_reference="退函-1")
    assert "请核对" not in text_of(doors.send("founder", B, f"{B}/1/return-contradiction", note=""))
    assert doors.send("founder", B, f"{B}/1/return-confirmation").status_code == 303
    assert "已退还" in text_of(doors.visit("buyer", C))
    assert "Returned" in text_of(doors.visit("buyer", f"{B}?lang=en", lang="en"))


def test_bonds_are_nobody_elses_business(doors: Doors) -> None:
    assert doors.visit("stranger", B).status_code == 404
    assert doors.call("stranger", "GET", B).status_code == 404
    assert 'name="amount_fen"' not in doors.visit("operator", B).text


def test_programs_ask_for_and_provide_a_bond(doors: Doors) -> None:
    wish = {"kind": "performance", "amount_fen": 1_000_000, "ends_on": "2025-12-31"}
    made = doors.call("buyer", "POST", B, wish)
    assert (made.status_code, made.json["most_fen"], made.json["law"]) == (201, 1_000_000, "CN-802/13")
    over = doors.call("buyer", "POST", B, wish | {"amount_fen": 1})
    assert (over.status_code, over.json["code"]) == (422, "bond.over_cap")
    given = {"instrument": "surety_guarantee", "reference": "DB-7", "provided_on": "2025-06-20"}
    assert doors.call("founder", "POST", f"{B}/1/provision", given).json["status"] == "provided"
    assert doors.call("founder", "POST", f"{B}/1/provision", given | {"instrument": "gold"}).status_code == 422
    doors.today("2026-02-01")
    assert doors.call("operator", "GET", B).json[0]["days_late"] == 32
    back = {"returned_on": "2026-02-01", "return_reference": "1"}
    assert doors.call("buyer", "POST", f"{B}/1/return", back).json["status"] == "return_notified"
    assert doors.call("founder", "POST", f"{B}/1/return-contradiction", {"note": "没有"}).json["status"] == "provided"
    doors.call("buyer", "POST", f"{B}/1/return", back)
    assert doors.call("founder", "POST", f"{B}/1/return-confirmation").json["status"] == "returned"


def test_each_side_finds_the_bond_it_has_to_act_on_at_its_desk(doors: Doors) -> None:
    doors.send("buyer", B, B, kind="quality", amount_fen="3000", ends_on="2025-09-30")
    assert "创始人：提供保证金" in text_of(doors.visit("founder", "/founder"))
    doors.send("founder", B, f"{B}/1/provision", instrument="cash", reference="1", provided_on="2025-06-20")
    assert "创始人：提供保证金" not in text_of(doors.visit("founder", "/founder"))
    assert "采购方：退还保证金" not in text_of(doors.visit("buyer", "/buyer")), "more than a month ahead"
    doors.today("2025-10-15")
    page = text_of(doors.visit("buyer", "/buyer"))
    for words in ("采购方：退还保证金", "¥3,000.00", "逾期 15 天"):
        assert words in page
    doors.send("buyer", B, f"{B}/1/return", returned_on="2025-10-15", return_reference="1")
    assert "采购方：退还保证金" not in text_of(doors.visit("buyer", "/buyer"))
    assert "创始人：确认是否收到退还" in text_of(doors.visit("founder", "/founder"))
