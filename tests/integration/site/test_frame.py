"""The frame of every page: home, navigation by role, language switch, error pages."""
from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace import create_app, site
from marketplace.accounts.models import Organisation, User
from marketplace.config import Settings
from marketplace.db import make_engine
from marketplace.demand.models import Demand
from marketplace.rules.lifecycle import DemandStatus

NOW = dt.datetime(2025, 9, 1, 2, tzinfo=dt.UTC)
FAR = dt.datetime(2999, 12, 31, 9, tzinfo=dt.UTC)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages look the same on every database; what they read is tested in its own folder."""
    return sqlite_url


@pytest.fixture
def board(settings: Settings) -> None:
    """Two published demands, one draft, one whose bids are closed."""
    engine = make_engine(settings.database_url)
    with Session(engine) as session, session.begin():
        buyer = Organisation(uscc="91320000MA00000001", name="临江重工集团", role="buyer",
                             payer_type="large_enterprise", created_at=NOW)
        for number, (title, status, days) in enumerate((
                ("焊缝缺陷识别", DemandStatus.ACTIVE, 45), ("云锦纹样数字化", DemandStatus.ACTIVE, None),
                ("还没公布的需求", DemandStatus.PLANNING, 30), ("已经截止的需求", DemandStatus.EVALUATION, 30))):
            public = status != DemandStatus.PLANNING
            session.add(Demand(
                code=f"JB-2025-{number:06d}", buyer=buyer, title=title, description="说明", budget_fen=12000050,
                duration_days=60, status=status, term_days=days, created_at=NOW, updated_at=NOW,
                published_at=NOW if public else None, bid_deadline=FAR if public else None,
                opened_at=NOW if status == DemandStatus.EVALUATION else None))
    engine.dispose()


def token(client: FlaskClient, path: str = "/") -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text).group(1)


@pytest.mark.usefixtures("board")
def test_the_home_page_shows_what_takes_bids_with_money_term_and_deadline(client: FlaskClient) -> None:
    page = client.get("/?lang=zh").text
    assert "焊缝缺陷识别" in page
    assert "云锦纹样数字化" in page
    assert "还没公布的需求" not in page
    assert "已经截止的需求" not in page
    assert "¥120,000.50" in page
    assert "45 天" in page
    assert "法定期限" in page
    assert "2999年12月31日 17:00" in page  # Beijing time


def test_an_empty_market_says_so_and_whose_turn_it_is(client: FlaskClient) -> None:
    page = client.get("/?lang=zh").text
    assert "这一期还没有需求" in page
    assert "公布本期需求" in page


@pytest.mark.parametrize(("address", "told"), [("operator@demo.jiebang.example", True), ("ops@park.example.cn", False)])
def test_only_a_demo_market_calls_itself_one(client: FlaskClient, settings: Settings, address: str, told: bool) -> None:
    engine = make_engine(settings.database_url)
    with Session(engine) as session, session.begin():
        operator = Organisation(uscc="91320000MA00000002", name="运营中心", role="operator", created_at=NOW)
        session.add(User(organisation=operator, email=address, display_name="运营", password_hash="x", created_at=NOW))
    engine.dispose()
    assert ("这是演示市场" in client.get("/?lang=zh").text) is told


def test_the_promise_names_its_law(client: FlaskClient) -> None:
    for lang, law in (("zh", "国务院令第802号，2025年6月1日起施行）第九条"),
                      ("en", "Decree 802, in force since 1 June 2025), Articles 9")):
        assert law in client.get(f"/?lang={lang}").text


@pytest.mark.parametrize(("role", "offered", "kept_away"), [
    ("operator", {"/operator", "/operator/audit"}, {"/buyer", "/founder"}),
    ("founder", {"/notices"}, {"/operator", "/operator/audit", "/buyer", "/projects"}),
    ("buyer", {"/notices"}, {"/operator", "/founder", "/founder/bids"}),
    (None, set(), {"/operator", "/buyer", "/founder", "/contracts", "/notices"}),
])
def test_people_are_led_only_where_their_role_may_go(
        app: Flask, role: str | None, offered: set[str], kept_away: set[str]) -> None:
    with app.test_request_context("/"):
        hrefs = {entry["href"] for entry in site.navigation(role)}
    assert offered <= hrefs
    assert not hrefs & kept_away


@pytest.mark.parametrize(("path", "marked"), [
    ("/operator", {"/operator": "page"}), ("/operator/audit", {"/operator/audit": "page"}),
    ("/operator/audit/contract/7", {"/operator/audit": "true"}), ("/", {}), ("/operators", {})])
def test_the_navigation_marks_where_the_reader_is(app: Flask, path: str, marked: dict[str, str]) -> None:
    with app.test_request_context(path):
        assert {entry["href"]: entry["current"] for entry in site.navigation("operator") if entry["current"]} == marked


def test_the_language_is_switched_kept_and_the_reader_stays_on_the_page(client: FlaskClient) -> None:
    answer = client.post("/language", data={
        "csrf_token": token(client), "lang": "en", "next": "/signin?next=/account&lang=zh"})
    assert (answer.status_code, answer.location) == (303, "/signin?next=%2Faccount")
    page = client.get("/").text
    assert '<html lang="en"' in page
    assert '<html lang="zh-CN"' in client.get("/?lang=zh").text


@pytest.mark.parametrize("target", [
    "", "https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)",
    "http://[", "/no-such-page", "/signout"])
def test_the_language_switch_never_leads_off_the_site_or_to_a_page_that_cannot_be_opened(
        client: FlaskClient, target: str) -> None:
    answer = client.post("/language", data={"csrf_token": token(client), "lang": "zh", "next": target})
    assert answer.location == "/"


def test_the_language_switch_refuses_an_unknown_language_and_a_forged_form(client: FlaskClient) -> None:
    assert client.post("/language", data={"csrf_token": token(client), "lang": "fr"}).status_code == 400
    assert client.post("/language", data={"lang": "en"}).status_code == 400
    assert client.get_cookie("language") is None


@pytest.mark.parametrize(("lang", "words"), [
    ("zh", ("404", "没有找到", "接下来怎么办")), ("en", ("404", "not found", "what to do next"))])
def test_an_error_page_says_what_happened_and_what_to_do_next(
        client: FlaskClient, lang: str, words: tuple[str, ...]) -> None:
    answer = client.get(f"/no-such-page?lang={lang}")
    assert answer.status_code == 404
    assert all(word in answer.text.lower() for word in words)
    assert client.get("/language").status_code == 405


def test_the_style_guide_is_not_part_of_the_product(settings: Settings) -> None:
    product = create_app(dataclasses.replace(settings, testing=False, debug=False))
    assert "styleguide.show" not in product.view_functions
