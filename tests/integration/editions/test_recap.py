"""A recap says how an edition turned out by the end of a day, and nothing that was not known on it."""
from __future__ import annotations

import datetime as dt

import pytest

from marketplace.demand.models import Demand
from marketplace.editions import composing, operations, recap
from marketplace.editions.composing import TrackForm
from marketplace.editions.models import Edition
from marketplace.editions.operations import EditionForm
from marketplace.rules.errors import Problems, WrongState
from marketplace.tendering import operations as tendering
from tests.integration.editions.lists import Lists, at
from tests.integration.payments.world import World, noon
from tests.integration.tendering import market as m


def listed_in_june(world: World, demand: Demand) -> Edition:
    """An edition of June 2025 with one demand of the world's, as it was listed while it took bids."""
    status, deadline = demand.status, demand.bid_deadline
    demand.status, demand.bid_deadline, demand.scene, demand.data_offered = "active", noon("2025-06-18"), "泵房", "照片"
    session, operator, now = world.session, {"actor": world.operator}, noon("2025-06-15")
    track = composing.add_track(session, TrackForm("water", "水务", "Water"), now=now, **operator)
    edition = operations.create(session, dt.date(2025, 6, 1), EditionForm("六月榜单", "June"), now=now, **operator)
    composing.add(session, edition, demand, track_id=track.id, now=now, **operator)
    operations.freeze(session, edition, now=now, **operator)
    operations.publish(session, edition, now=now, **operator)
    demand.status, demand.bid_deadline = status, deadline
    session.flush()
    return edition


@pytest.mark.parametrize(("as_of", "signed", "delivered", "owed", "due", "on_time", "paid"), [
    ("2025-06-19", 0, 0, 0, 0, 0, 0),
    ("2025-06-20", 1, 0, 0, 0, 0, 0),
    ("2025-07-08", 1, 1, 10_000_000, 0, 0, 0),
    ("2025-09-08", 1, 1, 10_000_000, 0, 0, 0),  # the due date itself: not late yet
    ("2025-09-09", 1, 1, 10_000_000, 1, 0, 0),
    ("2025-09-12", 1, 1, 10_000_000, 1, 0, 10_000_000)])
def test_every_day_shows_what_had_happened_by_then(session, as_of: str, signed: int, delivered: int, owed: int,
                                                   due: int, on_time: int, paid: int) -> None:
    world = World(session)
    contract = world.signed(at="2025-06-20")
    edition = listed_in_june(world, contract.demand)
    obligation = world.delivered(contract, "2025-07-08")
    world.paid(obligation, "2025-09-12", 10_000_000)
    found = recap.of_edition(session, edition, as_of=dt.date.fromisoformat(as_of), now=noon("2026-01-05"))
    assert (found.signed, found.delivered, found.owed_fen, found.due, found.on_time, found.paid_fen) == (
        signed, delivered, owed, due, on_time, paid)
    assert (found.listed, found.awarded_fen) == (1, signed * 10_000_000)  # awarded on the day of signing


def test_paid_by_the_due_date_is_on_time(session) -> None:
    world = World(session)
    contract = world.signed(at="2025-06-20")
    edition = listed_in_june(world, contract.demand)
    world.paid(world.delivered(contract, "2025-07-08"), "2025-09-08", 10_000_000)
    found = recap.of_edition(session, edition, as_of=dt.date(2025, 9, 8), now=noon("2025-09-08"))
    assert (found.due, found.on_time, found.on_time_permille) == (1, 1, 1000)


def test_who_bids_stays_secret_until_the_deadline(lists: Lists) -> None:
    edition, demand = lists.edition(), lists.demand("测漏点", until="2026-03-20")
    lists.list(edition, demand)
    lists.publish(edition)
    tendering.submit_bid(lists.session, demand, m.bid(), actor=lists.founders[0], now=at("2026-03-05"))
    open_, shut = (recap.of_edition(lists.session, edition, as_of=dt.date(2026, 3, day), now=at(f"2026-03-{day}", 18))
                   for day in (19, 20))
    assert (open_.closed, open_.taken, open_.taken_permille) == (0, 0, None)
    assert (shut.closed, shut.taken, shut.taken_permille) == (1, 1, 1000)
    early = recap.of_edition(lists.session, edition, as_of=dt.date(2026, 3, 20), now=at("2026-03-20", 16))
    assert early.closed == 0  # the day is the deadline's, the hour is not


def test_a_recap_is_of_a_published_edition_and_of_a_day_since(lists: Lists) -> None:
    edition = lists.edition()
    lists.list(edition, lists.demand("测漏点"))
    lists.freeze(edition)
    with pytest.raises(WrongState):
        recap.of_edition(lists.session, edition, as_of=dt.date(2026, 3, 3), now=at("2026-03-04"))
    lists.publish(edition)
    for day in ("2026-03-02", "2026-03-05"):
        with pytest.raises(Problems) as refused:
            recap.of_edition(lists.session, edition, as_of=dt.date.fromisoformat(day), now=at("2026-03-04"))
        assert refused.value.code == "edition.as_of_out_of_range"
