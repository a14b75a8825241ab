"""Reading capability profiles."""
from __future__ import annotations

import hashlib

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.db import find, get
from marketplace.founders.models import CapabilityProfile
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


def all_profiles(session: Session) -> list[CapabilityProfile]:
    """Every profile, in the order of their making."""
    return list(session.scalars(select(CapabilityProfile).order_by(CapabilityProfile.id)))


def fingerprint(session: Session) -> str:
    """SHA-256 that changes when any profile, or the size of its company, changes; reads three columns only."""
    query = select(CapabilityProfile.id, CapabilityProfile.version, Organisation.size_class).join(
        Organisation, Organisation.id == CapabilityProfile.founder_id).order_by(CapabilityProfile.id)
    digest = hashlib.sha256()
    for row in session.execute(query):
        digest.update(repr(tuple(row)).encode())
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
