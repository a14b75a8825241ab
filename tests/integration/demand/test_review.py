"""Draft → review → published: who declares and decides what, and that nobody loses by the waiting."""
from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from marketplace.accounts import operations as accounts
from marketplace.demand import operations, queries, review
from marketplace.notices.models import Notice
from marketplace.rules import uscc
from marketplace.rules.errors import NotAllowed, NotFound, Problems, WrongState
from tests.integration.demand.conftest import IN_TWO_WEEKS, NOW
from tests.publishing import operator_of

DAY = dt.timedelta(days=1)


@pytest.fixture
def operator(session):
    return operator_of(session, now=NOW)


@pytest.fixture
def draft(session, anchor, write):
    return operations.create(session, write(), actor=anchor, now=NOW)


def submit(session, demand, actor, *, now=NOW, **said):
    said = {"bid_deadline": IN_TWO_WEEKS} | said if "bidding_days" not in said else said
    return review.submit(session, demand, **{"unclassified": True, "actor": actor, "now": now} | said)


def told(session, organisation_id: int) -> list[str]:
    return [one.code for one in session.scalars(select(Notice).filter_by(organisation_id=organisation_id))]


def test_a_demand_handed_in_waits_unseen_until_the_operator_publishes_it(session, anchor, operator, draft) -> None:
    submit(session, draft, anchor)
    assert (draft.status, queries.board(session, now=NOW)) == ("review", [])
    with pytest.raises(NotFound):
        queries.visible_to(session, draft.code, actor=None)
    assert "review_wanted" in told(session, operator.organisation_id)
    review.approve(session, draft, actor=operator, now=NOW)
    assert (draft.status, draft.bid_deadline) == ("active", IN_TWO_WEEKS)
    assert "demand_published" in told(session, anchor.organisation_id)


def test_nothing_is_handed_in_that_was_not_declared_unclassified(session, anchor, operator, draft) -> None:
    with pytest.raises(Problems) as caught:
        submit(session, draft, anchor, unclassified=False)
    assert [one.code for one in caught.value] == ["review.unclassified_missing"]
    made = submit(session, draft, anchor)
    assert (made.submitted_by_id, made.declared_unclassified_at) == (anchor.id, NOW)


def test_the_days_the_review_takes_are_not_taken_from_the_founders(session, anchor, operator, draft) -> None:
    submit(session, draft, anchor)
    review.approve(session, draft, actor=operator, now=NOW + 2 * DAY)
    assert draft.bid_deadline == IN_TWO_WEEKS + 2 * DAY
    assert "demand_published_later" in told(session, anchor.organisation_id)


def test_days_asked_for_are_counted_from_publication_to_the_end_of_an_office_day(
        session, anchor, operator, draft) -> None:
    submit(session, draft, anchor, bidding_days=10)
    review.approve(session, draft, actor=operator, now=NOW + DAY)
    assert draft.bid_deadline == dt.datetime(2026, 3, 13, 9, 0, tzinfo=dt.UTC)  # 17:00 in Beijing


def test_a_return_says_field_by_field_what_to_change_and_the_next_submission_what_was(
        session, anchor, operator, draft, write) -> None:
    submit(session, draft, anchor)
    review.send_back(session, draft, remarks={"title": "写明片区", "scene": " "}, actor=operator, now=NOW + DAY)
    assert draft.status == "planning"
    assert [(one.field, one.facts["text"]) for one in review.remarks_on(session, draft)] == [("title", "写明片区")]
    operations.edit(session, draft, write(title="老城区管网漏损定位"), actor=anchor, now=NOW + DAY)
    again = submit(session, draft, anchor, now=NOW + DAY)
    assert review.changed_since_return(session, again) == {"title": ["管网漏损定位", "老城区管网漏损定位"]}
    assert (again.number, review.remarks_on(session, draft)) == (2, [])


def test_a_return_without_a_word_is_refused(session, anchor, operator, draft) -> None:
    submit(session, draft, anchor)
    with pytest.raises(Problems):
        review.send_back(session, draft, remarks={"title": "  "}, actor=operator, now=NOW)
    assert draft.status == "review"


def test_in_review_it_is_not_edited_and_the_buyer_can_take_it_back(session, anchor, operator, draft, write) -> None:
    submit(session, draft, anchor)
    with pytest.raises(WrongState):
        operations.edit(session, draft, write(title="别的"), actor=anchor, now=NOW)
    review.withdraw(session, draft, actor=anchor, now=NOW)
    operations.edit(session, draft, write(title="别的"), actor=anchor, now=NOW)
    with pytest.raises(WrongState):
        review.approve(session, draft, actor=operator, now=NOW)


def test_a_demand_is_cancelled_out_of_review_and_leaves_the_queue(session, anchor, operator, draft) -> None:
    submit(session, draft, anchor)
    operations.cancel(session, draft, reason="预算调整", actor=anchor, now=NOW)
    assert (draft.status, review.queue(session, now=NOW)) == ("cancelled", [])


def test_neither_a_buyer_nor_the_operators_own_house_decides(session, anchor, operator, draft) -> None:
    submit(session, draft, anchor)
    with pytest.raises(NotAllowed):
        review.approve(session, draft, actor=anchor, now=NOW)
    draft.buyer_id = operator.organisation_id
    session.flush()
    for decide in (lambda: review.approve(session, draft, actor=operator, now=NOW),
                   lambda: review.send_back(session, draft, remarks={"": "改"}, actor=operator, now=NOW)):
        with pytest.raises(NotAllowed) as caught:
            decide()
        assert caught.value.code == "review.own_demand"


def test_the_queue_begins_with_what_waits_longest_and_says_what_is_late(session, anchor, bureau, write) -> None:
    for number, days in ((1, 1), (2, 0), (3, 3)):
        made = operations.create(session, write(external_ref=str(number)), actor=anchor, now=NOW)
        submit(session, made, anchor, now=NOW + days * DAY, bidding_days=10)
    waiting = review.queue(session, now=NOW + 3 * DAY)  # Thursday; the first was handed in on Monday
    assert [(one.review.demand.external_ref, one.late) for one in waiting] == [("2", True), ("1", False), ("3", False)]


def test_the_law_is_asked_again_when_it_is_published(session, anchor, operator, draft) -> None:
    submit(session, draft, anchor)
    draft.term_days = 75  # as if what the law allows had changed meanwhile
    with pytest.raises(Problems) as caught:
        review.approve(session, draft, actor=operator, now=NOW)
    assert [one.code for one in caught.value] == ["terms.over_60_reason_needed"]


def test_another_operators_house_decides(session, anchor, draft) -> None:
    second = accounts.register(session, accounts.Registration(
        uscc=uscc.complete("12110000MA666666"), organisation="第二运营方", role="operator",
        email="second@example.org", display_name="二", password_hash=None), now=NOW)
    submit(session, draft, anchor)
    assert review.approve(session, draft, actor=second, now=NOW).status == "active"
