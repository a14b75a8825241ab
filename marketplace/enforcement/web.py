"""Pages of the ladder: the public rules, appeals, contacts, papers, and the operator's list of steps."""
from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as Made
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.enforcement import letters, queries, texts
from marketplace.enforcement import operations as enforcement
from marketplace.enforcement.letters import PaperKind
from marketplace.enforcement.operations import ContactNote
from marketplace.enforcement.schemas import AppealForm, ContactsForm, DecisionSchema, PaperRequest
from marketplace.enforcement.views import file_of, note_of
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import LANGUAGES, language, t
from marketplace.notices import outbox
from marketplace.payments import ladder as steps
from marketplace.payments import queries as obligations
from marketplace.rules.errors import NotFound, Problem, Problems, RuleViolation
from marketplace.rules.escalation_states import StepStatus

pages = Blueprint("enforcement", __name__)
KEY = "int(max=2147483647)"
OWED = f"/payments/<{KEY}:obligation_id>"
LOOK_AHEAD = dt.timedelta(days=7)
SHOWN = 100
_HASH = re.compile(r"[0-9a-f]{64}")


@pages.get("/ladder")
@security.public
def ladder() -> str:
    """The steps around a due date, by edition: who is told, what comes with it, by which rule."""
    today = clock.legal_day(clock.utc_now())
    return render_template("enforcement/ladder.html", editions=reversed(steps.editions()), texts=texts,
                           current=steps.in_force(today))


@pages.post(f"{OWED}/steps/<{KEY}:step_id>/appeal")
@security.require(Role.BUYER)
def appeal(obligation_id: int, step_id: int) -> Response | tuple[str, int]:
    """The buyer says why a step is wrong."""
    try:
        values = parse(AppealForm(), flat(request.form))
        with transaction() as session:
            owed = obligations.for_party(session, obligation_id, actor=security.actor())
            enforcement.appeal(session, owed, step_id, reason=values["appeal_reason"], actor=security.actor(),
                               now=clock.utc_now())
    except Problems as problems:
        return _form("enforcement/appeal.html", problems, obligation_id=obligation_id, step_id=step_id)
    flash(t("enforcement.flash.appealed"), "success")
    return redirect(url_for("payments.show", obligation_id=obligation_id, _anchor="ladder"), 303)


@pages.post(f"/appeals/<{KEY}:appeal_id>/decision")
@security.require(Role.OPERATOR)
def decide(appeal_id: int) -> Response | tuple[str, int]:
    """The operator decides an appeal with a reason."""
    try:
        values = parse(DecisionSchema(), flat(request.form))
        with transaction() as session:
            made = enforcement.decide_appeal(session, appeal_id, upheld=values["upheld"], note=values["decision_note"],
                                             actor=security.actor(), now=clock.utc_now())
            obligation_id = made.step.obligation_id
    except Problems as problems:
        return _form("enforcement/decision.html", problems, appeal_id=appeal_id)
    flash(t("enforcement.flash.decided"), "success")
    return redirect(url_for("payments.show", obligation_id=obligation_id, _anchor="ladder"), 303)


def _form(template: str, problems: Problems, **more: Any) -> tuple[str, int]:
    form = FormState(request.form)
    form.add(problems)
    return render_template(template, form=form, **more), problems.status


@pages.get("/account/contacts")
@security.require(Role.BUYER)
def contacts() -> str:
    """The people a buyer names for reminders and overdue notices."""
    with reading() as session:
        named = queries.contacts_of(session, security.actor().organisation_id)
    values = {f"{role}_language": "zh" for role in queries.ROLES}
    values |= {f"{role}_{name}": getattr(one, name) for role, one in named.items()
               for name in ("name", "email", "phone", "language")}
    return _contacts(FormState(values), len(named))


