"""Payment clauses in a demand's own words against Decree 802, as a founder's lawyer would read them."""
from __future__ import annotations

import json

import pytest

from marketplace.config import ROOT
from marketplace.rules import statutes, term_linter
from marketplace.rules.payment_facts import PayerType

PUBLIC, LARGE, SME = PayerType.GOVERNMENT, PayerType.LARGE_ENTERPRISE, PayerType.SME


def said(text: str, payer: PayerType = LARGE, **more) -> list[tuple[str, bool]]:
    """(code, whether it blocks) of each clause found."""
    return [(clause.code, clause.blocks) for clause in term_linter.find(text, payer=payer, **more)]


@pytest.mark.parametrize(("text", "code"), [
    ("收到业主付款后30日内支付乙方", "pay_when_paid"),
    ("双方按背靠背方式付款", "pay_when_paid"),
    ("待最终用户款项到账后支付", "pay_when_paid"),
    ("按业主付款进度同比例支付", "pay_when_paid"),
    ("Payment is made pay-when-paid.", "pay_when_paid"),
    ("视财政资金到位情况支付", "funding_excuse"),
    ("供应商须无条件接受商业承兑汇票", "forced_non_cash"),
    ("尾款以房抵款", "forced_non_cash"),
    ("履约保证金不接受银行保函", "guarantee_refused"),
    ("保证金必须以现金缴纳", "guarantee_refused"),
    ("质保金到期后概不退还", "deposit_kept"),
    ("公司内部付款流程完成后支付", "internal_excuse"),
    ("付款时间以甲方内部审批为准", "internal_excuse"),
    ("竣工验收备案完成后付款", "internal_excuse"),
    ("如有争议，甲方有权暂停支付全部款项", "undisputed_withheld"),
    ("乙方放弃逾期利息", "interest_waived"),
    ("逾期付款不计息", "interest_waived"),
    ("账期越长得分越高", "deferral_scores"),
    ("同意垫资的加5分", "deferral_scores")])
def test_what_the_decree_forbids_cannot_be_published_and_names_its_article(text: str, code: str) -> None:
    (clause,) = [one for one in term_linter.find(text, payer=LARGE) if one.code == code]
    assert clause.blocks
    assert clause.articles
    assert all(key in statutes.ARTICLES for key in clause.articles)
    assert clause.quote == text.rstrip("."), "the buyer's words as they were typed"


@pytest.mark.parametrize("text", [
    "验收合格之日起30日内付款", "付款不以收到第三方款项为前提", "识别合同中的背靠背条款并提示风险",
    "每例由两人背靠背标注", "票据识别：支持商业汇票、发票、收据",
    "统计应收账款账期并预测回款", "导出审计日志", "无争议部分按期支付", "保证金于验收后30日内退还",
    "项目周期45天，付款条件见下", "内部审批流程数字化改造"])
def test_lawful_clauses_and_work_about_payments_are_left_alone(text: str) -> None:
    assert said(text, term_days=30) == []


def test_audit_as_basis_is_blocked_for_public_bodies_and_state_owned_firms_only() -> None:
    text = "最终价款以审计结果为准"
    assert said(text, PUBLIC) == [("audit_as_basis", True)]
    assert said(text, LARGE, state_owned=True) == [("audit_as_basis", True)]
    assert said(text, LARGE) == [("audit_as_basis", False)]


@pytest.mark.parametrize(("text", "payer", "expected"), [
    ("验收后90日内支付", PUBLIC, [("term_over_60", True)]),
    ("验收后90日内支付", LARGE, [("term_over_60", False)]),
    ("验收后三个月内付清", PUBLIC, [("term_over_60", True)]),
    ("验收后45个工作日内付款", PUBLIC, [("term_over_60", True)]),  # 45 working days are 63 days
    ("验收后20个工作日内付款", PUBLIC, [("working_days", False)]),
    ("账期60天", PUBLIC, [("term_differs", False)]),
    ("账期30天", PUBLIC, []),
    ("Payment within 120 days.", LARGE, [("term_over_60", False)])])
def test_days_in_the_text_are_held_against_the_cap_and_the_terms(text, payer, expected) -> None:
    assert said(text, payer, term_days=30) == expected


def test_an_invoice_does_not_start_the_term() -> None:
    assert ("invoice_first", False) in said("收到增值税发票后30日内付款", term_days=30)


@pytest.mark.parametrize("name", ["付款账期", "垫资能力", "可接受的付款期限", "Payment terms"])
def test_a_criterion_can_never_score_deferral_whoever_buys(name: str) -> None:
    for payer in (PUBLIC, LARGE, SME):
        assert said(name, payer, place="criteria") == [("deferral_scores", True)]
    assert said("对需求的理解与实施方案", place="criteria") == []


def test_a_buyer_that_is_itself_an_sme_is_outside_the_decree() -> None:
    assert said("收到业主付款后30日内支付", SME) == []


def test_none_of_the_demo_markets_demands_is_held_up() -> None:
    for line in (ROOT / "seed_data/market/demands.jsonl").read_text(encoding="utf-8").splitlines():
        demand = json.loads(line)
        assert said(demand["description"], PUBLIC) == [], demand["id"]
