"""Saved views: filters under a name, one's own or shared, one of them the view the desk opens with."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.oversight.models import DeskDefault, SavedView
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState

MOST_NAME, MOST_VIEWS = 60, 30


def visible(session: Session, *, actor: User) -> list[SavedView]:
    """The actor's own views, then what colleagues share, by name."""
    query = select(SavedView).join(User, SavedView.owner_id == User.id).where(
        or_(SavedView.owner_id == actor.id, SavedView.shared), User.organisation_id == actor.organisation_id)
    found = session.scalars(query.options(joinedload(SavedView.owner)))
    return sorted(found, key=lambda view: (view.owner_id != actor.id, view.name, view.id))


def get_visible(session: Session, view_id: int, *, actor: User) -> SavedView:
    """A view the actor may use. Raises NotFound."""
    for view in visible(session, actor=actor):
        if view.id == view_id:
            return view
    raise NotFound("not_found", what="saved_view", id=view_id)


def default_of(session: Session, *, actor: User) -> SavedView | None:
    """The view the actor's desk opens with; a view that is shared no more is forgotten."""
    chosen = session.get(DeskDefault, actor.id)
    return next((view for view in visible(session, actor=actor) if chosen and view.id == chosen.view_id), None)


def save(session: Session, *, name: str, query: str, shared: bool, actor: User, now: dt.datetime) -> SavedView:
    """Keep filters under a new name. Raises Problems (name), WrongState("saved_view.too_many")."""
    name = _named(name)
    own = list(session.scalars(select(SavedView).filter_by(owner_id=actor.id)))
    if len(own) >= MOST_VIEWS:
        raise WrongState("saved_view.too_many", most=MOST_VIEWS)
    view = SavedView(owner_id=actor.id, name=name, query=query, shared=shared, created_at=now, updated_at=now)
    _free(session, actor.id, name)
    session.add(view)
    audit.record(session, "saved_view:create", view, actor=actor, at=now, name=name, query=query, shared=shared)
    return view


def change(session: Session, view_id: int, *, name: str, shared: bool, query: str | None, actor: User,
           now: dt.datetime) -> SavedView:
    """Rename, share or stop sharing one's own view, or give it other filters. Raises Problems, NotAllowed."""
    view, name = _own(session, view_id, actor), _named(name)
    _free(session, view.owner_id, name, but=view.id)
    view.name, view.shared, view.updated_at = name, shared, now
    if query is not None:
        view.query = query
    audit.record(session, "saved_view:edit", view, actor=actor, at=now, name=view.name, query=view.query, shared=shared)
    return view


def remove(session: Session, view_id: int, *, actor: User, now: dt.datetime) -> None:
    """Delete one's own view; desks that opened with it open with the standing one. Raises NotAllowed."""
    view = _own(session, view_id, actor)
    audit.record(session, "saved_view:delete", view, actor=actor, at=now, name=view.name, query=view.query)
    session.execute(delete(DeskDefault).where(DeskDefault.view_id == view.id))
    session.delete(view)
    session.flush()


def open_with(session: Session, view_id: int | None, *, actor: User) -> None:
    """The actor's desk opens with this view from now on; None: with the standing one."""
    chosen = session.get(DeskDefault, actor.id)
    if chosen is not None:
        session.delete(chosen)
        session.flush()
    if view_id is not None:
        session.add(DeskDefault(user_id=actor.id, view_id=get_visible(session, view_id, actor=actor).id))
        session.flush()


def _own(session: Session, view_id: int, actor: User) -> SavedView:
    view = get_visible(session, view_id, actor=actor)
    if view.owner_id != actor.id:
        raise NotAllowed("saved_view.not_yours", owner=view.owner.display_name)
    return view


def _named(name: str) -> str:
    name = name.strip()
    if not name:
        raise Problems([Problem("name", "field.required", {})])
    if len(name) > MOST_NAME:
        raise Problems([Problem("name", "field.too_long", {"most": MOST_NAME, "length": len(name)})])
    return name


def _free(session: Session, owner_id: int, name: str, *, but: int = 0) -> None:
    """Two views of one owner never have one name: one person's own doing, checked here, held by the database."""
    taken = select(SavedView.id).where(SavedView.owner_id == owner_id, SavedView.name == name, SavedView.id != but)
    if session.scalar(taken) is not None:
        raise Problems([Problem("name", "saved_view.name_taken", {"name": name})])
