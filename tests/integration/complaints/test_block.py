"""The publishing block: from the thirtieth late day, for undisputed amounts only, undone by what ends it."""
from __future__ import annotations

import pytest
from sqlalchemy import func, select

from marketplace.accounts import standing
from marketplace.accounts.models import PublishingBlock
from marketplace.audit.models import AuditEntry
from marketplace.complaints import plans, restrictions
from marketplace.demand.models import Demand
from marketplace.enforcement import operations as enforcement
from marketplace.payments import disputes, ladder, reversals, tick
from marketplace.payments.models import Obligation
from marketplace.rules import remedy_policy
from marketplace.rules.errors import NotAllowed, Problems
from marketplace.rules.escalation import Product
from tests.integration.complaints.lateness import PRINCIPAL, Lateness, noon, on, refusal
from tests.publishing import publish

# Due 2026-03-02: 2026-04-01 is the thirtieth late day.
EVE, DAY_30 = "2026-03-31", "2026-04-01"


def put_on_list(late: Lateness, draft: Demand, day: str) -> Demand:
    return publish(late.session, draft, bid_deadline=noon("2026-12-01"), actor=late.buyer, now=noon(day))


def test_the_buyer_publishes_on_day_29_and_not_on_day_30(late: Lateness) -> None:
    first, second = late.draft(), late.draft()
    late.refreshed(EVE)
    assert put_on_list(late, first, EVE).status == "active"
    assert late.refreshed(DAY_30)["blocked"] == 1
    with pytest.raises(NotAllowed) as caught:
        put_on_list(late, second, DAY_30)
    number = late.owed_row.contract.number
    assert (caught.value.code, caught.value.facts["left_fen"], caught.value.facts["numbers"]) == (
        "publishing.blocked", PRINCIPAL, [number])
    assert first.status == "active", "what is published goes on"


def test_it_is_put_on_once_however_often_the_round_runs(late: Lateness) -> None:
    runs = [late.refreshed(DAY_30) for _ in range(24)]
    assert sum(run["blocked"] for run in runs) == 1
    assert late.told(late.buyer).count("publishing_blocked") == 1
    assert late.told(late.founder).count("publishing_blocked_payee") == 1
    entries = select(func.count()).select_from(AuditEntry).filter_by(action="publishing_block:impose")
    assert late.session.scalar(entries) == 1


def test_payment_lifts_it_in_the_same_moment(late: Lateness) -> None:
    late.refreshed(DAY_30)
    late.paid(late.owed_row, "2026-04-02", PRINCIPAL)
    assert put_on_list(late, late.draft(), "2026-04-02").status == "active"
    block = late.session.scalars(select(PublishingBlock)).one()
    assert block.lifted_reason == "settled"
    assert late.told(late.buyer).count("publishing_unblocked") == 1


def test_a_part_payment_does_not(late: Lateness) -> None:
    late.refreshed(DAY_30)
    late.paid(late.owed_row, "2026-04-02", PRINCIPAL - 1)
    late.refreshed("2026-04-02")
    assert [block.left_fen for block in standing.open_blocks(late.session, late.buyer.organisation_id)] == [1]


def test_an_amount_in_dispute_does_not_count(late: Lateness, owed: Obligation) -> None:
    """Decree 802 Art 15: what is undisputed is to be paid; only that can be late."""
    late.refreshed(DAY_30)
    opened = disputes.open_dispute(late.session, owed, amount_fen=PRINCIPAL, reason="接口不符", actor=late.buyer,
                                   now=noon("2026-04-03"))
    assert not standing.open_blocks(late.session, late.buyer.organisation_id)
    disputes.resolve_dispute(late.session, opened.id, upheld_fen=PRINCIPAL, note="应付", actor=late.operator,
                             now=noon("2026-04-20"))
    assert late.refreshed("2026-04-20")["blocked"] == 1, "found payable, it is as late as it always was"


def test_an_upheld_objection_ends_it_for_good(late: Lateness, owed: Obligation) -> None:
    late.refreshed(DAY_30)
    assert refusal(restrictions.lift_by_operator, late.session, owed, note="x", actor=late.buyer,
                   now=noon(DAY_30)) == "remedy.only_operator"
    restrictions.lift_by_operator(late.session, owed, note="银行退票，已证明", actor=late.operator,
                                  now=noon("2026-04-02"))
    assert late.refreshed("2026-04-03") == {"plans_ended": 0, "blocked": 0, "unblocked": 0}


def test_an_upheld_appeal_against_the_step_of_the_ladder_lifts_it_too(late: Lateness, owed: Obligation) -> None:
    tick.run(late.session, today=on(DAY_30), now=noon(DAY_30))
    late.refreshed(DAY_30)
    step = next(one for one in ladder.steps_of(late.session, [owed.id])[owed.id] if one.step == "late_30")
    opened = enforcement.appeal(late.session, owed, step.id, reason="银行在查", actor=late.buyer, now=noon(DAY_30))
    enforcement.decide_appeal(late.session, opened.id, upheld=True, note="回单属实", actor=late.operator,
                              now=noon("2026-04-02"))
    assert not standing.open_blocks(late.session, late.buyer.organisation_id)
    assert late.refreshed("2026-04-03")["blocked"] == 0


