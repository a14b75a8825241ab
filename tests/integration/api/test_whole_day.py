"""From the draft to the money without a page: every step of the market through /api/v1, each with its own key."""
from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from marketplace import jobs
from tests.integration.api.programs import DEMAND, Programs, bid
from tests.integration.tendering.market import BUYER_PASSPHRASE, OPERATOR_PASSPHRASE

DEADLINE = "2026-03-20T17:00:00+08:00"
HANDED_IN = {"bid_deadline": DEADLINE, "unclassified": True}
AFTER_DEADLINE = dt.datetime(2026, 3, 20, 9, 5, tzinfo=dt.UTC)
NONCES = ("a" * 64, "b" * 64)


def published(programs: Programs) -> str:
    code = programs.done("buyer1", "POST", "/demands", DEMAND)["code"]
    programs.done("buyer1", "POST", f"/demands/{code}/submit", HANDED_IN)
    programs.done("operator0", "POST", f"/demands/{code}/publish", {})
    return code


def evaluated(programs: Programs) -> tuple[str, int]:
    """(code, id of founder1's bid) of a demand whose two bids are opened and scored."""
    code = published(programs)
    for number, nonce in enumerate(NONCES, 1):
        programs.done(f"founder{number}", "POST", f"/demands/{code}/bid", bid(10_000_000 + number, nonce))
    programs.at(AFTER_DEADLINE)
    openings = f"/demands/{code}/openings"
    programs.done("buyer1", "POST", openings, {"holder": "buyer", "secret": BUYER_PASSPHRASE})
    opened = programs.done("operator0", "POST", openings, {"holder": "operator", "secret": OPERATOR_PASSPHRASE})
    assert opened["opened_at"] is not None
    [quality] = [part["id"] for part in programs.done("buyer1", "GET", f"/demands/{code}")["criteria"]
                 if part["kind"] == "quality"]
    bids = programs.done("buyer1", "GET", f"/demands/{code}/bids")
    for one in bids:
        assert one["founder"] is None  # who bid is hidden from those who score
        points = 90 if one["price_fen"] == 10_000_001 else 60
        programs.done("buyer1", "PUT", f"/demands/{code}/bids/{one['bid_id']}/scores",
                      {"scores": [{"criterion_id": quality, "points": points}]})
    ranked = programs.done("buyer1", "GET", f"/demands/{code}/bids")
    assert [one["result"]["rank"] for one in ranked] == [1, 2]
    return code, ranked[0]["bid_id"]


def signed(programs: Programs) -> str:
    """The number of a contract both sides have confirmed."""
    code, bid_id = evaluated(programs)
    number = programs.done("buyer1", "POST", f"/demands/{code}/award",
                           {"bid_id": bid_id, "reason": "总分最高"})["contract_number"]
    seen = programs.done("buyer1", "GET", f"/contracts/{number}")["text_hash"]
    early = programs.call("buyer1", "POST", f"/contracts/{number}/confirmation", {"text_hash": seen})
    assert (early.status_code, early.json["code"]) == (409, "standstill.running")
    assert programs.done("", "GET", f"/demands/{code}/award")["standstill_until"] == "2026-03-25"
    programs.at("2026-03-26")
    for who in ("buyer1", "founder1"):
        seen = programs.done(who, "GET", f"/contracts/{number}")["text_hash"]
        confirmed = programs.done(who, "POST", f"/contracts/{number}/confirmation", {"text_hash": seen})
    assert confirmed["signed_on"] == "2026-03-26"
    return number


