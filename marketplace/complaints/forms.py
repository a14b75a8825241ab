"""Every step of a late payment's case as one table: where it is posted, by whom, what it takes, what does it.

Pages and API are made from the same lines, so neither can allow what the other refuses.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema
from sqlalchemy.orm import Session

from marketplace.accounts.models import Role
from marketplace.complaints import filing, listings, mediation, plans, restrictions, retaliation, schemas
from marketplace.complaints.models import PaymentPlan
from marketplace.payments.models import Obligation
from marketplace.rules.errors import Problem, Problems, RuleViolation

KEY = "int(max=2147483647)"
_B, _F, _O = (Role.BUYER,), (Role.FOUNDER,), (Role.OPERATOR,)
_SIDES, _PAYEE = (Role.BUYER, Role.FOUNDER), (Role.FOUNDER, Role.OPERATOR)
_ANY = tuple(Role)


@dataclass(frozen=True)
class Verb:
    """One step. `path` stands below the obligation; `act(session, obligation, *ids, actor=, now=, **values)`."""

    name: str
    path: str
    roles: tuple[Role, ...]
    act: Callable[..., Any]
    takes: Schema | None
    gives: Schema
    says: str
    status: int = 200
    typed: Schema | None = None

    def on_page(self) -> Schema | None:
        """What a page sends: yuan where the API speaks fen."""
        return self.typed or self.takes


def _propose_plan(session: Session, obligation: Obligation, *, instalments: list[dict[str, Any]],
                  **more: Any) -> PaymentPlan:
    return plans.propose(session, obligation, [plans.Promise(**one) for one in instalments], **more)


_PLAN, _LIST = f"plans/<{KEY}:plan_id>", f"listings/<{KEY}:listing_id>"
_COMP, _MED = f"complaints/<{KEY}:complaint_id>", f"mediations/<{KEY}:mediation_id>"
_note, _plan, _entry = schemas.note, schemas.PlanSchema(), schemas.ListingSchema()
_complaint, _mediation = schemas.ComplaintSchema(), schemas.MediationSchema()

VERBS = (
    Verb("propose_plan", "plans", _B, _propose_plan, _plan, _plan, "Propose a payment plan.", 201,
         schemas.PlanForm()),
    Verb("accept_plan", f"{_PLAN}/acceptance", _F, plans.accept, None, _plan, "Accept the buyer's plan."),
    Verb("refuse_plan", f"{_PLAN}/refusal", _F, plans.refuse, _note("plan_refusal"), _plan, "Refuse the plan."),
    Verb("withdraw_plan", f"{_PLAN}/withdrawal", _B, plans.withdraw, None, _plan, "Take back a plan not answered."),
    Verb("lift_block", "block/lifting", _O, restrictions.lift_by_operator, _note("lift_note"), schemas.BlockSchema(),
         "End a publishing block because the buyer's objection is right."),
    Verb("propose_listing", "listings", _O, listings.propose, _entry, _entry,
         "Propose an entry on the public list; the buyer's right of reply begins.", 201),
    Verb("reply_listing", f"{_LIST}/reply", _B, listings.reply, _note("listing_reply", "text"), _entry,
         "Reply to a proposed entry; the reply is published with it."),
    Verb("decide_listing", f"{_LIST}/decision", _O, listings.decide, schemas.ListingDecisionSchema(), _entry,
         "Publish or decline a proposed entry."),
    Verb("appeal_listing", f"{_LIST}/appeal", _B, listings.appeal, _note("listing_appeal", "text"), _entry,
         "Appeal against a published entry."),
    Verb("answer_appeal", f"{_LIST}/appeal/answer", _O, listings.answer_appeal,
         schemas.ListingAppealAnswerSchema(), _entry, "Uphold or dismiss the appeal."),
    Verb("file_complaint", "complaints", _F, filing.file, _complaint, _complaint,
         "File a complaint about an overdue obligation.", 201),
    Verb("submit_complaint", f"{_COMP}/submission", _O, filing.submit, schemas.ComplaintSubmissionSchema(), _complaint,
         "Record that the complaint was handed to an authority."),
    Verb("accept_complaint", f"{_COMP}/acceptance", _O, filing.accept, schemas.AcceptanceByAuthoritySchema(),
         _complaint, "Record the authority's formal acceptance: ten working days to transfer begin (Art. 25)."),
    Verb("refuse_complaint", f"{_COMP}/refusal", _O, filing.refuse, schemas.RefusalByAuthoritySchema(), _complaint,
         "Record that the authority did not accept."),
    Verb("transfer_complaint", f"{_COMP}/transfer", _O, filing.transfer, schemas.ComplaintTransferSchema(), _complaint,
         "Record the transfer: thirty days for the result begin (Art. 25)."),
    Verb("extend_complaint", f"{_COMP}/extension", _O, filing.extend, schemas.ExtensionSchema(), _complaint,
         "Record an approved extension, ninety days at most (Art. 25)."),
    Verb("decide_complaint", f"{_COMP}/decision", _O, filing.decide, schemas.ComplaintDecisionSchema(), _complaint,
         "Record the written result."),
    Verb("note_complaint", f"{_COMP}/notes", _O, filing.note, schemas.ComplaintProgressSchema(),
         schemas.ComplaintProgressSchema(), "Note progress at the authority.", 201),
    Verb("withdraw_complaint", f"{_COMP}/withdrawal", _F, filing.withdraw, _note("withdrawal_note", required=False),
         _complaint, "Withdraw a complaint."),
    Verb("close_complaint", f"{_COMP}/closing", _PAYEE, filing.close, schemas.ClosingSchema(), _complaint,
         "Close a complaint: paid, settled or decided."),
    Verb("request_mediation", "mediations", _SIDES, mediation.request, _mediation, _mediation,
         "Ask the other side for mediation.", 201),
    Verb("answer_mediation", f"{_MED}/answer", _SIDES, mediation.answer, schemas.AgreementSchema(), _mediation,
         "Agree to mediation or not."),
    Verb("withdraw_mediation", f"{_MED}/withdrawal", _SIDES, mediation.withdraw, None, _mediation,
         "Take back a request nobody has answered."),
    Verb("assign_partner", f"{_MED}/partner", _O, mediation.assign, schemas.AssignmentSchema(), _mediation,
         "Name the partner who mediates."),
    Verb("add_session", f"{_MED}/sessions", _O, mediation.add_session, schemas.MediationSessionSchema(),
         schemas.MediationSessionSchema(), "Note a meeting.", 201),
    Verb("record_terms", f"{_MED}/terms", _O, mediation.record_terms, _note("terms", "terms"), _mediation,
         "Record what the sides came to."),
    Verb("confirm_terms", f"{_MED}/confirmation", _SIDES, mediation.confirm_terms, None, _mediation,
         "Confirm the recorded terms; with both sides the mediation is settled."),
    Verb("fail_mediation", f"{_MED}/failure", _ANY, mediation.fail, _note("failure_note"), _mediation,
         "End the mediation without a result."),
    Verb("agree_pause", f"{_MED}/pause", _SIDES, mediation.agree_pause, schemas.PauseSchema(), _mediation,
         "Agree in writing that the platform's own steps rest until a day; due date and interest do not move."),
    Verb("report_retaliation", "retaliation-reports", _F, retaliation.report, schemas.RetaliationReportSchema(),
         schemas.LeadSchema(), "Report what you take for retaliation.", 201),
)


def renamed(violation: RuleViolation, schema: Schema | None) -> RuleViolation:
    """A refusal with its problems at the names the door knows them by."""
    if schema is None or not isinstance(violation, Problems):
        return violation
    names = {one.attribute or name: name for name, one in schema.fields.items()}
    return Problems([Problem(names.get(one.field, one.field), one.code, one.facts) for one in violation.problems])


def rows_of(form: Mapping[str, str], most: int) -> list[dict[str, str]]:
    """The instalments a page sends as "instalments.0.due_on", "instalments.0.amount_fen" …, empty rows left out."""
    rows = [{name: text for name in ("due_on", "amount_fen")
             if (text := form.get(f"instalments.{place}.{name}", "").strip())} for place in range(most)]
    return [row for row in rows if row]
