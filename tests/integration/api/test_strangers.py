"""No address gives a stranger what belongs to others: every route with an object in it, every role, every door.

The routes are read from the application, so a new one is tried the day it is written; one that takes a body
needs an entry in BODIES, or its refusal of an empty one would hide what it does for strangers.
"""
from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from marketplace import create_app, jobs
from marketplace.accounts.models import Role
from marketplace.audit.models import AuditEntry
from marketplace.config import Settings
from marketplace.db import app_engine, reading
from marketplace.security import PUBLIC, SIGNED_IN
from marketplace.seed.cast import PASSPHRASE
from tests.integration.api.attackers import AWARDED, CLOSED, DRAFT, SEALED, Scene, scene_of
from tests.integration.api.programs import bid

TODAY = "2026-03-02"
CREDENTIAL = {"name": "执业药师", "issuer": "国家药监局", "number": "ZY1", "valid_from": "2025-01-01"}
SEARCH = {"name": "水务", "text": "漏损"}
BODIES: dict[str, dict[str, Any]] = {
    "api-founders.post_credential_renewal": CREDENTIAL,
    "api-founders.patch_case": {"hidden": True},
    "founders.refuse_credential": {"reason": "查无此证"},
    "api-searches.put_search": SEARCH,
    "api-searches.patch_search": {"paused": True},
    "searches.change": SEARCH,
    "api-contracts.post_confirmation": {"text_hash": "0" * 64},
    "api-contracts.post_delivery": {"delivered_on": TODAY},
    "api-contracts.post_acceptance": {"accepted_on": TODAY},
    "api-contracts.post_rejection": {"reason": "不合格"},
    "api-contracts.post_settlement": {"settled_on": TODAY},
    "api-contracts.post_part_delivery": {"title": "一批", "amount_fen": 1, "delivered_on": TODAY},
    "api-contracts.post_part_acceptance": {"accepted_fen": 1, "accepted_on": TODAY, "reason": "不合格"},
    "api-contracts.post_settlement_statement": {"submitted_on": TODAY},
    "api-contracts.post_settlement_contest": {"settled_on": TODAY, "disputed_fen": 1, "reason": "不符"},
    "api-bonds.post_bond": {"kind": "quality", "amount_fen": 1, "ends_on": TODAY},
    "api-bonds.post_provision": {"instrument": "cash", "reference": "1", "provided_on": TODAY},
    "api-bonds.post_return": {"returned_on": TODAY, "return_reference": "1"},
    "api-bonds.post_return_contradiction": {"note": "没有收到"},
    "api-receivables.post_request": {"financier": "银行"},
    "api-receivables.post_refusal": {"reason": "不符"},
    "api-receivables.post_link": {"label": "银行"},
    "api-contracts.post_invoice": {"number": "1", "amount_fen": 1, "issued_on": TODAY},
    "api-payments.post_payment": {"amount_fen": 1, "paid_on": TODAY, "bank_reference": "1"},
    "api-payments.post_payment_contradiction": {"note": "没有到账"},
    "api-payments.post_payment_reversal": {"kind": "bounced", "reason": "退票"},
    "payments.reverse": {"payment_id": "1", "reversal_kind": "bounced", "reversal_reason": "退票"},
    "api-banking.post_match": {"parts": [{"obligation_id": 1, "amount_fen": 1}]},
    "api-banking.post_set_aside": {"note": "无关"},
    "banking.match": {"obligation_id": "1", "amount_fen": "1"},
    "banking.set_aside": {"note": "无关"},
    "api-payments.post_dispute": {"disputed_fen": 1, "reason": "不符"},
    "api-enforcement.post_appeal": {"reason": "已付"},
    "api-enforcement.post_decision": {"upheld": True, "decision_note": "已核对"},
    "api-enforcement.post_paper": {"kind": "demand_letter"},
    "api-integrity.post_declaration": {"related": False},
    "api-integrity.post_look": {"note": "已看"},
    "api-integrity.post_closing": {"forwarded": False, "closing": "已说明"},
    "integrity.declare": {"related": "false"},
    "integrity.look": {"note": "已看"},
    "integrity.close": {"forwarded": "false", "closing": "已说明"},
    "enforcement.appeal": {"appeal_reason": "已付"},
    "enforcement.decide": {"upheld": "true", "decision_note": "已核对"},
    "enforcement.make_paper": {"kind": "demand_letter", "language": "zh"},
    "api-questions.post_question": {"text": "能远程吗？"},
    "api-questions.put_answer": {"text": "可以。"},
    "api-questions.post_hiding": {"reason": "辱骂"},
    "questions.answer": {"text": "可以。"},
    "questions.hide": {"reason": "辱骂"},
    "api-tendering.post_award": {"bid_id": 1, "reason": "最好"},
    "api-tendering.post_none_suitable": {"reason": "都不合适"},
    "api-tendering.post_opening": {"holder": "buyer", "secret": "guess"},
    "api-tendering.put_scores": {"scores": [{"criterion_id": 1, "points": 1}]},
    "api-evaluation.post_panel": {"emails": ["a@example.com"]},
    "api-evaluation.post_declaration": {"conflict": False},
    "api-evaluation.put_points": {"scores": [{"criterion_id": 1, "points": 1}]},
    "api-evaluation.post_change": {"bid_id": 1, "criterion_id": 1, "points": 1, "reason": "改"},
    "api-evaluation.post_consensus": {},
    "api-evaluation.post_price_decision": {"accept": True, "reason": "可以"},
    "api-evaluation.post_price_answer": {"answer": "有现成样机"},
    "evaluation.declare": {"conflict": "no"},
    "evaluation.decide": {"decision": "accept", "reason": "可以"},
    "evaluation.change": {"bid_id": "1", "criterion_id": "1", "points": "1", "reason": "改"},
    "evaluation.state_stage": {"purpose": "验证", "conditions": "不外传", "top": "1", "access_days": "1"},
    "evaluation.offer_access": {"bids": "1"},
    "api-objections.post_objection": {"ground": "scoring", "text": "评分与公布的办法不符，请复核。"},
    "api-objections.post_answer": {"decision": "reevaluate", "answer": "评分确有错误，应予重评。"},
    "api-objections.post_escalation": {"escalation": "答复没有说明理由，请认定。"},
    "api-objections.post_finding": {"founded": True, "finding": "评分确有错误，应予重评。"},
    "objections.file": {"ground": "scoring", "text": "评分与公布的办法不符，请复核。"},
    "objections.answer": {"decision": "reevaluate", "answer": "评分确有错误，应予重评。"},
    "objections.escalate": {"escalation": "答复没有说明理由，请认定。"},
    "objections.find": {"founded": "true", "finding": "评分确有错误，应予重评。"},
    "api-demand.change_demand": {"title": "改成我的"},
    "api-demand.publish_demand": {},
    "api-demand.submit_demand": {"bid_deadline": "2099-01-01T00:00:00+08:00", "unclassified": True},
    "api-demand.withdraw_demand": {},
    "api-demand.issue_addendum": {"reason": "改一改", "changes": {"title": "改成我的"}},
    "api-demand.return_demand": {"remarks": [{"field": "title", "text": "改一改"}]},
    "api-demand.cancel_demand": {"reason": "不要了"},
    "api-demand.release_demand": {"bid_deadline": "2099-01-01T00:00:00+08:00", "reason": "投标不足"},
    "api-demand.cut_project": {"slices": [{"title": "片", "budget_fen": 1, "duration_days": 1}]},
    "api-suggestions.invite": {"profile_id": 1},
    "api-suggestions.put_conditions": {"keep": []},
    "api-suggestions.mark_founder": {"mark": "kept"},
    "api-suggestions.mark_demand": {"mark": "kept"},
    "suggestions.mark_founder": {"action": "keep"},
    "suggestions.mark_demand": {"action": "keep"},
    "suggestions.invite_team": {"profile_ids": "1"},
    "api-tendering.post_bid": bid(1000, "a" * 64),
    "api-tendering.post_attachment": {"name": "a.txt", "content": "YQ=="},
    "api-tendering.put_team": {"lead": {"role": "总体", "share_bp": 5000},
                               "members": [{"uscc": "12110000MA7777775B", "role": "装调", "share_bp": 5000}]},
    "api-tendering.post_team_answer": {"team_id": 1, "confirm": True},
    "api-complaints.post_propose_plan": {"instalments": [{"due_on": TODAY}]},
    "api-complaints.post_refuse_plan": {"plan_refusal": "太久"},
    "api-complaints.post_lift_block": {"lift_note": "有理"},
    "api-complaints.post_propose_listing": {"listing_reason": "拖欠"},
    "api-complaints.post_reply_listing": {"listing_reply": "将付"},
    "api-complaints.post_decide_listing": {"publish": True, "decision_reason": "属实"},
    "api-complaints.post_appeal_listing": {"listing_appeal": "不实"},
    "api-complaints.post_answer_appeal": {"uphold": True, "appeal_answer": "有理"},
    "api-complaints.post_file_complaint": {"complaint_request": "请责令付款", "truthful": True},
    "api-complaints.post_submit_complaint": {"authority": "省厅", "complaint_submitted_on": TODAY},
    "api-complaints.post_accept_complaint": {"complaint_accepted_on": TODAY, "reference_number": "1"},
    "api-complaints.post_refuse_complaint": {"refused_on": TODAY, "refusal_note": "不符"},
    "api-complaints.post_transfer_complaint": {"handler": "市局", "transferred_on": TODAY, "received_on": TODAY},
    "api-complaints.post_extend_complaint": {"extended_on": TODAY, "extension_note": "复杂"},
    "api-complaints.post_decide_complaint": {"complaint_decided_on": TODAY, "result": "责令支付"},
    "api-complaints.post_note_complaint": {"noted_on": TODAY, "progress": "核对"},
    "api-complaints.post_withdraw_complaint": {"withdrawal_note": "已付"},
    "api-complaints.post_close_complaint": {"close_reason": "settlement", "close_note": "和解"},
    "api-complaints.post_request_mediation": {"mediation_request": "请调解"},
    "api-complaints.post_answer_mediation": {"agree": True},
    "api-complaints.post_assign_partner": {"partner_id": 1},
    "api-complaints.post_add_session": {"held_on": TODAY, "session_note": "谈"},
    "api-complaints.post_record_terms": {"terms": "月底付"},
    "api-complaints.post_fail_mediation": {"failure_note": "谈不拢"},
    "api-complaints.post_agree_pause": {"pause_until": TODAY},
    "api-complaints.post_report_retaliation": {"report_text": "被排除"},
    "api-complaints.post_question": {"lead_question": "为何"},
    "api-complaints.post_answer": {"lead_answer": "没有"},
    "api-complaints.post_lead_closing": {"passed_on": False, "lead_note": "已核实"},
    "payments.notify": {"amount_fen": "1", "paid_on": TODAY, "bank_reference": "1", "instrument": "transfer"},
    "payments.dispute": {"disputed_fen": "1", "reason": "不符"},
    "payments.contradict": {"note": "没有到账"},
    "contracts.confirm": {"seen_hash": "0" * 64},
    "contracts.deliver": {"delivered_on": TODAY, "note": "交付"},
    "contracts.accept": {"accepted_on": TODAY},
    "contracts.reject": {"reason": "不合格"},
    "contracts.settle": {"settled_on": TODAY},
    "contracts.deliver_part": {"title": "一批", "amount_fen": "1", "delivered_on": TODAY},
    "contracts.accept_part": {"accepted_fen": "1", "accepted_on": TODAY, "reason": "不合格"},
    "contracts.submit_settlement": {"submitted_on": TODAY},
    "contracts.contest_settlement": {"settled_on": TODAY, "disputed_fen": "1", "reason": "不符"},
    "bonds.require": {"kind": "quality", "amount_fen": "1", "ends_on": TODAY},
    "bonds.provide": {"instrument": "cash", "reference": "1", "provided_on": TODAY},
    "bonds.give_back": {"returned_on": TODAY, "return_reference": "1"},
    "bonds.contradict_return": {"note": "没有收到"},
    "receivables.refuse": {"reason": "不符"},
    "receivables.link": {"label": "银行"},
    "contracts.invoice": {"number": "1", "amount_fen": "1", "issued_on": TODAY},
    "tendering.award": {"bid_id": "1", "reason": "最好"},
    "tendering.none_suitable": {"reason": "都不合适"},
    "tendering.contribute": {"holder": "buyer", "secret": "guess"},
    "demand.cancel": {"reason": "不要了"},
    "demand.save": {
        "title": "改成我的", "description": "改", "budget": "1", "duration_days": "1", "start_basis": "delivery",
        "deliverables": "物", "acceptance_criteria": "好", "criteria.0.name": "方案", "criteria.0.kind": "quality",
        "criteria.0.weight": "100"},
    "demand.publish_now": {"bid_deadline": "2099-01-01T00:00"},
}
# What a stranger is meant to see: public demands and how their opening goes, the own bid form, founders' profiles.
OPEN = {
    "demand.show", "tendering.opening", "founders.show", "api-demand.read_demand", "api-tendering.get_openings",
    "suggestions.partners", "suggestions.improve", "suggestions.ask_partner", "api-suggestions.get_conditions",
    "api-suggestions.get_similar", "demand.follow", "demand.unfollow", "api-demand.follow_demand",
    "api-demand.unfollow_demand", "api-demand.list_addenda",
    "tendering.bid", "tendering.submit", "tendering.check_file", "tendering.load", "tendering.bid_file",
    "tendering.team", "tendering.save_team", "api-tendering.get_team", "api-tendering.put_team",
    "api-tendering.post_attachment", "api-tendering.post_bid", "questions.ask", "api-questions.post_question",
    "integrity.declaration", "integrity.declare", "api-integrity.get_declarations", "api-integrity.post_declaration",
}
# How far an opening has come is public, and its state is told before whose share it is: not waiting, not yet due.
# That only bidders may object is told too.
STATE_IS_PUBLIC = {"objections.file", "api-objections.post_objection",
                   "tendering.contribute", "tendering.close", "api-tendering.post_opening"}


