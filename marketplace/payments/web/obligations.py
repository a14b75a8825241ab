"""The page of one payment obligation: its state in a sentence, why that date, the arithmetic, the ledger."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.audit import operations as audit
from marketplace.audit import texts as audit_texts
from marketplace.db import reading, transaction
from marketplace.enforcement import pages as ladder_pages
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import day, t
from marketplace.payments import calculator, queries, reversals, texts
from marketplace.payments import operations as payments
from marketplace.payments import pages as shown
from marketplace.payments.disputes import may_be_disputed_fen
from marketplace.payments.models import Obligation
from marketplace.payments.operations import PaymentNote
from marketplace.payments.refusals import refusals_of, refuse_invoice
from marketplace.payments.schemas import (
    ContradictionSchema,
    DisputeForm,
    PaymentForm,
    ResolutionForm,
    ReversalForm,
)
from marketplace.payments.statements import TRANSFER, open_fen, statement_of, waiting
from marketplace.payments.web.pages import pages
from marketplace.receivables import queries as receivables
from marketplace.reference_tables import operations as tables
from marketplace.rules.errors import Problem, Problems, RuleViolation
from marketplace.rules.lifecycle import DisputeStatus, MilestoneStatus, PaymentStatus
from marketplace.rules.money import format_fen

KEY = "int(max=2147483647)"
HERE = f"/payments/<{KEY}:obligation_id>"
Act = Callable[[Session, Obligation, dict[str, Any]], Any]


@pages.get(HERE)
@security.require()
def show(obligation_id: int) -> str:
    """One obligation as of today, or of ?as_of=YYYY-MM-DD."""
    with reading() as session:
        return _page(session, obligation_id, FormState({"instrument": TRANSFER}))


def _page(session: Session, obligation_id: int, form: FormState) -> str:
    actor = security.actor()
    obligation = queries.for_party(session, obligation_id, actor=actor)
    contract, today = obligation.contract, clock.legal_day(clock.utc_now())
    as_of = texts.day_or(request.args.get("as_of"), today)
    found = statement_of(obligation, as_of=as_of)
    booked = statement_of(obligation, as_of=as_of, known_on=as_of)
    still_open = open_fen(statement_of(obligation, as_of=today, also=waiting(obligation)))
    row = shown.rows_of(contract, [obligation], as_of=today)[obligation.milestone.position - 1]
    state, facts = texts.state(found, rejected=obligation.milestone.status == MilestoneStatus.REJECTED,
                               waits_for_settlement=contract.start_basis == "settlement")
    return render_template(
        "payments/show.html", obligation=obligation, contract=contract, found=found, form=form, as_of=as_of,
        today=today, state=t(f"payments.state.{state}", **facts), late=found.is_overdue,
        banner=shown.banner(contract, [row], actor=actor, today=today), texts=texts,
        side=shown.contract_side(contract, actor), events=shown.milestone_events(row, today=today),
        payments=[(payment, PaymentStatus(payment.status)) for payment in obligation.payments],
        disputes=[(dispute, DisputeStatus(dispute.status)) for dispute in obligation.disputes],
        invoices=queries.invoices_of(session, [obligation.milestone_id]),
        refusals=refusals_of(session, [obligation.milestone_id]),
        ladder=ladder_pages.box(session, obligation, actor=actor, today=today),
        search=FormState({"as_of": as_of.isoformat()}), open_fen=still_open,
        check=calculator.typed_of(found.facts, as_of=as_of), reversible=_reversible(obligation),
        reversal_kinds=[(kind, t(f"payments.reversal.kind.{kind}")) for kind in reversals.KINDS],
        restated=booked if open_fen(booked) != open_fen(found) and as_of < today else None,
        may_dispute_fen=may_be_disputed_fen(obligation, as_of=today),
        receivables=receivables.of_obligation(session, obligation.id),
        table_effects=tables.effects_on(session, obligation.id),
        may_ask=bool(found.in_scope and found.due and found.principal_left_fen),
        history=[(entry.at, audit_texts.action(entry.action))
                 for entry in audit.history(session, "obligation", obligation.id)])


def _reversible(obligation: Obligation) -> list[tuple[int, str]]:
    """The payments that may be reversed, as a select reads them."""
    return [(one.id, " · ".join((day(one.paid_on), format_fen(one.amount_fen), one.bank_reference)))
            for one in obligation.payments if one.status == PaymentStatus.CONFIRMED]


def _act(obligation_id: int, said: str, act: Act, schema: Any = None, field: str | None = None) -> \
        Response | tuple[str, int]:
    """Parse, do the verb in one transaction, show every problem on the page. `field` renames problems' fields."""
    form = FormState(flat(request.form))
    try:
        given = flat(request.form)
        values = parse(schema, given | ({"note": given[field]} if field and field in given else {})) if schema else {}
        with transaction() as session:
            act(session, queries.for_party(session, obligation_id, actor=security.actor()), values)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form.add(_renamed(violation, field))
        with reading() as session:
            return _page(session, obligation_id, form), violation.status
    flash(t(f"payments.flash.{said}"), "success")
    return redirect(url_for("payments.show", obligation_id=obligation_id), 303)


