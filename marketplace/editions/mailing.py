"""The monthly list by mail: who asked for it, who confirmed, what goes out once at publication, and leaving.

Visitors confirm their address by a link before anything else is sent to it. Leaving takes one click, needs no
sign-in, and deletes the address here and in the outbox. No audit entry names an address.
"""
from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, Role, User
from marketplace.db import find, insert_new, lock
from marketplace.editions.models import Edition, EditionReader
from marketplace.notices.models import Mail
from marketplace.rules.errors import NotFound, Problem, Problems

MAIL_ROLE = "edition_reader"
CONFIRM_WITHIN = dt.timedelta(days=7)
ASK_AGAIN_AFTER = dt.timedelta(days=1)
MOST_ASKED_A_DAY = 300


def ask(session: Session, address: str, *, language: str, now: dt.datetime) -> None:
    """Send a visitor's address the link that confirms it.

    Says nothing about whether the address is known: one that gets the list already, or was asked within a day, gets
    no further mail. Raises Problems when too many addresses were asked today, or nobody runs the platform yet.
    """
    platform = _platform(session, locked=True)  # one visitor after the other: a double click asks once
    forget_unconfirmed(session, now=now)
    address = plain(address)
    reader = find(session, EditionReader, address=address)
    if reader is not None and (reader.confirmed_at is not None or reader.asked_at > now - ASK_AGAIN_AFTER):
        return
    asked = select(func.count()).select_from(EditionReader).where(
        EditionReader.confirmed_at.is_(None), EditionReader.asked_at > now - ASK_AGAIN_AFTER)
    if (session.scalar(asked) or 0) >= MOST_ASKED_A_DAY:
        raise Problems([Problem("email", "edition.mail_too_many_today")])
    if reader is None:
        reader = EditionReader(address=address, token=_token())
        session.add(reader)
    reader.asked_at, reader.language = now, language
    session.flush()
    _mail(session, [reader], "edition_confirm", organisation_id=platform.id, now=now,
          dedupe=f"edition-reader:{{}}:confirm:{now:%Y%m%d%H%M}")


def forget_unconfirmed(session: Session, *, now: dt.datetime) -> int:
    """Delete the addresses nobody confirmed within seven days, and the mails to them; how many there were."""
    stale = session.scalars(select(EditionReader).where(
        EditionReader.confirmed_at.is_(None), EditionReader.asked_at < now - CONFIRM_WITHIN)).all()
    for reader in stale:
        _forget(session, reader)
    session.flush()
    return len(stale)


def _forget(session: Session, reader: EditionReader) -> None:
    session.execute(delete(Mail).where(Mail.role == MAIL_ROLE, Mail.address == reader.address))
    session.delete(reader)


def confirm(session: Session, token: str, *, now: dt.datetime) -> EditionReader:
    """The address is its reader's. Twice is once. Raises NotFound, also for a link older than seven days."""
    reader = of_token(session, token, now=now, locked=True)
    if reader.confirmed_at is None:
        reader.confirmed_at = now
        audit.record(session, "edition_reader:confirm", reader, actor="visitor", at=now, language=reader.language)
    return reader


def join(session: Session, *, actor: User, language: str, now: dt.datetime) -> EditionReader:
    """Send the list to a signed-in person's own address. Twice is once."""
    lock(session, Organisation, actor.organisation_id)
    reader = of_user(session, actor) or find(session, EditionReader, address=plain(actor.email))
    known = reader is not None and reader.user_id == actor.id
    if reader is None:
        reader = EditionReader(token=_token(), asked_at=now)
        session.add(reader)
    reader.address, reader.language, reader.user_id = plain(actor.email), language, actor.id
    reader.confirmed_at = reader.confirmed_at or now
    session.flush()
    if not known:
        audit.record(session, "edition_reader:join", reader, actor=actor, at=now, language=language)
    return reader


def leave(session: Session, token: str, *, now: dt.datetime) -> None:
    """Forget an address: its row and every mail to it. A token that is gone has left already."""
    reader = find(session, EditionReader, locked=True, token=token) if len(token) <= 64 else None
    if reader is None:
        return
    audit.record(session, "edition_reader:leave", reader, actor="visitor", at=now)
    _forget(session, reader)
    session.flush()


def announce(session: Session, edition: Edition, *, count: int, budget_fen: int, actor: User, now: dt.datetime) -> int:
    """Write the mails that tell of a published edition, once to each confirmed address; how many readers there are."""
    readers = list(session.scalars(select(EditionReader).where(EditionReader.confirmed_at.is_not(None))
                                   .order_by(EditionReader.id)))
    _mail(session, readers, "edition_out", organisation_id=actor.organisation_id, now=now,
          dedupe=f"edition:{edition.id}:reader:{{}}", link=f"/editions/{edition.name}", month=edition.name,
          titles={"zh": edition.title_zh, "en": edition.title_en}, number=edition.number, count=count,
          budget_fen=budget_fen)
    return len(readers)


def of_token(session: Session, token: str, *, now: dt.datetime, locked: bool = False) -> EditionReader:
    """Whose link this is. Raises NotFound."""
    reader = find(session, EditionReader, locked=locked, token=token) if len(token) <= 64 else None
    if reader is None or (reader.confirmed_at is None and reader.asked_at < now - CONFIRM_WITHIN):
        raise NotFound("edition.reader_gone")
    return reader


def of_user(session: Session, actor: User) -> EditionReader | None:
    """The subscription of a signed-in person."""
    return find(session, EditionReader, user_id=actor.id)


def plain(address: str) -> str:
    """An address as it is compared: upper and lower case name one mailbox."""
    return address.strip().lower()


def _token() -> str:
    return secrets.token_urlsafe(32)


def _platform(session: Session, *, locked: bool = False) -> Organisation:
    """The operator's organisation, which mails to visitors are filed under: they belong to none."""
    query = select(Organisation).filter_by(role=Role.OPERATOR).order_by(Organisation.id).limit(1)
    found = session.scalars(query.with_for_update() if locked else query).one_or_none()
    if found is None:
        raise Problems([Problem("email", "edition.mail_not_yet")])
    return found


def _mail(session: Session, readers: list[EditionReader], code: str, *, organisation_id: int, now: dt.datetime,
          dedupe: str, link: str = "", titles: dict[str, str] | None = None, **facts: Any) -> None:
    named = titles or {}
    insert_new(session, Mail, [
        {"organisation_id": organisation_id, "role": MAIL_ROLE, "address": reader.address, "name": "",
         "language": reader.language, "code": code,
         "facts": {**facts, "title": named.get(reader.language, ""), "token": reader.token},
         "link": link or f"/editions/mail/{reader.token}", "dedupe_key": dedupe.format(reader.id), "created_at": now,
         "try_after": now, "attempts": 0} for reader in readers])
