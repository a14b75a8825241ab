"""Reading saved searches, what answers them, and their alerts."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from math import exp
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.rules import micro_orders
from marketplace.rules import searches as rules
from marketplace.rules.errors import NotFound
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.searches import Criteria, Fit, Hit, Offer, PayerWish
from marketplace.searches.models import SavedSearch, SearchAlert, SearchPass
from marketplace.suggestions import industries, payer
from marketplace.suggestions.models import Refresh, Suggestion
from marketplace.suggestions.payer import PayerPart

MAX_ID = 2**31 - 1
REASONS_KEPT = 3


def criteria_of(search: SavedSearch) -> Criteria:
    """A stored search as the rule reads it."""
    return Criteria(
        words=rules.words_of(search.text), industry=search.industry, divisions=frozenset(search.divisions),
        region=search.region, budget_min_fen=search.budget_min_fen, budget_max_fen=search.budget_max_fen,
        remote=search.remote, set_aside=search.set_aside, micro=search.micro,
        payer=PayerWish(search.payer) if search.payer else None,
        closing_within_days=search.closing_within_days, min_percent=search.min_percent)


def offer_of(demand: Demand, record: PayerPart, *, today: dt.date) -> Offer:
    """A demand as the rule reads it, once for all searches."""
    texts = [("title", demand.title), ("description", demand.description), ("scene", demand.scene),
             ("data_offered", demand.data_offered), ("required_skills", "、".join(demand.required_skills)),
             ("deliverables", "、".join(demand.deliverables)), ("industry", demand.industry),
             ("region", demand.region), ("buyer", demand.buyer.name)]
    return Offer(
        texts=tuple((name, text) for name, text in texts if text), industry=demand.industry,
        divisions=industries.divisions(demand.industry), region=demand.region, budget_fen=demand.budget_fen,
        remote_ok=demand.remote_ok, set_aside=demand.set_aside,
        micro=micro_orders.is_micro(demand.budget_fen, demand.minimum_batch, on=today),
        on_time=record.on_time, known=record.known,
        closes_in_days=(legal_day(demand.bid_deadline) - today).days if demand.bid_deadline else None)


def offers(session: Session, demands: Iterable[Demand], *, today: dt.date) -> list[tuple[Demand, Offer]]:
    """The same of several; the buyers' payment records in one query."""
    found = list(demands)
    records = payer.parts_of(session, found, today=today)
    return [(one, offer_of(one, records[one.buyer_id], today=today)) for one in found]


def fits(session: Session, *, demand_id: int | None = None,
         founder_id: int | None = None) -> dict[tuple[int, int], Fit]:
    """The stored matches of one demand or one founder, by (demand, founder); only those who may bid."""
    query = select(Suggestion.demand_id, CapabilityProfile.founder_id, Suggestion.score, Suggestion.explanation).join(
        CapabilityProfile, CapabilityProfile.id == Suggestion.profile_id).where(Suggestion.eligible.is_(True))
    if demand_id is not None:
        query = query.where(Suggestion.demand_id == demand_id)
    if founder_id is not None:
        query = query.where(CapabilityProfile.founder_id == founder_id)
    return {(demand, founder): Fit(round(100 / (1 + exp(-max(min(score, 50), -50)))),
                                   tuple(explanation["reasons"][:REASONS_KEPT]))
            for demand, founder, score, explanation in session.execute(query)}


def answers(session: Session, search: SavedSearch, *, now: dt.datetime) -> list[tuple[Demand, list[Hit]]]:
    """The open demands that answer a search now, the newest first."""
    open_now = select(Demand).where(Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now)
    demands = session.scalars(open_now.order_by(Demand.published_at.desc(), Demand.id.desc()))
    own = fits(session, founder_id=search.founder_id) if search.min_percent is not None else {}
    wanted, found = criteria_of(search), []
    for demand, offer in offers(session, demands, today=legal_day(now)):
        hits = rules.hits(wanted, offer, own.get((demand.id, search.founder_id)))
        if hits is not None:
            found.append((demand, hits))
    return found


def kept(hits: Iterable[Hit]) -> list[dict[str, Any]]:
    """Hits as they are stored."""
    return [{"code": one.code, "facts": dict(one.facts)} for one in hits]


def of_founder(session: Session, founder_id: int) -> list[SavedSearch]:
    """A company's searches by name."""
    return list(session.scalars(select(SavedSearch).filter_by(founder_id=founder_id).order_by(SavedSearch.name)))


def of_actor(session: Session, search_id: int, *, actor: User) -> SavedSearch:
    """One of the actor's company. Raises NotFound for anyone else's."""
    search = session.get(SavedSearch, search_id) if 0 < search_id <= MAX_ID else None
    if search is None or search.founder_id != actor.organisation_id:
        raise NotFound("saved_search.not_found", id=str(search_id)[:20])
    return search


def counts(session: Session, founder_id: int) -> Mapping[int, int]:
    """How many alerts each search of a company has given, by search id."""
    query = select(SearchAlert.search_id, func.count()).join(SavedSearch).where(
        SavedSearch.founder_id == founder_id, SearchAlert.known.is_(False)).group_by(SearchAlert.search_id)
    return dict(session.execute(query).all())  # type: ignore[arg-type]


def alerts(session: Session, founder_id: int, *, search_id: int | None = None, before: int | None = None,
           limit: int = 30) -> list[SearchAlert]:
    """A company's alerts, newest first; `before` is an id to page on from."""
    query = select(SearchAlert).join(SavedSearch).options(
        joinedload(SearchAlert.demand), joinedload(SearchAlert.search)).where(
        SavedSearch.founder_id == founder_id, SearchAlert.known.is_(False))
    if search_id is not None:
        query = query.where(SearchAlert.search_id == search_id)
    if before:
        query = query.where(SearchAlert.id < before)
    return list(session.scalars(query.order_by(SearchAlert.id.desc()).limit(limit)))


def pending(session: Session, *, now: dt.datetime) -> list[int]:
    """The open demands whose content or matches have changed since the searches were last held against them, and all
    of them once on each day: a search may ask for those that close soon. None while nobody waits for alerts."""
    query = select(Demand.id).outerjoin(SearchPass, SearchPass.demand_id == Demand.id).outerjoin(
        Refresh, Refresh.demand_id == Demand.id).where(
        exists().where(SavedSearch.paused_at.is_(None)),
        Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now, or_(
            SearchPass.demand_id.is_(None), SearchPass.content_at != Demand.updated_at,
            SearchPass.passed_on < legal_day(now), Refresh.computed_at.is_distinct_from(SearchPass.matched_at)))
    return list(session.scalars(query.order_by(Demand.id)))