def _renamed(violation: RuleViolation, field: str | None) -> RuleViolation:
    if field is None or not isinstance(violation, Problems):
        return violation
    return Problems([Problem(field, problem.code, problem.facts) for problem in violation.problems])


@pages.post(f"{HERE}/payments")
@security.require(Role.BUYER)
def notify(obligation_id: int) -> Response | tuple[str, int]:
    """The buyer says that it has paid."""
    return _act(obligation_id, "notified", lambda session, obligation, values: payments.notify_payment(
        session, obligation, PaymentNote(**values), actor=security.actor(), now=clock.utc_now()), PaymentForm())


@pages.post(f"{HERE}/payments/<{KEY}:payment_id>/confirm")
@security.require(Role.FOUNDER)
def confirm(obligation_id: int, payment_id: int) -> Response | tuple[str, int]:
    """The founder confirms that the money arrived."""
    return _act(obligation_id, "confirmed", lambda session, obligation, _: payments.confirm_payment(
        session, queries.payment_of(obligation, payment_id).id, actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{HERE}/payments/<{KEY}:payment_id>/contradict")
@security.require(Role.FOUNDER)
def contradict(obligation_id: int, payment_id: int) -> Response | tuple[str, int]:
    """The founder says that it did not; the field is named after the payment, several may wait on one page."""
    return _act(obligation_id, "contradicted", lambda session, obligation, values: payments.contradict_payment(
        session, queries.payment_of(obligation, payment_id).id, note=values["note"], actor=security.actor(),
        now=clock.utc_now()), ContradictionSchema(), field=f"note_{payment_id}")


@pages.post(f"{HERE}/reversal")
@security.require(Role.FOUNDER, Role.OPERATOR)
def reverse(obligation_id: int) -> Response | tuple[str, int]:
    """The founder or the operator takes a confirmation back."""
    return _act(obligation_id, "reversed", lambda session, obligation, values: reversals.reverse_payment(
        session, queries.payment_of(obligation, values["payment_id"]).id, kind=values["reversal_kind"],
        reason=values["reversal_reason"], actor=security.actor(), now=clock.utc_now()), ReversalForm())


@pages.post(f"{HERE}/invoices/<{KEY}:invoice_id>/refusal")
@security.require(Role.BUYER)
def refuse(obligation_id: int, invoice_id: int) -> Response | tuple[str, int]:
    """The buyer refuses an invoice; the due date stays where it is."""
    return _act(obligation_id, "invoice_refused", lambda session, obligation, _: refuse_invoice(
        session, obligation.milestone_id, invoice_id, reason=request.form.get("refusal_reason", ""),
        actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{HERE}/disputes")
@security.require(Role.BUYER)
def dispute(obligation_id: int) -> Response | tuple[str, int]:
    """The buyer disputes a part."""
    return _act(obligation_id, "disputed", lambda session, obligation, values: payments.open_dispute(
        session, obligation, amount_fen=values["disputed_fen"], reason=values["reason"], actor=security.actor(),
        now=clock.utc_now()), DisputeForm())


@pages.post(f"{HERE}/disputes/<{KEY}:dispute_id>/resolution")
@security.require(Role.OPERATOR)
def resolve(obligation_id: int, dispute_id: int) -> Response | tuple[str, int]:
    """The operator records how a dispute ended."""
    return _act(obligation_id, "resolved", lambda session, obligation, values: payments.resolve_dispute(
        session, queries.dispute_of(obligation, dispute_id).id, upheld_fen=values["upheld_fen"],
        note=values["resolution_note"], actor=security.actor(), now=clock.utc_now()), ResolutionForm())

