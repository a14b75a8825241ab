"""/api/v1/searches: a founder's saved searches and their alerts."""
from __future__ import annotations

from typing import Any

from flask import jsonify
from flask_smorest import Blueprint

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import create_once
from marketplace.db import reading, transaction
from marketplace.i18n import language
from marketplace.openapi import repeatable
from marketplace.searches import operations, queries
from marketplace.searches.operations import SearchDraft
from marketplace.searches.schemas import (
    AlertsQuery,
    AlertsSchema,
    PausedSchema,
    SearchesSchema,
    SearchSchema,
    StoredSearchSchema,
)

blp = Blueprint("api-searches", __name__, url_prefix="/api/v1", description="Saved searches over open demands.")


@blp.route("/searches")
@blp.response(200, SearchesSchema)
@security.require(Role.FOUNDER)
def get_searches() -> Any:
    """The company's searches by name."""
    with reading() as session:
        found = queries.of_founder(session, security.actor().organisation_id)
        return jsonify(SearchesSchema().dump({"items": found}))


@blp.route("/searches", methods=["POST"])
@blp.arguments(SearchSchema)
@blp.response(201, StoredSearchSchema)
@repeatable
@security.require(Role.FOUNDER)
def post_search(draft: SearchDraft) -> Any:
    """Keep a search; alerts come for what is published from now on."""
    return create_once(StoredSearchSchema(), lambda session: operations.save(
        session, draft, actor=security.actor(), language=language(), now=clock.utc_now()))


@blp.route("/searches/<int:search_id>", methods=["PUT"])
@blp.arguments(SearchSchema)
@blp.response(200, StoredSearchSchema)
@security.require(Role.FOUNDER)
def put_search(draft: SearchDraft, search_id: int) -> Any:
    """Ask for something else, or call it differently."""
    with transaction() as session:
        search = operations.change(session, search_id, draft, actor=security.actor(), now=clock.utc_now())
        return jsonify(StoredSearchSchema().dump(search))


@blp.route("/searches/<int:search_id>", methods=["PATCH"])
@blp.arguments(PausedSchema)
@blp.response(200, StoredSearchSchema)
@security.require(Role.FOUNDER)
def patch_search(body: dict[str, bool], search_id: int) -> Any:
    """Stop the alerts of a search, or let them come again."""
    with transaction() as session:
        search = operations.pause(session, search_id, paused=body["paused"], actor=security.actor(),
                                  now=clock.utc_now())
        return jsonify(StoredSearchSchema().dump(search))


@blp.route("/searches/<int:search_id>", methods=["DELETE"])
@blp.response(204)
@security.require(Role.FOUNDER)
def delete_search(search_id: int) -> None:
    """Forget a search with its alerts."""
    with transaction() as session:
        operations.delete(session, search_id, actor=security.actor(), now=clock.utc_now())


@blp.route("/searches/<int:search_id>/alerts")
@blp.arguments(AlertsQuery, location="query")
@blp.response(200, AlertsSchema)
@security.require(Role.FOUNDER)
def get_alerts(query: dict[str, int], search_id: int) -> Any:
    """What a search has found since it was saved, and why, newest first."""
    limit, actor = query["limit"], security.actor()
    with reading() as session:
        search = queries.of_actor(session, search_id, actor=actor)
        found = queries.alerts(session, actor.organisation_id, search_id=search.id, before=query["before"] or None,
                               limit=limit + 1)
        following = found[limit - 1].id if found[limit:] else None
        return jsonify(AlertsSchema().dump({"items": found[:limit], "next": following}))
