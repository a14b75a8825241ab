"""Writing the explanation of a disclosure, confirming it, correcting it by a further version."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, User
from marketplace.clock import legal_day
from marketplace.db import lock
from marketplace.disclosure import document as documents
from marketplace.disclosure import queries
from marketplace.disclosure.models import DisclosurePack
from marketplace.reference import digest
from marketplace.rules.errors import NotAllowed, Problem, Problems, WrongState

LONGEST_EXPLANATION = 500


def explain(session: Session, report_year: int, *, explanation: str, actor: User, now: dt.datetime) -> DisclosurePack:
    """Keep the buyer's explanation for the next version. Raises Problems (explanation: too long), WrongState
    ("disclosure.year_not_over"), NotFound where nothing is to be disclosed."""
    text = explanation.strip()
    if len(text) > LONGEST_EXPLANATION:
        raise Problems([Problem("explanation", "disclosure.too_long", {
            "length": len(text), "most": LONGEST_EXPLANATION})])
    buyer = _held(session, report_year, actor=actor, now=now)
    draft = queries.draft_of(session, buyer.id, report_year)
    if draft is None:
        last = queries.confirmed_of(session, buyer.id, report_year)
        draft = DisclosurePack(buyer=buyer, report_year=report_year, version=last.version + 1 if last else 1,
                               created_at=now, created_by_id=actor.id)
        session.add(draft)
    draft.explanation = text
    audit.record(session, "disclosure_pack:explain", draft, actor=actor, at=now, report_year=report_year,
                 version=draft.version)
    return draft


def confirm(session: Session, report_year: int, *, seen_hash: str, actor: User, now: dt.datetime) -> DisclosurePack:
    """The buyer confirms what it has seen: from now on it is public and cannot be changed, only corrected.

    Raises WrongState ("disclosure.year_not_over", "disclosure.changed_since_seen", "disclosure.nothing_changed").
    """
    buyer = _held(session, report_year, actor=actor, now=now)
    last = queries.confirmed_of(session, buyer.id, report_year)
    draft = queries.draft_of(session, buyer.id, report_year)
    said = next_document(session, buyer, report_year)
    if digest(said) != seen_hash:
        raise WrongState("disclosure.changed_since_seen")
    if last is not None and last.document_hash == seen_hash:
        raise WrongState("disclosure.nothing_changed", version=last.version)
    if draft is None:
        draft = DisclosurePack(buyer=buyer, report_year=report_year, version=last.version + 1 if last else 1,
                               explanation=said["explanation"], created_at=now, created_by_id=actor.id)
        session.add(draft)
    draft.document, draft.document_hash = said, seen_hash
    draft.confirmed_on, draft.confirmed_at, draft.confirmed_by_id = legal_day(now), now, actor.id
    audit.record(session, "disclosure_pack:confirm", draft, actor=actor, at=now, report_year=report_year,
                 version=draft.version, document_hash=seen_hash, contract_count=said["contract_count"],
                 principal_fen=said["principal_fen"])
    return draft


def next_document(session: Session, buyer: Organisation, report_year: int) -> dict[str, object]:
    """What the next version would say: today's data of that 31 December, with the explanation kept so far."""
    draft = queries.draft_of(session, buyer.id, report_year)
    last = queries.confirmed_of(session, buyer.id, report_year)
    kept = draft or last
    return documents.of_buyer(session, buyer, report_year, explanation=kept.explanation if kept else "")


def check_year(report_year: int, *, today: dt.date) -> None:
    """A year can be disclosed when it is over. Raises WrongState("disclosure.year_not_over")."""
    if report_year >= today.year:
        raise WrongState("disclosure.year_not_over", year=report_year, first=dt.date(report_year + 1, 1, 1))


def _held(session: Session, report_year: int, *, actor: User, now: dt.datetime) -> Organisation:
    """The actor's own organisation, locked: of two who confirm at once the second sees the first one's version."""
    buyer = lock(session, Organisation, actor.organisation_id)
    if buyer.role != "buyer":
        raise NotAllowed("disclosure.buyers_only")
    check_year(report_year, today=legal_day(now))
    return buyer
