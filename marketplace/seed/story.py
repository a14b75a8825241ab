"""What happened in the demo market: contracts in every state, all relative to the day of seeding."""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.contracts import operations as contracts
from marketplace.founders import queries as founders
from marketplace.payments import disputes
from marketplace.payments import operations as payments
from marketplace.payments import queries as obligations
from marketplace.payments.models import Obligation
from marketplace.payments.operations import InvoiceNote, PaymentNote
from marketplace.seed import (
    answers,
    awards,
    banking,
    drafting,
    editions,
    enforcement,
    integrity,
    joint_bids,
    oversight,
    pairing,
    panel,
    questions,
    records,
    remedies,
    reviewing,
    slicing,
    trials,
)
from marketplace.seed.days import at, award_day_for, start_for, workday_on_or_after, workday_on_or_before
from marketplace.seed.tender import DAY, Script, award, bid, contract, demand, evaluate, open_bids, post, terms_of
from marketplace.suggestions import operations as suggestions
from marketplace.tendering import operations as tendering

STILL_TO_COME = 30  # days until the second milestone of a contract that is still at work
# How long each stage takes, counted back from the delivery: signing, opening, bidding; the award comes as long before
# the first confirmation as its standstill lasts.
TO_DELIVER, TO_AWARD, TO_BID = (dt.timedelta(days=n) for n in (25, 4, 14))


def tell(script: Script, story: dict[str, Any], *, today: dt.date) -> None:
    """Place every event of the market."""
    named = _contracts(script, story, today)
    for one in story["evaluation"]:
        named |= {one["demand"]}
        _bidding(script, one["demand"], one["bidders"], deadline=at(today - 3 * DAY, 17))
        open_bids(script, one["demand"], at(today - 3 * DAY, 17))
    for one in story["closed"]:
        named |= {one["demand"]}
        _bidding(script, one["demand"], one["bidders"], deadline=at(today - DAY, 17))
    for ref in story["no_bids"]:
        named |= {ref}
        _bidding(script, ref, [], deadline=at(today - 6 * DAY, 17))
        _close_empty(script, ref, at(today - 5 * DAY, 10))
    for ref in story["drafts"]:
        named |= {ref}
        post(script, ref, published_on=today, deadline=None)
    named |= awards.place(script, today=today)
    named |= trials.place(script, today=today)
    _open_now(script, story, named, today)
    editions.place(script, today=today)
    pairing.place(script, today=today)
    records.place(script, today=today)
    answers.place(script, today=today)
    oversight.place(script, today=today)
    remedies.place(script, today=today)
    enforcement.place(script, today=today)
    slicing.place(script, today=today)
    questions.place(script, today=today)
    panel.place(script, story, today=today)
    joint_bids.place(script, today=today)
    reviewing.place(script, today=today)
    drafting.place(script, today=today)
    integrity.place(script, today=today)


def _open_now(script: Script, story: dict[str, Any], named: set[str], today: dt.date) -> None:
    """Everything else is on the list now, published over the last three weeks."""
    sealed = {one["demand"]: one["bidders"] for one in story["sealed"]}
    for place, ref in enumerate(sorted(script.records.keys() - named)):
        published = today - (2 + place % 19) * DAY
        post(script, ref, published_on=published, deadline=at(today + (5 + place % 17) * DAY, 17))
        for offset, profile in enumerate(sealed.get(ref, ())):
            bid(script, ref, profile, at(today - DAY, 10 + offset), percent=88 - 3 * offset)
    for one in story["invitations"]:
        for profile in one["founders"]:
            _invite(script, one["demand"], profile, one["note"], at(today - DAY, 9, 30))


def _bidding(script: Script, ref: str, bidders: list[str], *, deadline: dt.datetime) -> None:
    post(script, ref, published_on=deadline.date() - TO_BID, deadline=deadline)
    for place, profile in enumerate(bidders):
        bid(script, ref, profile, deadline - dt.timedelta(days=2, hours=place), percent=(90, 87, 81)[place % 3])


