"""The directory of mediation partners, kept by the operator."""
from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.complaints.models import MediationPartner
from marketplace.db import lock
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems
from marketplace.rules.remedies import PartnerKind


@dataclass(frozen=True)
class PartnerForm:
    """What the operator writes down of a partner; `active` False: no longer offered."""

    name: str
    kind: str
    region: str
    contact: str
    email: str = ""
    phone: str = ""
    active: bool = True


def directory(session: Session, *, active: bool | None = None) -> list[MediationPartner]:
    """The partners by name; only those in use, or only those that are not, when `active` says so."""
    query = select(MediationPartner).order_by(MediationPartner.name)
    return list(session.scalars(query if active is None else query.filter_by(active=active)))


def partner(session: Session, partner_id: int) -> MediationPartner:
    """One partner. Raises NotFound."""
    found = session.get(MediationPartner, partner_id) if 0 < partner_id < 2**31 else None
    if found is None:
        raise NotFound("not_found", what="mediation_partner", id=partner_id)
    return found


def add(session: Session, form: PartnerForm, *, actor: User, now: dt.datetime) -> MediationPartner:
    """A new partner. Raises NotAllowed, Problems (every field that is wrong; a name taken)."""
    _check(session, form, actor=actor)
    row = MediationPartner(created_at=now, **asdict(form))
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Problems([Problem("name", "partner.name_taken", {"name": form.name})]) from error
    audit.record(session, "mediation_partner:add", row, actor=actor, at=now, **asdict(form))
    return row


def edit(session: Session, partner_id: int, form: PartnerForm, *, actor: User, now: dt.datetime) -> MediationPartner:
    """Replace what is written of a partner. Raises NotAllowed, NotFound, Problems."""
    partner(session, partner_id)
    row = lock(session, MediationPartner, partner_id)
    _check(session, form, actor=actor, own=row.id)
    for name, value in asdict(form).items():
        setattr(row, name, value)
    audit.record(session, "mediation_partner:edit", row, actor=actor, at=now, **asdict(form))
    return row


def _check(session: Session, form: PartnerForm, *, actor: User, own: int = 0) -> None:
    if actor.role != Role.OPERATOR:
        raise NotAllowed("remedy.only_operator")
    problems = [Problem(name, "field.required") for name in ("name", "region", "contact")
                if not getattr(form, name).strip()]
    if form.kind not in set(PartnerKind):
        problems.append(Problem("kind", "field.not_a_choice"))
    if not form.email.strip() and not form.phone.strip():
        problems.append(Problem("email", "partner.no_way_to_reach"))
    same = select(func.count()).select_from(MediationPartner).where(
        MediationPartner.name == form.name, MediationPartner.id != own)
    if session.scalar(same):
        problems.append(Problem("name", "partner.name_taken", {"name": form.name}))
    if problems:
        raise Problems(problems)
