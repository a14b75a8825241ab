"""Holding all saved searches against a demand: one alert for each search and demand, saying why."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from marketplace import audit
from marketplace.audit.operations import SYSTEM
from marketplace.clock import legal_day
from marketplace.db import get, insert_new
from marketplace.demand.models import Demand
from marketplace.notices.models import Mail
from marketplace.notices.operations import notify
from marketplace.rules import searches as rules
from marketplace.searches import queries
from marketplace.searches.models import SavedSearch, SearchAlert, SearchPass
from marketplace.suggestions.models import Refresh


def run(session: Session, demand_id: int, *, now: dt.datetime) -> int:
    """One pass over all searches that are not paused; how many alerts came of it.

    Safe to run twice, and twice at once: a search and a demand have one alert at most. Raises NotFound.
    """
    demand, today = get(session, Demand, demand_id), legal_day(now)
    refresh = session.get(Refresh, demand_id)
    done = session.get(SearchPass, demand_id) or SearchPass(demand_id=demand_id)
    done.content_at, done.passed_on = demand.updated_at, today
    done.matched_at = refresh.computed_at if refresh else None
    session.add(done)
    if not demand.accepts_bids(now=now):
        return 0
    [(_, offer)] = queries.offers(session, [demand], today=today)
    fits = queries.fits(session, demand_id=demand_id)
    told = exists().where(SearchAlert.search_id == SavedSearch.id, SearchAlert.demand_id == demand_id)
    waiting = select(SavedSearch).options(joinedload(SavedSearch.user)).where(SavedSearch.paused_at.is_(None), ~told)
    found: list[tuple[SavedSearch, list[rules.Hit]]] = []
    for search in session.scalars(waiting.order_by(SavedSearch.id)):
        hits = rules.hits(queries.criteria_of(search), offer, fits.get((demand_id, search.founder_id)))
        if hits is not None:
            found.append((search, hits))
    if found:
        _tell(session, demand, found, now=now)
    return len(found)


def _tell(session: Session, demand: Demand, found: list[tuple[SavedSearch, list[rules.Hit]]], *,
          now: dt.datetime) -> None:
    insert_new(session, SearchAlert, [
        {"search_id": search.id, "demand_id": demand.id, "hits": queries.kept(hits), "known": False, "created_at": now}
        for search, hits in found])
    link, mails = f"/demands/{demand.code}", []
    for search, hits in found:
        because = _because(hits)
        facts = {"search": search.name, "title": demand.title, "buyer": demand.buyer.name, "because": because}
        notify(session, search.founder_id, "search_alert", dedupe=f"search:{search.id}:{demand.id}", now=now,
               link=link, **facts)
        if search.by_email:
            mails.append(_mail(search, demand, facts, link=link, now=now))
    insert_new(session, Mail, mails)
    audit.record(session, "saved_search:alert", ("demand", demand.id), actor=SYSTEM, at=now, alerts=len(found),
                 mails=len(mails))


def _because(hits: list[rules.Hit]) -> list[Any]:
    """The most telling hit as [text key, facts]: a quoted phrase, else the match, else a filter."""
    first = min(hits, key=lambda one: ("word", "match").index(one.code) if one.code in ("word", "match") else 2)
    return [f"searches.hit.{first.code}", {name: value for name, value in first.facts.items()
                                           if name not in ("field", "reasons")}]


def _mail(search: SavedSearch, demand: Demand, facts: dict[str, Any], *, link: str, now: dt.datetime) -> dict[str, Any]:
    return {"organisation_id": search.founder_id, "role": "search", "address": search.user.email,
            "name": search.user.display_name, "language": search.language, "code": "search_alert", "facts": facts,
            "link": link, "dedupe_key": f"search:{search.id}:{demand.id}", "created_at": now, "try_after": now,
            "attempts": 0}
