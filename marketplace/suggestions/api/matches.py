"""Matches and suggestions for programs; the sentences follow ?lang= or Accept-Language."""
from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.api import PageSchema, create_once
from marketplace.db import reading
from marketplace.demand import queries as demands
from marketplace.demand import terms
from marketplace.openapi import repeatable
from marketplace.payments.queries import payer_record
from marketplace.suggestions import explanations, operations, payer, queries
from marketplace.suggestions.api.blueprint import blp
from marketplace.suggestions.models import Invitation
from marketplace.suggestions.schemas import InvitationForm, InvitationSchema, MatchesSchema, SuggestionsSchema


@blp.route("/matches")
@blp.arguments(PageSchema, location="query")
@blp.response(200, MatchesSchema)
@security.require(Role.FOUNDER)
def matches(page: dict[str, int]) -> dict[str, Any]:
    """The demands that still take bids and fit the founder, best first; `after` is how many to leave out."""
    now, after, limit = clock.utc_now(), page["after"], page["limit"]
    today = clock.legal_day(now)
    with reading() as session:
        found = queries.for_founder(session, security.actor().organisation_id, limit=limit + 1, now=now, after=after)
        parts = payer.parts_of(session, [one.demand for one in found[:limit]], today=today)
        items = [replace(explanations.explain(one), payer=parts[one.demand.buyer_id],
                         terms=terms.summary(one.demand, one.demand.buyer),
                         record=asdict(payer_record(session, one.demand.buyer_id, as_of=today)))
                 for one in found[:limit]]
        return {"items": items, "next": after + limit if found[limit:] else None}


@blp.route("/demands/<code>/suggestions")
@blp.arguments(PageSchema, location="query")
@blp.response(200, SuggestionsSchema)
@security.require(Role.BUYER)
def suggestions(page: dict[str, int], code: str) -> dict[str, Any]:
    """The founders suggested for one's own demand, best first; `after` is the rank of the last one seen."""
    limit = page["limit"]
    with reading() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        found = queries.for_demand(session, demand, limit=limit + 1, after=page["after"])
        refresh = queries.refresh_of(session, demand)
        return {"items": [explanations.explain(one) for one in found[:limit]],
                "next": found[limit - 1].rank if found[limit:] else None,
                "stale": operations.is_stale(session, demand),
                "computed_at": refresh.computed_at if refresh else None}


@blp.route("/demands/<code>/invitations", methods=["POST"])
@blp.arguments(InvitationForm)
@blp.response(201, InvitationSchema)
@repeatable
@security.require(Role.BUYER)
def invite(values: dict[str, Any], code: str) -> Any:
    """Ask a founder to bid, at most once for each demand. Send an Idempotency-Key to be safe against repeats."""
    def make(session: Session) -> Invitation:
        demand = demands.for_buyer(session, code, actor=security.actor())
        return operations.invite(session, demand, values["profile_id"], note=values["note"], actor=security.actor(),
                                 now=clock.utc_now())

    return create_once(InvitationSchema(), make)
