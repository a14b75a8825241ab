"""Saving a demand's form as it is written: nothing typed is lost, and nobody saves over a colleague unseen.

A form that is still unfinished is kept as typed beside the demands. Its saves are working notes and write no audit
entry each; beginning, finishing and discarding it do.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, User
from marketplace.db import find, lock
from marketplace.demand import operations, records
from marketplace.demand.drafts import DemandDraft
from marketplace.demand.models import Demand
from marketplace.demand.publication_models import UnfinishedForm
from marketplace.rules.errors import NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import DemandStatus

MOST_FORMS = 200
MOST_CHARACTERS = 200_000
LONGEST_TITLE = 200


class Overtaken(WrongState):
    """Somebody saved in between. `form` is what stands there now, None where it is the demand itself."""

    def __init__(self, form: UnfinishedForm | None, *, by: str, at: dt.datetime) -> None:
        super().__init__("demand.saved_in_between", by=by, at=at)
        self.form = form


def begin(session: Session, typed: Mapping[str, str], *, actor: User, now: dt.datetime) -> UnfinishedForm:
    """Keep the form of a new demand. Raises Problems (no title, too much text, too many unfinished forms)."""
    title = _checked(typed)
    lock(session, Organisation, actor.organisation_id)  # counts and adds one at a time
    if len(of_buyer(session, actor.organisation_id)) >= MOST_FORMS:
        raise Problems([Problem("", "demand.too_many_unfinished", {"most": MOST_FORMS})])
    return _added(session, UnfinishedForm(buyer_id=actor.organisation_id), title, typed, actor=actor, now=now)


def keep(session: Session, form: UnfinishedForm, typed: Mapping[str, str], *, version: int, actor: User,
         now: dt.datetime) -> UnfinishedForm:
    """Save over the version that was read. Raises Problems, Overtaken when that is no longer the newest."""
    title = _checked(typed)
    form = _newest(session, form, version)
    if form.typed != dict(typed):
        form.title, form.typed, form.version = title, dict(typed), form.version + 1
        form.saved_by_id, form.updated_at = actor.id, now
        session.flush()
        session.expire(form, ["saved_by"])
    return form


def keep_change(session: Session, demand: Demand, typed: Mapping[str, str], *, base: str, version: int, actor: User,
                now: dt.datetime) -> UnfinishedForm:
    """Keep an unfinished change of a draft; `version` 0 where none was there. Raises as keep does, WrongState."""
    demand = _draft(session, demand)
    held = change_of(session, demand)
    now_base = records.version_of(demand)
    if held is not None:
        held = keep(session, held, typed, version=version, actor=actor, now=now)
        if base == now_base:  # the difference to what a colleague wrote since has been seen
            held.base = base
        return held
    title = _checked(typed)
    if base != now_base:
        raise Overtaken(None, by="", at=demand.updated_at)
    return _added(session, UnfinishedForm(buyer_id=demand.buyer_id, demand=demand, base=now_base), title, typed,
                  actor=actor, now=now)


def finish(session: Session, form: UnfinishedForm, draft: DemandDraft, *, version: int, actor: User,
           now: dt.datetime) -> Demand:
    """Make a demand of a finished form. Raises as operations.create does, Overtaken."""
    form = _newest(session, form, version)
    demand = operations.create(session, draft, actor=actor, now=now)
    audit.record(session, "demand_draft:finish", form, actor=actor, at=now, code=demand.code)
    session.delete(form)
    session.flush()
    return demand


def apply(session: Session, demand: Demand, draft: DemandDraft, *, base: str, version: int, actor: User,
          now: dt.datetime) -> Demand:
    """Write a change onto the draft it began from. Raises as operations.edit does, Overtaken.

    A blank `base` comes from a caller that read no version: it is held against none.
    """
    demand = _draft(session, demand)
    held = change_of(session, demand)
    if held is not None and base:
        held = _newest(session, held, version)
    if base and records.version_of(demand) != base:
        raise Overtaken(None, by="", at=demand.updated_at)
    demand = operations.edit(session, demand, draft, actor=actor, now=now)
    if held is not None:
        session.delete(held)
        session.flush()
    return demand


def discard(session: Session, form: UnfinishedForm, *, actor: User, now: dt.datetime) -> None:
    """Throw an unfinished form away; the demand it would have changed stays as it is."""
    form = lock(session, UnfinishedForm, form.id)
    audit.record(session, "demand_draft:discard", form, actor=actor, at=now, title=form.title)
    session.delete(form)
    session.flush()


def form_for(session: Session, form_id: int, *, actor: User) -> UnfinishedForm:
    """An unfinished form of a new demand of the actor's organisation. Raises NotFound for anyone else's."""
    form = session.get(UnfinishedForm, form_id) if form_id < 2**31 else None
    if form is None or form.buyer_id != actor.organisation_id:
        raise NotFound("not_found", what="demand", id=form_id)
    return form


def change_of(session: Session, demand: Demand) -> UnfinishedForm | None:
    """The unfinished change of a demand."""
    return find(session, UnfinishedForm, demand_id=demand.id)


def of_buyer(session: Session, organisation_id: int) -> list[UnfinishedForm]:
    """A buyer's unfinished forms, the latest saved first; changes of demands that left planning are void."""
    query = select(UnfinishedForm).outerjoin(Demand, UnfinishedForm.demand_id == Demand.id).where(
        UnfinishedForm.buyer_id == organisation_id,
        or_(UnfinishedForm.demand_id.is_(None), Demand.status == DemandStatus.PLANNING))
    return list(session.scalars(query.order_by(UnfinishedForm.updated_at.desc(), UnfinishedForm.id.desc())))


def _checked(typed: Mapping[str, str]) -> str:
    title = typed.get("title", "").strip()
    if not title:
        raise Problems([Problem("title", "demand.form_needs_title")])
    if len(title) > LONGEST_TITLE:
        raise Problems([Problem("title", "field.too_long", {"most": LONGEST_TITLE, "length": len(title)})])
    if sum(map(len, typed.values())) > MOST_CHARACTERS:
        raise Problems([Problem("", "demand.form_too_long", {"most": MOST_CHARACTERS})])
    return title


def _draft(session: Session, demand: Demand) -> Demand:
    demand = lock(session, Demand, demand.id)
    if demand.status != DemandStatus.PLANNING:
        raise WrongState("demand.fixed", code=demand.code)
    return demand


def _newest(session: Session, form: UnfinishedForm, version: int) -> UnfinishedForm:
    form = lock(session, UnfinishedForm, form.id)
    if form.version != version:
        raise Overtaken(form, by=form.saved_by.display_name, at=form.updated_at)
    return form


def _added(session: Session, form: UnfinishedForm, title: str, typed: Mapping[str, Any], *, actor: User,
           now: dt.datetime) -> UnfinishedForm:
    form.title, form.typed, form.version = title, dict(typed), 1
    form.begun_by_id = form.saved_by_id = actor.id
    form.created_at = form.updated_at = now
    session.add(form)
    session.flush()
    audit.record(session, "demand_draft:begin", form, actor=actor, at=now, title=title,
                 code=form.demand.code if form.demand is not None else None)
    return form
