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
    late = operator.post(f"/operator/reviews/{code}/publish", page="/operator/reviews", follow_redirects=True)
    assert "已经处理过（已撤回）" in late.text
    assert buyer.client.get(f"/demands/{code}/edit").status_code == 200


def published(buyer, operator, **said) -> str:
    """A demand on the list; words said differently as a program says them."""
    code = written(buyer)
    if said:
        tag = buyer.api("GET", f"/demands/{code}").headers["ETag"]
        assert buyer.api("PATCH", f"/demands/{code}", json=said, headers={"If-Match": tag}).status_code == 200
    buyer.post(f"/demands/{code}/publish", PUBLISH)
    operator.api("POST", f"/demands/{code}/publish", json={})
    return code


def test_a_second_press_on_publish_says_that_it_is_done(visit) -> None:
    buyer, operator = visit("large_enterprise"), visit("operator")
    code = written(buyer)
    buyer.post(f"/demands/{code}/publish", PUBLISH)
    page = f"/operator/reviews/{code}"
    for _ in range(2):
        done = operator.post(f"{page}/publish", page="/styleguide", follow_redirects=True)
        assert done.status_code == 200
    assert "已经处理过（已公布）" in done.text
    assert operator.api("POST", f"/demands/{code}/publish", json={}).status_code == 409


def test_the_desk_marks_what_was_returned_and_the_hand_in_page_a_change_left_beside_the_draft(visit) -> None:
    buyer, operator = visit("large_enterprise"), visit("operator")
    code = written(buyer)
    buyer.post(f"/demands/{code}/publish", PUBLISH)
    operator.api("POST", f"/demands/{code}/return", json={"remarks": [{"field": "scene", "text": "写明片区"}]})
    assert "已退回" in buyer.client.get("/buyer").text
    hand_in = f"/demands/{code}/publish"
    assert "还没有写进草稿" not in buyer.client.get(hand_in).text
    form = buyer.client.get(f"/demands/{code}/edit").text
    read = {name: re.search(rf'name="{name}" value="([^"]*)"', form)[1] for name in ("form_version", "form_base")}
    assert buyer.post(f"/demands/{code}/edit", read | {"do": "keep", "title": "新标题"}).status_code == 303
    assert "还没有写进草稿" in buyer.client.get(hand_in).text
    buyer.post(hand_in, PUBLISH)
    assert "已退回" not in buyer.client.get("/buyer").text


def test_an_addendum_changes_what_was_retyped_and_nothing_a_form_writes_otherwise(visit) -> None:
    buyer, operator, founder = visit("large_enterprise"), visit("operator"), visit("founder")
    code = published(buyer, operator, description="先普查。\n再定位。", required_skills=["C, C++", "声学检测"])
    form = fields_of(buyer, f"/demands/{code}/addendum")
    form |= {"description": form["description"].replace("\n", "\r\n")}  # as every browser sends it
    assert buyer.post(f"/demands/{code}/addendum", form | {"reason": "更名", "title": "漏损普查"}).status_code == 303
    (made,) = founder.api("GET", f"/demands/{code}/addenda").json["items"]
    assert made["fields"] == {"title": ["管网漏损定位", "漏损普查"]}
    assert not made["material"]


def test_nobody_undoes_an_addendum_that_came_while_writing(visit) -> None:
    buyer, operator, founder = visit("large_enterprise"), visit("operator"), visit("founder")
    code = published(buyer, operator)
    address = f"/demands/{code}/addendum"
    mine, theirs = fields_of(buyer, address), fields_of(buyer, address)
    assert buyer.post(address, theirs | {"reason": "多一处", "scene": "老城区与开发区"}).status_code == 303
    late = buyer.post(address, mine | {"reason": "更名", "title": "漏损普查"})
    assert (late.status_code, "老城区与开发区" in late.text, "漏损普查" in late.text) == (409, True, True)
    now = fields_of(buyer, address) | {"reason": "更名", "title": "漏损普查"}
    assert buyer.post(address, now).status_code == 303
    assert founder.api("GET", f"/demands/{code}").json["scene"] == "老城区与开发区"


def test_programs_amend_a_batch_only_with_its_unit(visit) -> None:
    buyer, operator = visit("large_enterprise"), visit("operator")
    code = published(buyer, operator)
    for changes, status in (({"minimum_batch": 5}, 422), ({"minimum_batch": 5, "minimum_batch_unit": "张"}, 201),
                            ({"deliverables": ["清单", "", "清单"]}, 201)):
        made = buyer.api("POST", f"/demands/{code}/addenda", json={"reason": "改为成批", "changes": changes})
        assert made.status_code == status, made.text
    assert made.json["fields"]["deliverables"][1] == ["清单"]


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