def _close_empty(script: Script, ref: str, moment: dt.datetime) -> None:
    def act(session: Session, now: dt.datetime) -> None:
        tendering.close_without_bids(session, demand(session, ref), actor=script.cast.buyer_of[ref], now=now)

    script.add(moment, act)


def _invite(script: Script, ref: str, profile: str, note: str, moment: dt.datetime) -> None:
    def act(session: Session, now: dt.datetime) -> None:
        wanted = founders.profile_of(session, script.cast.founders[profile].organisation_id)
        suggestions.invite(session, demand(session, ref), wanted.id, note=note,
                           actor=script.cast.buyer_of[ref], now=now)

    script.add(moment, act)


def _contracts(script: Script, story: dict[str, Any], today: dt.date) -> set[str]:
    for one in story["contracts"]:
        _contract(script, one, today)
    return {one["demand"] for one in story["contracts"]}


def _contract(script: Script, one: dict[str, Any], today: dt.date) -> None:
    """One contract from its publication to the state the story names."""
    ref, winner = one["demand"], one["winner"]
    delivered, accepted, due = _clock(script, one, today)
    signed = delivered - TO_DELIVER
    script.last_milestone_days[ref] = (today - signed).days + STILL_TO_COME
    awarded = award_day_for(signed - DAY)
    deadline = at(awarded - TO_AWARD, 17)
    _bidding(script, ref, [winner, *one["others"]], deadline=deadline)
    open_bids(script, ref, deadline)
    evaluate(script, ref, winner, deadline + dt.timedelta(hours=20))
    award(script, ref, winner, at(awarded, 16))
    part = _Part(script, ref, winner)
    script.add(at(signed - DAY, 10), part.confirm(script.cast.buyer_of[ref]))
    if one["state"] == "awaiting_signature":
        return
    script.add(at(signed, 11), part.confirm(script.cast.founders[winner]))
    if one["state"] == "in_work":
        return
    script.add(at(delivered, 17), part.deliver(delivered))
    if one["state"] == "awaiting_acceptance":
        return
    if one["state"] == "rejected":
        script.add(at(delivered + 2 * DAY, 10), part.reject("第二段旋律在循环接缝处有爆音，请处理后重新交付。"))
        return
    if accepted is not None:
        script.add(at(accepted, 15), part.accept(accepted))
        script.add(at(accepted, 16), part.invoice(accepted))
    _money(script, one, part, due, today)
    if one["state"] == "paid_on_time":
        _finish(script, _Part(script, ref, winner, place=1), due)


def _finish(script: Script, part: _Part, first_paid: dt.date) -> None:
    """The second milestone, delivered and paid within two weeks of the first."""
    delivered = first_paid - 9 * DAY
    script.add(at(delivered, 11), part.deliver(delivered))
    script.add(at(delivered + DAY, 15), part.accept(delivered + DAY))
    script.add(at(delivered + DAY, 17), part.invoice(delivered + DAY))
    paid = workday_on_or_before(first_paid + 3 * DAY)
    script.add(at(paid, 10), banking.pay_in_two(part.owed, paid, buyer=part.buyer))
    script.add(at(paid, 18), banking.confirm_by_statement(part.owed, paid, founder=part.founder))


def _clock(script: Script, one: dict[str, Any], today: dt.date) -> tuple[dt.date, dt.date | None, dt.date]:
    """(delivered, accepted, due) so that the due date stands where the state wants it today."""
    terms, state = terms_of(script, one["demand"]), one["state"]
    early = {"awaiting_signature": -26, "in_work": -15, "awaiting_acceptance": 4, "rejected": 5}
    if state in early:
        delivered = today - early[state] * DAY
        return delivered, None, today
    late = {"due_today": 0, "overdue": one.get("days", 0), "disputed": 15, "part_paid": 30, "accepted_late": 12,
            "payment_notified": -6, "paid_on_time": 20}[state]
    due = workday_on_or_after(today) if state == "due_today" else workday_on_or_before(today - late * DAY)
    if terms["start_basis"] == "delivery":
        return start_for(due, terms["term_days"] or 60), None, due
    accepted = start_for(due, terms["term_days"])
    if state == "accepted_late":  # the period ended long before the buyer looked; the term runs from its end
        delivered = start_for(accepted, terms["acceptance_period_days"])
        return delivered, accepted + 18 * DAY, due
    return accepted - 5 * DAY, accepted, due