@pages.post("/account/contacts")
@security.require(Role.BUYER)
def save_contacts() -> Response | tuple[str, int]:
    """Keep them."""
    try:
        values = parse(ContactsForm(), flat(request.form))
        notes = [ContactNote(role, *(values[f"{role}_{name}"] for name in ("name", "email", "phone", "language")))
                 for role in queries.ROLES]
        with transaction() as session:
            enforcement.save_contacts(session, notes, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        form = FormState(request.form)
        form.add(violation)
        return _contacts(form, 0), violation.status
    flash(t("enforcement.flash.contacts"), "success")
    return redirect(url_for("enforcement.contacts"), 303)


def _contacts(form: FormState, named: int) -> str:
    return render_template("enforcement/contacts.html", form=form, roles=queries.ROLES,
                           complete=named == len(queries.ROLES), languages=[(one, t(f"contacts.{one}"))
                                                                           for one in LANGUAGES])


@pages.get(f"{OWED}/papers/<kind>")
@security.require(Role.FOUNDER, Role.OPERATOR)
def preview(obligation_id: int, kind: str) -> str:
    """A letter or complaint file as it would be printed from today's records."""
    if kind not in set(PaperKind):
        raise NotFound("not_found", what="enforcement_paper", id=kind[:40])
    lang = request.args.get("language", language())
    with reading() as session:
        owed = obligations.for_party(session, obligation_id, actor=security.actor())
        case = letters.build(session, owed, PaperKind(kind), as_of=clock.legal_day(clock.utc_now()))
        printed = texts.paper(case, lang if lang in LANGUAGES else language())
        return render_template("enforcement/preview.html", printed=texts.pages(printed), obligation=owed, kind=kind,
                               what=texts.what(kind), digest=case.digest, contract=owed.contract)


@pages.post(f"{OWED}/papers")
@security.require(Role.FOUNDER)
def make_paper(obligation_id: int) -> Response:
    """Print a paper, keep what was printed, and hand it out."""
    values = parse(PaperRequest(), flat(request.form))
    paper = note_of(obligation_id, PaperKind(values["kind"]), values["language"])
    return redirect(url_for("enforcement.paper_pdf", paper_id=paper.id), 303)


@pages.get(f"/papers/<{KEY}:paper_id>.pdf")
@security.require(Role.FOUNDER, Role.OPERATOR)
def paper_pdf(paper_id: int) -> Response:
    """A paper printed again from what was kept; its hash must be the recorded one."""
    return file_of(paper_id)


@pages.get(f"/papers/<{KEY}:paper_id>.json")
@security.require(Role.FOUNDER, Role.OPERATOR)
def paper_json(paper_id: int) -> Response:
    """A paper as data."""
    with reading() as session:
        paper = queries.paper_for(session, paper_id, actor=security.actor())
        body = json.dumps(paper.content, ensure_ascii=False, indent=1, sort_keys=True)
        name = texts.filename(paper.kind, paper.obligation.contract.number, paper.as_of, "json")
    return _download(body.encode(), "application/json", name)


def _download(body: bytes, kind: str, name: str) -> Response:
    response = Made(body, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@pages.route("/papers/verify", methods=["GET", "POST"])
@security.public
def verify() -> str | tuple[str, int]:
    """Whether a file was made here and is unchanged: by its hash, or by the file itself, which is not kept."""
    form = FormState(request.values)
    sent = request.files.get("file")
    digest = hashlib.sha256(sent.read()).hexdigest() if sent and sent.filename else \
        request.values.get("sha256", "").strip().lower()
    if not digest:
        return render_template("enforcement/verify.html", form=form, answer="", known=False)
    if not _HASH.fullmatch(digest):
        form.add(Problems([Problem("sha256", "paper.hash")]))
        return render_template("enforcement/verify.html", form=form, answer="", known=False), 422
    with reading() as session:
        paper = queries.paper_by_hash(session, digest)
        answer = t("papers.verify_no") if paper is None else t(
            "papers.verify_yes", what=texts.what(paper.kind), on=paper.as_of, at=paper.made_at,
            tail=paper.obligation.contract.number[-4:])
    return render_template("enforcement/verify.html", form=FormState({"sha256": digest}), answer=answer,
                           known=paper is not None)


@pages.get("/operator/ladder")
@security.require(Role.OPERATOR)
def taken() -> str:
    """Steps taken, obligations whose day comes within a week, and appeals waiting."""
    today = clock.legal_day(clock.utc_now())
    codes = list(dict.fromkeys(rung.code for edition in steps.editions() for rung in edition.rungs))
    code = request.args.get("step", "")
    code = code if code in codes else ""
    with reading() as session:
        coming = queries.coming_up(session, until=today + LOOK_AHEAD, limit=SHOWN)
        return render_template(
            "enforcement/steps.html", texts=texts, code=code, codes=codes, shown=SHOWN, today=today,
            steps=[(step, StepStatus(step.status)) for step in queries.latest_steps(session, code=code, limit=SHOWN)],
            coming=coming, appeals=queries.open_appeals(session), count=queries.count_open_appeals(session),
            form=FormState(), mails=outbox.waiting(session))


