"""Bonds under a contract: asked for within the cap, provided as the founder chooses, given back in time."""
from __future__ import annotations

import pytest

from marketplace.bonds import operations as bonds
from marketplace.bonds import queries, rounds
from marketplace.bonds.models import Bond
from marketplace.bonds.operations import Provision, Requirement
from marketplace.contracts.models import Contract
from marketplace.notices import operations as notices
from marketplace.rules.bonds import BondInstrument, BondKind
from marketplace.rules.errors import RuleViolation
from tests.integration.payments.world import World, noon, on


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


@pytest.fixture
def contract(world: World) -> Contract:
    """100,000 yuan."""
    return world.signed(at="2025-06-16")


def required(world: World, contract: Contract, amount_fen: int = 300_000, *, kind: str = "quality",
             ends_on: str = "2025-09-30", **more: object) -> Bond:
    return bonds.require(world.session, contract, Requirement(BondKind(kind), amount_fen, on(ends_on)),
                         **({"actor": world.buyer, "now": noon("2025-06-20")} | more))


def provided(world: World, contract: Contract, **more: object) -> Bond:
    return bonds.provide(world.session, required(world, contract, **more),
                         Provision(BondInstrument.BANK_GUARANTEE, "BH-2025-001", on("2025-06-23")),
                         actor=world.founder, now=noon("2025-06-23"))


def given_back(world: World, bond: Bond, day: str) -> Bond:
    return bonds.notify_return(world.session, bond, on=on(day), reference="退函-7", actor=world.buyer, now=noon(day))


def test_bonds_of_one_kind_are_held_against_its_cap_together(world: World, contract: Contract) -> None:
    required(world, contract, 200_000)
    assert refusal(required, world, contract, 100_001) == "bond.over_cap"
    required(world, contract, 100_000)
    required(world, contract, 1_000_000, kind="performance")
    assert [bond.kind for bond in queries.of_contract(world.session, contract.id)] == [
        "quality", "quality", "performance"]


def test_a_waived_bond_frees_the_cap(world: World, contract: Contract) -> None:
    first = required(world, contract)
    bonds.waive(world.session, first, actor=world.buyer, now=noon("2025-06-21"))
    required(world, contract)


def test_a_bid_bond_is_a_percentage_of_the_budget_and_due_back_after_signing(world: World, contract: Contract) -> None:
    contract.demand.budget_fen = 20_000_000
    bond = required(world, contract, 400_000, kind="bid", ends_on="2025-12-31")
    assert (bond.base_fen, bond.ends_on, bond.return_by) == (20_000_000, on("2025-06-16"), on("2025-06-23"))


def test_nothing_is_asked_for_under_a_contract_that_is_not_signed(world: World) -> None:
    assert refusal(required, world, world.drafted()) == "contract.not_signed"


def test_each_side_does_its_own_part(world: World, contract: Contract) -> None:
    for actor, code in ((world.founder, "contract.other_side"), (world.stranger, "not_found")):
        assert refusal(required, world, contract, actor=actor) == code
    bond = provided(world, contract)
    assert refusal(bonds.confirm_return, world.session, bond, actor=world.buyer, now=noon("2025-07-01")) == \
        "contract.other_side"
    assert refusal(bonds.waive, world.session, bond, actor=world.buyer, now=noon("2025-07-01")) == "bond.wrong_state"


def test_a_return_counts_once_the_founder_has_it_and_lateness_is_flagged(world: World, contract: Contract) -> None:
    bond = provided(world, contract)
    given_back(world, bond, "2025-10-15")
    # 2025-09-30 was a working day; 30 days later the bond is still not confirmed as back
    assert bonds.days_late(bond, as_of=on("2025-10-30")) == 30
    bonds.contradict_return(world.session, bond, note="没有收到退函", actor=world.founder, now=noon("2025-10-16"))
    assert (bond.status, bond.returned_on) == ("provided", None)
    given_back(world, bond, "2025-10-20")
    bonds.confirm_return(world.session, bond, actor=world.founder, now=noon("2025-10-21"))
    assert (bond.status, bonds.days_late(bond, as_of=on("2026-01-01"))) == ("returned", 20)


def codes_of(world: World, person: object) -> list[str]:
    return [notice.code for notice in notices.inbox(world.session, person.organisation_id)]


def test_both_sides_hear_once_of_each_step_however_often_the_round_runs(world: World, contract: Contract) -> None:
    provided(world, contract)
    said = []
    for day in ("2025-09-22", "2025-09-23", "2025-09-24", "2025-09-30", "2025-10-01", "2025-10-03", "2025-10-07"):
        said.append(sum(rounds.run(world.session, today=on(day), now=noon(day)) for _ in range(3)))
    # a week before, on the day, one day late, a week late; two messages each
    assert said == [0, 2, 0, 2, 2, 0, 2]
    assert codes_of(world, world.founder).count("bond_return_late") == 2


def test_what_is_on_its_way_back_is_not_called_for(world: World, contract: Contract) -> None:
    given_back(world, provided(world, contract), "2025-09-29")
    assert rounds.run(world.session, today=on("2025-10-10"), now=noon("2025-10-10")) == 0