def _money(script: Script, one: dict[str, Any], part: _Part, due: dt.date, today: dt.date) -> None:
    state = one["state"]
    if state == "paid_on_time":
        paid = workday_on_or_before(due - 4 * DAY)
        script.add(at(paid, 10), part.pay(paid, percent=100))
        script.add(at(paid, 18), part.confirm_payment())
    elif state == "payment_notified":
        paid = workday_on_or_before(today - DAY)
        script.add(at(paid, 15), part.pay(paid, percent=100))
    elif state == "due_today":
        paid = workday_on_or_before(today - DAY)
        script.add(at(paid, 18), banking.upload_unmatched(part.owed, paid, founder=part.founder))
    elif state == "overdue" and one.get("bounced"):
        paid = workday_on_or_before(due + 20 * DAY)
        script.add(at(paid, 10), banking.pay_and_confirm(part.owed, paid, buyer=part.buyer, founder=part.founder))
        script.add(at(workday_on_or_after(paid + 2 * DAY), 9), banking.bounce(part.owed, founder=part.founder))
    elif state == "part_paid":
        paid = workday_on_or_before(due + 12 * DAY)
        script.add(at(paid, 10), part.pay(paid, percent=40))
        script.add(at(paid + DAY, 9), part.confirm_payment())
    elif state == "disputed":
        script.add(at(due - 6 * DAY, 14), part.dispute("30% 的术语与双方约定的词表不一致，正在核对。", percent=30))


class _Part:
    """A milestone (the first, unless told otherwise) of one contract of the story; each method gives an event."""

    def __init__(self, script: Script, ref: str, winner: str, *, place: int = 0) -> None:
        self.place = place
        self.buyer, self.founder, self.ref = script.cast.buyer_of[ref], script.cast.founders[winner], ref

    def _milestone(self, session: Session) -> int:
        return contract(session, self.ref).milestones[self.place].id

    def owed(self, session: Session) -> Obligation:
        found = obligations.of_milestone(session, self._milestone(session))
        assert found is not None
        return found

    def confirm(self, who: User) -> Any:
        def act(session: Session, now: dt.datetime) -> None:
            made = contract(session, self.ref)
            contracts.confirm(session, made, seen_hash=made.text_hash, actor=who, now=now)
        return act

    def deliver(self, on: dt.date) -> Any:
        return lambda session, now: payments.record_delivery(
            session, self._milestone(session), on=on, note="交付物已上传约定的交接目录，附自测记录。",
            actor=self.founder, now=now)

    def accept(self, on: dt.date) -> Any:
        return lambda session, now: payments.record_acceptance(
            session, self._milestone(session), on=on, actor=self.buyer, now=now)

    def reject(self, reason: str) -> Any:
        return lambda session, now: payments.record_rejection(
            session, self._milestone(session), reason=reason, actor=self.buyer, now=now)

    def invoice(self, on: dt.date) -> Any:
        return lambda session, now: payments.record_invoice(
            session, self._milestone(session), InvoiceNote(f"2544{self._milestone(session):016d}",
                                                            self.owed(session).amount_fen, on),
            actor=self.founder, now=now)

    def pay(self, on: dt.date, *, percent: int) -> Any:
        def act(session: Session, now: dt.datetime) -> None:
            owed = self.owed(session)
            payments.notify_payment(session, owed, PaymentNote(
                owed.amount_fen * percent // 100, on, f"ICBC{on:%Y%m%d}{owed.id:06d}"), actor=self.buyer, now=now)
        return act

    def confirm_payment(self) -> Any:
        return lambda session, now: payments.confirm_payment(
            session, self.owed(session).payments[-1].id, actor=self.founder, now=now)

    def dispute(self, reason: str, *, percent: int) -> Any:
        def act(session: Session, now: dt.datetime) -> None:
            owed = self.owed(session)
            disputes.open_dispute(session, owed, amount_fen=owed.amount_fen * percent // 100, reason=reason,
                                  actor=self.buyer, now=now)
        return act
