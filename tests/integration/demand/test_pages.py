"""The buyer's pages: what is typed is kept, everything wrong is told at once, strangers see what is public only."""
from __future__ import annotations

import io
import json
import re

import pytest

from marketplace.db import reading
from marketplace.demand import queries
from marketplace.rules.lifecycle import DemandStatus
from tests.integration.demand.conftest import BUYER_PASSPHRASE, Door

DEMAND = {
    "title": "管网漏损定位", "scene": "老城区", "data_offered": "不提供",
    "description": "三个月内缩小到五十米以内。", "budget": "18万",
    "duration_days": "90", "region": "江苏省苏州市", "deliverables": "漏点清单\n图纸",
    "acceptance_criteria": "开挖十处，命中八处以上",
    "required_skills": "声学检测、水力模型", "start_basis": "acceptance", "acceptance_period_days": "15",
    "allocation": "principal_first", "late_rate_unit": "percent_per_year",
    "criteria.0.name": "方案", "criteria.0.kind": "quality", "criteria.0.weight": "70",
    "criteria.1.name": "价格", "criteria.1.kind": "price", "criteria.1.weight": "30"}
PUBLISH = {"bid_deadline": "2026-03-16T17:00", "passphrase": BUYER_PASSPHRASE, "passphrase_again": BUYER_PASSPHRASE,
           "unclassified": "1"}
LIST = "".join(json.dumps({"id": f"WX-{n}", "title": f"需求{n}", "description": "做", "budget_fen": 1000000,
                           "deadline_days": 30, "deliverables": ["报告"]}, ensure_ascii=False) + "\n"
               for n in (1, 2, 3))
TERMS = {"start_basis": "acceptance", "acceptance_period_days": "15", "allocation": "principal_first",
         "scene": "老城区", "data_offered": "不提供", "acceptance_criteria": "逐项核对"}


def approved(visit, code: str) -> None:
    """The operator publishes what was handed in."""
    page = f"/operator/reviews/{code}"
    assert visit("operator").post(f"{page}/publish", page=page).status_code == 303


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are the same on every database; the API's tests pass the same operations on both."""
    return sqlite_url


def written(door: Door, **said: str) -> str:
    """The code of a new draft."""
    answer = door.post("/demands/new", DEMAND | said)
    assert answer.status_code == 303, answer.text
    return answer.location.rpartition("/")[2]


def own(app, door: Door) -> list:
    with app.app_context(), reading() as session:
        return queries.of_buyer(session, door.user.organisation_id)


def upload(door: Door, text: str | bytes, name: str = "list.jsonl", **terms: str):
    data = text if isinstance(text, bytes) else text.encode()
    return door.post("/demands/import", TERMS | terms | {"file": (io.BytesIO(data), name)})


# Writing ------------------------------------------------------------------------------------------


def test_a_demand_is_written_published_and_read_by_anyone_with_its_terms_first(app, visit) -> None:
    door = visit("large_enterprise")
    code = written(door, term_days="45")
    stranger = app.test_client()
    assert stranger.get(f"/demands/{code}").status_code == 404
    answer = door.post(f"/demands/{code}/publish", PUBLISH)
    assert answer.status_code == 303, answer.text
    assert stranger.get(f"/demands/{code}").status_code == 404  # the operator looks at it first
    approved(visit, code)
    page = stranger.get(f"/demands/{code}").text
    assert "45 天内付款（约定）" in page
    assert page.index("付款条件") < page.index("三个月内缩小到五十米以内")
    assert "2026年3月16日 17:00" in page
    assert "管网漏损定位" in stranger.get("/demands").text


def test_75_days_of_a_public_body_come_back_with_the_article_and_everything_typed(visit) -> None:
    answer = visit("government").post("/demands/new", DEMAND | {"term_days": "75", "scene": "只在这里"})
    assert answer.status_code == 422
    assert "第九条第一款" in answer.text
    for typed in ("只在这里", "18万", "声学检测、水力模型", 'value="75"', 'value="70"'):
        assert typed in answer.text


