"""Suggested founders, matches and invitations through the pages and the API."""
from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace import clock, jobs
from marketplace.db import transaction
from marketplace.founders import operations as founders
from marketplace.founders import queries
from marketplace.suggestions import operations
from tests.integration.founders import people
from tests.integration.founders.browsing import bearer, populated, post, sign_in, text


@pytest.fixture
def house(app: Flask) -> Flask:
    """A demand of buyer1 still open, matched with founder1 (leaks), founder2 (posters), founder3 (at home only)."""
    def make(session: Session, password_hash: str) -> str:
        now = clock.utc_now()
        anchor = people.buyer(session, 1, payer_type="government", password_hash=password_hash)
        people.buyer(session, 2, password_hash=password_hash)
        for number, profile in enumerate((people.LEAKS, people.POSTERS, people.AT_HOME), start=1):
            people.founder(session, number, profile=profile, password_hash=password_hash, now=now)
        demand = people.leak_demand(session, anchor, now=now, deadline=now + dt.timedelta(days=20),
                                    term_days=30)
        operations.refresh(session, demand.id, now=now)
        return demand.code

    app.extensions["code"] = populated(app, make)
    return app


def change_profile_of_founder2(house: Flask) -> None:
    with house.app_context(), transaction() as session:
        person = queries.all_profiles(session)[1].founder
        founders.save_profile(session, people.AT_HOME, actor=person.people[0], now=clock.utc_now())


def page_of(house: Flask) -> str:
    return f"/demands/{house.extensions['code']}/founders"


def test_the_buyer_sees_who_fits_and_why_and_whom_a_requirement_left_out(house: Flask) -> None:
    shown = sign_in(house, "buyer1@example.com").get(page_of(house))
    page = text(shown)
    said = ("给水管网漏损定位", "自来水公司品牌海报", "因硬性条件未推荐的创始人（1）")
    places = [page.index(words) for words in said]
    assert places == sorted(places)
    assert "县城水司漏损普查" in page
    assert page.index("因硬性条件未推荐的创始人") < page.index("只能在家")
    assert "<details" in shown.get_data(as_text=True)


def test_nobody_else_sees_the_suggestions_of_a_demand(house: Flask) -> None:
    url = page_of(house)
    assert sign_in(house, "buyer2@example.com").get(url).status_code == 404
    assert sign_in(house, "founder1@example.com").get(url).status_code == 403
    client = house.test_client()
    assert client.get(url).status_code == 302
    api = f"/api/v1/demands/{house.extensions['code']}/suggestions"
    assert [client.get(api, headers=bearer(who)).status_code for who in ("buyer2", "founder1")] == [404, 403]


def test_an_invited_founder_sees_it_on_the_desk_and_is_invited_only_once(house: Flask) -> None:
    buyer, founder = sign_in(house, "buyer1@example.com"), sign_in(house, "founder1@example.com")
    url = f"{page_of(house)}/1/invite"
    assert post(buyer, url, {"note": "看过您在县城的案例"}, page=page_of(house)).status_code == 303
    assert "已邀请" in text(buyer.get(page_of(house)))
    again = post(buyer, url, {"note": "再请一次"}, page=page_of(house))
    assert again.status_code == 409
    assert "每条需求只邀请一次" in text(again)
    assert "回应buyer1 公司的邀请" in text(founder.get("/founder"))
    assert "看过您在县城的案例" in text(founder.get("/founder/matches"))


def test_another_buyer_cannot_invite_for_a_demand_that_is_not_theirs(house: Flask) -> None:
    other = sign_in(house, "buyer2@example.com")
    assert post(other, f"{page_of(house)}/1/invite", page="/account").status_code == 404
    own = sign_in(house, "buyer1@example.com")
    assert post(own, f"{page_of(house)}/{10**30}/invite", page="/account").status_code == 404


def test_a_founder_reads_who_pays_when_and_how_they_paid_before_the_reasons(house: Flask) -> None:
    page = text(sign_in(house, "founder1@example.com").get("/founder/matches"))
    said = ("先看付款", "机关", "验收合格之日起 30 天内付款", "在本平台还没有到期的付款", "合适的理由")
    places = [page.index(words) for words in said]
    assert places == sorted(places)


