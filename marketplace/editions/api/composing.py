"""Composing editions for programs: the operator's drafts and tracks, and buyers' proposals."""
from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.editions import composing, operations, queries
from marketplace.editions.api.blueprint import ONE, blp, found
from marketplace.editions.composing import Place, TrackForm
from marketplace.editions.operations import EditionForm
from marketplace.editions.schemas import (
    ArrangementIn,
    DeclineIn,
    EditionIn,
    EditionItemListOut,
    EditionItemOut,
    EditionOut,
    EditionTextIn,
    InclusionIn,
    ItemIn,
    ProposalIn,
    TrackIn,
    TrackOut,
    TrackState,
)
from marketplace.openapi import repeatable

ITEM = f"{ONE}/items/<int(max=2147483647):item_id>"


@blp.post("/editions")
@blp.arguments(EditionIn)
@blp.response(201, EditionOut)
@repeatable
@security.require(Role.OPERATOR)
def post_edition(values: dict[str, Any]) -> Any:
    """A new draft for a month."""
    month = values.pop("month")
    return create_once(EditionOut(), lambda session: operations.create(
        session, month, EditionForm(**values), actor=security.actor(), now=clock.utc_now()))


@blp.put(f"{ONE}/text")
@blp.arguments(EditionTextIn)
@blp.response(200, EditionOut)
@security.require(Role.OPERATOR)
def put_text(values: dict[str, Any], month: str) -> Response:
    """Replace the titles and introductions of a draft."""
    with transaction() as session:
        return jsonify(EditionOut().dump(operations.edit(
            session, found(session, month), EditionForm(**values), actor=security.actor(), now=clock.utc_now())))


@blp.get(f"{ONE}/items")
@blp.response(200, EditionItemListOut)
@security.require(Role.OPERATOR)
def get_items(month: str) -> Response:
    """Everything proposed for, included in or declined from an edition."""
    with reading() as session:
        return jsonify(EditionItemListOut().dump({"items": queries.items_of(session, found(session, month))}))


@blp.post(f"{ONE}/items")
@blp.arguments(ItemIn)
@blp.response(201, EditionItemOut)
@repeatable
@security.require(Role.OPERATOR)
def post_item(values: dict[str, Any], month: str) -> Any:
    """Put a published demand on a draft's list."""
    return create_once(EditionItemOut(), lambda session: composing.add(
        session, found(session, month), demands.by_code(session, values["demand"]), track_id=values["track_id"],
        actor=security.actor(), now=clock.utc_now()))


@blp.post(f"{ONE}/proposals")
@blp.arguments(ProposalIn)
@blp.response(201, EditionItemOut)
@repeatable
@security.require(Role.BUYER)
def post_proposal(values: dict[str, Any], month: str) -> Any:
    """Propose one of the caller's demands for an edition that is being composed."""
    actor, code = security.actor(), values.pop("demand")
    return create_once(EditionItemOut(), lambda session: composing.propose(
        session, queries.draft(session, month), demands.for_buyer(session, code, actor=actor), **values, actor=actor,
        now=clock.utc_now()))


@blp.post(f"{ITEM}/inclusion")
@blp.arguments(InclusionIn)
@blp.response(200, EditionItemOut)
@repeatable
@security.require(Role.OPERATOR)
def post_inclusion(values: dict[str, Any], month: str, item_id: int) -> Any:
    """Take a proposal, or take back that it was declined."""
    return create_once(EditionItemOut(), lambda session: composing.include(
        session, found(session, month), item_id, **values, actor=security.actor(), now=clock.utc_now()), status=200)


@blp.post(f"{ITEM}/refusal")
@blp.arguments(DeclineIn)
@blp.response(200, EditionItemOut)
@repeatable
@security.require(Role.OPERATOR)
def post_refusal(values: dict[str, Any], month: str, item_id: int) -> Any:
    """Leave a demand out; its buyer is told why."""
    return create_once(EditionItemOut(), lambda session: composing.decline(
        session, found(session, month), item_id, reason=values["decline_reason"], actor=security.actor(),
        now=clock.utc_now()), status=200)


@blp.put(f"{ONE}/arrangement")
@blp.arguments(ArrangementIn)
@blp.response(200, EditionItemListOut)
@security.require(Role.OPERATOR)
def put_arrangement(values: dict[str, Any], month: str) -> Response:
    """Set positions and tracks."""
    with transaction() as session:
        edition = found(session, month)
        composing.arrange(session, edition, [Place(**place) for place in values["places"]], actor=security.actor(),
                          now=clock.utc_now())
        return jsonify(EditionItemListOut().dump({"items": queries.items_of(session, edition)}))


@blp.post(f"{ONE}/carry-over")
@blp.response(200, EditionItemListOut)
@repeatable
@security.require(Role.OPERATOR)
def post_carry_over(month: str) -> Any:
    """Take over what the last edition lists and still takes bids; repeating adds only what is missing."""
    return create_once(EditionItemListOut(), lambda session: {"items": composing.carry_over(
        session, found(session, month), actor=security.actor(), now=clock.utc_now())}, status=200)


@blp.post(f"{ONE}/freeze")
@blp.response(200, EditionOut)
@repeatable
@security.require(Role.OPERATOR)
def post_freeze(month: str) -> Any:
    """Fix and hash what the edition says, or answer with every check that fails."""
    return create_once(EditionOut(), lambda session: operations.freeze(
        session, found(session, month), actor=security.actor(), now=clock.utc_now()), status=200)


@blp.post(f"{ONE}/publication")
@blp.response(200, EditionOut)
@repeatable
@security.require(Role.OPERATOR)
def post_publication(month: str) -> Any:
    """Show a frozen edition to everyone and tell its subscribers."""
    answer = create_once(EditionOut(), lambda session: operations.publish(
        session, found(session, month), actor=security.actor(), now=clock.utc_now()), status=200)
    jobs.enqueue("send_mail")
    return answer


@blp.post("/edition-tracks")
@blp.arguments(TrackIn)
@blp.response(201, TrackOut)
@repeatable
@security.require(Role.OPERATOR)
def post_track(values: dict[str, Any]) -> Any:
    """A new track."""
    form = TrackForm(values["track_code"], values["name_zh"], values["name_en"])
    return create_once(TrackOut(), lambda session: composing.add_track(
        session, form, actor=security.actor(), now=clock.utc_now()))


@blp.put("/edition-tracks/<int(max=2147483647):track_id>/state")
@blp.arguments(TrackState)
@blp.response(200, TrackOut)
@security.require(Role.OPERATOR)
def put_track_state(values: dict[str, Any], track_id: int) -> Response:
    """Whether a track takes further demands."""
    with transaction() as session:
        return jsonify(TrackOut().dump(composing.retire_track(
            session, queries.track_of(session, track_id), **values, actor=security.actor(), now=clock.utc_now())))