def test_75_days_of_a_large_enterprise_need_a_reason_that_is_then_published(app, visit) -> None:
    door = visit("large_enterprise")
    asked = door.post("/demands/new", DEMAND | {"term_days": "75"})
    assert (asked.status_code, "第九条第二款" in asked.text) == (422, True)
    code = written(door, term_days="75", over_60_reason="按航次结算是行业惯例")
    door.post(f"/demands/{code}/publish", PUBLISH)
    approved(visit, code)
    assert "按航次结算是行业惯例" in app.test_client().get(f"/demands/{code}").text


def test_every_bad_field_is_marked_at_once(visit) -> None:
    answer = visit("government").post("/demands/new", DEMAND | {
        "title": "", "budget": "很多", "duration_days": "三个月", "late_rate_value": "高", "criteria.0.weight": "x"})
    assert answer.status_code == 422
    for field in ("title", "budget", "duration_days", "late_rate_value", "criteria.0.weight"):
        assert f'id="f-{field}-error"' in answer.text, field


def test_criteria_rows_are_added_and_removed_without_losing_what_was_typed(visit) -> None:
    door = visit("government")
    more = door.post("/demands/new", DEMAND | {"do": "add-criteria", "title": "还没写完"}).text
    assert 'name="criteria.2.name"' in more
    assert "还没写完" in more
    less = door.post("/demands/new", DEMAND | {"do": "remove-criteria-0"}).text
    assert 'name="criteria.1.name"' not in less
    assert 'value="价格"' in less


def test_a_draft_is_changed_and_a_published_demand_is_not(app, visit) -> None:
    door = visit("large_enterprise")
    code = written(door)
    assert door.post(f"/demands/{code}/edit", DEMAND | {"title": "漏损普查"}).status_code == 303
    assert own(app, door)[0].title == "漏损普查"
    door.post(f"/demands/{code}/publish", PUBLISH)
    assert door.client.get(f"/demands/{code}/edit").status_code == 409
    assert door.post(f"/demands/{code}/edit", DEMAND, page="/demands/new").status_code == 409


def test_a_demand_is_cancelled_with_a_reason(app, visit) -> None:
    door = visit("large_enterprise")
    code = written(door)
    assert door.post(f"/demands/{code}/cancel", {"reason": ""}).status_code == 422
    assert door.post(f"/demands/{code}/cancel", {"reason": "预算调整"}).status_code == 303
    assert own(app, door)[0].status == DemandStatus.CANCELLED


# Publishing ---------------------------------------------------------------------------------------


def test_a_first_publication_sets_the_opening_passphrase_typed_twice_alike(app, visit) -> None:
    door = visit("large_enterprise")
    code = written(door)
    for wrong in ({"passphrase_again": "three red lanternz"}, {"passphrase": "short", "passphrase_again": "short"}):
        assert door.post(f"/demands/{code}/publish", PUBLISH | wrong).status_code == 422
        assert own(app, door)[0].status == DemandStatus.PLANNING
    assert door.post(f"/demands/{code}/publish", PUBLISH).status_code == 303
    second = written(door)
    assert 'name="passphrase"' not in door.client.get(f"/demands/{second}/publish").text
    assert door.post(f"/demands/{second}/publish", {
        "bid_deadline": "2026-03-16T17:00", "unclassified": "1"}).status_code == 303


def test_a_short_deadline_is_asked_about_and_a_past_one_refused(visit) -> None:
    door = visit("large_enterprise")
    code = written(door)
    asked = door.post(f"/demands/{code}/publish", PUBLISH | {"bid_deadline": "2026-03-04T17:00"})
    assert (asked.status_code, 'name="short_deadline_confirmed"' in asked.text) == (422, True)
    past = door.post(f"/demands/{code}/publish", PUBLISH | {"bid_deadline": "2026-03-01T17:00"})
    assert (past.status_code, 'id="f-bid_deadline-error"' in past.text) == (422, True)
    sure = PUBLISH | {"bid_deadline": "2026-03-04T17:00", "short_deadline_confirmed": "1"}
    assert door.post(f"/demands/{code}/publish", sure).status_code == 303


