"""Bonds of a contract for programs."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.bonds import operations as bonds
from marketplace.bonds import queries
from marketplace.bonds.models import Bond
from marketplace.bonds.operations import Provision, Requirement
from marketplace.bonds.schemas import (
    BondContradictionSchema,
    BondProvisionSchema,
    BondRequirementSchema,
    BondReturnSchema,
    BondSchema,
)
from marketplace.contracts import queries as contracts
from marketplace.db import reading
from marketplace.openapi import repeatable

blp = Blueprint("api-bonds", __name__, url_prefix="/api/v1/contracts",
                description="Bonds under a contract: capped by kind, never limited to cash, given back in time "
                            "(Decree 802 Art. 13). Recorded, never held.")
BONDS = "/<number>/bonds"
BOND = f"{BONDS}/<int(max=2147483647):bond_id>"


@blp.get(BONDS)
@blp.response(200, BondSchema(many=True))
@security.require()
def get_bonds(number: str) -> Response:
    """The bonds of a contract."""
    with reading() as session:
        contract = contracts.for_party(session, number, actor=security.actor())
        return jsonify(BondSchema(many=True).dump(queries.of_contract(session, contract.id)))


@blp.post(BONDS)
@blp.arguments(BondRequirementSchema)
@blp.response(201, BondSchema)
@repeatable
@security.require(Role.BUYER)
def post_bond(values: dict[str, Any], number: str) -> Any:
    """Ask for a bond (buyer), within the cap of its kind."""
    return create_once(BondSchema(), lambda session: bonds.require(
        session, contracts.for_party(session, number, actor=security.actor()), Requirement(**values),
        actor=security.actor(), now=clock.utc_now()))


def _do(number: str, bond_id: int, act: Callable[[Session, Bond], Bond]) -> Any:
    return create_once(BondSchema(), lambda session: act(
        session, queries.for_party(session, number, bond_id, actor=security.actor())), status=200)


@blp.post(f"{BOND}/waiver")
@blp.response(200, BondSchema)
@repeatable
@security.require(Role.BUYER)
def post_waiver(number: str, bond_id: int) -> Any:
    """No longer ask for a bond that was not provided (buyer)."""
    return _do(number, bond_id, lambda session, bond: bonds.waive(
        session, bond, actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{BOND}/provision")
@blp.arguments(BondProvisionSchema)
@blp.response(200, BondSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_provision(values: dict[str, Any], number: str, bond_id: int) -> Any:
    """Provide a bond (founder), in cash or as a guarantee."""
    return _do(number, bond_id, lambda session, bond: bonds.provide(
        session, bond, Provision(**values), actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{BOND}/return")
@blp.arguments(BondReturnSchema)
@blp.response(200, BondSchema)
@repeatable
@security.require(Role.BUYER)
def post_return(values: dict[str, Any], number: str, bond_id: int) -> Any:
    """Say that a bond was given back (buyer); it counts once the founder confirms."""
    return _do(number, bond_id, lambda session, bond: bonds.notify_return(
        session, bond, on=values["returned_on"], reference=values["return_reference"], actor=security.actor(),
        now=clock.utc_now()))


@blp.post(f"{BOND}/return-confirmation")
@blp.response(200, BondSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_return_confirmation(number: str, bond_id: int) -> Any:
    """Confirm that a bond is back (founder)."""
    return _do(number, bond_id, lambda session, bond: bonds.confirm_return(
        session, bond, actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{BOND}/return-contradiction")
@blp.arguments(BondContradictionSchema)
@blp.response(200, BondSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_return_contradiction(values: dict[str, Any], number: str, bond_id: int) -> Any:
    """Say that a bond is not back (founder)."""
    return _do(number, bond_id, lambda session, bond: bonds.contradict_return(
        session, bond, note=values["note"], actor=security.actor(), now=clock.utc_now()))
