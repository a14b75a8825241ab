"""The journal for programs."""
from __future__ import annotations

from itertools import islice
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading
from marketplace.ledger import queries
from marketplace.ledger.schemas import (
    AgeingQuerySchema,
    AgeingSchema,
    BalanceQuerySchema,
    BalancesSchema,
    ForecastQuerySchema,
    ForecastSchema,
    JournalEntrySchema,
    JournalPageSchema,
    JournalQuerySchema,
    VerificationSchema,
    page_of,
)
from marketplace.payments import ageing as reports
from marketplace.payments import books
from marketplace.rules.ageing import Span

blp = Blueprint("api-ledger", __name__, url_prefix="/api/v1/ledger",
                description="Double entry over what is owed and what arrived. Money is recorded, never held.")
MOST_FAULTS = 200


@blp.get("/entries")
@blp.arguments(JournalQuerySchema, location="query")
@blp.response(200, JournalPageSchema)
@security.require()
def get_entries(query: dict[str, Any]) -> Response:
    """Journal entries of the caller's contracts, newest first; the operator sees all."""
    with reading() as session:
        found = queries.entries(session, actor=security.actor(), **query)
        return jsonify(JournalPageSchema().dump(page_of(found, query["limit"])))


@blp.get("/entries/<int(max=2147483647):entry_id>")
@blp.response(200, JournalEntrySchema)
@security.require()
def get_entry(entry_id: int) -> Response:
    """One entry with its lines."""
    with reading() as session:
        return jsonify(JournalEntrySchema().dump(queries.entry_for(session, entry_id, actor=security.actor())))


@blp.get("/balances")
@blp.arguments(BalanceQuerySchema, location="query")
@blp.response(200, BalancesSchema)
@security.require()
def get_balances(query: dict[str, Any]) -> Response:
    """The balance of every account over the caller's contracts."""
    with reading() as session:
        found = queries.balances(session, actor=security.actor(), **query)
        return jsonify(BalancesSchema().dump({"as_of": query["as_of"], "balances": found}))


@blp.get("/verification")
@blp.response(200, VerificationSchema)
@security.require(Role.OPERATOR)
def get_verification() -> Response:
    """Compute every entry and every obligation again (operator)."""
    with reading() as session:
        faults = list(islice(books.faults(session, today=clock.legal_day(clock.utc_now())), MOST_FAULTS))
        return jsonify(VerificationSchema().dump(
            {"entries": queries.size(session), "sound": not faults, "faults": faults}))


@blp.get("/ageing")
@blp.arguments(AgeingQuerySchema, location="query")
@blp.response(200, AgeingSchema)
@security.require()
def get_ageing(query: dict[str, Any]) -> Response:
    """What was open at the end of a day, by how late; what was paid since was open then."""
    as_of = query["as_of"] or clock.legal_day(clock.utc_now())
    with reading() as session:
        found = reports.aged(session, actor=security.actor(), as_of=as_of, buyer_id=query["buyer_id"])
        return jsonify(AgeingSchema().dump(found))


@blp.get("/forecast")
@blp.arguments(ForecastQuerySchema, location="query")
@blp.response(200, ForecastSchema)
@security.require(Role.BUYER, Role.FOUNDER)
def get_forecast(query: dict[str, Any]) -> Response:
    """What is to come in (founder) or go out (buyer), by due date and by habit."""
    with reading() as session:
        found = reports.forecast(session, actor=security.actor(), today=clock.legal_day(clock.utc_now()),
                                 span=Span(query["by"]))
        habits = [{"buyer": buyer.name, "median_days_late": days, "paid": count}
                  for buyer, days, count in found.habits]
        return jsonify(ForecastSchema().dump(found) | {"habits": habits})