def test_a_buyers_program_drafts_edits_and_publishes(programs: Programs) -> None:
    made = programs.done("buyer1", "POST", "/demands", DEMAND)
    path = f"/demands/{made['code']}"
    assert [one["code"] for one in programs.done("buyer1", "GET", "/demands?mine=true")["items"]] == [made["code"]]
    read = programs.call("buyer1", "GET", path)
    version = {"If-Match": read.headers["ETag"]}
    assert programs.call("buyer1", "PATCH", path, {"title": "轴承检测"}).status_code == 428
    changed = programs.call("buyer1", "PATCH", path, {"title": "轴承检测"}, headers=version)
    assert changed.status_code == 200
    assert (changed.json["title"], changed.json["budget_fen"]) == ("轴承检测", 20_000_000)
    assert changed.headers["ETag"] != read.headers["ETag"]
    assert programs.call("buyer1", "PATCH", path, {"title": "别的"}, headers=version).status_code == 412
    assert programs.done("buyer1", "GET", path)["title"] == "轴承检测"
    assert programs.done("buyer1", "POST", f"{path}/submit", HANDED_IN)["status"] == "review"
    remarks = {"remarks": [{"field": "title", "text": "写明产线"}]}
    assert programs.done("operator0", "POST", f"{path}/return", remarks)["status"] == "planning"
    programs.done("buyer1", "POST", f"{path}/submit", HANDED_IN)
    assert [one["number"] for one in programs.done("operator0", "GET", "/reviews")["items"]] == [2]
    public = programs.done("operator0", "POST", f"{path}/publish", {})
    assert public["status"] == "active"
    assert public["bid_deadline"].startswith("2026-03-20T09:00:00")
    assert [one["code"] for one in programs.done("founder3", "GET", "/demands")["items"]] == [made["code"]]


def test_a_draft_is_made_once_however_often_it_is_sent_with_one_key(programs: Programs) -> None:
    key = {"Idempotency-Key": "draft-1"}
    first = programs.done("buyer1", "POST", "/demands", DEMAND, headers=key)
    assert programs.done("buyer1", "POST", "/demands", DEMAND, headers=key) == first
    assert len(programs.done("buyer1", "GET", "/demands?mine=true")["items"]) == 1
    other = programs.call("buyer1", "POST", "/demands", DEMAND | {"title": "另一条"}, headers=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency.other_request")
    assert programs.done("buyer2", "POST", "/demands", DEMAND, headers=key)["code"] != first["code"]


def test_a_long_term_needs_a_reason_that_founders_will_read(programs: Programs) -> None:
    refused = programs.call("buyer1", "POST", "/demands", DEMAND | {"term_days": 75})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "over_60_reason")
    assert "第九条第二款" in refused.text
    reasoned = DEMAND | {"term_days": 75, "over_60_reason": "行业惯例：整线联调 75 天后结算。"}
    made = programs.done("buyer1", "POST", "/demands", reasoned)
    assert programs.done("buyer1", "GET", f"/demands/{made['code']}")["terms"]["over_60_reason"]


def test_a_founders_program_finds_what_fits_and_bids_once(programs: Programs) -> None:
    code = published(programs)
    profile = programs.call("founder1", "GET", "/profile")
    programs.done("founder1", "PUT", "/profile", {
        "headline": "工业视觉检测", "skills": ["表面缺陷检测"], "past_cases": [{"title": "轴承表面划伤检测"}]},
        headers={"If-Match": profile.headers["ETag"]})
    jobs.drain(programs.app)
    [match] = programs.done("founder1", "GET", "/matches")["items"]
    assert (match["code"], match["payment_term_days"]) == (code, 30)
    assert match["reasons"]
    assert sum(part["value"] for part in match["contributions"]) == pytest.approx(match["score"])
    form, key = bid(9_000_000, NONCES[0]), {"Idempotency-Key": "bid-1"}
    receipt = programs.done("founder1", "POST", f"/demands/{code}/bid", form, headers=key)
    assert programs.done("founder1", "POST", f"/demands/{code}/bid", form, headers=key) == receipt
    own = programs.done("founder1", "GET", f"/demands/{code}/bid")
    assert (own["version"], own["commitment"], own["plan"]) == (1, receipt["commitment"], None)
    assert programs.call("founder2", "GET", f"/demands/{code}/bid").status_code == 404
    assert programs.call("buyer1", "GET", f"/demands/{code}/bids").status_code == 409


def test_from_the_opening_to_a_signed_contract(programs: Programs) -> None:
    number = signed(programs)
    contract = programs.done("founder1", "GET", f"/contracts/{number}")
    assert [part["amount_fen"] for part in contract["milestones"]] == [2_500_000, 7_500_001]
    assert [line["number"] for line in programs.done("buyer1", "GET", "/contracts")] == [number]
    assert programs.done("buyer2", "GET", "/contracts") == []


