"""Bulk actions: row by row, with a reason, recorded, once."""
from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from marketplace.audit.models import AuditEntry
from marketplace.notices import operations as notices
from marketplace.oversight import bulk, queries
from marketplace.oversight.bulk import BulkAction, Order
from marketplace.oversight.models import DeskBatch
from marketplace.rules.errors import Problems
from tests.integration.oversight.conftest import Watch
from tests.integration.payments.world import World, noon

DAY = "2025-09-15"


@pytest.fixture
def late(world: World):
    """A contract whose first milestone is overdue and whose second one is still to be delivered."""
    contract = world.signed(at="2025-06-20", amounts=(10_000_000, 2_000_000), term_days=30)
    world.delivered(contract, "2025-06-30")
    return contract


def order(world: World, watch: Watch, action: BulkAction, **more) -> DeskBatch:
    rows = more.pop("rows", None) or tuple(line.row_id for line in watch.lines(DAY))
    made = Order(action, rows, more.pop("reason", "季度清欠"), more.pop("token", "0" * 32), **more)
    return bulk.carry_out(world.session, made, actor=world.operator, now=noon(DAY))


def entries(world: World, action: str) -> list[AuditEntry]:
    world.session.flush()
    return list(world.session.scalars(select(AuditEntry).filter_by(action=action).order_by(AuditEntry.seq)))


def test_each_is_reminded_whose_turn_it_is_in_the_operators_words(world, watch, late) -> None:
    batch = order(world, watch, BulkAction.REMIND, text="请于本周内处理")
    assert [(one["done"], one["why"]) for one in batch.outcome] == [(1, ""), (1, "")]
    for who in (world.buyer, world.founder):
        found = [one for one in notices.inbox(world.session, who.organisation_id) if one.code == "operator_reminder"]
        assert [(one.facts["text"], one.facts["number"]) for one in found] == [("请于本周内处理", late.number)]


def test_every_row_has_its_entry_and_the_batch_one_more_all_with_the_reason(world, watch, late) -> None:
    batch = order(world, watch, BulkAction.REMIND, text="请处理")
    of_rows, of_batch = entries(world, "oversight:remind"), entries(world, "desk_batch:make")
    assert [(one.object_type, one.object_id) for one in of_rows] == [("contract", str(late.id))] * 2
    assert {json.loads(one.facts)["batch"] for one in of_rows} == {batch.id}
    facts = [json.loads(one.facts) for one in (*of_rows, *of_batch)]
    assert {one["reason"] for one in facts} == {"季度清欠"}
    assert (facts[-1]["rows"], facts[-1]["done"]) == (2, 2)


def test_the_same_form_sent_twice_is_carried_out_once(world, watch, late) -> None:
    first = order(world, watch, BulkAction.REMIND, text="请处理")
    again = order(world, watch, BulkAction.REMIND, text="请处理")
    assert first.id == again.id
    assert len(entries(world, "oversight:remind")) == 2
    assert world.session.scalar(select(func.count()).select_from(DeskBatch)) == 1


def test_what_was_not_done_says_why(world, watch, late) -> None:
    world.paid(world.owed(late), "2025-07-20", 10_000_000)
    world.accepted(late, "2025-07-21")
    done = next(line for line in watch.lines(DAY) if line.turn == "nobody")
    batch = order(world, watch, BulkAction.REMIND, rows=(done.row_id, 999_998), text="请处理")
    assert [one["why"] for one in batch.outcome] == ["nobodys_turn", "gone"]


def test_assigning_and_watching_show_on_the_line_and_doing_it_again_changes_nothing(world, watch, late) -> None:
    order(world, watch, BulkAction.ASSIGN, person_id=world.operator.id, token="1" * 32)
    batch = order(world, watch, BulkAction.WATCH, token="2" * 32)
    assert [one["why"] for one in batch.outcome] == ["", "as_before"], "two milestones of one contract"
    assert {(line.assigned_to, line.watched) for line in watch.lines(DAY)} == {("operator", 1)}
    assert len(watch.lines(DAY, assigned="me")) == 2
    assert watch.lines(DAY, assigned="nobody") == []
    order(world, watch, BulkAction.UNWATCH, token="3" * 32)
    assert {line.watched for line in watch.lines(DAY)} == {0}
    order(world, watch, BulkAction.ASSIGN, person_id=None, token="4" * 32)
    assert len(watch.lines(DAY, assigned="nobody")) == 2


def test_a_note_is_kept_once_for_a_contract(world, watch, late) -> None:
    order(world, watch, BulkAction.NOTE, text="财务称下周付款")
    found = queries.notes_of(world.session, late.demand_id)
    assert [(note.text, note.author.id) for note in found] == [("财务称下周付款", world.operator.id)]
    assert {line.notes for line in watch.lines(DAY)} == {1}


def test_an_acknowledged_flag_is_hidden_until_its_grounds_change(world, watch, late) -> None:
    line = watch.lines(DAY)[0]
    assert [one.flag for one in line.flags] == ["P2"]
    batch = order(world, watch, BulkAction.ACKNOWLEDGE, rows=(line.row_id,), reason="已电话核实")
    assert batch.outcome[0]["done"] == 1
    after = watch.lines(DAY)[0]
    assert after.flags == []
    assert [one.acknowledged.reason for one in after.acknowledged] == ["已电话核实"]
    assert watch.lines("2025-09-17")[0].flags == [], "the days run on, the grounds stay"
    assert watch.lines(DAY, flag=("P2",)) == []
    world.rejected(late, "2025-07-15")
    world.delivered(late, "2025-07-18")
    assert [one.flag for one in watch.lines(DAY, flag=("P2",))[0].flags] == ["P2"], "a new delivery, new grounds"


def test_everything_wrong_with_an_order_is_said_at_once_and_nothing_is_done(world, watch, late) -> None:
    with pytest.raises(Problems) as refused:
        bulk.carry_out(world.session, Order(BulkAction.REMIND, (), " ", "0" * 32, text=""), actor=world.operator,
                       now=noon(DAY))
    assert [(one.field, one.code) for one in refused.value.problems] == [
        ("rows", "desk.no_rows"), ("reason", "field.required"), ("text", "field.required")]
    with pytest.raises(Problems) as refused:
        order(world, watch, BulkAction.ASSIGN, person_id=world.buyer.id)
    assert [one.field for one in refused.value.problems] == ["person_id"], "rows are given to the operator's people"
    assert entries(world, "desk_batch:make") == []
