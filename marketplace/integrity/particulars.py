"""What companies and people say of themselves that conflicts of interest are seen by: all of it optional."""
from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, User
from marketplace.db import lock
from marketplace.integrity.models import Employment
from marketplace.rules import conflicts as law
from marketplace.rules.errors import NotFound, Problem, Problems


@dataclass(frozen=True)
class Particulars:
    """Of a company, as registered; "" for what it does not say."""

    legal_representative: str = ""
    registered_address: str = ""
    phone: str = ""


def state(session: Session, said: Particulars, *, actor: User, now: dt.datetime) -> Organisation:
    """Keep what the actor's company says of itself. Raises Problems (phone).

    The audit chain, of which anyone may have a copy, names the fields that changed and not what they say.
    """
    organisation = lock(session, Organisation, actor.organisation_id)
    if said.phone.strip() and not law.plain_phone(said.phone):
        raise Problems([Problem("phone", "particulars.phone_too_short")])
    changed = [name for name, text in asdict(said).items() if (getattr(organisation, name) or "") != text.strip()]
    for name in changed:
        setattr(organisation, name, getattr(said, name).strip() or None)
    if changed:
        audit.record(session, "organisation:state_particulars", organisation, actor=actor, at=now, fields=changed)
    return organisation


@dataclass(frozen=True)
class EmploymentForm:
    """Where somebody works or worked. `ended_on` None: still there."""

    employer: str
    started_on: dt.date
    ended_on: dt.date | None = None
    employer_uscc: str | None = None


def declare_employment(session: Session, form: EmploymentForm, *, actor: User, now: dt.datetime) -> Employment:
    """Keep where the actor works or worked. Raises Problems (employer, ended_on)."""
    problems = [] if form.employer.strip() else [Problem("employer", "field.required")]
    if form.ended_on is not None and form.ended_on < form.started_on:
        problems.append(Problem("ended_on", "employment.ends_before_start"))
    if problems:
        raise Problems(problems)
    work = Employment(user_id=actor.id, employer=form.employer.strip(), employer_uscc=form.employer_uscc or None,
                      started_on=form.started_on, ended_on=form.ended_on, declared_at=now)
    session.add(work)
    audit.record(session, "employment:declare", work, actor=actor, at=now)
    return work


def withdraw_employment(session: Session, employment_id: int, *, actor: User, now: dt.datetime) -> Employment:
    """Take back an own entry that was wrong; it stays as history. Raises NotFound."""
    work = session.get(Employment, employment_id) if 0 < employment_id < 2**31 else None
    if work is None or work.user_id != actor.id:
        raise NotFound("not_found", what="employment", id=employment_id)
    if work.withdrawn_at is None:
        work.withdrawn_at = now
        audit.record(session, "employment:withdraw", work, actor=actor, at=now)
    return work


def employments(session: Session, user: User) -> list[Employment]:
    """A person's declared employments that stand, newest first."""
    query = select(Employment).filter_by(user_id=user.id, withdrawn_at=None)
    return list(session.scalars(query.order_by(Employment.started_on.desc(), Employment.id.desc())))
