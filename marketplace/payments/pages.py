"""What the pages of contracts and payments show: whose turn, and the line from award to money."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.contracts import terms
from marketplace.contracts.models import Contract, Delivery, Milestone
from marketplace.i18n import label, t
from marketplace.payments import texts
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.payments.turns import SIDE, Turn, most_urgent, turn_of
from marketplace.rules import payment_facts as law
from marketplace.rules.lifecycle import ContractStatus, DisputeStatus, MilestoneStatus, PaymentStatus
from marketplace.rules.statement import Statement


@dataclass(frozen=True)
class Row:
    """One milestone with its obligation, its statement as of a day, and whose turn it is."""

    contract: Contract
    milestone: Milestone
    obligation: Obligation | None
    found: Statement | None
    turn: Turn
    until: dt.date | None

    @property
    def status(self) -> ContractStatus:
        return ContractStatus(self.contract.status)

    @property
    def milestone_status(self) -> MilestoneStatus:
        return MilestoneStatus(self.milestone.status)

    @property
    def late(self) -> bool:
        """Past the due date with principal owed."""
        return bool(self.found and self.found.is_overdue)


def rows_of(contract: Contract, obligations: Iterable[Obligation], *, as_of: dt.date) -> list[Row]:
    """The milestones of a contract in order, each with what is owed for it."""
    owed = {obligation.milestone_id: obligation for obligation in obligations}
    rows = []
    for milestone in contract.milestones:
        obligation = owed.get(milestone.id)
        found = statement_of(obligation, as_of=as_of) if obligation else None
        rows.append(Row(contract, milestone, obligation, found, *turn_of(contract, milestone, obligation, found)))
    return rows


def most_urgent_row(rows: list[Row]) -> Row:
    """The milestone to look at first."""
    turn = most_urgent([(row.turn, row.until) for row in rows])
    return next(row for row in rows if (row.turn, row.until) == turn)


def term_facts(contract: Contract) -> list[tuple[str, str]]:
    """The payment terms as (name, value), in the reader's language."""
    days = t("payments.terms.days", days=contract.term_days) if contract.term_days is not None else \
        t("payments.terms.statutory")
    pairs = [("payer_type", label(law.PayerType(contract.payer_type))),
             ("start_basis", label(law.StartBasis(contract.start_basis))), ("term_days", days)]
    if contract.acceptance_period_days is not None:
        pairs.append(("acceptance_period", t("payments.terms.days", days=contract.acceptance_period_days)))
    if contract.settlement_period_days is not None:
        pairs.append(("settlement_period", t("payments.terms.days", days=contract.settlement_period_days)))
    rate = t("payments.terms.statutory_rate") if contract.late_rate_value is None else t(
        f"payments.terms.agreed_{contract.late_rate_unit}", value=contract.late_rate_value)
    pairs += [("late_rate", rate), ("allocation", label(law.Allocation(contract.allocation))),
              ("payee_size", label(law.EnterpriseSize(contract.payee_size_at_signing))),
              ("sme_declared", t("payments.terms.yes" if contract.sme_declared_at_signing else "payments.terms.no"))]
    if contract.over_60_reason:
        pairs.append(("over_60_reason", contract.over_60_reason))
    if contract.lpr_at_signing:
        pairs.append(("lpr", f"{contract.lpr_at_signing}%"))
    return [(t(f"payments.terms.{name}"), value) for name, value in pairs]


def banner(contract: Contract, rows: list[Row], *, actor: User, today: dt.date) -> dict[str, Any]:
    """The arguments of the macro `turn` for the most urgent of some milestones."""
    row = most_urgent_row(rows)
    turn, until = row.turn, row.until
    left = (row.found.principal_left_fen or 0) if row.found else row.milestone.amount_fen
    what = t(f"payments.turn.{turn}", milestone=row.milestone.title, left_fen=left)
    side = _waiting_side(contract) if turn is Turn.CONFIRM_CONTRACT else SIDE[turn]
    return {"whose": _who(contract, side), "what": what, "until": until,
            "late": until is not None and today > until and turn is not Turn.NOBODY,
            "mine": contract_side(contract, actor) in (("buyer", "founder") if side == "both" else (side,))}