def test_several_drafts_are_published_together_or_not_at_all(app, visit) -> None:
    door = visit("large_enterprise")
    good, bad = written(door), written(door, deliverables="", acceptance_criteria="")
    answer = door.post("/demands/publish", PUBLISH | {"codes": [good, bad]})
    assert (answer.status_code, bad in answer.text) == (422, True)
    assert {demand.status for demand in own(app, door)} == {DemandStatus.PLANNING}
    assert door.post("/demands/publish", PUBLISH).status_code == 422  # nothing ticked
    door.post(f"/demands/{bad}/edit", DEMAND)
    assert door.post("/demands/publish", PUBLISH | {"codes": [good, bad]}).status_code == 303
    assert {demand.status for demand in own(app, door)} == {DemandStatus.REVIEW}


# Importing ----------------------------------------------------------------------------------------


def test_an_uploaded_list_becomes_drafts(app, visit) -> None:
    door = visit("large_enterprise")
    assert upload(door, LIST).status_code == 303
    assert [(d.external_ref, d.budget_fen, d.acceptance_period_days) for d in reversed(own(app, door))] == [
        ("WX-1", 1_000_000, 15), ("WX-2", 1_000_000, 15), ("WX-3", 1_000_000, 15)]


def test_every_imported_draft_can_be_ticked_at_once(visit) -> None:
    door = visit("large_enterprise")
    upload(door, LIST)
    assert door.client.get("/demands/publish").text.count(" checked") == 0
    assert door.client.get("/demands/publish?all=1").text.count(" checked") == 3


def test_a_reason_for_a_long_term_is_not_published_with_a_short_one(app, visit) -> None:
    door = visit("large_enterprise")
    written(door, term_days="45", over_60_reason="旧的理由")
    assert own(app, door)[0].over_60_reason is None


def test_one_bad_row_stores_nothing_and_is_shown_with_its_row_column_and_reason(app, visit) -> None:
    door = visit("large_enterprise")
    answer = upload(door, "标题,需求,预算（元）,工期（天）\n甲,做甲,1万,30\n乙,做乙,一些,30\n", "list.csv")
    assert answer.status_code == 422
    assert "“一些”不是金额" in answer.text
    cells = re.findall(r'data-label="([^"]+)"[^>]*>(?:<div>)?([^<]+)<', answer.text)
    assert {("行", "3"), ("列", "预算（元）")} <= {(name, text.strip()) for name, text in cells}, cells
    assert own(app, door) == []


def test_bad_rows_and_unlawful_terms_are_told_together(visit) -> None:
    answer = upload(visit("government"), LIST + '{"title": 1}\n', term_days="75")
    assert answer.status_code == 422
    assert "第九条第一款" in answer.text
    assert "budget_fen" in answer.text


@pytest.mark.parametrize(("data", "name"), [
    (b"", "list.jsonl"), (b"PK\x03\x04junk", "list.xlsx"), (b"\x00\xff", "x.bin")])
def test_an_unreadable_upload_gets_a_sentence_not_a_trace(visit, data, name) -> None:
    answer = upload(visit("government"), data, name)
    assert (answer.status_code, 'id="f-file-error"' in answer.text) == (422, True)


def test_a_missing_file_is_asked_for(visit) -> None:
    assert 'id="f-file-error"' in visit("government").post("/demands/import", TERMS).text


@pytest.mark.parametrize("ext", ["csv", "xlsx"])
def test_the_template_can_be_downloaded_by_anyone(app, ext) -> None:
    answer = app.test_client().get(f"/demands/template.{ext}")
    assert (answer.status_code, "attachment" in answer.headers["Content-Disposition"]) == (200, True)


# Projects -----------------------------------------------------------------------------------------

PROJECT = {"title": "内涝预警平台", "budget": "50万", "reserve": "2万"} | TERMS


def rows(*budgets: str, **said: str) -> dict[str, str]:
    made = {}
    for n, budget in enumerate(budgets):
        made |= {f"slices.{n}.title": f"标包{n + 1}", f"slices.{n}.budget": budget, f"slices.{n}.duration_days": "40",
                 f"slices.{n}.deliverables": "成果", f"slices.{n}.acceptance_criteria": "可用"}
    return made | {name.replace("__", "."): text for name, text in said.items()}


