"""/api/v1/demands and /api/v1/projects: the same rules through an API key, on both databases."""
from __future__ import annotations

import io
import json

import pytest

from tests.integration.demand.conftest import BUYER_PASSPHRASE

BODY = {"title": "管网漏损定位", "scene": "老城区", "data_offered": "不提供",
        "acceptance_criteria": ["开挖十处，命中八处以上"],
        "description": "三个月内缩小到五十米以内。", "budget_fen": 18000000,
        "duration_days": 90, "deliverables": ["漏点清单"], "acceptance_period_days": 15, "external_ref": "WX-1",
        "criteria": [{"name": "方案", "kind": "quality", "weight": 70},
                     {"name": "价格", "kind": "price", "weight": 30}]}
PUBLISH = {"bid_deadline": "2026-03-16T17:00:00+08:00", "passphrase": BUYER_PASSPHRASE, "unclassified": True}
LIST = "".join(json.dumps({"id": f"L-{n}", "title": f"需求{n}", "description": "做", "budget_fen": 1000000,
                           "deadline_days": 30, "deliverables": ["报告"]}, ensure_ascii=False) + "\n"
               for n in (1, 2, 3))


def on_the_list(buyer, operator, path):
    """Handed in by the buyer, published by the operator."""
    handed_in = buyer.api("POST", f"{path}/submit", json=PUBLISH)
    assert (handed_in.status_code, handed_in.json["status"]) == (200, "review"), handed_in.text
    return operator.api("POST", f"{path}/publish", json={})


def test_a_demand_is_created_read_changed_and_published(visit) -> None:
    buyer, founder = visit("large_enterprise"), visit("founder")
    made = buyer.api("POST", "/demands", json=BODY)
    assert made.status_code == 201, made.text
    path = f"/demands/{made.json['code']}"
    assert founder.api("GET", path).status_code == 404
    read = buyer.api("GET", path)
    assert read.json["terms"] | {"days": 60, "agreed": False, "term_article": "CN-802/9-2"} == read.json["terms"]
    changed = buyer.api("PATCH", path, json={"budget_fen": 20000000}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.status_code, changed.json["budget_fen"], changed.json["title"]) == (200, 20000000, "管网漏损定位")
    published = on_the_list(buyer, visit("operator"), path)
    assert (published.status_code, published.json["status"]) == (200, "active"), published.text
    assert published.json["bid_deadline"].startswith("2026-03-16T09:00:00")
    assert founder.api("GET", path).json["title"] == "管网漏损定位"
    late = buyer.api("PATCH", path, json={"title": "x"}, headers={"If-Match": published.headers["ETag"]})
    assert late.status_code == 409


def test_an_edit_names_the_version_that_was_read(visit) -> None:
    buyer = visit("large_enterprise")
    path = f"/demands/{buyer.api('POST', '/demands', json=BODY).json['code']}"
    tag = buyer.api("GET", path).headers["ETag"]
    assert buyer.api("PATCH", path, json={"title": "一"}).status_code == 428
    assert buyer.api("PATCH", path, json={"title": "一"}, headers={"If-Match": tag}).status_code == 200
    stale = buyer.api("PATCH", path, json={"title": "二"}, headers={"If-Match": tag})
    assert (stale.status_code, buyer.api("GET", path).json["title"]) == (412, "一")


