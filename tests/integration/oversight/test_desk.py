"""Finding lines: every filter narrows, none drops what it should show, pages join without gap or repetition."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.oversight.filters import Filters, Layout, Sort, View
from marketplace.oversight.queries import standing_views
from marketplace.oversight.schemas import filters_of
from marketplace.payments.operations import open_dispute
from marketplace.payments.turns import Turn
from tests.integration.oversight.conftest import Watch
from tests.integration.payments.world import World, noon, on

DAY = "2025-09-15"


@pytest.fixture
def market(world: World) -> dict[str, int]:
    """Five contracts at different points of the way, as {name: contract id}; all due dates are in July to September."""
    late = world.signed(at="2025-06-20", amounts=(10_000_000,), term_days=30)
    world.delivered(late, "2025-06-30")
    disputed = world.signed(at="2025-06-20", amounts=(4_000_000,), term_days=60)
    owed = world.delivered(disputed, "2025-07-10")
    open_dispute(world.session, owed, amount_fen=1_000_000, reason="数量不符", actor=world.buyer,
                 now=noon("2025-07-20"))
    paid = world.signed(at="2025-06-20", amounts=(2_000_000,), term_days=30)
    world.delivered(paid, "2025-07-01")
    world.accepted(paid, "2025-07-02")
    world.paid(world.owed(paid), "2025-07-20", 2_000_000)
    waiting = world.signed(at="2025-06-20", amounts=(6_000_000, 3_000_000), start_basis="acceptance",
                           acceptance_period_days=15, term_days=60)
    world.delivered(waiting, "2025-09-10")
    unsigned = world.drafted(at="2025-09-01", amounts=(9_000_000,))
    return {"late": late.id, "disputed": disputed.id, "paid": paid.id, "waiting": waiting.id, "unsigned": unsigned.id}


def names(watch: Watch, market: dict[str, int], day: str = DAY, **filters: object) -> set[str]:
    known = {key: name for name, key in market.items()}
    return {known[line.contract_id] for line in watch.lines(day, **filters)}


@pytest.mark.parametrize(("filters", "expected"), [
    ({"view": View.LATE}, {"late", "disputed", "waiting"}),
    ({"view": View.DISPUTED}, {"disputed"}),
    ({"view": View.SETTLED}, {"paid"}),
    ({"view": View.AWARDS}, {"unsigned"}),
    ({"turn": (Turn.ACCEPT, Turn.CONFIRM_CONTRACT)}, {"waiting", "unsigned"}),
    ({"stage": ("overdue",)}, {"late", "disputed"}),
    ({"stage": ("paid", "delivered")}, {"paid", "waiting"}),
    ({"late_min": 28}, {"late"}),
    ({"late_min": 1, "late_max": 10}, {"disputed"}),
    ({"amount_min": 4_000_000, "amount_max": 9_000_000}, {"disputed", "waiting", "unsigned"}),
    ({"due_from": dt.date(2025, 7, 30), "due_to": dt.date(2025, 7, 31)}, {"late", "paid"}),
    ({"disputed": True}, {"disputed"}),
    ({"payer_type": "government"}, set()),
    ({"buyer": "buyer"}, {"late", "disputed", "paid", "waiting", "unsigned"}),
    ({"founder": "nobody of that name"}, set()),
    ({"flag": ("P4",)}, set()),
    ({"flag": ("P2",), "view": View.ALL}, {"late", "disputed"}),
    ({"flag": ("P6",), "stage": ("awarded",)}, {"unsigned"}),
    ({"flag": ("any",), "turn": (Turn.NOBODY,)}, {"paid"}),
    ({"view": View.LATE, "disputed": True, "amount_max": 4_000_000}, {"disputed"}),
])
def test_every_filter_shows_what_it_says(world, watch, market, filters, expected) -> None:
    assert names(watch, market, **filters) == expected


def test_the_text_is_found_in_titles_numbers_and_names_and_its_signs_are_no_wildcards(world, watch, market) -> None:
    number = watch.lines(DAY, view=View.LATE)[0].number
    assert {line.number for line in watch.lines(DAY, q=number)} == {number}
    assert watch.lines(DAY, q="%") == []
    assert watch.lines(DAY, buyer=world.buyer.organisation.uscc)


def test_a_day_in_the_past_shows_what_was_so_then(world, watch, market) -> None:
    assert names(watch, market, day="2025-07-15", stage=("delivered",)) == {"late", "disputed"}
    assert names(watch, market, day="2025-07-15", stage=("paid",)) == set()
    assert names(watch, market, day="2025-07-30", stage=("overdue",)) == set(), "due today is not overdue"
    assert names(watch, market, day="2025-07-31", stage=("overdue",)) == {"late"}
    assert names(watch, market, day="2025-08-20") == {"late", "disputed", "paid", "waiting"}
    assert watch.lines("2025-06-14") == []


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("layout", list(Layout))
def test_pages_join_without_gap_or_repetition(world, watch, market, sort, layout) -> None:
    desk, seen, after = watch.desk(DAY), [], ""
    filters = Filters(sort=sort, layout=layout)
    while True:
        found = desk.find(filters, after=after, limit=2)
        seen += [line.row_id for line in found.lines]
        after = found.after
        if not after:
            break
    assert len(seen) == len(set(seen)) == 6
    assert set(seen) == {line.row_id for line in desk.every(Filters(sort=sort))}


def test_the_orders(world, watch, market) -> None:
    late = [line.late_days for line in watch.lines(DAY)]
    assert late == sorted(late, reverse=True)
    amounts = [line.amount_fen for line in watch.lines(DAY, sort=Sort.AMOUNT)]
    assert amounts == sorted(amounts, reverse=True)
    due = [line.due_on or dt.date.max for line in watch.lines(DAY, sort=Sort.DUE)]
    assert due == sorted(due)


def test_a_contract_is_shown_whole_even_when_one_milestone_is_found(world, watch, market) -> None:
    found = watch.lines(DAY, layout=Layout.CONTRACTS, stage=("delivered",))
    assert [line.position for line in found] == [1, 2]


def test_counters_count_what_the_views_show(world, watch, market) -> None:
    desk = watch.desk(DAY)
    asked = {**standing_views(), "own": Filters(late_min=28), "flags": Filters(flag=("any",))}
    counts = desk.counts(asked)
    assert counts == {name: len(list(desk.every(one))) for name, one in asked.items()}
    assert counts[View.LATE] == 3


def test_totals_are_the_sum_of_what_is_overdue_to_the_fen(world, watch, market) -> None:
    """Also where interest is paid before principal, and cash alone does not say what is left."""
    interest_first = world.signed(at="2025-06-20", amounts=(5_000_000,), term_days=30, allocation="interest_first")
    world.delivered(interest_first, "2025-06-30")
    world.paid(world.owed(interest_first), "2025-08-29", 2_000_000)
    desk = watch.desk(DAY)
    lines = [line for line in desk.every(Filters()) if line.stage == "overdue"]
    totals = desk.totals()
    assert (totals.late, totals.late_fen) == (len(lines), sum(line.open_fen for line in lines))
    assert totals.longest == max(line.late_days for line in lines)
    assert next(line for line in lines if line.contract_id == interest_first.id).open_fen > 3_000_000


def test_interest_that_survives_the_principal_is_still_shown(world, watch) -> None:
    contract = world.signed(at="2025-06-20", amounts=(10_000_000,), term_days=30)
    world.delivered(contract, "2025-06-30")
    world.paid(world.owed(contract), "2025-08-09", 10_000_000)
    line = watch.line(DAY)
    assert (line.stage, line.open_fen, line.interest_fen) == ("paid", 0, 50_000)


def test_a_cursor_that_is_none_begins_at_the_start(world, watch, market) -> None:
    desk = watch.desk(DAY)
    first = [line.row_id for line in desk.find(Filters()).lines]
    for nonsense in ("x", "~", "1~x", "2025-99-99~4", "9" * 60):
        assert [line.row_id for line in desk.find(Filters(), after=nonsense).lines] == first


def test_the_address_of_filters_brings_them_back() -> None:
    filters = Filters(view=View.LATE, q="水表", turn=(Turn.PAY, Turn.ACCEPT), late_min=3, amount_max=123_456,
                      due_from=on("2025-07-01"), flag=("P1", "any"), disputed=True, assigned="me", sort=Sort.DUE,
                      layout=Layout.CONTRACTS)
    pairs: dict[str, list[str]] = {}
    for name, text in filters.pairs():
        pairs.setdefault(name, []).append(text)
    assert filters_of(pairs) == filters
