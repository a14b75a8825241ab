"""A form saved as it is written: nothing is lost, nothing is saved over unseen, and a copy starts clean."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.audit import operations as audit
from marketplace.demand import copying, operations, queries, records, saving
from marketplace.rules import micro_orders
from marketplace.rules.errors import NotFound, Problems, WrongState
from tests.integration.demand.conftest import NOW

HOUR = dt.timedelta(hours=1)


def codes(caught) -> list[str]:
    return [problem.code for problem in caught.value]


# Unfinished forms -----------------------------------------------------------------------------------


def test_a_title_is_enough_to_keep_a_form_and_only_its_buyer_finds_it(session, anchor, bureau) -> None:
    with pytest.raises(Problems) as caught:
        saving.begin(session, {"scene": "老城区"}, actor=anchor, now=NOW)
    assert codes(caught) == ["demand.form_needs_title"]
    form = saving.begin(session, {"title": "管网漏损", "budget": "十八万左右"}, actor=anchor, now=NOW)
    session.expire_all()
    assert saving.form_for(session, form.id, actor=anchor).typed == {"title": "管网漏损", "budget": "十八万左右"}
    assert saving.of_buyer(session, anchor.organisation_id) == [form]
    assert saving.of_buyer(session, bureau.organisation_id) == []
    with pytest.raises(NotFound):
        saving.form_for(session, form.id, actor=bureau)
    assert queries.of_buyer(session, anchor.organisation_id) == []  # no demand before it is finished


def test_nobody_saves_over_what_a_colleague_saved_meanwhile(session, anchor) -> None:
    form = saving.begin(session, {"title": "漏损"}, actor=anchor, now=NOW)
    saving.keep(session, form, {"title": "漏损", "scene": "同事写的"}, version=1, actor=anchor, now=NOW + HOUR)
    with pytest.raises(saving.Overtaken) as caught:
        saving.keep(session, form, {"title": "漏损", "scene": "我写的"}, version=1, actor=anchor, now=NOW + 2 * HOUR)
    assert (caught.value.code, caught.value.facts["at"]) == ("demand.saved_in_between", NOW + HOUR)
    assert caught.value.form.typed["scene"] == "同事写的"
    kept = saving.keep(session, form, {"title": "漏损", "scene": "我写的"}, version=2, actor=anchor, now=NOW + 2 * HOUR)
    assert (kept.version, kept.typed["scene"]) == (3, "我写的")


def test_a_finished_form_becomes_a_draft_and_is_gone(session, anchor, write) -> None:
    form = saving.begin(session, {"title": "漏损"}, actor=anchor, now=NOW)
    with pytest.raises(saving.Overtaken):
        saving.finish(session, form, write(), version=7, actor=anchor, now=NOW)
    demand = saving.finish(session, form, write(), version=1, actor=anchor, now=NOW)
    assert queries.of_buyer(session, anchor.organisation_id) == [demand]
    assert saving.of_buyer(session, anchor.organisation_id) == []


def test_an_unfinished_change_leaves_the_draft_alone_until_it_is_saved(session, anchor, write) -> None:
    demand = operations.create(session, write(), actor=anchor, now=NOW)
    base = records.version_of(demand)
    saving.keep_change(session, demand, {"title": "漏损普查"}, base=base, version=0, actor=anchor, now=NOW + HOUR)
    assert demand.title == "管网漏损定位"
    saving.apply(session, demand, write(title="漏损普查"), base=base, version=1, actor=anchor, now=NOW + HOUR)
    assert demand.title == "漏损普查"
    assert saving.change_of(session, demand) is None


def test_a_change_begun_from_an_older_draft_is_refused(session, anchor, write) -> None:
    demand = operations.create(session, write(), actor=anchor, now=NOW)
    base = records.version_of(demand)
    operations.edit(session, demand, write(budget_fen=9_000_000), actor=anchor, now=NOW + HOUR)
    for late in (lambda: saving.apply(session, demand, write(title="旧稿"), base=base, version=0, actor=anchor,
                                      now=NOW + 2 * HOUR),
                 lambda: saving.keep_change(session, demand, {"title": "旧稿"}, base=base, version=0, actor=anchor,
                                            now=NOW + 2 * HOUR)):
        with pytest.raises(saving.Overtaken):
            late()
    assert (demand.title, demand.budget_fen) == ("管网漏损定位", 9_000_000)
    fresh = records.version_of(demand)
    saving.apply(session, demand, write(title="新稿"), base=fresh, version=0, actor=anchor, now=NOW + 2 * HOUR)
    assert demand.title == "新稿"


def test_a_change_of_what_is_published_is_neither_kept_nor_listed(session, anchor, write) -> None:
    demand = operations.create(session, write(), actor=anchor, now=NOW)
    base = records.version_of(demand)
    saving.keep_change(session, demand, {"title": "漏损普查"}, base=base, version=0, actor=anchor, now=NOW)
    operations.cancel(session, demand, reason="不做了", actor=anchor, now=NOW)
    assert saving.of_buyer(session, anchor.organisation_id) == []
    with pytest.raises(WrongState):
        saving.keep_change(session, demand, {"title": "再改"}, base=base, version=1, actor=anchor, now=NOW)


def test_what_is_thrown_away_is_gone_and_the_record_says_who_did_it(session, anchor) -> None:
    form = saving.begin(session, {"title": "漏损"}, actor=anchor, now=NOW)
    saving.discard(session, form, actor=anchor, now=NOW)
    assert saving.of_buyer(session, anchor.organisation_id) == []
    assert audit.latest(session, limit=1)[0].action == "demand_draft:discard"


# Copies ---------------------------------------------------------------------------------------------


def test_a_copy_says_the_same_and_brings_nothing_of_what_became_of_it(session, anchor, write) -> None:
    source = operations.create(session, write(minimum_batch=100, minimum_batch_unit="张"), actor=anchor, now=NOW)
    source.conditions = [{"kept": True}]
    operations.cancel(session, source, reason="预算调整", actor=anchor, now=NOW)
    copied = copying.copy(session, source, actor=anchor, now=NOW + HOUR)
    assert records.draft_of(copied) == records.draft_of(source).__class__(
        **{**vars(records.draft_of(source)), "external_ref": None})
    assert (copied.status, copied.published_at, copied.bid_deadline, copied.opened_at, copied.closed_reason,
            copied.conditions, copied.slice_id) == ("planning", None, None, None, None, None, None)
    assert (copied.copied_from, copied.code) == (source.code, f"JB-2026-{copied.id:06d}")
    assert copying.copy(session, source, actor=anchor, now=NOW + HOUR).code != copied.code  # as often as one likes


# Small orders ---------------------------------------------------------------------------------------


def test_a_small_order_is_a_small_budget_or_a_named_batch() -> None:
    on = dt.date(2026, 3, 2)
    assert micro_orders.is_micro(micro_orders.ceiling(on), None, on=on)
    assert not micro_orders.is_micro(micro_orders.ceiling(on) + 1, None, on=on)
    assert micro_orders.is_micro(50_000_000, 100, on=on)