def test_the_same_idempotency_key_makes_one_demand(visit) -> None:
    buyer, body = visit("large_enterprise"), {name: value for name, value in BODY.items() if name != "external_ref"}
    made = [buyer.api("POST", "/demands", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert made[0].json == made[1].json
    assert len(buyer.api("GET", "/demands?mine=true").json["items"]) == 1


def test_a_public_bodys_75_days_are_refused_as_problem_json_with_the_article(visit) -> None:
    answer = visit("government").api("POST", "/demands", json=BODY | {"term_days": 75})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    (error,) = answer.json["errors"]
    assert (error["field"], error["code"]) == ("term_days", "terms.public_over_60")
    assert "第九条第一款" in error["message"]


MEANINGLESS = (
    ({"budget_fen": 1.5}, "budget_fen"), ({"budget_fen": 10**30}, "budget_fen"),
    ({"duration_days": 10**30}, "duration_days"),
    ({"title": "\ud800"}, "title"), ({"criteria": []}, "criteria"), ({"term_days": -1}, "term_days"),
    ({"criteria": [{"name": "价格", "kind": "price", "weight": 99}]}, "criteria"), ({"colour": "red"}, "colour"),
    ({"late_rate_value": "4"}, "late_rate_unit"), ({"start_basis": "weather"}, "start_basis"))


def test_a_body_that_cannot_be_meant_is_refused_by_its_field(visit) -> None:
    buyer = visit("large_enterprise")
    for said, field in MEANINGLESS:
        answer = buyer.api("POST", "/demands", data=json.dumps(BODY | said), content_type="application/json")
        assert answer.status_code == 422, said
        assert field in {error["field"].partition(".")[0] for error in answer.json["errors"]}, answer.json
    assert buyer.api("GET", "/demands?mine=true").json["items"] == []


def test_the_list_is_searched_filtered_and_paged(visit) -> None:
    buyer, operator = visit("large_enterprise"), visit("operator")
    for n, region in enumerate(("江苏省", "浙江省", "江苏省")):
        code = buyer.api("POST", "/demands", json=BODY | {"external_ref": str(n), "region": region}).json["code"]
        on_the_list(buyer, operator, f"/demands/{code}")
    first = buyer.api("GET", "/demands?region=江苏&limit=1").json
    second = buyer.api("GET", f"/demands?region=江苏&limit=1&after={first['next']}").json
    assert [page["items"][0]["external_ref"] for page in (first, second)] == ["2", "0"]
    assert second["next"] is None
    assert len(buyer.api("GET", "/demands?q=漏损").json["items"]) == 3


ODD = ("after=99999999999999999999", "after=-1", "after=x", "q=" + "%25" * 200, "q=%00", "industry=%27", "after=²",
       "region=%5C")


def test_odd_searches_never_fail(app, visit) -> None:
    stranger, founder = app.test_client(), visit("founder")
    for query in ODD:
        assert stranger.get(f"/demands?{query}").status_code == 200, query
        assert founder.api("GET", f"/demands?{query}").status_code in (200, 422), query


@pytest.mark.parametrize("how", ["multipart", "body"])
def test_a_list_is_imported_from_a_file_or_as_the_body_and_again_without_change(visit, how) -> None:
    buyer = visit("large_enterprise")

    def send():
        sent = {"data": {"file": (io.BytesIO(LIST.encode()), "list.jsonl")}} if how == "multipart" else {
            "data": LIST.encode(), "content_type": "application/x-ndjson"}
        return buyer.api("POST", "/demands/import?acceptance_period_days=15&term_days=45", **sent)

    first, again = send(), send()
    assert (first.status_code, len(first.json["created"])) == (201, 3), first.text
    assert (again.json["created"], sorted(again.json["unchanged"])) == ([], sorted(first.json["created"]))


def test_a_list_with_a_bad_row_is_refused_whole_with_row_and_field(visit) -> None:
    buyer = visit("large_enterprise")
    answer = buyer.api("POST", "/demands/import?acceptance_period_days=15", data=(LIST + '{"title": 1}\n').encode(),
                       content_type="application/x-ndjson")
    assert answer.status_code == 422
    assert {(error["row"], error["field"]) for error in answer.json["errors"]} >= {(4, "title"), (4, "budget_fen")}
    assert buyer.api("GET", "/demands?mine=1").json["items"] == []


def test_a_project_is_cut_and_posted(visit) -> None:
    buyer, other = visit("government"), visit("large_enterprise")
    made = buyer.api("POST", "/projects", json={"title": "内涝预警", "budget_fen": 3000, "acceptance_period_days": 10})
    path = f"/projects/{made.json['id']}"
    cut = [{"title": "甲", "budget_fen": 1000, "duration_days": 5, "deliverables": ["x"], "acceptance_criteria": ["y"]},
           {"title": "乙", "budget_fen": 2000, "duration_days": 5, "deliverables": ["x"], "acceptance_criteria": ["y"],
            "depends_on": [1]}]
    circle = [cut[0] | {"depends_on": [2]}, cut[1]]
    assert buyer.api("PUT", f"{path}/slices", json={"slices": circle}).json["code"] == "slicing.cycle"
    assert buyer.api("PUT", f"{path}/slices", json={"slices": cut[:1]}).json["code"] == "slicing.under_budget"
    assert buyer.api("PUT", f"{path}/slices", json={"slices": cut}).status_code == 200
    assert other.api("POST", f"{path}/post").status_code == 404
    posted = buyer.api("POST", f"{path}/post")
    assert (posted.status_code, [item["title"] for item in posted.json["items"]]) == (201, ["甲", "乙"])
    assert [piece["demand"] for piece in buyer.api("GET", path).json["slices"]] == [
        item["code"] for item in posted.json["items"]]
    assert buyer.api("POST", f"{path}/post").status_code == 409


def test_only_buyers_write_and_only_keys_read(app, visit) -> None:
    founder = visit("founder")
    assert founder.api("POST", "/demands", json=BODY).status_code == 403
    assert founder.api("GET", "/projects").status_code == 403
    assert app.test_client().get("/api/v1/demands").status_code == 401
    for number in (0, 2**31, 2**80):
        assert founder.api("GET", f"/projects/{number}").status_code in (403, 404)


def test_a_cancelled_demand_leaves_the_list_with_its_reason(visit) -> None:
    buyer = visit("large_enterprise")
    path = f"/demands/{buyer.api('POST', '/demands', json=BODY).json['code']}"
    on_the_list(buyer, visit("operator"), path)
    assert buyer.api("POST", f"{path}/cancel", json={}).status_code == 422
    assert buyer.api("POST", f"{path}/cancel", json={"reason": "预算调整"}).json["closed_reason"] == "预算调整"
    assert buyer.api("GET", "/demands").json["items"] == []
