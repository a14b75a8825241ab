"""The founder's desk, the profile editor without JavaScript, the import, and what others see."""
from __future__ import annotations

import io
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace import jobs
from marketplace.db import reading
from marketplace.founders import queries
from marketplace.rules import uscc
from tests.integration.founders import people
from tests.integration.founders.browsing import bearer, populated, post, sign_in, text

FILLED = {
    "headline": "给水管网漏损定位", "bio": "做了八年漏损控制。", "region": "江苏省苏州市",
    "skills": "漏损定位、声学检测\n水力模型", "industries": "水的生产和供应业", "languages": "中文，英语",
    "certifications": "", "day_rate": "1,200.50",
    "capacity_days_per_month": "20", "remote_ok": "1", "past_cases.0.title": "县城水司漏损普查",
    "past_cases.0.summary": "漏损率从21%降到12%", "past_cases.1.title": "", "past_cases.1.summary": ""}


@pytest.fixture
def house(app: Flask) -> Flask:
    """buyer1, founder1 without a profile, founder2 with one, operator1."""
    def make(session: Session, password_hash: str) -> None:
        people.buyer(session, 1, password_hash=password_hash)
        people.founder(session, 1, password_hash=password_hash)
        people.founder(session, 2, profile=people.LEAKS, password_hash=password_hash)
        people.operator(session, password_hash=password_hash)

    populated(app, make)
    return app


@pytest.fixture
def founder(house: Flask) -> FlaskClient:
    return sign_in(house, "founder1@example.com")


def stored(house: Flask, number: int = 1):
    with house.app_context(), reading() as session:
        return next((one for one in queries.all_profiles(session) if one.founder.name == f"founder{number} 公司"), None)


def test_a_new_founders_desk_says_what_to_do_first(founder: FlaskClient) -> None:
    page = text(founder.get("/founder"))
    assert "写一句话介绍，保存能力档案" in page
    assert "0/9" in page


def test_a_saved_profile_is_what_was_typed_in_yuan_words_and_days(house: Flask, founder: FlaskClient) -> None:
    assert post(founder, "/founder/profile", FILLED, page="/founder/profile").location == "/founder"
    jobs.drain(house)
    kept = stored(house)
    assert (kept.skills, kept.languages) == (["漏损定位", "声学检测", "水力模型"], ["中文", "英语"])
    assert (kept.day_rate_fen, kept.capacity_days_per_month, kept.remote_ok) == (120_050, 20, True)
    assert [case.title for case in kept.past_cases] == ["县城水司漏损普查"]
    page = founder.get("/founder/profile").get_data(as_text=True)
    assert 'value="1200.50"' in page
    assert 'value="县城水司漏损普查"' in page


def test_everything_wrong_is_told_beside_its_field_and_all_typed_is_kept(house: Flask, founder: FlaskClient) -> None:
    wrong = FILLED | {"headline": "", "day_rate": "一千二", "capacity_days_per_month": "40", "past_cases.0.title": "",
                      "related_usccs": "91320500MAF000011A", "bio": "<b>不做外包</b>"}
    answer = post(founder, "/founder/profile", wrong, page="/founder/profile")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for name in ("headline", "day_rate", "capacity_days_per_month", "past_cases.0.title", "related_usccs"):
        assert f'href="#f-{name}"' in page
        assert f'id="f-{name}-error"' in page
    assert "漏损率从21%降到12%" in page
    assert "&lt;b&gt;不做外包" in page
    assert stored(house) is None


def test_cases_are_added_and_removed_without_losing_what_was_typed(house: Flask, founder: FlaskClient) -> None:
    added = post(founder, "/founder/profile", FILLED | {"past_cases.1.title": "开发区", "add_case": "1"},
                 page="/founder/profile").get_data(as_text=True)
    assert 'name="past_cases.2.title"' in added
    assert 'value="开发区"' in added
    removed = post(founder, "/founder/profile", FILLED | {"past_cases.1.title": "开发区", "remove_case": "0"},
                   page="/founder/profile").get_data(as_text=True)
    assert 'value="县城水司漏损普查"' not in removed
    assert re.search(r'name="past_cases.0.title"\s+value="开发区"', removed)
    assert 'name="past_cases.1.title"' not in removed
    assert stored(house) is None, "nothing is saved by adding or removing a row"


def test_the_enter_key_saves_it_does_not_remove_a_case(founder: FlaskClient) -> None:
    page = founder.get("/founder/profile").get_data(as_text=True)
    form = page[page.index('action="/founder/profile"'):]
    first = re.search(r"<button[^>]*>", form)[0]
    assert "name=" not in first


def upload(client: FlaskClient, data: bytes, name: str = "me.jsonl"):
    return post(client, "/founder/profile/import", {"file": (io.BytesIO(data), name)}, page="/founder/profile/import",
                content_type="multipart/form-data")