def test_a_vetoed_founder_reads_why_the_demand_is_not_for_them(house: Flask) -> None:
    page = text(sign_in(house, "founder3@example.com").get("/founder/matches"))
    assert page.index("不适合您的需求，以及原因（1）") < page.index("只能在家")
    assert "合适的理由" not in page


def test_saving_a_better_profile_brings_the_demand_within_moments(house: Flask) -> None:
    client = sign_in(house, "founder3@example.com")
    post(client, "/founder/profile", {"headline": "管网漏损定位", "skills": "漏损定位、声学检测", "remote_ok": "1",
                                      "bio": "带设备到现场查漏，开挖全程配合。"}, page="/founder/profile")
    jobs.drain(house)
    page = text(client.get("/founder/matches"))
    assert "合适的理由" in page
    assert "不适合您的需求" not in page


def test_a_page_whose_inputs_have_changed_says_that_matching_is_being_done_anew(house: Flask) -> None:
    change_profile_of_founder2(house)
    founder, buyer = sign_in(house, "founder1@example.com"), sign_in(house, "buyer1@example.com")
    assert "正在重新匹配" in text(founder.get("/founder/matches"))
    assert "正在重新匹配" in text(buyer.get(page_of(house)))
    jobs.drain(house)
    assert "正在重新匹配" not in text(buyer.get(page_of(house)))
    assert "正在重新匹配" not in text(founder.get("/founder/matches"))


def test_the_operator_computes_what_is_out_of_date_from_a_shell(house: Flask) -> None:
    runner = house.test_cli_runner()
    assert "0 demands" in runner.invoke(args=["matching", "refresh"]).output
    change_profile_of_founder2(house)
    done = runner.invoke(args=["matching", "refresh"])
    assert (done.exit_code, "1 demands" in done.output) == (0, True)


def test_programs_get_the_same_with_parts_that_add_up(house: Flask) -> None:
    client = house.test_client()
    url = f"/api/v1/demands/{house.extensions['code']}"
    first = client.get(f"{url}/suggestions?limit=1", headers=bearer("buyer1")).json
    assert [one["founder"] for one in first["items"]] == ["founder1 公司"]
    rest = client.get(f"{url}/suggestions?after={first['next']}", headers=bearer("buyer1")).json
    assert [one["rank"] for one in rest["items"]] == [2]
    assert rest["next"] is None
    [best] = first["items"]
    assert sum(part["value"] for part in best["contributions"]) == pytest.approx(best["score"])
    [match] = client.get("/api/v1/matches", headers=bearer("founder1")).json["items"]
    assert (match["code"], match["payment_term_days"], match["score"]) == (
        house.extensions["code"], 30, pytest.approx(best["score"]))
    assert client.get("/api/v1/matches?after=99999999999999999999", headers=bearer("founder1")).status_code == 422


def test_a_program_invites_once_and_a_repeat_with_the_same_key_gets_the_first_answer(house: Flask) -> None:
    client = house.test_client()
    url, key = f"/api/v1/demands/{house.extensions['code']}/invitations", bearer("buyer1") | {"Idempotency-Key": "a1"}
    body = {"profile_id": 2, "note": "请看一看"}
    first, repeat = (client.post(url, json=body, headers=key) for _ in range(2))
    assert (first.status_code, repeat.status_code) == (201, 201)
    assert first.json == repeat.json
    assert first.json["founder"] == "founder2 公司"
    other = client.post(url, json=body, headers=bearer("buyer1"))
    assert (other.status_code, other.json["code"]) == (409, "invitation.already")
    assert client.post(url, json={"profile_id": 10**30}, headers=bearer("buyer1")).status_code == 422


def test_the_pages_read_in_english_too(house: Flask) -> None:
    buyer, founder = sign_in(house, "buyer1@example.com"), sign_in(house, "founder1@example.com")
    assert "Has done similar work" in text(buyer.get(f"{page_of(house)}?lang=en"))
    assert "Payment first" in text(founder.get("/founder/matches?lang=en"))
    assert "fit you best" in text(founder.get("/founder?lang=en"))
