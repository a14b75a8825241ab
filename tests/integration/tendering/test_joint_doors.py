"""From naming a partner to downloading the file of an opened joint bid, through pages and through the API."""
from __future__ import annotations

import base64
import hashlib
import io
import json
import re

from flask import Flask

from marketplace.accounts.models import User
from marketplace.db import transaction
from marketplace.tendering import queries
from tests.integration.tendering import market as m
from tests.integration.tendering.doors import api_bid, browser, call, form_of, post

PDF = b"%PDF-1.7\n% ninety thousand\n%%EOF"


def opened(app: Flask, market: m.Market, founder: User) -> int:
    with app.app_context(), transaction() as session:
        m.open_bids(session, market)
        return queries.bid_of(session, market.demand, founder.organisation_id).id


def test_two_founders_bid_as_one_with_a_file_through_the_pages(app: Flask, at, market: m.Market) -> None:
    code, (_, lead, member) = market.demand.code, market.founders
    mine, theirs = browser(app, lead), browser(app, member)
    found = mine.get(f"/demands/{code}/team?q={member.organisation.name}").text
    assert member.organisation.uscc in found
    team = {"lead.role": "总体与算法", "lead.share": "66.67", "members.0.uscc": member.organisation.uscc,
            "members.0.role": "装调", "members.0.share": "33.34"}
    wrong = post(mine, f"/demands/{code}/team", team)
    assert wrong.status_code == 422
    assert "各方份额合计为 100.01%" in wrong.text
    assert 'value="66.67"' in wrong.text
    assert post(mine, f"/demands/{code}/team", team | {"members.0.share": "33.33"}).status_code == 303
    asked = theirs.get(f"/demands/{code}/team").text
    assert "连带责任" in asked
    number = re.search(r'name="team_id" value="(\d+)"', asked)[1]
    assert post(theirs, f"/demands/{code}/team/answer", {"team_id": number, "answer": "confirm"}).status_code == 303

    form = form_of(mine, code)
    refused = post(mine, f"/demands/{code}/bid", form | {"attachments": [
        (io.BytesIO(PDF), "方案.pdf"), (io.BytesIO(b"MZ\x00"), "setup.pdf")]}, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert "附件“setup.pdf”的内容不是可接受的类型" in refused.text
    said = re.search(r'name="attachments.0.said" value="([^"]+)"', refused.text)[1].replace("&#34;", '"')
    assert json.loads(said)["name"] == "方案.pdf", "the good file is kept although the other was refused"
    done = post(mine, f"/demands/{code}/bid", form | {"attachments.0.said": said, "attachments.0.keep": "1"},
                follow_redirects=True)
    assert f"{hashlib.sha256(PDF).hexdigest()}  方案.pdf" in done.text

    at(m.AFTER)
    number = opened(app, market, lead)
    path = f"/demands/{code}/bids/{number}/attachments/1"
    answer = browser(app, market.buyer).get(path)
    assert (answer.data, answer.headers["X-Content-Type-Options"]) == (PDF, "nosniff")
    assert "attachment-1.pdf" in answer.headers["Content-Disposition"], "no name before the scores stand"
    assert "方案.pdf" not in browser(app, market.buyer).get(f"/demands/{code}/evaluation").text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert browser(app, market.founders[0]).get(path).status_code == 404
    assert browser(app, None).get(path).status_code == 302
    page = browser(app, lead).get(f"/demands/{code}/bid").text
    assert member.organisation.uscc in page
    assert "66.67%" in page


def test_a_program_hands_in_a_file_and_a_team_and_reads_the_file_back(app: Flask, at, market: m.Market) -> None:
    code, (_, lead, member) = market.demand.code, market.founders
    put = call(app, "founder2", "PUT", f"{code}/team", {
        "lead": {"role": "总体", "share_bp": 6_000},
        "members": [{"uscc": member.organisation.uscc, "role": "装调", "share_bp": 4_000}]})
    assert [one["status"] for one in put.json["members"]] == ["confirmed", "invited"]
    asked = call(app, "founder3", "GET", f"{code}/team").json["invitations"][0]
    assert set(asked) == {"team_id", "lead", "role", "share_bp", "status", "asked_at"}, "the price is not told"
    assert call(app, "founder3", "POST", f"{code}/team/answers",
                {"team_id": asked["team_id"], "confirm": True}).status_code == 201
    assert call(app, "founder3", "POST", f"{code}/bid", api_bid()).json["code"] == "bid.in_team"
    stored = call(app, "founder2", "POST", f"{code}/bid/attachments",
                  {"name": "方案.pdf", "content": base64.b64encode(PDF).decode()})
    assert stored.json["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert call(app, "buyer1", "POST", f"{code}/bid/attachments", {"name": "a", "content": ""}).status_code == 403
    sealed = call(app, "founder2", "POST", f"{code}/bid", api_bid(attachments=[stored.json]))
    assert sealed.status_code == 201, sealed.json
    before = call(app, "founder2", "GET", f"{code}/bid").json
    assert (sealed.json.get("bid_id"), before["bid_id"]) == (None, None), "two numbers would count the bids between"
    at(m.AFTER)
    number = opened(app, market, lead)
    seen = call(app, "founder2", "GET", f"{code}/bid").json
    assert seen["bid_id"] == number
    assert [one["share_bp"] for one in seen["team"]] == [6_000, 4_000]
    assert set(seen["attachments"][0]) == {"name", "media_type", "size", "sha256"}, "the key stays inside"
    theirs = call(app, "buyer1", "GET", f"{code}/bids/{number}/attachments/1")
    assert theirs.data == PDF
    assert "attachment-1.pdf" in theirs.headers["Content-Disposition"], "no name before the scores stand"
    assert call(app, "founder3", "GET", f"{code}/bids/{number}/attachments/1").status_code == 404


def test_a_request_larger_than_all_files_together_is_refused_and_a_large_file_is_not(
        app: Flask, market: m.Market) -> None:
    mine, path = browser(app, market.founders[1]), f"/demands/{market.demand.code}/bid"
    form = form_of(mine, market.demand.code)
    whole = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".ljust(10 * 1024 * 1024, b"\x00")
    taken = post(mine, path, form | {"do": "attach", "attachments": [(io.BytesIO(whole), "图.png")]},
                 content_type="multipart/form-data")
    assert (taken.status_code, "保留 图.png" in taken.text) == (200, True)
    over = post(mine, path, form | {"attachments": [(io.BytesIO(whole), f"{n}.png") for n in range(3)]},
                content_type="multipart/form-data")
    assert over.status_code == 413


def test_what_no_database_stores_is_taken_out_of_what_is_typed(app: Flask, market: m.Market) -> None:
    client, code = browser(app, market.founders[1]), market.demand.code
    typed = form_of(client, code)
    nul = typed | {"key": typed["key"] + "\x00", "related": "true", "relation_details": "表兄\x00在采购部"}
    assert post(client, f"/demands/{code}/bid", nul).status_code == 201
    assert client.get(f"/demands/{code}/team?q=%00founder3").status_code == 200
