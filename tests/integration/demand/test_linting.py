"""What the linters find is shown to the buyer with words and article, and what the law forbids is not published."""
from __future__ import annotations

import dataclasses

import pytest

from marketplace.demand import linting, operations
from marketplace.demand.drafts import CriterionDraft
from marketplace.rules.errors import Problems
from tests.integration.demand.conftest import IN_TWO_WEEKS, NOW
from tests.publishing import publish


def made(session, write, actor, **said):
    return operations.create(session, write(**said), actor=actor, now=NOW)


def test_a_forbidden_clause_in_the_text_keeps_a_demand_from_being_published(session, write, anchor) -> None:
    demand = made(session, write, anchor, description="做一个模型。收到业主付款后支付乙方。")
    with pytest.raises(Problems) as caught:
        publish(session, demand, bid_deadline=IN_TWO_WEEKS, actor=anchor, now=NOW)
    (problem,) = caught.value
    assert (problem.field, problem.code) == ("description", "linting.clause_blocks")
    assert problem.facts["quote"] == "收到业主付款后支付乙方"
    assert "第九条第二款" in problem.facts["articles"][0]


def test_a_criterion_that_rewards_deferral_cannot_be_published(session, write, anchor) -> None:
    demand = made(session, write, anchor, criteria=(
        CriterionDraft("方案", "quality", 60), CriterionDraft("可接受的账期", "quality", 10),
        CriterionDraft("价格", "price", 30)))
    assert [one.code for one in operations.publication_problems(demand, now=NOW)] == ["linting.clause_blocks"]


def test_an_entry_barrier_warns_and_does_not_forbid(session, write, anchor, bureau) -> None:
    text = "供应商注册资本不低于500万元。"
    for buyer, binding in ((anchor, False), (bureau, True)):
        demand = operations.create(session, dataclasses.replace(write(description=text), external_ref=None),
                                   actor=buyer, now=NOW)
        (found,) = linting.findings(demand)
        assert (found.kind, found.code, found.blocks, found.binding) == (
            "barrier", "registered_capital", False, binding)
        assert operations.publication_problems(demand, now=NOW) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_buyer_reads_why_and_what_to_write_instead_before_publishing(visit, lang) -> None:
    buyer = visit("large_enterprise")
    code = buyer.api("POST", "/demands", json={
        "title": "漏损定位", "description": "供应商注册资本不低于500万元。验收后20个工作日内付款。",
        "budget_fen": 18_000_000,
        "duration_days": 60, "acceptance_period_days": 10, "deliverables": ["模型"],
        "criteria": [{"name": "方案", "kind": "quality", "weight": 70},
                     {"name": "价格", "kind": "price", "weight": 30}],
    }).json["code"]
    for page in ("publish", "edit"):
        text = buyer.client.get(f"/demands/{code}/{page}?lang={lang}").text
        assert ("注册资本门槛" if lang == "zh" else "Registered capital") in text
        assert ("约合 28 天" if lang == "zh" else "are about 28") in text
