"""The trial before the award: stated in time, the same for the best bids, visits written down, ended when it must."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.contracts import operations as contracts
from marketplace.db import app_engine, transaction
from marketplace.demand import operations as demands
from marketplace.evaluation import trials, validation
from marketplace.evaluation.validation import Finding, Plan
from marketplace.evaluation.validation_models import ValidationGrant
from marketplace.rules.errors import RuleViolation
from marketplace.rules.validation import Outcome, metric
from marketplace.tendering import operations as tendering
from marketplace.tendering.store import Store
from tests.integration.tendering import market as m
from tests.integration.tendering.doors import browser, post
from tests.publishing import publish_for_bids

PLAN = Plan(2, "用现场样本检验检出率。", "只用于本次验证，结束后删除。", 7, "检出率", "%", "98")
DATA = "编号,划伤\n1,有\n".encode()
DIGEST = "a" * 64


def refusal(call, *arguments, **options) -> RuleViolation:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value


@pytest.fixture
def files(tmp_path: Path) -> Store:
    return Store(tmp_path / "validation")


def opened(session: Session, *, scored: bool = True) -> m.Market:
    """Three bids opened, the first two the best where they are scored."""
    market = m.open_market(session)
    for founder, price in zip(market.founders, (10_000_000, 9_000_000, 12_000_000), strict=True):
        tendering.submit_bid(session, market.demand, m.bid(price), actor=founder, now=m.NOW)
    m.open_bids(session, market)
    if scored:
        m.score_all(session, market, {1: (95, 90), 2: (80, 80), 3: (60, 60)})
    return market


def offered(session: Session, market: m.Market, files: Store) -> list[ValidationGrant]:
    """A stage decided after the opening, with one file, offered to the two best."""
    validation.state(session, market.demand, PLAN, actor=market.buyer, now=m.AFTER)
    validation.add_file(session, market.demand, "样本.csv", DATA, files=files, actor=market.buyer, now=m.AFTER)
    return validation.offer(session, market.demand, market.bid_ids(session)[1:3], actor=market.buyer, now=m.AFTER)


def test_a_stage_is_stated_before_publication_or_after_the_opening_never_while_bids_come_in(session: Session) -> None:
    market = m.open_market(session)
    draft = demands.create(session, m.draft(), actor=market.buyer, now=m.NOW)
    for _ in range(2):
        assert validation.state(session, draft, PLAN, actor=market.buyer, now=m.NOW).before_publication
    assert refusal(validation.state, session, market.demand, PLAN, actor=market.buyer,
                   now=m.NOW).code == "validation.not_now"


def test_the_best_are_tried_alike_and_once(session: Session, files: Store) -> None:
    market = opened(session)
    validation.state(session, market.demand, PLAN, actor=market.buyer, now=m.AFTER)
    assert refusal(validation.state, session, market.demand, PLAN, actor=market.buyer,
                   now=m.AFTER).code == "validation.stated_already"
    ids = market.bid_ids(session)
    for wrong, code in (([ids[1]], "validation.wrong_number"), ([ids[1], ids[3]], "validation.not_the_best")):
        assert refusal(validation.offer, session, market.demand, wrong, actor=market.buyer, now=m.AFTER).code == code
    validation.offer(session, market.demand, ids[1:3], actor=market.buyer, now=m.AFTER)
    assert refusal(validation.offer, session, market.demand, ids[1:3], actor=market.buyer,
                   now=m.AFTER).code == "validation.offered_already"


def test_data_is_read_after_the_conditions_are_accepted_and_every_visit_is_written_down(
        session: Session, files: Store) -> None:
    market = opened(session)
    grant, other = offered(session, market, files)
    founder, now = market.founders[0], m.AFTER + dt.timedelta(hours=1)
    file_id = grant.stage.files[0].id
    read = {"files": files, "address_digest": DIGEST, "actor": founder, "now": now}
    assert refusal(validation.read_file, session, grant.id, file_id, **read).code == "validation.not_accepted"
    assert refusal(validation.accept, session, grant.id, seen_hash="0" * 64, actor=founder,
                   now=now).code == "validation.conditions_changed"
    validation.accept(session, grant.id, seen_hash=grant.conditions_hash, actor=founder, now=now)
    for _ in range(2):
        assert validation.read_file(session, grant.id, file_id, **read)[1] == DATA
    assert [(visit.number, visit.user_id, visit.at) for visit in grant.visits] == [
        (1, founder.id, now), (2, founder.id, now)]
    assert refusal(validation.read_file, session, other.id, file_id, **read).status == 404
    stranger = market.founders[2]
    assert refusal(validation.read_file, session, grant.id, file_id, **(read | {"actor": stranger})).status == 404


@pytest.mark.parametrize("ended", ["revoked", "expired", "decided"])
def test_access_ends_when_it_must_whether_or_not_the_daily_round_has_run(
        session: Session, files: Store, ended: str) -> None:
    market = opened(session)
    grant, _ = offered(session, market, files)
    founder, now = market.founders[0], m.AFTER
    validation.accept(session, grant.id, seen_hash=grant.conditions_hash, actor=founder, now=now)
    if ended == "revoked":
        validation.revoke(session, grant.id, reason="样本外传", actor=market.buyer, now=now)
    elif ended == "expired":
        now += dt.timedelta(days=8)
    else:
        tendering.none_suitable(session, market.demand, reason="不再采购", actor=market.buyer, now=now)
    assert refusal(validation.read_file, session, grant.id, grant.stage.files[0].id, files=files,
                   address_digest=DIGEST, actor=founder, now=now).code == "validation.ended"
    validation.end_due(session, today=dt.date(2026, 3, 28) if ended == "expired" else dt.date(2026, 3, 20), now=now)
    assert grant.status == {"revoked": "revoked", "expired": "expired", "decided": "closed"}[ended]


def test_the_last_day_of_access_is_a_whole_day(session: Session, files: Store) -> None:
    market = opened(session)
    grant, _ = offered(session, market, files)
    assert grant.expires_on == dt.date(2026, 3, 27)
    last = dt.datetime(2026, 3, 27, 15, 59, tzinfo=dt.UTC)  # 23:59 in Beijing
    validation.accept(session, grant.id, seen_hash=grant.conditions_hash, actor=market.founders[0], now=last)


def test_a_result_goes_with_the_stated_threshold_and_is_not_changed(session: Session, files: Store) -> None:
    market = opened(session)
    grant, _ = offered(session, market, files)
    record = {"actor": market.buyer, "now": m.AFTER}
    assert refusal(validation.record, session, grant.id, Finding(Outcome.PASSED, "好", "98.5"),
                   **record).code == "validation.not_accepted"
    validation.accept(session, grant.id, seen_hash=grant.conditions_hash, actor=market.founders[0], now=m.AFTER)
    for outcome, value, code in ((Outcome.PASSED, "97.9", "validation.threshold"),
                                 (Outcome.FAILED, "98", "validation.threshold"), (Outcome.PASSED, None,
                                                                                  "field.required")):
        assert refusal(validation.record, session, grant.id, Finding(outcome, "好", value), **record).code == code
    validation.record(session, grant.id, Finding(Outcome.PASSED, "三班连续运行", "98.50"), **record)
    assert trials.of_bids(market.demand)[grant.bid_id].metric_value == "98.50"
    assert refusal(validation.record, session, grant.id, Finding(Outcome.FAILED, "改", "1"),
                   **record).code == "validation.recorded_already"


def test_where_a_stage_was_published_only_who_passed_can_win(session: Session, files: Store) -> None:
    market = opened(session)
    grant, _ = offered(session, market, files)
    grant.stage.before_publication = True
    award = {"bid_id": grant.bid_id, "reason": "总分第一", "actor": market.buyer, "now": m.AFTER}
    assert refusal(contracts.award_and_draft, session, market.demand, **award).code == "validation.not_passed"
    validation.accept(session, grant.id, seen_hash=grant.conditions_hash, actor=market.founders[0], now=m.AFTER)
    validation.record(session, grant.id, Finding(Outcome.PASSED, "达标", "99"), actor=market.buyer, now=m.AFTER)
    contracts.award_and_draft(session, market.demand, **award)
    assert [one.id for one in trials.passed_by(session, market.founders[0].organisation_id)] == [grant.id]


def test_a_stage_stated_at_publication_is_read_by_everyone_before_they_bid(app: Flask, at: Callable) -> None:
    with app.app_context(), transaction(app_engine()) as session:
        market = m.open_market(session)
        market.stranger = m.person(session, 2, "buyer", payer_type="sme")
        draft = demands.create(session, m.draft(), actor=market.buyer, now=m.NOW)
        validation.state(session, draft, PLAN, actor=market.buyer, now=m.NOW)
        publish_for_bids(session, draft, bid_deadline=m.DEADLINE, actor=market.buyer, now=m.NOW)
        code = draft.code
    at(m.NOW)
    founder, here = browser(app, market.founders[0]), f"/demands/{code}/validation"
    assert "通过的才能中标" in browser(app, None).get(f"/demands/{code}").text
    assert here in founder.get(f"/demands/{code}").text
    page = founder.get(here).text
    assert (PLAN.conditions in page, "98" in page, 'name="purpose"' in page) == (True, True, False)
    plan = {"purpose": "改", "conditions": "改", "top": "1", "access_days": "1"}
    assert post(browser(app, market.stranger), here, plan).status_code == 404
    assert here not in founder.get(f"/demands/{market.demand.code}").text


def test_a_founder_and_the_buyer_reach_the_stage_by_links_and_the_letters_are_those_of_the_evaluation(
        app: Flask, at: Callable, tmp_path: Path) -> None:
    with app.app_context(), transaction(app_engine()) as session:
        market = opened(session, scored=False)
        offered(session, market, Store(tmp_path / "data"))
        first = market.bid_ids(session)[1]
    at(m.AFTER)
    code, buyer = market.demand.code, browser(app, market.buyer)
    here = f'href="/demands/{code}/validation"'
    assert here in browser(app, market.founders[0]).get(f"/demands/{code}").text
    assert here not in browser(app, market.founders[2]).get(f"/demands/{code}").text
    assert here in browser(app, market.operator).get(f"/demands/{code}").text
    assert here in buyer.get(f"/demands/{code}").text
    letter = re.search(rf'href="#bid-{first}">(投标人.)<', buyer.get(f"/demands/{code}/evaluation").text)[1]
    cards = re.findall(r"<h2[^>]*>(投标人.)</h2>", buyer.get(f"/demands/{code}/validation").text)
    assert letter == cards[0]


@pytest.mark.parametrize(("typed", "kept"), [("98.50", "98.50"), ("1,250", "1250"), ("12，500.5", "12500.5")])
def test_a_measured_value_is_kept_as_a_plain_decimal(typed: str, kept: str) -> None:
    assert metric(typed) == kept


@pytest.mark.parametrize("typed", ["98,6", "1,25", "1e3", "98%", "", "--1", "1,2345"])
def test_what_could_be_read_in_two_ways_is_no_measured_value(typed: str) -> None:
    assert refusal(metric, typed).code == "validation.metric"


def test_from_the_plan_to_the_result_on_the_pages(app: Flask, at: Callable) -> None:
    with app.app_context(), transaction(app_engine()) as session:
        market = opened(session)
    at(m.AFTER)
    code = market.demand.code
    here, buyer = f"/demands/{code}/validation", browser(app, market.buyer)
    founder, third = browser(app, market.founders[0]), browser(app, market.founders[2])
    assert here in buyer.get(f"/demands/{code}/evaluation").text
    plan = {"purpose": PLAN.purpose, "conditions": PLAN.conditions, "top": "2", "access_days": "7",
            "metric_name": "检出率", "metric_unit": "%", "metric_threshold": "98", "higher_is_better": "true"}
    assert post(buyer, here, plan | {"top": "9"}).status_code == 422
    assert post(buyer, here, plan).status_code == 303
    bad = post(buyer, f"{here}/files", {"file": (__import__("io").BytesIO(b"MZ\x00\x01"), "run.exe")},
               content_type="multipart/form-data")
    assert bad.status_code == 422
    sent = {"file": (__import__("io").BytesIO(DATA), "样本.csv")}
    assert post(buyer, f"{here}/files", sent, content_type="multipart/form-data").status_code == 303
    page = buyer.get(here).text
    assert "投标人甲" in page
    assert "founder1 公司" not in page
    with app.app_context(), transaction(app_engine()) as session:
        ids = market.bid_ids(session)
    assert post(buyer, f"{here}/grants", {"bids": [ids[1], ids[2]]}).status_code == 303
    with app.app_context(), transaction(app_engine()) as session:
        grant = next(one for one in trials.stage_of(session, market.demand).grants if one.bid_id == ids[1])
        grant_id, seen, file_id = grant.id, grant.conditions_hash, grant.stage.files[0].id
    data = f"{here}/grants/{grant_id}/files/{file_id}"
    assert third.get(here).status_code == 404
    assert founder.get(data).status_code == 409
    assert post(founder, f"{here}/grants/{grant_id}/acceptance", {"seen_hash": seen}).status_code == 303
    got = founder.get(data)
    assert (got.data, got.headers["Content-Disposition"].split(";")[0]) == (DATA, "attachment")
    assert third.get(data).status_code == 404
    result = {"outcome": "passed", "metric_value": "98.6", "note": "三班连续运行"}
    assert post(buyer, f"{here}/grants/{grant_id}/result", result).status_code == 303
    assert "98.6" in founder.get(here).text
    assert "1 次下载" in buyer.get(here).text
