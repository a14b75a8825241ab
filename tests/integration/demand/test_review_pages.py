"""From handing in to an addendum through the real pages: operator, buyer and a founder who follows."""
from __future__ import annotations

import re

import pytest

from tests.integration.demand.test_pages import PUBLISH, written


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are the same on every database."""
    return sqlite_url


def test_what_the_operator_returns_is_mended_published_amended_and_followed(app, visit) -> None:
    buyer, operator, founder = visit("large_enterprise"), visit("operator"), visit("founder")
    code = written(buyer)
    page = f"/operator/reviews/{code}"
    assert buyer.post(f"/demands/{code}/publish", PUBLISH | {"unclassified": ""}).status_code == 422
    assert buyer.post(f"/demands/{code}/publish", PUBLISH).status_code == 303
    assert buyer.client.get(f"/demands/{code}/edit").status_code == 409
    assert code in operator.client.get("/operator/reviews").text
    seen = operator.client.get(page).text
    for said in ("非涉密", "希望的截止时间", "条款体检", "化整为零"):
        assert said in seen, said
    assert operator.post(f"{page}/return", {"remark_title": ""}, page=page).status_code == 422
    assert operator.post(f"{page}/return", {"remark_budget_fen": "偏低，请核算"}, page=page).status_code == 303
    form = buyer.client.get(f"/demands/{code}/edit").text
    assert form.index('id="f-budget-error"') < form.index("偏低，请核算", form.index('id="f-budget-error"'))
    buyer.post(f"/demands/{code}/publish", PUBLISH)
    assert "内容没有改动" in operator.client.get(page).text
    assert founder.client.get(f"/demands/{code}").status_code == 404
    assert operator.post(f"{page}/publish", page=page).status_code == 303

    assert "还没有关注的需求" in founder.client.get("/following").text
    assert founder.post(f"/demands/{code}/follow", page=f"/demands/{code}").status_code == 303
    address = f"/demands/{code}/addendum"
    unchanged = buyer.post(address, fields_of(buyer, address) | {"reason": "无"})
    assert (unchanged.status_code, "没有任何改动" in unchanged.text) == (422, True)
    changed = fields_of(buyer, address) | {"reason": "现场多了一处", "scene": "老城区与开发区"}
    assert buyer.post(address, changed | {"budget": "1"}).status_code == 422
    assert buyer.post(address, changed).status_code == 303
    public = app.test_client().get(f"/demands/{code}").text
    assert "<ins>与开发区</ins>" in public
    assert "现场多了一处" in public
    assert "第 1 号补充公告" in founder.client.get("/notices").text
    assert "第 1 号" in founder.client.get("/following").text
    assert founder.post(f"/demands/{code}/unfollow", {"back": "list"}, page=f"/demands/{code}").status_code == 303
    assert "还没有关注的需求" in founder.client.get("/following").text


def fields_of(door, address: str) -> dict[str, str]:
    """The form as the page shows it, as a browser would send it."""
    text = door.client.get(address).text
    form = text[text.index('<form method="post" class="form"'):]
    typed = dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*?value="([^"]*)"', form))
    typed |= dict(re.findall(r'<textarea[^>]*name="([a-z_]+)"[^>]*>\n([^<]*)</textarea>', form))
    return {name: value for name, value in typed.items() if name != "csrf_token"}


def test_a_buyer_takes_a_submission_back(visit) -> None:
    buyer, operator = visit("large_enterprise"), visit("operator")
    code = written(buyer)
    buyer.post(f"/demands/{code}/publish", PUBLISH)
    assert buyer.post(f"/demands/{code}/take-back", page=f"/demands/{code}").status_code == 303
    assert operator.client.get(f"/operator/reviews/{code}").status_code == 404
    assert buyer.client.get(f"/demands/{code}/edit").status_code == 200


def test_only_the_operator_sees_the_queue_and_strangers_follow_nothing(app, visit) -> None:
    buyer = visit("large_enterprise")
    code = written(buyer)
    for path in ("/operator/reviews", f"/operator/reviews/{code}"):
        assert buyer.client.get(path).status_code == 403
    assert app.test_client().get("/following").status_code in (302, 303)
    assert buyer.api("PUT", f"/demands/{code}/follow").status_code == 404  # nothing to follow before publication


def test_programs_amend_and_follow(visit) -> None:
    buyer, operator, founder = visit("large_enterprise"), visit("operator"), visit("founder")
    code = written(buyer)
    buyer.post(f"/demands/{code}/publish", PUBLISH)
    operator.api("POST", f"/demands/{code}/publish", json={})
    assert founder.api("PUT", f"/demands/{code}/follow").status_code == 204
    assert [one["code"] for one in founder.api("GET", "/following").json["items"]] == [code]
    path = f"/demands/{code}/addenda"
    wrong = buyer.api("POST", path, json={"reason": "x", "changes": {"set_aside": True}})
    assert wrong.status_code == 422
    made = buyer.api("POST", path, json={"reason": "现场多了一处", "changes": {"scene": "老城区与开发区"}})
    assert (made.status_code, made.json["number"]) == (201, 1)
    assert made.json["fields"] == {"scene": ["老城区", "老城区与开发区"]}
    assert founder.api("GET", path).json["items"] == [made.json]
    assert founder.api("POST", path, json={"reason": "x", "changes": {"title": "y"}}).status_code == 403
    assert founder.api("DELETE", f"/demands/{code}/follow").status_code == 204
    assert founder.api("GET", "/following").json["items"] == []
