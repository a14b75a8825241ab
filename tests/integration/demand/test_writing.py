"""The form of a demand in the browser: kept unfinished, saved by itself, both values shown when two people save."""
from __future__ import annotations

import re

import pytest

from marketplace.db import transaction
from marketplace.demand import operations
from marketplace.demand.drafts import TermsDraft
from marketplace.demand.imports import read_demands
from tests.integration.demand.conftest import NOW
from tests.integration.demand.test_pages import DEMAND, own, written


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def tokens(page: str) -> dict[str, str]:
    """The versions a form was read at."""
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("form_version", "form_base")}


def test_what_is_unfinished_is_kept_listed_and_finished_later(app, visit) -> None:
    buyer = visit("large_enterprise")
    assert buyer.post("/demands/new", {"do": "keep", "scene": "老城区"}).status_code == 422  # a title is the least
    kept = buyer.post("/demands/new", {"do": "keep-size", "title": "管网漏损定位", "budget": "再议"})
    assert (kept.status_code, kept.location.partition("#")[2]) == (303, "size")
    path = kept.location.partition("#")[0]
    assert own(app, buyer) == []
    assert f'href="{path}"' in buyer.client.get("/buyer").text
    page = buyer.client.get(path).text
    assert 'value="再议"' in page
    for lacking in ("scene", "data_offered", "description", "budget", "duration_days", "acceptance_criteria"):
        assert f'href="#f-{lacking}"' in page
    refused = buyer.post(path, tokens(page) | {"do": "save", "title": "管网漏损定位", "scene": "老城",
                                          "budget": "再议"})
    assert refused.status_code == 422
    page = buyer.client.get(path).text
    assert "老城</textarea>" in page  # what could not become a draft was kept all the same
    done = buyer.post(path, DEMAND | tokens(page) | {"do": "save"})
    assert done.status_code == 303
    [demand] = own(app, buyer)
    assert done.location == f"/demands/{demand.code}"
    assert buyer.client.get(path).status_code == 404


def test_a_form_saves_itself_and_stops_when_a_colleague_saved(visit) -> None:
    buyer, saves = visit("large_enterprise"), {"X-Autosave": "1"}
    first = buyer.post("/demands/new", {"do": "keep", "title": "漏损"}, headers=saves).json
    assert (first["version"], first["action"]) == (1, "/demands/unfinished/1")
    assert "#f-scene" in first["missing"]
    read = {"do": "keep", "form_version": "1", "form_base": ""}
    again = buyer.post(first["action"], read | {"title": "漏损", "scene": "同事写的"}, headers=saves)
    assert (again.json["version"], again.json["status"]) == (2, "已自动保存 09:30")
    late = buyer.post(first["action"], read | {"title": "漏损", "scene": "我写的"}, headers=saves)
    assert late.status_code == 409
    both = buyer.post(first["action"], read | {"title": "漏损", "scene": "我写的"})
    assert both.status_code == 409
    assert "同事写的" in both.text
    assert "我写的</textarea>" in both.text
    mine = buyer.post(first["action"], read | tokens(both.text) | {"title": "漏损", "scene": "我写的"})
    assert mine.status_code == 303
    assert "我写的</textarea>" in buyer.client.get(first["action"]).text


def test_two_people_with_one_draft_open_never_lose_what_the_other_saved(app, visit) -> None:
    buyer = visit("large_enterprise")
    code = written(buyer)
    path = f"/demands/{code}/edit"
    read = tokens(buyer.client.get(path).text)
    assert buyer.post(path, DEMAND | read | {"do": "save", "budget": "20万"}).status_code == 303
    late = buyer.post(path, DEMAND | read | {"do": "save", "title": "漏损普查"})
    assert late.status_code == 409
    assert "200000" in late.text
    assert own(app, buyer)[0].budget_fen == 20_000_000
    assert buyer.post(path, DEMAND | tokens(late.text) | {"do": "save", "title": "漏损普查"}).status_code == 303
    assert (own(app, buyer)[0].title, own(app, buyer)[0].budget_fen) == ("漏损普查", 18_000_000)


def test_a_change_is_kept_beside_the_draft_and_thrown_away_without_touching_it(app, visit) -> None:
    buyer = visit("large_enterprise")
    code = written(buyer)
    path = f"/demands/{code}/edit"
    kept = buyer.post(path, tokens(buyer.client.get(path).text) | {"do": "keep", "title": "漏损普查"})
    assert kept.status_code == 303
    assert own(app, buyer)[0].title == "管网漏损定位"
    assert 'value="漏损普查"' in buyer.client.get(path).text
    form = re.search(r"/demands/unfinished/\d+/discard", buyer.client.get(path).text)[0]
    assert buyer.post(form, page=form).status_code == 303
    assert 'value="管网漏损定位"' in buyer.client.get(path).text


def test_other_organisations_never_find_an_unfinished_form(visit) -> None:
    buyer, other = visit("large_enterprise"), visit("government")
    path = buyer.post("/demands/new", {"do": "keep", "title": "漏损"}).location.partition("#")[0]
    for door in (path, f"{path}/discard"):
        assert other.client.get(door).status_code == 404
        assert other.post(door, {"do": "keep", "title": "抢"}, page="/demands/new").status_code == 404


def test_an_old_posting_is_copied_from_its_page_and_through_the_api(app, visit) -> None:
    buyer, other = visit("large_enterprise"), visit("government")
    code = written(buyer, external_ref="WX-1")
    answer = buyer.post(f"/demands/{code}/copy", page=f"/demands/{code}")
    assert answer.status_code == 303
    assert code in buyer.client.get(answer.location.removesuffix("/edit")).text
    made = buyer.api("POST", f"/demands/{code}/copy")
    assert (made.status_code, made.json["copied_from"], made.json["external_ref"], made.json["bid_deadline"]) == (
        201, code, None, None)
    assert len(own(app, buyer)) == 3
    assert other.post(f"/demands/{code}/copy", page="/demands/new").status_code == 404


def test_small_orders_say_their_terms_and_are_found_by_the_filter(visit) -> None:
    buyer = visit("large_enterprise")
    half = buyer.post("/demands/new", DEMAND | {"minimum_batch": "100"})
    assert half.status_code == 422
    assert 'id="f-minimum_batch_unit-error"' in half.text
    code = written(buyer, response_hours="24", minimum_batch="100", minimum_batch_unit="张")
    page = buyer.client.get(f"/demands/{code}").text
    assert "100 张起" in page
    assert "24 小时内答复" in page


@pytest.mark.parametrize("ext", ["jsonl", "csv", "xlsx"])
def test_an_exported_list_imports_again_and_changes_nothing(app, visit, ext) -> None:
    buyer = visit("large_enterprise")
    written(buyer, external_ref="WX-1", response_hours="24", minimum_batch="100", minimum_batch_unit="张")
    written(buyer, title="没有本单位编号的")
    data = buyer.client.get(f"/demands/mine.{ext}").data
    terms = TermsDraft(acceptance_period_days=15)
    with app.app_context(), transaction() as session:
        done = operations.import_demands(session, read_demands(data, f"mine.{ext}", terms).drafts, actor=buyer.user,
                                         now=NOW)
        assert {demand.external_ref for demand in done.unchanged} == {"WX-1", None}
        assert not done.created + done.updated
