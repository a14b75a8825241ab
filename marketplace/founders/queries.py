"""Reading capability profiles."""
from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.db import find, get
from marketplace.founders.models import CapabilityProfile, VerifiedCase
from marketplace.rules.errors import NotFound

MAX_ID = 2**31 - 1


def profile_of(session: Session, organisation_id: int) -> CapabilityProfile | None:
    """The profile of a founder's company, None before the first is saved."""
    return find(session, CapabilityProfile, founder_id=organisation_id)


def by_id(session: Session, profile_id: int) -> CapabilityProfile:
    """One profile. Raises NotFound."""
    if not 0 < profile_id <= MAX_ID:
        raise NotFound("capability_profile.not_found", id=str(profile_id)[:20])
    return get(session, CapabilityProfile, profile_id)


def touch(session: Session, founder_id: int, *, now: dt.datetime) -> None:
    """Something beside the profile that others judge it by has changed: a new version, matched anew."""
    session.flush()
    profile = profile_of(session, founder_id)
    if profile is not None:
        profile.version, profile.updated_at = profile.version + 1, now
        session.flush()
        session.expire(profile, ["credentials"])


def verified_cases(session: Session, founder_id: int) -> list[VerifiedCase]:
    """The cases of a founder that come from contracts here, hidden and suspended ones too, the newest first."""
    query = select(VerifiedCase).filter_by(founder_id=founder_id)
    return list(session.scalars(query.order_by(VerifiedCase.finished_on.desc(), VerifiedCase.contract_id.desc())))


def all_profiles(session: Session) -> list[CapabilityProfile]:
    """Every profile, in the order of their making."""
    return list(session.scalars(select(CapabilityProfile).order_by(CapabilityProfile.id)))


def by_ids(session: Session, ids: Collection[int]) -> list[CapabilityProfile]:
    """The profiles of these ids that are there, in the order of their making."""
    query = select(CapabilityProfile).where(CapabilityProfile.id.in_(ids)).order_by(CapabilityProfile.id)
    return list(session.scalars(query))


def related(session: Session, ids: Collection[int] | None = None) -> Iterator[tuple[int, list[str]]]:
    """(id, the credit codes of the organisations it has an interest in, its own first) of these profiles, or of all."""
    query = select(CapabilityProfile.id, Organisation.uscc, CapabilityProfile.related_usccs).join(
        Organisation, Organisation.id == CapabilityProfile.founder_id)
    if ids is not None:
        query = query.where(CapabilityProfile.id.in_(ids))
    for row in session.execute(query):
        yield row.id, [row.uscc, *row.related_usccs]


def states(session: Session) -> Iterator[tuple[int, str]]:
    """(id, what changes whenever the profile reads otherwise to the engine) of every profile, by id."""
    query = select(CapabilityProfile.id, CapabilityProfile.version, Organisation.size_class).join(
        Organisation, Organisation.id == CapabilityProfile.founder_id).order_by(CapabilityProfile.id)
    for row in session.execute(query.execution_options(yield_per=10_000)):
        yield row.id, f"{row.version}/{row.size_class}"


def fingerprint(session: Session) -> str:
    """SHA-256 that changes when any profile, or the size of its company, changes; reads three columns only."""
    digest = hashlib.sha256()
    for row in states(session):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def directory(session: Session, *, text: str = "", after: int = 0, limit: int = 50) -> list[CapabilityProfile]:
    """Profiles whose headline, region or company name contains `text`, newest first, with ids below `after`."""
    query = select(CapabilityProfile).join(Organisation, Organisation.id == CapabilityProfile.founder_id)
    if text:
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in (
            CapabilityProfile.headline, CapabilityProfile.bio, CapabilityProfile.region, Organisation.name))))
    if after:
        query = query.where(CapabilityProfile.id < after)
    return list(session.scalars(query.order_by(CapabilityProfile.id.desc()).limit(limit)))
