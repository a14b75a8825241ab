"""Registering organisations and people, and issuing keys."""
from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts import queries
from marketplace.accounts.models import ApiKey, IdempotentReply, Organisation, PayerType, Role, SignInThrottle, User
from marketplace.audit.operations import SYSTEM
from marketplace.db import lock
from marketplace.rules import uscc
from marketplace.rules.errors import Invalid, NotAllowed, NotFound, Problem, Problems

KEY_PREFIX = "jb_"
FAILURES = 8
WINDOW = dt.timedelta(minutes=15)
PAUSE = dt.timedelta(minutes=15)
KEPT = dt.timedelta(days=1)
MAX_ID = 2**31 - 1


class TooManyAttempts(NotAllowed):
    """Too many failures with one address; wait."""

    status = 429


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
    sme_declared: bool = False


def guessed_payer_type(code: str) -> PayerType | None:
    """The kind of payer a credit code's first two characters name; None for enterprises, whose size is not in it."""
    kind = uscc.kind(code)
    return PayerType(kind) if kind in {PayerType.GOVERNMENT, PayerType.PUBLIC_INSTITUTION} else None


def holder_problems(form: Registration) -> list[Problem]:
    """What the credit code contradicts: a public body cannot be a founder, nor register as another kind of payer.

    Basis: Decree 802 (in force 2025-06-01) Arts 2 and 9; a body that could choose its kind would choose its term.
    """
    public = guessed_payer_type(form.uscc)
    if form.role == Role.FOUNDER:
        return [Problem("uscc", "account.founder_is_public_body", {"kind": public})] if public else []
    if form.role != Role.BUYER or form.payer_type is None:
        return []
    chosen = PayerType(form.payer_type)
    if public is not None and chosen != public:
        return [Problem("payer_type", "account.code_says_public_body", {"kind": public, "chosen": chosen})]
    if uscc.kind(form.uscc) in {"enterprise", "individual_business"} and chosen.is_public_body:
        return [Problem("payer_type", "account.code_says_enterprise", {"chosen": chosen})]
    return []


def register(session: Session, form: Registration, *, now: dt.datetime, actor: User | str | None = None) -> User:
    """Create an organisation with its first person.

    Raises Problems (taken USCC, taken address, a code that contradicts what was chosen) or Invalid.
    """
    problems = holder_problems(form)
    if queries.organisation_by_uscc(session, form.uscc):
        problems.append(Problem("uscc", "account.uscc_taken", {"uscc": form.uscc}))
    if queries.user_by_email(session, form.email):
        problems.append(Problem("email", "account.email_taken", {"email": form.email}))
    if problems:
        raise Problems(problems)
    organisation = Organisation(
        uscc=form.uscc, name=form.organisation, role=form.role, payer_type=form.payer_type,
        size_class=form.size_class, state_owned=form.state_owned, region=form.region,
        sme_declared_at=now if form.sme_declared else None, created_at=now)
    user = User(organisation=organisation, email=form.email.strip().lower(), display_name=form.display_name,
                password_hash=form.password_hash, created_at=now)
    try:
        with session.begin_nested():
            session.add_all([organisation, user])
    except IntegrityError as error:  # two people registered the same code or address at the same moment
        raise Invalid("account.taken_just_now") from error
    audit.record(session, "organisation:register", organisation, actor=actor or user, at=now,
                 uscc=form.uscc, role=form.role, payer_type=form.payer_type, size_class=form.size_class,
                 sme_declared=form.sme_declared)
    return user


def note_sign_in(session: Session, email: str, *, succeeded: bool, now: dt.datetime) -> None:
    """Count a failed sign-in with an address, or forget the failures after a successful one.

    After FAILURES within WINDOW the address is refused for PAUSE; queries.refused_until tells.
    """
    key = queries.address_digest(email)
    if succeeded:
        session.execute(delete(SignInThrottle).filter_by(address_digest=key))
        return
    session.execute(delete(SignInThrottle).where(SignInThrottle.counted_from < now - KEPT))
    if session.get(SignInThrottle, key) is None:
        try:
            with session.begin_nested():
                session.add(SignInThrottle(address_digest=key, failures=0, counted_from=now))
        except IntegrityError:
            session.expire_all()  # the same address failed at the same moment; count on its row
    throttle = lock(session, SignInThrottle, key)
    if throttle.counted_from <= now - WINDOW:
        throttle.failures, throttle.counted_from = 0, now
    throttle.failures += 1
    if throttle.failures >= FAILURES:
        throttle.failures, throttle.counted_from, throttle.refused_until = 0, now, now + PAUSE
        audit.record(session, "sign_in:refuse", ("address", key[:16]), actor=SYSTEM, at=now,
                     failures=FAILURES, until=now + PAUSE)


def change_password(session: Session, user_id: int, *, password_hash: str, actor: User, now: dt.datetime) -> User:
    """Keep a new password and end every session of the person; the door begins a new one for this browser."""
    user = lock(session, User, user_id)
    user.password_hash = password_hash
    user.session_epoch += 1
    audit.record(session, "user:change_password", user, actor=actor, at=now)
    return user


def open_calendar(session: Session, *, digest: str, actor: User, now: dt.datetime) -> User:
    """Keep the digest of a new calendar address; an address given out before is void from now on."""
    user = lock(session, User, actor.id)
    user.calendar_digest = digest
    audit.record(session, "user:open_calendar", user, actor=actor, at=now)
    return user


def close_calendar(session: Session, *, actor: User, now: dt.datetime) -> User:
    """End the person's calendar feed; doing it again is nothing."""
    user = lock(session, User, actor.id)
    if user.calendar_digest is not None:
        user.calendar_digest = None
        audit.record(session, "user:close_calendar", user, actor=actor, at=now)
    return user


def issue_key(session: Session, *, actor: User, label: str, digest: str, prefix: str, now: dt.datetime) -> ApiKey:
    """Keep a new API key's digest. Raises Problems when the person has a live key with this label."""
    if any(key.label == label and key.is_live(now=now) for key in queries.keys_of(session, actor)):
        raise Problems([Problem("label", "account.key_label_taken", {"label": label})])
    key = ApiKey(user_id=actor.id, label=label, prefix=prefix, digest=digest, created_at=now)
    session.add(key)
    audit.record(session, "api_key:issue", key, actor=actor, at=now, label=label, prefix=prefix)
    return key


def new_token() -> str:
    """A fresh API key: shown once, never stored."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def revoke_key(session: Session, key_id: int, *, actor: User, now: dt.datetime) -> ApiKey:
    """End one of the actor's own keys. Raises NotFound."""
    key = session.get(ApiKey, key_id) if 0 < key_id <= MAX_ID else None
    if key is None or key.user_id != actor.id:
        raise NotFound("not_found", what="api_key", id=str(key_id)[:20])
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
