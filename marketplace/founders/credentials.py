"""A founder's credentials: stated, looked at by the operator, renewed, and expired on their day."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, joinedload

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.clock import legal_day
from marketplace.db import lock
from marketplace.founders import queries
from marketplace.founders.models import Credential
from marketplace.notices.operations import notify
from marketplace.rules import credentials as rules
from marketplace.rules.credentials import CREDENTIAL, CredentialStatus
from marketplace.rules.errors import NotAllowed, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import advance

MOST_CREDENTIALS = 50
MOST_REASON = 2000


@dataclass(frozen=True)
class CredentialDraft:
    """A credential as the founder states it. valid_until: its last day, None when it does not expire; evidence_sha256:
    64 hexadecimal digits of a file the founder keeps."""

    name: str
    issuer: str
    number: str
    valid_from: dt.date
    valid_until: dt.date | None = None
    evidence_sha256: str | None = None


def claim(session: Session, draft: CredentialDraft, *, actor: User, now: dt.datetime,
          renews_id: int | None = None) -> Credential:
    """State a credential of the actor's company, or the one that follows an earlier one.

    Raises NotAllowed (no founder), NotFound (renews none of one's own), Problems (valid_from, valid_until, number),
    WrongState("credential.too_many").
    """
    if actor.role != Role.FOUNDER:
        raise NotAllowed("profile.not_a_founder", organisation=actor.organisation.name)
    if renews_id is not None:
        of_founder_by_id(session, renews_id, actor=actor)
    _check(draft, today=legal_day(now))
    if len([one for one in of_founder(session, actor.organisation_id)
            if one.status != CredentialStatus.WITHDRAWN]) >= MOST_CREDENTIALS:
        raise WrongState("credential.too_many", most=MOST_CREDENTIALS)
    row = Credential(founder_id=actor.organisation_id, status=CredentialStatus.CLAIMED, claimed_at=now,
                     renews_id=renews_id, **vars(draft))
    _store(session, row)
    audit.record(session, "credential:claim", row, actor=actor, at=now, name=row.name, issuer=row.issuer,
                 valid_until=row.valid_until, renews=renews_id)
    queries.touch(session, row.founder_id, now=now)
    return row


def correct(session: Session, credential_id: int, draft: CredentialDraft, *, actor: User,
            now: dt.datetime) -> Credential:
    """Say a stated or refused credential differently; it waits for the operator again.

    Raises NotFound, WrongState (verified ones are renewed, not changed), Problems.
    """
    row = _held(session, credential_id, actor=actor)
    following = advance(CREDENTIAL, row.status, "correct")
    _check(draft, today=legal_day(now))
    before = row.status
    for name, value in vars(draft).items():
        setattr(row, name, value)
    row.status, row.claimed_at, row.lapsed_at = following, now, None
    row.reason = row.decided_at = row.decided_by_id = None
    _store(session, row)
    audit.record(session, "credential:correct", row, actor=actor, at=now, before=before, name=row.name,
                 issuer=row.issuer, valid_until=row.valid_until)
    queries.touch(session, row.founder_id, now=now)
    return row


def withdraw(session: Session, credential_id: int, *, actor: User, now: dt.datetime) -> Credential:
    """Take a credential off the profile. Raises NotFound, WrongState."""
    row = _held(session, credential_id, actor=actor)
    row.status = advance(CREDENTIAL, row.status, "withdraw")
    audit.record(session, "credential:withdraw", row, actor=actor, at=now, name=row.name)
    queries.touch(session, row.founder_id, now=now)
    return row


def verify(session: Session, credential_id: int, *, actor: User, now: dt.datetime) -> Credential:
    """The operator has compared it with its issuer. Raises NotAllowed, NotFound, WrongState (also: expired by now)."""
    row = _decided(session, credential_id, "verify", actor=actor, now=now)
    if row.valid_until is not None and row.valid_until < legal_day(now):
        raise WrongState("credential.expired", valid_until=row.valid_until)
    row.reason = None
    _tell(session, row, "credential_verified", now=now)
    audit.record(session, "credential:verify", row, actor=actor, at=now, name=row.name, issuer=row.issuer)
    queries.touch(session, row.founder_id, now=now)
    return row


def refuse(session: Session, credential_id: int, *, reason: str, actor: User, now: dt.datetime) -> Credential:
    """The operator could not confirm it, or learnt later that it is not so. Raises Problems (reason), as verify."""
    reason = reason.strip()
    if not reason:
        raise Problems([Problem("reason", "field.required")])
    if len(reason) > MOST_REASON:
        raise Problems([Problem("reason", "field.too_long", {"most": MOST_REASON, "length": len(reason)})])
    row = _decided(session, credential_id, "refuse", reason=reason, actor=actor, now=now)
    _tell(session, row, "credential_refused", now=now, reason=reason)
    audit.record(session, "credential:refuse", row, actor=actor, at=now, name=row.name, reason=reason)
    queries.touch(session, row.founder_id, now=now)
    return row


def expiry_round(session: Session, *, today: dt.date, now: dt.datetime) -> dict[str, int]:
    """Reminders of what expires within 60, 30 and 7 days, once each, and what has expired taken out of the matching.

    Found by the index of last days; a credential with a standing successor needs no reminder. Safe to run twice.
    """
    horizon = today + dt.timedelta(days=max(rules.REMIND_BEFORE))
    counting = Credential.status.in_(rules.COUNTING)
    reminded = 0
    soon = select(Credential).where(counting, Credential.valid_until.between(today, horizon), ~_renewed())
    for row in session.scalars(soon.order_by(Credential.id)):
        days = rules.reminder_due(row.valid_until, today=today)
        assert row.valid_until is not None
        reminded += notify(
            session, row.founder_id, "credential_expiring", dedupe=f"credential:{row.id}:{row.valid_until}:{days}",
            now=now, link="/founder/credentials", name=row.name, valid_until=row.valid_until.isoformat(),
            days=(row.valid_until - today).days) is not None
    over = select(Credential).where(counting, Credential.valid_until < today, Credential.lapsed_at.is_(None))
    lapsed = list(session.scalars(over.order_by(Credential.id)))
    for row in lapsed:
        row.lapsed_at = now
        audit.record(session, "credential:lapse", row, actor="system", at=now, name=row.name,
                     valid_until=row.valid_until)
        _tell(session, row, "credential_expired", now=now)
    for founder_id in dict.fromkeys(row.founder_id for row in lapsed):
        queries.touch(session, founder_id, now=now)
    return {"credential_reminders": reminded, "credentials_expired": len(lapsed)}


def of_founder(session: Session, founder_id: int) -> list[Credential]:
    """Everything a company ever stated, newest first."""
    return list(session.scalars(select(Credential).filter_by(founder_id=founder_id).order_by(Credential.id.desc())))


def of_founder_by_id(session: Session, credential_id: int, *, actor: User) -> Credential:
    """One of the actor's own. Raises NotFound for anyone else's."""
    row = session.get(Credential, credential_id) if 0 < credential_id <= queries.MAX_ID else None
    if row is None or row.founder_id != actor.organisation_id:
        raise NotFound("not_found", what="credential", id=str(credential_id)[:20])
    return row


def waiting(session: Session, *, limit: int = 50) -> list[Credential]:
    """What the operator has to look at, the oldest first."""
    query = select(Credential).options(joinedload(Credential.founder)).filter_by(status=CredentialStatus.CLAIMED)
    return list(session.scalars(query.order_by(Credential.claimed_at, Credential.id).limit(limit)))


def waiting_count(session: Session) -> int:
    """How many wait for the operator."""
    query = select(func.count()).select_from(Credential).filter_by(status=CredentialStatus.CLAIMED)
    return session.scalar(query) or 0


def decided_lately(session: Session, *, limit: int = 20) -> list[Credential]:
    """What the operator decided last, newest first: a verified one may still be refused."""
    query = select(Credential).options(joinedload(Credential.founder)).where(
        Credential.status.in_((CredentialStatus.VERIFIED, CredentialStatus.REFUSED)))
    return list(session.scalars(query.order_by(Credential.decided_at.desc(), Credential.id.desc()).limit(limit)))


def shown_to_others(rows: Sequence[Credential], *, today: dt.date) -> list[Credential]:
    """What stands on the public profile: neither refused nor withdrawn ones, nor expired ones that were renewed."""
    renewed = {row.renews_id for row in rows if row.status in rules.COUNTING}
    return [row for row in rows if row.status in rules.COUNTING and not (
        row.id in renewed and rules.state_of(row.status, row.valid_until, today=today) == "expired")]


def _renewed() -> object:
    later = aliased(Credential)
    return exists().where(later.renews_id == Credential.id, later.status.in_(rules.COUNTING))


def _held(session: Session, credential_id: int, *, actor: User) -> Credential:
    of_founder_by_id(session, credential_id, actor=actor)
    return lock(session, Credential, credential_id)


def _decided(session: Session, credential_id: int, action: str, *, actor: User, now: dt.datetime,
             reason: str | None = None) -> Credential:
    if actor.role != Role.OPERATOR:
        raise NotAllowed("credential.operator_only")
    if not 0 < credential_id <= queries.MAX_ID:
        raise NotFound("credential.not_found", id=str(credential_id)[:20])
    row = lock(session, Credential, credential_id)
    row.status = advance(CREDENTIAL, row.status, action)
    row.reason, row.decided_at, row.decided_by_id = reason, now, actor.id
    return row


def _check(draft: CredentialDraft, *, today: dt.date) -> None:
    problems = []
    if draft.valid_from > today:
        problems.append(Problem("valid_from", "credential.not_yet", {"valid_from": draft.valid_from}))
    if draft.valid_until is not None and draft.valid_until < draft.valid_from:
        problems.append(Problem("valid_until", "credential.ends_before_it_begins", {"valid_from": draft.valid_from}))
    elif draft.valid_until is not None and draft.valid_until < today:
        problems.append(Problem("valid_until", "credential.expired", {"valid_until": draft.valid_until}))
    if problems:
        raise Problems(problems)


def _store(session: Session, row: Credential) -> None:
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise Problems([Problem("number", "credential.stated_before", {"number": row.number})]) from error


def _tell(session: Session, row: Credential, code: str, *, now: dt.datetime, **facts: str) -> None:
    until = row.valid_until.isoformat() if row.valid_until else ""
    more = {"valid_until": until} if code == "credential_expired" else {}
    notify(session, row.founder_id, code, dedupe=f"{code}:{row.id}:{now.isoformat()}", now=now,
           link="/founder/credentials", name=row.name, **more, **facts)