def delivered(programs: Programs) -> tuple[str, int]:
    """(contract number, obligation id): delivered and accepted on 1 April, due thirty days later."""
    number = signed(programs)
    milestone = f"/contracts/{number}/milestones/1"
    programs.at("2026-04-01")
    programs.done("founder1", "POST", f"{milestone}/deliveries", {"delivered_on": "2026-04-01", "note": "样本"})
    owed = programs.done("buyer1", "POST", f"{milestone}/acceptances", {"accepted_on": "2026-04-01"})
    return number, owed["id"]


def test_what_is_owed_is_told_for_any_day_with_its_articles(programs: Programs) -> None:
    number, owed = delivered(programs)
    invoice = {"number": "2544000001", "amount_fen": 2_500_000, "issued_on": "2026-04-01"}
    assert programs.done("founder1", "POST", f"/contracts/{number}/milestones/1/invoices", invoice)["id"]
    today = programs.done("founder1", "GET", f"/obligations/{owed}")
    assert today["as_of"] == "2026-04-01"
    assert today["amount_fen"] == 2_500_000
    due = dt.date.fromisoformat(today["findings"]["due_date"])
    late = programs.done("buyer1", "GET", f"/obligations/{owed}?as_of={due + dt.timedelta(days=10)}")
    assert late["findings"]["interest_total_fen"] == 2_500_000 * 5 * 10 // 10_000  # 0.05 % a day, ten days
    assert "802" in str(today["findings"])


def test_a_payment_counts_once_the_founder_has_confirmed_it(programs: Programs) -> None:
    _, owed = delivered(programs)
    path = f"/obligations/{owed}"
    programs.at("2026-04-08")
    said = {"amount_fen": 2_500_000, "paid_on": "2026-04-08", "bank_reference": "ICBC-1"}
    key = {"Idempotency-Key": "payment-1"}
    payment = programs.done("buyer1", "POST", f"{path}/payments", said, headers=key)
    assert programs.done("buyer1", "POST", f"{path}/payments", said, headers=key) == payment
    before = programs.done("buyer1", "GET", path)
    assert (len(before["payments"]), before["turn"]) == (1, "confirm_payment")
    answered = programs.done("founder1", "POST", f"{path}/payments/{payment['id']}/confirmation")
    assert answered["status"] == "confirmed"
    after = programs.done("founder1", "GET", path)
    assert (after["settled_on"], after["turn"]) == ("2026-04-08", "nobody")
    paid = after["findings"]
    assert (paid["principal_outstanding_fen"], paid["interest_total_fen"]) == (0, 0)


def test_the_operators_program_sees_the_late_ones_and_verifies_the_chain(programs: Programs) -> None:
    number, owed = delivered(programs)
    assert programs.done("operator0", "GET", "/operator/timeline") == []
    programs.at("2026-06-01")
    late = programs.done("operator0", "GET", "/operator/timeline")
    assert [(one["milestone"], one["turn"]) for one in late] == [(1, "pay"), (2, "deliver")]
    line = late[0]
    assert (line["contract_number"], line["obligation_id"]) == (number, owed)
    assert line["late_days"] > 0
    assert line["open_fen"] == 2_500_000
    everything = programs.done("operator0", "GET", "/operator/timeline?view=all")
    assert {one["contract_number"] for one in everything} == {number}
    verdict = programs.done("operator0", "GET", "/operator/audit/verification")
    assert verdict["intact"] is True
    newest = programs.done("operator0", "GET", "/operator/audit?limit=1")
    assert (newest[0]["seq"], newest[0]["hash"]) == (verdict["entries"], verdict["head"])
    walked = chain_of(programs)
    assert [entry["seq"] for entry in walked] == list(range(verdict["entries"], 0, -1))


def chain_of(programs: Programs) -> list[dict[str, Any]]:
    """Every entry, page by page."""
    walked: list[dict[str, Any]] = []
    while not walked or walked[-1]["seq"] > 1:
        after = walked[-1]["seq"] if walked else 0
        walked += programs.done("operator0", "GET", f"/operator/audit?limit=7&after={after}")
    return walked