@pytest.fixture(scope="module")
def scene(market_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = Path(shutil.copytree(market_template, tmp_path_factory.mktemp("strangers") / "market"))
    app = create_app(Settings(f"sqlite:///{home / 'jiebang.db'}", "only-for-tests", home, argon2_memory_kib=8,
                              argon2_time=1, testing=True))
    app.config["WTF_CSRF_ENABLED"] = False  # a stranger with a token of their own; test_attacks.py is about those
    yield scene_of(app)
    jobs.drain(app)
    app.extensions["engine"].dispose()


def entries(app: Flask) -> int:
    """How often anything has been changed."""
    with app.app_context(), reading(app_engine()) as session:
        return session.scalar(select(func.count()).select_from(AuditEntry))


def attempts(scene: Scene, victim: str) -> Iterator[tuple[Rule, str, str]]:
    """(rule, method, address) of every route with an object of others in it."""
    for rule in scene.app.url_map.iter_rules():
        if rule.arguments and rule.arguments <= scene.objects[victim].keys():
            _, url = rule.build({name: scene.objects[victim][name] for name in rule.arguments})
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield rule, method, url


def knock(scene: Scene, role: str, rule: Rule, method: str, url: str) -> int:
    body = BODIES.get(rule.endpoint, {})
    if url.startswith("/api/"):
        headers = {"Authorization": f"Bearer key-{role}"} if role else {}
        headers |= {"If-Match": '"x"'} if method in {"PATCH", "PUT"} else {}
        sent = {"json": body} if method != "GET" and body else {}
        return scene.app.test_client().open(url, method=method, headers=headers, **sent).status_code
    answer = scene.client(role).open(url, method=method, data=body)
    return 401 if answer.status_code == 302 and answer.location.startswith("/signin") else answer.status_code


def expected(rule: Rule, role: str, access: Any) -> set[int]:
    if access == PUBLIC:
        return {200, 404}
    if not role:
        return {401}
    if access != SIGNED_IN and role not in access:
        return {403}
    if rule.endpoint in STATE_IS_PUBLIC:
        return {403, 404, 409}
    return {200, 404} if rule.endpoint in OPEN else {404}


@pytest.mark.parametrize("victim", [DRAFT, SEALED, CLOSED, AWARDED])
@pytest.mark.parametrize("role", ["", Role.BUYER, Role.FOUNDER], ids=lambda role: role or "anyone")
def test_a_stranger_reaches_nothing_that_belongs_to_others(scene: Scene, role: str, victim: str) -> None:
    before, leaks, tried = entries(scene.app), [], 0
    for rule, method, url in attempts(scene, victim):
        if rule.endpoint in OPEN and method != "GET":
            continue
        status = knock(scene, role, rule, method, url)
        tried += 1
        if status not in expected(rule, role, scene.app.view_functions[rule.endpoint].access):
            leaks.append(f"{method} {url} ({rule.endpoint}): {status}")
    assert leaks == []
    assert tried > 60
    assert entries(scene.app) == before, "a stranger changed something"


def test_a_draft_is_nobodys_but_its_buyers(scene: Scene) -> None:
    for role in ("", Role.BUYER, Role.FOUNDER, Role.OPERATOR):
        for rule, method, url in attempts(scene, DRAFT):
            if "code" in rule.arguments and method == "GET" and not url.startswith("/api/"):
                assert knock(scene, role, rule, method, url) in {401, 403, 404}, f"{role} {url}"


def test_a_share_of_an_opening_that_is_due_is_taken_from_its_holder_only(scene: Scene) -> None:
    code = scene.objects[CLOSED]["code"]
    for holder in ("buyer", "operator", "escrow"):
        answer = scene.app.test_client().post(
            f"/api/v1/demands/{code}/openings", headers={"Authorization": f"Bearer key-{Role.BUYER}"},
            json={"holder": holder, "secret": PASSPHRASE})
        assert (answer.status_code, answer.json["code"]) == (403, "opening.not_a_holder"), holder


def test_the_operator_does_nothing_in_the_name_of_a_party(scene: Scene) -> None:
    before, wrong = entries(scene.app), []
    for rule, method, url in attempts(scene, AWARDED):
        access = scene.app.view_functions[rule.endpoint].access
        if access not in (PUBLIC, SIGNED_IN) and Role.OPERATOR not in access:
            status = knock(scene, Role.OPERATOR, rule, method, url)
            wrong += [] if status == 403 else [f"{method} {url}: {status}"]
    assert wrong == []
    assert entries(scene.app) == before


def test_a_payment_is_reached_only_through_its_own_obligation(scene: Scene) -> None:
    """Two ids in one address: the second may not belong to something else."""
    objects = scene.objects[AWARDED]
    for path in (f"payments/{objects['payment_id']}/confirmation", f"disputes/{objects['dispute_id']}/resolution"):
        url = f"/api/v1/obligations/{objects['obligation_id'] % 5 + 1}/{path}"
        for role in (Role.FOUNDER, Role.OPERATOR):
            answer = scene.app.test_client().post(url, headers={"Authorization": f"Bearer key-{role}"},
                                                  json={"upheld_fen": 0, "resolution_note": "x"})
            assert answer.status_code in {403, 404}, url
