"""Reading demands and projects. Other people's unpublished things are not found, never forbidden."""
from __future__ import annotations

import datetime as dt
import json
import unicodedata
from collections import Counter

from sqlalchemy import Select, Text, and_, cast, func, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from marketplace.accounts.models import Organisation, User
from marketplace.clock import legal_day
from marketplace.demand.models import Demand, Project
from marketplace.rules import micro_orders
from marketplace.rules.errors import NotFound
from marketplace.rules.lifecycle import DemandStatus

MOST_WORDS = 8
_HIDDEN = (DemandStatus.PLANNING, DemandStatus.REVIEW, DemandStatus.CANCELLED)
_SEARCHED = (Demand.title, Demand.description, Demand.scene, Demand.data_offered, Demand.industry,
             Demand.region, Demand.code)


def board(session: Session, *, now: dt.datetime, text: str = "", industry: str = "", region: str = "",
          set_aside: bool | None = None, remote: bool | None = None, micro: bool = False, closed: bool = False,
          after: int = 0, limit: int = 50) -> list[Demand]:
    """The public list, newest first; those still taking bids, with `closed` also the ones that no longer do.

    Every word of `text` must occur somewhere in the demand. `micro`: small orders only.
    `after` is the id of the last demand of the page before.
    """
    query = select(Demand)
    if closed:
        query = query.where(Demand.published_at.is_not(None), Demand.status.not_in(_HIDDEN))
    else:
        query = query.where(Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now)
    query = _matching(query, text)
    if industry:
        query = query.where(Demand.industry.icontains(industry, autoescape=True))
    if region:
        query = query.where(Demand.region.icontains(region, autoescape=True))
    if set_aside is not None:
        query = query.where(Demand.set_aside == set_aside)
    if remote is not None:
        query = query.where(Demand.remote_ok == remote)
    if micro:
        query = query.where(or_(Demand.minimum_batch.is_not(None),
                                Demand.budget_fen <= micro_orders.ceiling(legal_day(now))))
    last = session.get(Demand, after) if after else None
    if last is not None and last.published_at is not None:
        query = query.where(tuple_(Demand.published_at, Demand.id) < tuple_(last.published_at, last.id))
    return list(session.scalars(query.order_by(Demand.published_at.desc(), Demand.id.desc()).limit(limit)))


def _matching(query: Select[tuple[Demand]], text: str) -> Select[tuple[Demand]]:
    for word in unicodedata.normalize("NFKC", text).split()[:MOST_WORDS]:
        # SQLite keeps the letters of a JSON list as \uXXXX, PostgreSQL as they are.
        skills = cast(Demand.required_skills, Text)
        found = [column.icontains(word, autoescape=True) for column in _SEARCHED]
        found += [skills.icontains(form, autoescape=True) for form in {word, json.dumps(word)[1:-1]}]
        found.append(Demand.buyer.has(Organisation.name.icontains(word, autoescape=True)))
        query = query.where(or_(*found))
    return query


def industries(session: Session) -> list[str]:
    """The industries of published demands, the most frequent first."""
    query = select(Demand.industry).where(Demand.status.not_in(_HIDDEN), Demand.industry != "")
    return [name for name, _ in Counter(session.scalars(query)).most_common()]


def active_count(session: Session, *, now: dt.datetime) -> int:
    """How many demands take bids now."""
    query = select(func.count()).select_from(Demand)
    return session.scalar(query.where(Demand.status == DemandStatus.ACTIVE, Demand.bid_deadline >= now)) or 0


def by_code(session: Session, code: str) -> Demand:
    """A demand that is or was published. Raises NotFound."""
    demand = with_code(session, code)
    if demand is None or demand.published_at is None:
        raise NotFound("not_found", what="demand", id=code)
    return demand


def for_buyer(session: Session, code: str, *, actor: User) -> Demand:
    """The actor's own demand in any state. Raises NotFound for anyone else's."""
    demand = with_code(session, code)
    if demand is None or demand.buyer_id != actor.organisation_id:
        raise NotFound("not_found", what="demand", id=code)
    return demand


def visible_to(session: Session, code: str, *, actor: User | None) -> Demand:
    """A published demand, or the actor's own in any state. Raises NotFound."""
    demand = with_code(session, code)
    own = demand is not None and actor is not None and demand.buyer_id == actor.organisation_id
    if demand is None or not (own or demand.published_at is not None):
        raise NotFound("not_found", what="demand", id=code)
    return demand


def with_code(session: Session, code: str) -> Demand | None:
    """The demand of a code in any state, whoever asks: for callers that decide themselves who may know of it."""
    if len(code) > 40 or "\x00" in code:
        return None
    return session.scalars(select(Demand).filter_by(code=code)).one_or_none()


def of_buyer(session: Session, organisation_id: int) -> list[Demand]:
    """Every demand of a buyer, newest first."""
    return list(session.scalars(
        select(Demand).filter_by(buyer_id=organisation_id).order_by(Demand.id.desc())))


def page_of_buyer(session: Session, organisation_id: int, *, after: int, limit: int) -> list[Demand]:
    """A page of a buyer's demands, newest first; `after` is the last id of the page before."""
    query = select(Demand).filter_by(buyer_id=organisation_id)
    if after:
        query = query.where(Demand.id < after)
    return list(session.scalars(query.order_by(Demand.id.desc()).limit(limit)))


def of_refs(session: Session, organisation_id: int, refs: list[str]) -> dict[str, Demand]:
    """A buyer's demands by their own numbers; those without one by their public codes, as exported lists name them."""
    query = select(Demand).where(Demand.buyer_id == organisation_id, or_(
        Demand.external_ref.in_(refs), and_(Demand.external_ref.is_(None), Demand.code.in_(refs))))
    found = list(session.scalars(query.options(selectinload(Demand.criteria))))
    return ({demand.code: demand for demand in found if demand.external_ref is None}
            | {demand.external_ref: demand for demand in found if demand.external_ref is not None})


def project_for(session: Session, project_id: int, *, actor: User) -> Project:
    """The actor's own project. Raises NotFound for anyone else's."""
    project = session.get(Project, project_id) if project_id < 2**31 else None
    if project is None or project.buyer_id != actor.organisation_id:
        raise NotFound("not_found", what="project", id=project_id)
    return project


def projects_of(session: Session, organisation_id: int) -> list[Project]:
    """Every project of a buyer, newest first."""
    query = select(Project).filter_by(buyer_id=organisation_id).options(selectinload(Project.slices))
    return list(session.scalars(query.order_by(Project.id.desc())))


def siblings(session: Session, demand: Demand) -> list[Demand]:
    """The demands posted from the same project, in the order of its slices; empty when it came from none."""
    if demand.slice is None:
        return []
    return [piece.demand for piece in demand.slice.project.slices if piece.demand is not None]