def test_an_exported_profile_can_be_imported_by_another_company(house: Flask, founder: FlaskClient) -> None:
    other = sign_in(house, "founder2@example.com")
    exported = other.get("/founder/profile/export").get_data()
    assert json.loads(exported)["headline"] == people.LEAKS.headline
    assert upload(founder, exported).location == "/founder"
    jobs.drain(house)
    assert stored(house, 1).bio == stored(house, 2).bio


def test_a_bad_file_is_refused_with_line_field_and_reason(house: Flask, founder: FlaskClient) -> None:
    answer = upload(founder, json.dumps({"bio": "x", "day_rate_fen": "贵"}).encode())
    assert answer.status_code == 422
    told = text(answer)
    assert "headline" in told
    assert "day_rate_fen" in told
    assert stored(house) is None
    for data in (b"", b"\x00\xff", b"[]", b"{" * 5000):
        assert upload(founder, data).status_code == 422
    assert post(founder, "/founder/profile/import", page="/founder").status_code == 422


def test_others_see_the_profile_buyers_the_day_rate_too_and_nobody_the_declared_interests(house: Flask) -> None:
    client = sign_in(house, "founder2@example.com")
    related = uscc.complete("91110108MA012345")
    post(client, "/founder/profile", FILLED | {"related_usccs": related}, page="/founder/profile")
    jobs.drain(house)
    url = f"/founders/{stored(house, 2).id}"
    for who, sees_rate in (("founder2", True), ("buyer1", True), ("operator1", True), ("founder1", False)):
        page = text(sign_in(house, f"{who}@example.com").get(url))
        assert "县城水司漏损普查" in page
        assert ("¥1,200.50" in page) is sees_rate
        assert related not in page
    assert house.test_client().get(url).status_code == 302


def test_the_directory_finds_founders_by_words(house: Flask) -> None:
    client = sign_in(house, "buyer1@example.com")
    assert "founder2 公司" in text(client.get("/founders?q=漏损"))
    assert "没有找到" in text(client.get("/founders?q=100%25"))
    assert client.get("/founders?after=99999999999999999999").status_code == 200


def test_a_founder_who_is_not_there_is_not_found(house: Flask) -> None:
    client = sign_in(house, "buyer1@example.com")
    assert {client.get(f"/founders/{number}").status_code for number in (0, 99, 10**30)} == {404}


def test_a_program_edits_the_profile_under_the_version_it_read(house: Flask) -> None:
    client, key = house.test_client(), bearer("founder1")
    assert client.get("/api/v1/profile", headers=key).status_code == 404
    made = client.put("/api/v1/profile", json={"headline": "找漏水", "day_rate_fen": 100}, headers=key)
    assert (made.status_code, made.headers["ETag"], made.json["day_rate_fen"]) == (200, '"1"', 100)
    body = {"headline": "查管网"}
    assert client.put("/api/v1/profile", json=body, headers=key).status_code == 428
    assert client.put("/api/v1/profile", json=body, headers=key | {"If-Match": '"7"'}).status_code == 412
    saved = client.put("/api/v1/profile", json=body, headers=key | {"If-Match": '"1"'})
    assert (saved.status_code, saved.json["headline"], saved.headers["ETag"]) == (200, "查管网", '"2"')
    wrong = client.put("/api/v1/profile", json={"day_rate_fen": "x", "past_cases": [{}]}, headers=key)
    assert {problem["field"] for problem in wrong.json["errors"]} == {"headline", "day_rate_fen", "past_cases.0.title"}
    assert client.get("/api/v1/profile", headers=bearer("buyer1")).status_code == 403
    jobs.drain(house)


def test_the_operator_imports_profiles_from_a_shell_or_sees_every_bad_line(house: Flask, tmp_path) -> None:
    file = tmp_path / "profiles.jsonl"
    codes = [stored(house, 2).founder.uscc, uscc.complete("91110108MA012345")]
    file.write_text("\n".join(json.dumps({"uscc": code, "headline": "找漏水"}) for code in codes), encoding="utf-8")
    refused = house.test_cli_runner().invoke(args=["import", "profiles", str(file)])
    assert refused.exit_code == 2
    assert f"{file}:2: uscc" in refused.output
    file.write_text(json.dumps({"uscc": codes[0], "headline": "找漏水"}), encoding="utf-8")
    done = house.test_cli_runner().invoke(args=["import", "profiles", str(file)])
    assert (done.exit_code, stored(house, 2).headline) == (0, "找漏水")
    missing = house.test_cli_runner().invoke(args=["import", "profiles", str(tmp_path / "none.jsonl")])
    assert (missing.exit_code, missing.output.count("\n")) == (2, 1)


def test_the_pages_read_in_english_too(house: Flask) -> None:
    client = sign_in(house, "founder2@example.com")
    for url in ("/founder", "/founder/profile", "/founder/profile/import"):
        answer = client.get(f"{url}?lang=en")
        assert answer.status_code == 200
        assert '<html lang="en"' in answer.get_data(as_text=True)
