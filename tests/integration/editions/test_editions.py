"""What a monthly list owes its readers: checked before the freeze, the same for ever after, honest about changes."""
from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest
from sqlalchemy import select

from marketplace.accounts import standing
from marketplace.demand import operations as demands
from marketplace.editions import composing, operations, queries
from marketplace.editions import document as documents
from marketplace.editions.composing import Place
from marketplace.notices.models import Notice
from marketplace.rules.editions import differences
from marketplace.rules.errors import NotFound, Problems, WrongState
from tests.integration.editions.lists import APRIL, FORM, MARCH, Lists, at


def codes(refused: pytest.ExceptionInfo[Problems]) -> list[str]:
    return [problem.code for problem in refused.value]


def notices(lists: Lists, organisation_id: int) -> list[str]:
    return list(lists.session.scalars(select(Notice.code).filter_by(organisation_id=organisation_id).order_by(
        Notice.id).where(Notice.code.startswith("edition"))))


def test_a_frozen_edition_says_everything_in_one_document_whose_hash_anyone_can_recompute(lists: Lists) -> None:
    edition = lists.edition()
    lists.list(edition, lists.demand("测漏点"), lists.water)
    lists.list(edition, lists.demand("查划伤", buyer=lists.other), lists.making)
    lists.list(edition, lists.demand("读水表"), lists.water)
    lists.freeze(edition)
    said = edition.document
    assert [(one["position"], one["title"], one["track"]) for one in said["items"]] == [
        (1, "测漏点", "water"), (2, "读水表", "water"), (3, "查划伤", "making")]
    assert {one["buyer"]["name"] for one in said["items"]} == {"buyer1 公司", "buyer2 公司"}
    assert [track["zh"] for track in said["tracks"]] == ["水务", "制造"]
    file = documents.canonical(said)
    assert hashlib.sha256(file).hexdigest() == edition.document_hash
    assert json.loads(file) == said
    assert hashlib.sha256(file.replace("测漏点".encode(), "测漏水".encode())).hexdigest() != edition.document_hash


def test_the_stored_document_still_has_its_hash_when_it_is_read_again(lists: Lists) -> None:
    edition = lists.edition()
    lists.list(edition, lists.demand("测漏点"))
    lists.publish(edition)
    lists.session.expire(edition)
    assert documents.digest(edition.document) == edition.document_hash


def test_a_freeze_names_every_failing_check_at_once(lists: Lists) -> None:
    edition = lists.edition()
    lists.list(edition, lists.demand("没发布", publish=False))
    lists.list(edition, lists.demand("快截止", until="2026-03-03"))
    without = lists.demand("缺场景")
    without.scene = " "  # as a demand published before the scene was required
    lists.list(edition, without)
    unsorted = lists.demand("没分赛道")
    composing.add(lists.session, edition, unsorted, actor=lists.operator, now=at("2026-03-02"))
    composing.propose(lists.session, edition, lists.demand("等回音"), actor=lists.buyer, now=at("2026-03-02"))
    with pytest.raises(Problems) as refused:
        lists.freeze(edition, "2026-03-04")
    assert codes(refused) == ["edition.proposals_waiting", "edition.item_unpublished", "edition.item_closed",
                              "edition.item_incomplete", "edition.item_without_track"]
    assert (edition.status, edition.document_hash) == ("draft", None)


def test_an_empty_list_is_not_frozen(lists: Lists) -> None:
    with pytest.raises(Problems) as refused:
        lists.freeze(lists.edition())
    assert codes(refused) == ["edition.empty"]


def test_terms_that_are_unlawful_by_now_keep_a_demand_off_the_list(lists: Lists) -> None:
    edition = lists.edition()
    demand = lists.demand("等上家", buyer=lists.other)
    lists.list(edition, demand)
    demand.pay_when_paid_clause = True  # as a demand published under an earlier edition of the law could say
    with pytest.raises(Problems) as refused:
        lists.freeze(edition)
    assert codes(refused) == ["terms.pay_when_paid"]


