"""The card in a list says what the card of the buyer says."""
from __future__ import annotations

import pytest

from marketplace.payments import operations as payments
from marketplace.payments import scorecard
from tests.integration.payments.world import World, noon, on

TODAY = on("2026-06-30")


@pytest.fixture
def world(session) -> World:
    return World(session)


def test_a_list_and_the_card_of_the_buyer_agree(world: World) -> None:
    for delivered, paid in (("2025-09-15", "2025-10-10"), ("2025-09-15", "2025-11-14"), ("2025-10-15", "2026-01-20"),
                            ("2025-11-03", "2025-12-01"), ("2025-12-01", "2025-12-20"), ("2026-01-05", "2026-03-30")):
        world.paid(world.delivered(world.signed(at="2025-09-01"), delivered), paid, 10_000_000)
    disputed = world.delivered(world.signed(at="2025-09-01"), "2026-02-10")
    dispute = payments.open_dispute(world.session, disputed, amount_fen=4_000_000, reason="缺文档",
                                    actor=world.buyer, now=noon("2026-02-12"))
    world.paid(disputed, "2026-03-01", 6_000_000)
    world.delivered(world.signed(at="2025-09-01"), "2026-03-02")  # overdue
    world.delivered(world.signed(at="2026-06-01"), "2026-06-20")  # not due yet
    buyer = world.buyer.organisation_id
    world.session.flush()
    world.session.expire_all()
    assert scorecard.of_buyers(world.session, [buyer], today=TODAY)[buyer] == scorecard.of_buyer(
        world.session, buyer, as_of=TODAY)
    payments.resolve_dispute(world.session, dispute.id, upheld_fen=0, note="不成立", actor=world.operator,
                             now=noon("2026-04-01"))
    world.session.flush()
    world.session.expire_all()
    found = scorecard.of_buyers(world.session, [buyer], today=TODAY)[buyer]
    assert found == scorecard.of_buyer(world.session, buyer, as_of=TODAY)
    assert (found.settled, found.overdue_now, found.disputed) == (7, 1, 1)


def test_a_buyer_without_obligations_has_an_empty_card(world: World) -> None:
    assert scorecard.of_buyers(world.session, [world.buyer.organisation_id], today=TODAY)[
        world.buyer.organisation_id].known == 0
