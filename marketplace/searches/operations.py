"""Searches that a founder keeps: saved with a name, changed, paused, deleted."""
from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.db import insert_new, lock
from marketplace.rules import searches as rules
from marketplace.rules.errors import NotAllowed, Problem, Problems, WrongState
from marketplace.rules.searches import PayerWish
from marketplace.searches import queries
from marketplace.searches.models import SavedSearch, SearchAlert
from marketplace.suggestions import industries


@dataclass(frozen=True)
class SearchDraft:
    """What a founder asks for; money in fen, empty and None ask nothing. `industry`: a code or a name."""

    name: str
    text: str = ""
    industry: str = ""
    region: str = ""
    budget_min_fen: int | None = None
    budget_max_fen: int | None = None
    remote: bool = False
    set_aside: bool = False
    micro: bool = False
    payer: PayerWish | None = None
    closing_within_days: int | None = None
    min_percent: int | None = None
    by_email: bool = False


def save(session: Session, draft: SearchDraft, *, actor: User, language: str, now: dt.datetime) -> SavedSearch:
    """Keep a search. What answers it already is remembered as known: alerts are for what comes later.

    Raises NotAllowed (no founder), Problems (name taken, budget, text: nothing asked), WrongState (too many).
    """
    if actor.role != Role.FOUNDER:
        raise NotAllowed("profile.not_a_founder", organisation=actor.organisation.name)
    count = session.scalar(select(func.count()).select_from(SavedSearch).filter_by(founder_id=actor.organisation_id))
    if (count or 0) >= rules.MOST_SEARCHES:
        raise WrongState("saved_search.too_many", most=rules.MOST_SEARCHES)
    search = SavedSearch(founder_id=actor.organisation_id, user_id=actor.id, language=language, created_at=now)
    _write(session, search, draft, now=now)
    audit.record(session, "saved_search:save", search, actor=actor, at=now, name=search.name)
    return search


def change(session: Session, search_id: int, draft: SearchDraft, *, actor: User, now: dt.datetime) -> SavedSearch:
    """Ask for something else under the same search, or call it differently. Raises NotFound, Problems."""
    search = _held(session, search_id, actor=actor)
    _write(session, search, draft, now=now)
    audit.record(session, "saved_search:change", search, actor=actor, at=now, name=search.name)
    return search


def pause(session: Session, search_id: int, *, paused: bool, actor: User, now: dt.datetime) -> SavedSearch:
    """Stop the alerts, or let them come again: what was published in between is known then. Raises NotFound."""
    search = _held(session, search_id, actor=actor)
    if paused == (search.paused_at is not None):
        return search
    search.paused_at = now if paused else None
    if not paused:
        _remember(session, search, now=now)
    audit.record(session, "saved_search:pause" if paused else "saved_search:resume", search, actor=actor, at=now,
                 name=search.name)
    return search


def delete(session: Session, search_id: int, *, actor: User, now: dt.datetime) -> None:
    """Forget a search with its alerts. Raises NotFound."""
    search = _held(session, search_id, actor=actor)
    audit.record(session, "saved_search:delete", search, actor=actor, at=now, name=search.name)
    session.delete(search)
    session.flush()


def _held(session: Session, search_id: int, *, actor: User) -> SavedSearch:
    return lock(session, SavedSearch, queries.of_actor(session, search_id, actor=actor).id)


def _write(session: Session, search: SavedSearch, draft: SearchDraft, *, now: dt.datetime) -> None:
    for name, value in asdict(draft).items():
        setattr(search, name, value)
    search.divisions = sorted(industries.divisions(draft.industry))
    problems = []
    if queries.criteria_of(search).asks_nothing:
        problems.append(Problem("text", "saved_search.asks_nothing"))
    least, most = draft.budget_min_fen, draft.budget_max_fen
    if least is not None and most is not None and least > most:
        problems.append(Problem("budget_max", "saved_search.budget_reversed", {"least_fen": least}))
    if problems:
        raise Problems(problems)
    try:
        with session.begin_nested():
            session.add(search)
    except IntegrityError as error:
        raise Problems([Problem("name", "saved_search.name_taken", {"name": draft.name})]) from error
    _remember(session, search, now=now)


def _remember(session: Session, search: SavedSearch, *, now: dt.datetime) -> None:
    """The open demands that answer the search now, so that nobody is told of them."""
    found = queries.answers(session, search, now=now)
    insert_new(session, SearchAlert, [
        {"search_id": search.id, "demand_id": demand.id, "hits": queries.kept(hits), "known": True, "created_at": now}
        for demand, hits in found])