def test_a_buyer_kept_from_publishing_is_not_listed(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = lists.edition()
    lists.list(edition, lists.demand("测漏点"))
    monkeypatch.setattr(standing, "open_blocks", lambda session, organisation_id: ["a block"])
    with pytest.raises(Problems) as refused:
        lists.freeze(edition)
    assert codes(refused) == ["edition.item_buyer_blocked"]


def test_after_the_freeze_nothing_can_be_changed_and_nothing_undone(lists: Lists) -> None:
    edition = lists.edition()
    item = lists.list(edition, lists.demand("测漏点"))
    late = lists.demand("来晚了")
    lists.freeze(edition)
    now, operator = at("2026-03-04"), {"actor": lists.operator}
    attempts = (
        lambda: operations.edit(lists.session, edition, dataclasses.replace(FORM, title_zh="改"), now=now, **operator),
        lambda: composing.add(lists.session, edition, late, now=now, **operator),
        lambda: composing.propose(lists.session, edition, late, actor=lists.buyer, now=now),
        lambda: composing.decline(lists.session, edition, item.id, reason="不要", now=now, **operator),
        lambda: composing.arrange(lists.session, edition, [Place(item.id, 9, None)], now=now, **operator),
        lambda: composing.carry_over(lists.session, edition, now=now, **operator),
        lambda: operations.freeze(lists.session, edition, now=now, **operator))
    for attempt in attempts:
        with pytest.raises(WrongState):
            attempt()


def test_a_demand_taken_back_later_is_marked_and_the_document_stays(lists: Lists) -> None:
    edition = lists.edition()
    demand = lists.demand("测漏点")
    lists.list(edition, demand)
    lists.publish(edition)
    before = edition.document_hash
    assert queries.cancelled_since(lists.session, edition) == {}
    demands.cancel(lists.session, demand, reason="项目取消", actor=lists.buyer, now=at("2026-03-05"))
    marked = queries.cancelled_since(lists.session, edition)
    assert [one.closed_reason for one in marked.values()] == ["项目取消"]
    assert documents.digest(edition.document) == before == edition.document_hash


def test_only_a_frozen_edition_is_published_and_only_once(lists: Lists) -> None:
    edition = lists.edition()
    lists.list(edition, lists.demand("测漏点"))
    for moment in ("draft", "published"):
        with pytest.raises(WrongState):
            operations.publish(lists.session, edition, actor=lists.operator, now=at("2026-03-04"))
        if moment == "draft":
            lists.publish(edition)


def test_a_month_has_one_edition(lists: Lists) -> None:
    lists.edition()
    with pytest.raises(Problems) as refused:
        lists.edition()
    assert codes(refused) == ["edition.month_taken"]
    with pytest.raises(Problems) as refused:
        lists.edition(MARCH, day="2026-04-02")
    assert codes(refused) == ["edition.month_out_of_range"]


class TestTheNextEdition:
    """What is untaken comes back, what is gone says why, what changed is named."""

    def test_carries_over_what_still_takes_bids_and_names_what_changed(self, lists: Lists) -> None:
        march = lists.edition()
        kept, extended, over, gone, dropped = (
            lists.demand("读水表", until="2026-04-20"), lists.demand("测漏点", until="2026-03-20"),
            lists.demand("查划伤"), lists.demand("画管网"), lists.demand("看泵站", until="2026-04-20"))
        for demand in (kept, extended, over, gone, dropped):
            lists.list(march, demand)
        lists.publish(march)
        demands.cancel(lists.session, gone, reason="不做了", actor=lists.buyer, now=at("2026-03-10"))
        extended.bid_deadline = at("2026-04-25", 17)  # an addendum extends
        april = lists.edition(APRIL, day="2026-04-01")
        carried = composing.carry_over(lists.session, april, actor=lists.operator, now=at("2026-04-01"))
        assert [item.demand.title for item in carried] == ["读水表", "测漏点", "看泵站"]
        assert {item.track for item in carried} == {lists.water}
        composing.decline(lists.session, april, carried[2].id, reason="改到五月", actor=lists.operator,
                          now=at("2026-04-01"))
        assert composing.carry_over(lists.session, april, actor=lists.operator, now=at("2026-04-01")) == []
        lists.list(april, lists.demand("补缺口", day="2026-04-01", until="2026-04-21"), lists.making, day="2026-04-01")
        lists.freeze(april, "2026-04-02")
        found = differences(april.document)
        assert [item["title"] for item in found.new] == ["补缺口"]
        assert [(item["title"], item["first_listed"]) for item in found.carried] == [
            ("读水表", "2026-03"), ("测漏点", "2026-03")]
        assert [(item["title"], [one["field"] for one in item["changed"]]) for item in found.changed] == [
            ("测漏点", ["bid_deadline"])]
        assert {(item["title"], item["why"]) for item in found.gone} == {
            ("查划伤", "bidding_over"), ("画管网", "cancelled"), ("看泵站", "left_out")}
        assert april.document["previous"] == {"month": "2026-03", "number": 1, "sha256": march.document_hash}

    def test_waits_for_the_one_before(self, lists: Lists) -> None:
        lists.list(lists.edition(), lists.demand("读水表"))
        april = lists.edition(APRIL)
        lists.list(april, lists.demand("测漏点"))
        with pytest.raises(Problems) as refused:
            lists.freeze(april)
        assert codes(refused) == ["edition.last_is_draft"]


class TestProposals:
    """Buyers propose their own demands; the operator decides and says why not."""

    def test_are_listed_or_declined_with_a_reason_the_buyer_reads(self, lists: Lists) -> None:
        edition = lists.edition()
        first, second = (composing.propose(lists.session, edition, lists.demand(title), note="请列入",
                                           actor=lists.buyer, now=at("2026-03-02")) for title in ("测漏点", "读水表"))
        assert notices(lists, lists.operator.organisation_id) == ["edition_proposed"] * 2
        composing.include(lists.session, edition, first.id, track_id=lists.water.id, actor=lists.operator,
                          now=at("2026-03-02"))
        with pytest.raises(Problems) as refused:
            composing.decline(lists.session, edition, second.id, reason=" ", actor=lists.operator,
                              now=at("2026-03-02"))
        assert codes(refused) == ["edition.decline_reason_missing"]
        composing.decline(lists.session, edition, second.id, reason="与上期重复", actor=lists.operator,
                          now=at("2026-03-02"))
        lists.publish(edition)
        assert [item["title"] for item in edition.document["items"]] == ["测漏点"]
        assert notices(lists, lists.buyer.organisation_id) == ["edition_declined", "edition_lists_yours"]

    def test_are_only_for_ones_own_demands_and_once(self, lists: Lists) -> None:
        edition, demand = lists.edition(), lists.demand("测漏点")
        with pytest.raises(NotFound):
            composing.propose(lists.session, edition, demand, actor=lists.other, now=at("2026-03-02"))
        composing.propose(lists.session, edition, demand, actor=lists.buyer, now=at("2026-03-02"))
        with pytest.raises(Problems) as refused:
            lists.list(edition, demand)
        assert codes(refused) == ["edition.listed_already"]


class TestSubscribers:
    """Who asked for an edition, or for a track that is in it, is told once."""

    def test_are_told_of_what_they_chose(self, lists: Lists) -> None:
        everything, watery, making = lists.founders
        for founder, choice in ((everything, {"every": True, "track_ids": [lists.water.id]}),
                                (watery, {"every": False, "track_ids": [lists.water.id]}),
                                (making, {"every": False, "track_ids": [lists.making.id]})):
            operations.subscribe(lists.session, **choice, actor=founder, now=at("2026-03-01"))
        edition = lists.edition()
        lists.list(edition, lists.demand("测漏点"), lists.water)
        lists.publish(edition)
        told = [notices(lists, founder.organisation_id) for founder in lists.founders]
        assert told == [["edition_published"], ["edition_published_tracks"], []]

    def test_may_choose_again(self, lists: Lists) -> None:
        founder = lists.founders[0]
        for choice in ([lists.water.id], [lists.making.id, lists.making.id], []):
            operations.subscribe(lists.session, every=not choice, track_ids=choice, actor=founder,
                                 now=at("2026-03-01"))
            lists.session.flush()
        held = queries.subscriptions_of(lists.session, founder.organisation_id)
        assert [one.track for one in held] == [None]


def test_nobody_but_the_operator_finds_an_edition_before_it_is_published(lists: Lists) -> None:
    edition = lists.edition()
    lists.list(edition, lists.demand("测漏点"))
    lists.freeze(edition)
    for actor in (None, lists.buyer, lists.founders[0]):
        with pytest.raises(NotFound):
            queries.visible_to(lists.session, "2026-03", actor=actor)
    assert queries.visible_to(lists.session, "2026-03", actor=lists.operator) is edition
    lists.publish(edition)
    assert queries.visible_to(lists.session, "2026-03", actor=None) is edition
    for guess in ("2026-13", "2026-3", "x", "2026-03\x00", "9999999"):
        with pytest.raises(NotFound):
            queries.visible_to(lists.session, guess, actor=lists.operator)
