"""Registering organisations and people, and issuing keys."""
from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts import queries
from marketplace.accounts.models import ApiKey, IdempotentReply, Organisation, Role, User
from marketplace.rules.errors import Invalid, NotFound, Problem, Problems

KEY_PREFIX = "jb_"


@dataclass(frozen=True)
class Registration:
    """What a new organisation and its first person say of themselves. `password_hash` None: cannot sign in."""

    uscc: str
    organisation: str
    role: str
    email: str
    display_name: str
    password_hash: str | None
    payer_type: str | None = None
    size_class: str | None = None
    state_owned: bool = False
    region: str = ""


def register(session: Session, form: Registration, *, now: dt.datetime, actor: User | str | None = None) -> User:
    """Create an organisation with its first person. Raises Problems (taken USCC, taken address)."""
    problems = []
    if queries.organisation_by_uscc(session, form.uscc):
        problems.append(Problem("uscc", "account.uscc_taken", {"uscc": form.uscc}))
    if queries.user_by_email(session, form.email):
        problems.append(Problem("email", "account.email_taken", {"email": form.email}))
    if problems:
        raise Problems(problems)
    organisation = Organisation(
        uscc=form.uscc, name=form.organisation, role=form.role, payer_type=form.payer_type,
        size_class=form.size_class, state_owned=form.state_owned, region=form.region, created_at=now)
    user = User(organisation=organisation, email=form.email.strip().lower(), display_name=form.display_name,
                password_hash=form.password_hash, created_at=now)
    try:
        with session.begin_nested():
            session.add_all([organisation, user])
    except IntegrityError as error:  # two people registered the same code or address at the same moment
        raise Invalid("account.taken_just_now") from error
    audit.record(session, "organisation:register", organisation, actor=actor or user, at=now,
                 uscc=form.uscc, role=form.role, payer_type=form.payer_type, size_class=form.size_class)
    return user


def issue_key(session: Session, *, actor: User, label: str, digest: str, prefix: str, now: dt.datetime) -> ApiKey:
    """Keep a new API key's digest."""
    key = ApiKey(user_id=actor.id, label=label, prefix=prefix, digest=digest, created_at=now)
    session.add(key)
    audit.record(session, "api_key:issue", key, actor=actor, at=now, label=label, prefix=prefix)
    return key


def new_token() -> str:
    """A fresh API key: shown once, never stored."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def revoke_key(session: Session, key_id: int, *, actor: User, now: dt.datetime) -> ApiKey:
    """End one of the actor's own keys. Raises NotFound."""
    key = session.get(ApiKey, key_id)
    if key is None or key.user_id != actor.id:
        raise NotFound("not_found", what="api_key", id=key_id)
    if key.revoked_at is None:
        key.revoked_at = now
        audit.record(session, "api_key:revoke", key, actor=actor, at=now)
    return key


def reserve_reply(session: Session, *, actor: User, key: str, digest: str, now: dt.datetime) -> IdempotentReply:
    """Claim an Idempotency-Key. The returned row has status 0 when it is new, else the stored answer.

    A rival with the same key waits for the first transaction to end. Raises Invalid when the key was used
    for another request.
    """
    reply = IdempotentReply(user_id=actor.id, key=key, request_digest=digest, status=0, body="", created_at=now)
    try:
        with session.begin_nested():
            session.add(reply)
    except IntegrityError:
        reply = session.get_one(IdempotentReply, (actor.id, key), populate_existing=True)
    if reply.request_digest != digest:
        raise Invalid("idempotency.other_request", key=key)
    return reply


def demo_accounts(session: Session) -> list[User]:
    """People of every role who can sign in, for the demo's printed list."""
    return [user for role in Role for user in queries.people_of_role(session, role)]
