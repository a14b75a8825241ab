"""Editions as the operator, buyers, founders and programs meet them: pages, files, feeds, OCDS, commands."""
from __future__ import annotations

import hashlib
import io
import json
import re
from xml.etree import ElementTree as xml

import pytest
from flask import Flask
from openpyxl import load_workbook

from marketplace import clock
from marketplace.accounts.models import User
from marketplace.db import app_engine, transaction
from marketplace.demand import operations as demands
from marketplace.demand.models import Demand
from tests.integration.editions.lists import Lists, at
from tests.integration.payments.doors import TOKEN, text_of

ATOM = "{http://www.w3.org/2005/Atom}"
PUBLIC = "http://127.0.0.1:8000"


class House:
    """`page` and `send` are a browser, `call` a program; `published` makes the edition of March."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context(), transaction(app_engine()) as session:
            lists = Lists(session)
            self.people = {user.display_name: user.id for user in (lists.operator, lists.buyer, lists.other,
                                                                   *lists.founders)}
            self.tracks = {"water": lists.water.id, "making": lists.making.id}
            self.codes = [lists.demand(title, until="2026-04-20").code for title in ("测漏点", "=读水表")]

    def client(self, who: str):
        client = self.app.test_client()
        if who:
            with client.session_transaction() as cookies:
                cookies["user"], cookies["epoch"] = self.people[who], 1
        return client

    def page(self, path: str, who: str = "", lang: str = "zh"):
        return self.client(who).get(path, headers={"Accept-Language": lang})

    def send(self, who: str, page: str, path: str, **form):
        client = self.client(who)
        found = TOKEN.search(client.get(page).text)
        return client.post(path, data={"csrf_token": found[1] if found else "", **form})

    def call(self, who: str, method: str, path: str, json_: object = None):
        return self.app.test_client().open(f"/api/v1{path}", method=method, json=json_,
                                           headers={"Authorization": f"Bearer key-{who}"} if who else {})

    def published(self) -> None:
        self.call("operator0", "POST", "/editions", {"month": "2026-03", "title_zh": "三月榜单", "title_en": "March"})
        for code in self.codes:
            self.call("operator0", "POST", "/editions/2026-03/items", {
                "demand": code, "track_id": self.tracks["water"]})
        for step in ("freeze", "publication"):
            answer = self.call("operator0", "POST", f"/editions/2026-03/{step}")
            assert answer.status_code == 200, answer.text


@pytest.fixture
def house(app: Flask, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(clock, "utc_now", lambda: at("2026-03-05", 12))
    return House(app)


def test_from_a_buyers_proposal_to_a_published_list_in_the_browser(house: House) -> None:
    desk, one = "/operator/editions", "/operator/editions/2026-03"
    made = house.send("operator0", desk, desk, month="2026-03", title_zh="三月榜单", title_en="March")
    assert (made.status_code, made.location) == (303, one)
    sent = house.send("buyer1", "/buyer/editions", "/buyer/editions/2026-03", demand=house.codes[0], note="请列入")
    assert (sent.status_code, sent.location) == (303, "/buyer/editions")
    composing = house.page(one, "operator0")
    assert "还有 1 项提议未处理" in text_of(composing)
    item = re.search(r"items/(\d+)/inclusion", composing.text)[1]
    house.send("operator0", one, f"{one}/items/{item}/inclusion", **{f"track.{item}": house.tracks["making"]})
    house.send("operator0", one, f"{one}/items", demand=house.codes[1], track_id=house.tracks["water"])
    assert "检查都已通过" in text_of(house.page(one, "operator0"))
    house.send("operator0", one, f"{one}/arrangement", **{
        f"position.{item}": 9, f"track.{item}": house.tracks["making"]})
    assert house.page("/editions/2026-03").status_code == 404
    house.send("operator0", one, f"{one}/freeze")
    assert house.page("/editions/2026-03", "buyer1").status_code == 404
    house.send("operator0", one, f"{one}/publication")
    page = text_of(house.page("/editions/2026-03"))
    assert page.index("=读水表") < page.index("测漏点")
    for path in ("/", "/demands", "/editions"):
        assert "/editions/2026-03" in house.page(path).text
    assert "已列入" in text_of(house.page("/buyer/editions", "buyer1"))
    english = text_of(house.page("/editions/2026-03", lang="en"))
    assert "This is the first edition." in english


def test_a_refused_freeze_shows_every_problem_on_the_page(house: House) -> None:
    one = "/operator/editions/2026-03"
    house.send("operator0", "/operator/editions", "/operator/editions", month="2026-03", title_zh="三", title_en="M")
    house.send("operator0", one, f"{one}/items", demand=house.codes[0])
    refused = house.send("operator0", one, f"{one}/freeze")
    assert refused.status_code == 422
    assert "没有分赛道" in text_of(refused)
    wrong = house.send("operator0", "/operator/editions", "/operator/editions", month="2026-3", title_zh="")
    assert wrong.status_code == 422
    assert "请写成 2026-11" in text_of(wrong)


def test_the_json_file_has_the_hash_that_stands_on_the_page(house: House) -> None:
    house.published()
    file = house.call("", "GET", "/editions/2026-03/document")
    found = hashlib.sha256(file.data).hexdigest()
    assert found in house.page("/editions/2026-03").text
    assert found == house.call("", "GET", "/editions/2026-03").json["document_hash"]
    assert json.loads(file.data)["items"][0]["budget_fen"] == 20_000_000
    with house.app.app_context(), transaction(app_engine()) as session:
        demand = session.query(Demand).filter_by(code=house.codes[0]).one()
        demands.cancel(session, demand, reason="项目取消", now=at("2026-03-06"),
                       actor=session.get_one(User, house.people["buyer1"]))
    assert house.call("", "GET", "/editions/2026-03/document").data == file.data
    assert "已撤回：项目取消" in text_of(house.page("/editions/2026-03"))
    assert [one["reason"] for one in house.call("", "GET", "/editions/2026-03").json["cancelled"]] == ["项目取消"]


def test_the_list_as_csv_excel_and_paper(house: House) -> None:
    house.published()
    csv = house.page("/editions/2026-03/csv/export").data.decode("utf-8-sig").splitlines()
    assert len(csv) == 3
    assert "200000.00" in csv[1]
    assert ",'=读水表," in csv[2]  # no spreadsheet takes it for a formula
    sheet = load_workbook(io.BytesIO(house.page("/editions/2026-03/xlsx/export", lang="en").data)).active
    assert [cell.value for cell in sheet[1]][:4] == ["No.", "Track", "Code", "Demand"]
    assert sheet.cell(2, 7).value == 200_000
    for lang in ("zh", "en"):
        paper = house.page(f"/editions/2026-03/pdf/export?lang={lang}")
        assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")
        assert paper.data == house.page(f"/editions/2026-03/pdf/export?lang={lang}").data
    assert house.page("/editions/2026-03/exe/export").status_code == 404
    assert "测漏点" in house.page("/editions/2026-03/print").text


def parsed(data: bytes) -> xml.Element:
    return xml.fromstring(data)  # noqa: S314  what we have just written ourselves


@pytest.mark.parametrize("name", ["editions", "demands"])
def test_the_feeds_are_atom_with_absolute_links_and_lasting_ids(house: House, name: str) -> None:
    """RFC 4287: feed and entries have id, title and updated; entries an author and a link."""
    house.published()
    answer = house.call("", "GET", f"/feeds/{name}")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = parsed(answer.data)
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == {"editions": 1, "demands": 3}[name]
    for element in (feed, *entries):
        for child in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{child}")) == 1
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.find(f"{ATOM}id").text)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", element.find(f"{ATOM}updated").text)
    for entry in entries:
        assert entry.find(f"{ATOM}author/{ATOM}name").text
        assert entry.find(f"{ATOM}link[@rel='alternate']").get("href").startswith(f"{PUBLIC}/{name}/")
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == f"{PUBLIC}/api/v1/feeds/{name}"
    ids = [entry.find(f"{ATOM}id").text for entry in entries]
    assert len(set(ids)) == len(ids)
    again = parsed(house.call("", "GET", f"/feeds/{name}?lang=en").data)
    assert [entry.find(f"{ATOM}id").text for entry in again.findall(f"{ATOM}entry")] == ids


TENDER_STATUS = {"planning", "planned", "active", "cancelled", "unsuccessful", "complete", "withdrawn"}


def test_the_ocds_package_has_what_the_standard_requires(house: House) -> None:
    """OCDS 1.1: package uri, publisher, publishedDate, version; release ocid, id, date, tag, initiationType."""
    house.published()
    answer = house.call("", "GET", "/editions/2026-03/ocds")
    package = answer.json
    assert {"uri", "publisher", "publishedDate", "version", "releases"} <= package.keys()
    assert (package["version"], package["publisher"]["name"]) == ("1.1", "operator0 公司")
    assert package["uri"] == f"{PUBLIC}/api/v1/editions/2026-03/ocds"
    assert [release["tender"]["id"] for release in package["releases"]] == house.codes
    for release in package["releases"]:
        assert {"ocid", "id", "date", "tag", "initiationType"} <= release.keys()
        assert (release["initiationType"], release["tag"]) == ("tender", ["tender"])
        assert release["tender"]["status"] in TENDER_STATUS
        assert release["tender"]["value"] == {"amount": 200_000, "currency": "CNY"}
        assert "numberOfTenderers" not in release["tender"]  # bidding is open
        assert release["buyer"]["id"] in {party["id"] for party in release["parties"]}
    assert len({release["id"] for release in package["releases"]}) == 2


def test_the_recap_page_takes_a_day_and_refuses_one_to_come(house: House) -> None:
    house.published()
    assert "揭榜率" in text_of(house.page("/editions/2026-03/recap?as_of=2026-03-05"))
    for wrong in ("2026-03-06", "2026-03-04", "soon"):
        refused = house.page(f"/editions/2026-03/recap?as_of={wrong}")
        assert refused.status_code == 422, wrong
    assert house.call("", "GET", "/editions/2026-03/recap").json["listed"] == 2


def test_a_founder_subscribes_and_reads_of_the_edition(house: House) -> None:
    page = "/editions/subscription"
    sent = house.send("founder1", page, page, every="1", track_ids=[str(house.tracks["water"])])
    assert (sent.status_code, sent.location) == (303, page)
    assert house.call("founder1", "GET", "/edition-subscription").json == {"every": True, "tracks": ["water"]}
    house.call("founder2", "PUT", "/edition-subscription", {"track_ids": [house.tracks["making"]]})
    house.published()
    assert "2026-03 榜单（第 1 期）已发布，共 2 项需求" in text_of(house.page("/notices", "founder1"))
    assert "榜单（第" not in text_of(house.page("/notices", "founder2"))


def test_only_the_operator_composes_and_only_buyers_propose(house: House) -> None:
    body = {"month": "2026-03", "title_zh": "三", "title_en": "M"}
    for who, status in (("", 401), ("buyer1", 403), ("founder1", 403), ("operator0", 201)):
        assert house.call(who, "POST", "/editions", body).status_code == status
    for who, status in (("", 401), ("founder1", 403), ("operator0", 403), ("buyer2", 404), ("buyer1", 201)):
        answer = house.call(who, "POST", "/editions/2026-03/proposals", {"demand": house.codes[0]})
        assert answer.status_code == status, who
    for path in ("", "/document", "/ocds", "/recap"):
        assert house.call("buyer1", "GET", f"/editions/2026-03{path}").status_code == 404
    for path in ("/operator/editions", "/operator/editions/2026-03"):
        assert house.page(path, "buyer1").status_code == 403


def test_from_a_shell(house: House, tmp_path) -> None:
    house.published()
    run = house.app.test_cli_runner().invoke
    assert "2026-03\t1\tpublished\t2\t" in run(args=["editions", "list"]).output
    file = tmp_path / "edition.json"
    assert run(args=["editions", "export", "2026-03", "--out", str(file)]).exit_code == 0
    assert run(args=["editions", "verify", "2026-03", "--file", str(file)]).exit_code == 0
    file.write_bytes(file.read_bytes().replace(b"20000000", b"10000000"))
    assert run(args=["editions", "verify", "2026-03", "--file", str(file)]).exit_code == 1
    assert json.loads(run(args=["editions", "recap", "2026-03"]).output)["listed"] == 2
    assert run(args=["editions", "freeze", "2026-03"]).exit_code == 2
    assert run(args=["editions", "recap", "2031-01"]).exit_code == 2