def test_a_project_is_cut_checked_against_its_budget_and_posted(app, visit) -> None:
    door = visit("government")
    path = door.post("/projects/new", PROJECT).location
    over = door.post(path, rows("12万", "37万") | {"do": "post"})
    assert (over.status_code, "比项目预算" in over.text, 'value="37万"' in over.text) == (422, True, True)
    kept = door.post(path, rows("12万", "36万", slices__1__depends_on="1") | {"do": "save"})
    assert kept.status_code == 303
    page = door.client.get(path).text
    assert "<svg class=\"slices\"" in page
    assert "第 2 步：标包 2。" in page
    assert door.post(path, rows("12万", "36万", slices__1__depends_on="1") | {"do": "post"}).status_code == 303
    assert [demand.title for demand in reversed(own(app, door))] == ["标包1", "标包2"]


def test_removing_a_slice_keeps_the_others_dependencies_right(visit) -> None:
    door = visit("government")
    path = door.post("/projects/new", PROJECT).location
    typed = rows("12万", "16万", "20万", slices__2__depends_on="1、2")
    page = door.post(path, typed | {"do": "remove-slices-0"}).text
    assert 'name="slices.1.depends_on" value="1"' in page
    assert 'name="slices.2.title"' not in page


def test_a_dependency_that_cannot_be_read_is_marked_on_its_row(visit) -> None:
    door = visit("government")
    path = door.post("/projects/new", PROJECT).location
    answer = door.post(path, rows("12万", "36万", slices__1__depends_on="第一个") | {"do": "save"})
    assert (answer.status_code, 'id="f-slices.1.depends_on-error"' in answer.text) == (422, True)


# Who may ------------------------------------------------------------------------------------------

PRIVATE = ("/demands/{code}", "/demands/{code}/edit", "/demands/{code}/publish", "/demands/{code}/cancel")
BUYERS_ONLY = ("/buyer", "/demands/new", "/demands/import", "/demands/publish", "/projects", "/projects/new",
               "/projects/1", *PRIVATE[1:])


def test_another_buyers_draft_does_not_exist_for_anyone_else(visit) -> None:
    owner, other = visit("large_enterprise"), visit("government")
    code = written(owner)
    for path in PRIVATE:
        assert other.client.get(path.format(code=code)).status_code == 404, path
        if path != PRIVATE[0]:
            assert other.post(path.format(code=code), DEMAND, page="/demands/new").status_code == 404, path


def test_founders_do_not_pass_the_buyers_doors_and_strangers_are_sent_to_sign_in(app, visit) -> None:
    code = written(visit("large_enterprise"))
    founder, stranger = visit("founder"), app.test_client()
    for path in BUYERS_ONLY:
        assert founder.client.get(path.format(code=code)).status_code == 403, path
        assert "/signin" in stranger.get(path.format(code=code)).location, path


def test_a_form_without_its_token_is_refused(app, visit) -> None:
    door = visit("large_enterprise")
    assert door.client.post("/demands/new", data=DEMAND).status_code == 400
    assert own(app, door) == []


def test_addresses_that_lead_nowhere_are_not_found(visit) -> None:
    door = visit("government")
    for path in ("/demands/nonsense", "/demands/" + "x" * 500, "/demands/%00", "/projects/99999999999999999999",
                 "/projects/0", "/demands/template.exe"):
        assert door.client.get(path).status_code == 404, path


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_is_whole_in_both_languages(app, visit, lang) -> None:
    door = visit("large_enterprise")
    code, project = written(door), door.post("/projects/new", PROJECT).location
    paths = ["/buyer", "/demands", "/demands/new", "/demands/import", "/demands/publish", "/projects", "/projects/new",
             project, f"{project}/edit", *(path.format(code=code) for path in PRIVATE)]
    for path in paths:
        answer = door.client.get(path, query_string={"lang": lang})
        assert answer.status_code == 200, path
        assert 'class="turn' in answer.text, f"{path} does not say whose turn it is"