def test_an_accepted_plan_lifts_it_and_a_broken_instalment_brings_it_back(late: Lateness) -> None:
    late.refreshed(DAY_30)
    plan = late.agreed(("2026-04-20", 4_000_000), ("2026-05-20", None))
    assert put_on_list(late, late.draft(), "2026-04-10").status == "active"
    late.paid(late.owed_row, "2026-04-20", 4_000_000)
    assert late.refreshed("2026-04-21") == {"plans_ended": 0, "blocked": 0, "unblocked": 0}
    assert late.refreshed("2026-05-20")["plans_ended"] == 0, "due today is not late"
    assert late.refreshed("2026-05-21") == {"plans_ended": 1, "blocked": 1, "unblocked": 0}
    assert plan.status == "broken"
    assert refusal(put_on_list, late, late.draft(), "2026-05-21") == "publishing.blocked"


def test_a_plan_moves_neither_the_due_date_nor_the_interest(late: Lateness, owed: Obligation) -> None:
    """Decree 802 Art 17: 100,000 yuan x 0.05 % x 49 days, plan or not."""
    before = late.statement(owed, "2026-04-20")
    late.agreed(("2026-04-20", 4_000_000), ("2026-05-20", None))
    after = late.statement(owed, "2026-04-20")
    assert (after.due, after.interest_fen) == (before.due, before.interest_fen) == (on("2026-03-02"), 245_000)


def test_the_instalments_add_up_to_principal_and_the_interest_they_let_run(late: Lateness, owed: Obligation) -> None:
    # 49 days on 100,000 yuan, then 30 days on 60,000: 2,450 + 900 yuan of interest
    plan = late.planned(("2026-04-20", 4_000_000), ("2026-05-20", None))
    assert [one.amount_fen for one in plan.instalments] == [4_000_000, 6_335_000]
    assert (plan.principal_fen, plan.total_fen) == (PRINCIPAL, 10_335_000)
    plans.withdraw(late.session, owed, plan.id, actor=late.buyer, now=noon("2026-04-10"))
    for promises, code in ((((("2026-04-20", 4_000_000), ("2026-05-20", 6_000_000))), "plan.does_not_add_up"),
                           (((("2026-04-20", 11_000_000), ("2026-05-20", None))), "plan.too_much"),
                           (((("2026-05-20", 1), ("2026-04-20", None))), "plan.days_not_in_order"),
                           (((("2026-04-01", None),)), "plan.day_out_of_range"),
                           (((("2026-04-20", None), ("2026-05-20", None))), "plan.amount_missing")):
        with pytest.raises(Problems) as caught:
            late.planned(*promises)
        assert code in {problem.code for problem in caught.value.problems}


def test_a_payment_the_founder_has_not_answered_counts_for_the_plan(late: Lateness) -> None:
    plan = late.agreed(("2026-04-20", 4_000_000), ("2026-05-20", None))
    late.notified(late.owed_row, "2026-04-20", 4_000_000)
    late.refreshed("2026-04-21")
    assert plan.status == "accepted"


def test_an_instalment_on_a_rest_day_may_be_paid_on_the_next_working_day(late: Lateness) -> None:
    """Civil Code 203: 2026-04-25 is a Saturday."""
    plan = late.agreed(("2026-04-25", None))
    late.refreshed("2026-04-27")
    assert plan.status == "accepted"
    late.refreshed("2026-04-28")
    assert plan.status == "broken"


def test_a_plan_paid_in_full_is_fulfilled(late: Lateness) -> None:
    plan = late.agreed(("2026-04-20", None))
    late.paid(late.owed_row, "2026-04-20", plan.total_fen)
    late.refreshed("2026-04-21")
    assert plan.status == "fulfilled"


def test_a_payment_reversed_under_a_plan_leaves_more_than_the_plan_covers(late: Lateness, owed: Obligation) -> None:
    early = late.paid(owed, "2026-04-05", 1_000_000)
    plan = late.agreed(("2026-04-20", None))
    late.paid(owed, "2026-04-20", plan.total_fen)
    reversals.reverse_payment(late.session, early.id, kind=reversals.BOUNCED, reason="银行退票", actor=late.founder,
                              now=noon("2026-04-20"))
    late.refreshed("2026-04-20")
    assert plan.status == "accepted", "its day is not over"
    assert late.refreshed("2026-04-21")["blocked"] == 1
    assert plan.status == "broken"


def test_only_the_other_side_answers_a_plan_and_only_one_is_open(late: Lateness, owed: Obligation) -> None:
    plan = late.planned(("2026-04-20", None))
    assert refusal(late.planned, ("2026-04-21", None)) == "plan.one_is_open"
    for actor, code in ((late.buyer, "contract.other_side"), (late.stranger, "not_found"),
                        (late.operator, "not_found")):
        assert refusal(plans.accept, late.session, owed, plan.id, actor=actor, now=noon("2026-04-10")) == code
    plans.refuse(late.session, owed, plan.id, note="太久", actor=late.founder, now=noon("2026-04-10"))
    assert (plan.status, plan.answer_note) == ("refused", "太久")
    assert late.refreshed("2026-04-11")["blocked"] == 1, "a refused plan excuses nothing"


def test_the_day_is_the_one_the_ladder_announces() -> None:
    """The ladder everybody can read and the rule that blocks name the same days."""
    edition = ladder.in_force(on("2026-04-01"))
    assert edition is not None
    days = {product: rung.days for rung in edition.rungs for product in rung.makes}
    assert remedy_policy.number("block_from_days_late", on=on("2026-04-01")) == days[Product.PUBLISHING_BLOCK]
    assert remedy_policy.number("listing_from_days_late", on=on("2026-04-01")) == days[Product.PUBLIC_LISTING]
