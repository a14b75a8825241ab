"""Bank statements on pages: upload, look at what each transfer may have paid, decide."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.banking import columns, imports, queries
from marketplace.banking import operations as banking
from marketplace.banking.queries import LineState
from marketplace.banking.schemas import MatchForm, NoteSchema
from marketplace.db import reading, transaction
from marketplace.demand.reading import MOST_ROWS
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import sentence, t
from marketplace.payments.statements import open_fen, statement_of
from marketplace.rules.bank_matching import Part
from marketplace.rules.errors import Invalid, Problem, Problems, RuleViolation
from marketplace.rules.money import format_fen

pages = Blueprint("banking", __name__)
LINE = "/ledger/bank/lines/<int(max=2147483647):line_id>"
LINES = 60
Page = str | Response | tuple[str, int]


@pages.get("/ledger/bank")
@security.require(Role.BUYER, Role.FOUNDER)
def index() -> str:
    """The lines that wait for a decision, or ?state=matched, ?state=set_aside."""
    return _page(FormState())


def _page(form: FormState, problems: list[tuple[Problem, str]] | None = None, at: int | None = None) -> str:
    actor, now = security.actor(), clock.utc_now()
    asked = request.args.get("state", "")
    state = LineState(asked) if asked in set(LineState) else LineState.OPEN
    with reading() as session:
        found = queries.lines(session, actor=actor, state=state, limit=LINES)
        owed = queries.claims(session, actor=actor, now=now)
        known = {one.id: one for one in owed}
        shown = queries.with_suggestions(session, found, actor=actor, now=now)
        known |= {match.payment.obligation_id: match.payment.obligation for one in shown for match in one.line.matches}
        return render_template(
            "banking/index.html", lines=shown, form=form, problems=problems or [], at=at, state=state,
            states=list(LineState), owed=[(one.id, _title(one)) for one in owed],
            title_of=lambda key: _title(known[key]), uploads=queries.uploads(session, actor=actor), here="bank",
            role=actor.role, columns=columns.COLUMNS,
            most_rows=MOST_ROWS, encode=_encoded, open_lines=queries.count_open(session, actor=actor))


def _title(obligation: Any) -> str:
    found = statement_of(obligation, as_of=clock.legal_day(clock.utc_now()))
    return t("bank.claim", number=obligation.contract.number, milestone=obligation.milestone.title,
             open=format_fen(open_fen(found)))


@pages.post("/ledger/bank")
@security.require(Role.BUYER, Role.FOUNDER)
def upload() -> Page:
    """Take in a file, or say everything that is wrong in it."""
    actor, form, given = security.actor(), FormState(), request.files.get("file")
    try:
        if given is None or not given.filename:
            raise Problems([Problem("file", "import.no_file")])
        draft = imports.read_statement(given.read(), given.filename, banking.direction_of(actor))
        with transaction() as session:
            made = banking.take_in(session, draft, actor=actor, now=clock.utc_now())
            counts = {"new": made.new_lines, "known": made.known_lines, "other": made.other_lines}
    except Problems as violation:
        rows = [problem for problem in violation if problem.row is not None]
        whole = [problem for problem in violation if problem.row is None]
        if whole:
            form.add(Problems(whole))
        return _page(form, [(problem, sentence(problem)) for problem in rows]), 422
    flash(t("bank.flash.taken_in", **counts), "success")
    return redirect(url_for("banking.index"), 303)


def _act(line_id: int, said: str, act: Callable[[Session], Any]) -> Page:
    try:
        with transaction() as session:
            act(session)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form = FormState(flat(request.form))
        form.add(_on_top(violation))
        return _page(form, at=line_id), violation.status
    flash(t(f"bank.flash.{said}"), "success")
    return redirect(url_for("banking.index"), 303)


def _on_top(violation: RuleViolation) -> RuleViolation:
    """Several lines have the same fields: what is wrong stands above them all, naming no field."""
    if not isinstance(violation, Problems):
        return violation
    return Problems([Problem("", problem.code, problem.facts) for problem in violation])


@pages.post(f"{LINE}/match")
@security.require(Role.BUYER, Role.FOUNDER)
def match(line_id: int) -> Page:
    """What was suggested, as the button says it, or an obligation and an amount chosen by hand."""
    def act(session: Session) -> None:
        given = flat(request.form)
        parts = _decoded(given["parts"]) if "parts" in given else [Part(**parse(MatchForm(), given))]
        banking.match(session, line_id, parts, actor=security.actor(), now=clock.utc_now())
    return _act(line_id, "notified" if security.actor().role == Role.BUYER else "confirmed", act)


@pages.post(f"{LINE}/set-aside")
@security.require(Role.BUYER, Role.FOUNDER)
def set_aside(line_id: int) -> Page:
    """A line that has nothing to do with this market."""
    return _act(line_id, "set_aside", lambda session: banking.set_aside(
        session, line_id, note=parse(NoteSchema(), flat(request.form))["note"], actor=security.actor(),
        now=clock.utc_now()))


@pages.post(f"{LINE}/take-back")
@security.require(Role.BUYER, Role.FOUNDER)
def take_back(line_id: int) -> Page:
    """It has after all."""
    return _act(line_id, "taken_back", lambda session: banking.take_back(
        session, line_id, actor=security.actor(), now=clock.utc_now()))


@pages.get("/ledger/bank/template.csv")
@security.public
def template() -> Response:
    """The empty statement as CSV."""
    return Response(columns.csv_template(), headers={
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": "attachment; filename=jiebang-bank-statement.csv"})


def _encoded(parts: tuple[Part, ...]) -> str:
    return ",".join(f"{part.obligation_id}:{part.amount_fen}:{part.payment_id or 0}" for part in parts)


def _decoded(text: str) -> list[Part]:
    """The parts a button carries. Raises Invalid when it carries something else."""
    numbers = [tuple(one.split(":")) for one in text[:2000].split(",")]
    if any(len(one) != 3 or not all(n.isascii() and n.isdigit() and len(n) < 16 for n in one) for one in numbers):
        raise Invalid("bank.bad_parts")
    return [Part(int(obligation), int(fen), int(payment) or None) for obligation, fen, payment in numbers]
