"""Reading organisations, people and keys."""
from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import ApiKey, Organisation, SignInThrottle, User


def user_of_session(session: Session, user_id: int, epoch: int | None) -> User | None:
    """The person a session belongs to, unless their sessions have been ended since."""
    user = session.get(User, user_id)
    return user if user is not None and user.session_epoch == epoch else None


def user_of_key(session: Session, digest: str, *, now: dt.datetime) -> User | None:
    """The person whose live API key has this digest."""
    key = session.scalars(select(ApiKey).filter_by(digest=digest)).one_or_none()
    return key.user if key is not None and key.is_live(now=now) else None


def user_of_calendar(session: Session, digest: str) -> User | None:
    """The person whose calendar feed has this token digest."""
    return session.scalars(select(User).filter_by(calendar_digest=digest)).one_or_none()


def has_calendar(session: Session, user: User) -> bool:
    """Whether a person's calendar feed is open now."""
    return session.scalar(select(User.calendar_digest).filter_by(id=user.id)) is not None


def user_by_email(session: Session, email: str) -> User | None:
    """The person with this address, whatever its capitals."""
    return session.scalars(select(User).where(func.lower(User.email) == email.strip().lower())).one_or_none()


def organisation_by_uscc(session: Session, uscc: str) -> Organisation | None:
    """The organisation with this unified social credit code."""
    return session.scalars(select(Organisation).filter_by(uscc=uscc)).one_or_none()


def keys_of(session: Session, user: User) -> list[ApiKey]:
    """A person's API keys, newest first."""
    return list(session.scalars(select(ApiKey).filter_by(user_id=user.id).order_by(ApiKey.id.desc())))


def people_of_role(session: Session, role: str) -> list[User]:
    """Everyone who can sign in with a role."""
    query = select(User).join(Organisation).where(Organisation.role == role, User.password_hash.is_not(None))
    return list(session.scalars(query.order_by(User.id)))


def address_digest(email: str) -> str:
    """SHA-256 of an address, whatever its capitals."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()


def refused_until(session: Session, email: str, *, now: dt.datetime) -> dt.datetime | None:
    """Until when sign-ins with this address are refused after too many failures; None when they are not."""
    throttle = session.get(SignInThrottle, address_digest(email))
    until = throttle.refused_until if throttle is not None else None
    return until if until is not None and until > now else None