def contract_side(contract: Contract, actor: User) -> str:
    """"buyer", "founder", "operator" or "" of a reader."""
    sides = {contract.buyer_id: "buyer", contract.founder_id: "founder"}
    return sides.get(actor.organisation_id, "operator" if actor.role == "operator" else "")


def _waiting_side(contract: Contract) -> str:
    if contract.buyer_confirmed_at is None and contract.founder_confirmed_at is None:
        return "both"
    return "founder" if contract.buyer_confirmed_at else "buyer"


def _who(contract: Contract, side: str) -> str:
    if side == "buyer":
        return contract.buyer.name
    return contract.founder.name if side == "founder" else t(f"payments.side.{side}")


def events(contract: Contract, rows: list[Row], *, today: dt.date) -> list[dict[str, Any]]:
    """The contract's line from award to money, as the macro `timeline` reads it."""
    line = [_event("awarded", legal_day(contract.award.awarded_at), "done"),
            _event("signed", contract.signed_on, "done" if contract.signed_on else "current")]
    for row in rows:
        line += milestone_events(row, today=today)
    return line


def milestone_events(row: Row, *, today: dt.date) -> list[dict[str, Any]]:
    """Delivered, decided, due, paid: one milestone's part of the line. Times not reached are the future."""
    name = row.milestone.title
    line = [event for delivery in row.milestone.deliveries for event in _delivery_events(delivery, name)]
    if not row.milestone.deliveries:
        state = "future" if not row.contract.signed_on else "current"
        line.append(_event("to_deliver", row.milestone.planned_on, state, name))
    if row.turn is Turn.ACCEPT and row.found and row.found.term:
        end = row.found.term.acceptance_period_end
        line.append(_event("to_accept", end, "late" if end and today > end else "current", name))
    if row.milestone.settlement_confirmed_on is not None:
        line.append(_event("settlement_confirmed", row.milestone.settlement_confirmed_on, "done", name))
    line += _money_events(row, name)
    return line


def _delivery_events(delivery: Delivery, name: str) -> list[dict[str, Any]]:
    line = [_event("delivered", delivery.delivered_on, "done", name, delivery.note)]
    if delivery.settlement is not None:
        line.append(_event("settlement_submitted", delivery.settlement.submitted_on, "done", name))
    line += [_event(f"{one.kind}_lapsed", one.ended_on, "late", name) for one in delivery.clock_events]
    if delivery.decision:
        code = "accepted" if delivery.decision == terms.PASSED else "rejected"
        line.append(_event(code, delivery.decided_on, "done", name, delivery.decision_reason or ""))
    return line


_PAYMENT_EVENTS = {
    PaymentStatus.CONFIRMED: "paid", PaymentStatus.NOTIFIED: "payment_notified",
    PaymentStatus.CONTRADICTED: "payment_contradicted", PaymentStatus.REVERSED: "payment_reversed"}


def _money_events(row: Row, name: str) -> list[dict[str, Any]]:
    if row.obligation is None or row.found is None:
        return []
    href = f"/payments/{row.obligation.id}"
    line, settled = [], row.obligation.settled_on
    for payment in row.obligation.payments:
        done = payment.status in (PaymentStatus.CONFIRMED, PaymentStatus.REVERSED)
        code = _PAYMENT_EVENTS[PaymentStatus(payment.status)]
        line.append(_event(code, payment.cash_on or payment.paid_on, "done" if done else "current", name,
                           t("payments.event.amount", amount_fen=payment.amount_fen), href))
    for dispute in row.obligation.disputes:
        open_now = dispute.status == DisputeStatus.OPEN
        line.append(_event("disputed", dispute.opened_on, "current" if open_now else "done", name,
                           t("payments.event.amount", amount_fen=dispute.disputed_fen), href))
    if row.found.due:
        state = "done" if settled else "late" if row.late else "current"
        due = _event("due", row.found.due, state, name, href=href)
        line.append(due | {"steps": texts.why_due(row.found)})
    if settled:
        line.append(_event("settled", settled, "done", name, href=href))
    return sorted(line, key=lambda event: event["when"])


def _event(code: str, when: dt.date | None, state: str, name: str = "", detail: str = "",
           href: str | None = None) -> dict[str, Any]:
    title = t(f"payments.event.{code}")
    return {"title": f"{title} · {name}" if name else title, "when": when, "state": state, "detail": detail,
            "href": href}
