"""The public list of overdue payments (逾期付款公示): proposed, replied to, decided, and taken down again.

Nothing is shown before an operator has decided with a reason, after the buyer's right of reply. It is a publication of
the platform and not the credit record of Decree 802 Art 26 (in force 2025-06-01), which needs an authority's finding.
"""
from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import audit, reference
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.complaints import mediation, parties
from marketplace.complaints.models import PublicListing
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.rules import remedy_policy as policy
from marketplace.rules.errors import WrongState
from marketplace.rules.lifecycle import advance
from marketplace.rules.remedies import LISTING, OPEN_LISTINGS, ListingStatus

SYSTEM = "system"
SETTLED, APPEAL_UPHELD = "settled", "appeal_upheld"
# Before the decision an entry is between the operator and the buyer: the founder hears of what was decided.
_TOLD = {"propose": "buyer operator", "reply": "operator", "appeal": "founder operator"}


def open_listing(session: Session, obligation_id: int) -> PublicListing | None:
    """The entry that is proposed or published for an obligation, if there is one."""
    query = select(PublicListing).where(
        PublicListing.obligation_id == obligation_id, PublicListing.status.in_(OPEN_LISTINGS))
    return session.scalars(query).one_or_none()


def propose(session: Session, obligation: Obligation, *, reason: str, actor: User, now: dt.datetime) -> PublicListing:
    """The operator proposes an entry; the buyer's right of reply begins.

    Raises Problems (reason), WrongState: remedy.not_overdue, listing.not_late_enough, listing.one_is_open,
    listing.paused (both sides agreed in writing that the platform's steps rest).
    """
    obligation = parties.hold(session, obligation, actor=actor, side="operator")
    found, today = parties.overdue(obligation, now=now), legal_day(now)
    if not policy.may_be_listed(found.overdue_days or 0, on=today):
        raise WrongState("listing.not_late_enough", days=found.overdue_days,
                         from_days=policy.number("listing_from_days_late", on=today))
    if open_listing(session, obligation.id) is not None:
        raise WrongState("listing.one_is_open", number=obligation.contract.number)
    _not_paused(session, obligation, today=today)
    parties.refuse(parties.text_problems(reason=reason))
    until = policy.reply_until(today, calendar=reference.calendar())
    made = PublicListing(obligation_id=obligation.id, reason=reason.strip(), proposed_by_id=actor.id,
                         proposed_on=today, proposed_at=now, reply_until=until.day, provisional=until.provisional)
    session.add(made)
    return _said(session, obligation, made, "propose", actor=actor, now=now, days_late=found.overdue_days,
                 reply_until=until.day)


def _not_paused(session: Session, obligation: Obligation, *, today: dt.date) -> None:
    if (until := mediation.paused_until(session, obligation.id, on=today)) is not None:
        raise WrongState("listing.paused", until=until)


def reply(session: Session, obligation: Obligation, listing_id: int, *, text: str, actor: User,
          now: dt.datetime) -> PublicListing:
    """The buyer's own words, published with the entry if there is one.

    Raises Problems (text), WrongState: listing.reply_late, listing.wrong_state.
    """
    obligation = parties.hold(session, obligation, actor=actor, side="buyer")
    found = parties.part(session, obligation, PublicListing, listing_id)
    following = advance(LISTING, found.status, "reply")
    if legal_day(now) > found.reply_until:
        raise WrongState("listing.reply_late", until=found.reply_until)
    parties.refuse(parties.text_problems(text=text))
    found.status, found.reply, found.replied_at = following, text.strip(), now
    return _said(session, obligation, found, "reply", actor=actor, now=now, reply=found.reply)


def decide(session: Session, obligation: Obligation, listing_id: int, *, publish: bool, reason: str, actor: User,
           now: dt.datetime) -> PublicListing:
    """The operator publishes or declines, with a reason, once the buyer has replied or its days are over.

    Raises Problems (reason), WrongState: listing.reply_window_open, remedy.not_overdue, listing.paused.
    """
    obligation = parties.hold(session, obligation, actor=actor, side="operator")
    found = parties.part(session, obligation, PublicListing, listing_id)
    action, today = "publish" if publish else "decline", legal_day(now)
    following = advance(LISTING, found.status, action)
    if publish:
        parties.overdue(obligation, now=now)
        _not_paused(session, obligation, today=today)
    if publish and found.status == ListingStatus.PROPOSED and today <= found.reply_until:
        raise WrongState("listing.reply_window_open", until=found.reply_until)
    parties.refuse(parties.text_problems(reason=reason))
    found.status, found.decision_reason = following, reason.strip()
    found.decided_by_id, found.decided_at = actor.id, now
    return _said(session, obligation, found, action, actor=actor, now=now, reason=found.decision_reason)


def appeal(session: Session, obligation: Obligation, listing_id: int, *, text: str, actor: User,
           now: dt.datetime) -> PublicListing:
    """The buyer says why the published entry is wrong, once. Raises Problems (text), WrongState."""
    obligation = parties.hold(session, obligation, actor=actor, side="buyer")
    found = parties.part(session, obligation, PublicListing, listing_id)
    following = advance(LISTING, found.status, "appeal")
    if found.appeal is not None:
        raise WrongState("listing.appealed_before")
    parties.refuse(parties.text_problems(text=text))
    found.status, found.appeal, found.appealed_at = following, text.strip(), now
    return _said(session, obligation, found, "appeal", actor=actor, now=now, appeal=found.appeal)


def answer_appeal(session: Session, obligation: Obligation, listing_id: int, *, uphold: bool, note: str, actor: User,
                  now: dt.datetime) -> PublicListing:
    """The operator upholds the appeal, which takes the entry down, or dismisses it. Raises Problems (note)."""
    obligation = parties.hold(session, obligation, actor=actor, side="operator")
    found = parties.part(session, obligation, PublicListing, listing_id)
    action = "uphold_appeal" if uphold else "dismiss_appeal"
    following = advance(LISTING, found.status, action)
    parties.refuse(parties.text_problems(note=note))
    found.appeal_answer = note.strip()
    if uphold:
        found.removed_on, found.removal_reason = legal_day(now), APPEAL_UPHELD
    found.status = following
    return _said(session, obligation, found, action, actor=actor, now=now, note=found.appeal_answer)


def take_down(session: Session, obligation: Obligation, *, today: dt.date, now: dt.datetime) -> bool:
    """End the entry of an obligation that is not overdue any more; whether there was one. The history keeps the day."""
    found = open_listing(session, obligation.id)
    if found is None or statement_of(obligation, as_of=today).is_overdue:
        return False
    following = advance(LISTING, found.status, "settle")
    if following == ListingStatus.REMOVED:
        found.removed_on, found.removal_reason = obligation.settled_on or today, SETTLED
    found.status = following
    _said(session, obligation, found, "settle", actor=SYSTEM, now=now)
    return True


def _said(session: Session, obligation: Obligation, found: PublicListing, action: str, *, actor: User | str,
          now: dt.datetime, **facts: object) -> PublicListing:
    audit.record(session, f"public_listing:{action}", found, actor=actor, at=now, obligation=obligation.id, **facts)
    decided = "both operator" if found.decided_at is not None else "buyer operator"
    parties.tell(session, obligation, f"listing_{action}", str(found.id), to=_TOLD.get(action, decided), now=now,
                 until=found.reply_until.isoformat())
    return found
