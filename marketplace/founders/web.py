"""The founder's desk, the profile editor, the public page of a founder, and the directory."""
from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.bonds import queries as bonds
from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract
from marketplace.db import reading, transaction
from marketplace.enforcement import pages as ladder
from marketplace.forms import FormState, parse
from marketplace.founders import completeness, editor, imports, operations, queries
from marketplace.founders.schemas import ProfileForm, ProfileSchema
from marketplace.i18n import label, sentence, t
from marketplace.payments import queries as payments
from marketplace.payments.statements import accrual_of, statement_of
from marketplace.payments.turns import SIDE, Turn, turn_of
from marketplace.rules.bonds import BondKind
from marketplace.rules.errors import Problem, Problems, RuleViolation
from marketplace.rules.feedback import MatchEventKind, Side
from marketplace.rules.lifecycle import BidStatus, ContractStatus
from marketplace.rules.money import format_fen
from marketplace.suggestions import beside, conditions, explanations, feedback, similar
from marketplace.suggestions import queries as suggestions
from marketplace.tendering import queries as tendering

pages = Blueprint("founders", __name__)
SHOWN = 24
BEST = 3
Page = str | tuple[str, int] | Response


@dataclass(frozen=True)
class Waiting:
    """One thing on the desk. `mine`: the founder acts next. `until` is when; `late_days` 0 when not late.

    `owed_fen` is principal the buyer still owes on it, `next` says which step of the ladder comes on which day.
    """

    group: str
    title: str
    href: str
    what: str
    mine: bool
    until: dt.date | dt.datetime | None = None
    late_days: int = 0
    owed_fen: int = 0
    next: str = ""


@pages.get("/founder")
@security.require(Role.FOUNDER)
def desk() -> Page:
    """What waits: invitations, bids, contracts, money; the profile's next step; the best matches."""
    now, founder_id = clock.utc_now(), security.actor().organisation_id
    with reading() as session:
        found = queries.profile_of(session, founder_id)
        waiting = [*_invitations(session, founder_id, now), *_bids(session, founder_id, now),
                   *_contracts(session, founder_id, clock.legal_day(now)), *_bonds(session, founder_id, now)]
        best = similar.varied(suggestions.for_founder(session, founder_id, limit=4 * BEST, now=now), limit=BEST)
        return render_template(
            "founders/desk.html", profile=found, complete=completeness.of_profile(found), waiting=waiting,
            first=min(waiting, key=_urgency, default=None),
            best=[one for one in map(explanations.explain, best) if one.percent >= explanations.WEAK],
            owed_fen=sum(one.owed_fen for one in waiting),
            late=[one for one in waiting if one.owed_fen and one.late_days])


def _urgency(one: Waiting) -> tuple[bool, bool, dt.date]:
    """Late money first, then what the founder has to do, each by the earliest day."""
    until = clock.legal_day(one.until) if isinstance(one.until, dt.datetime) else one.until
    return not (one.owed_fen and one.late_days), not one.mine, until or dt.date.max


def _invitations(session: Session, founder_id: int, now: dt.datetime) -> list[Waiting]:
    """Invitations that can still be answered with a bid."""
    return [Waiting("invitations", one.demand.title, url_for("demand.show", code=one.demand.code),
                    t("founders.desk.invited", buyer=one.demand.buyer.name), True, one.demand.bid_deadline)
            for one in suggestions.invitations_of(session, founder_id)
            if one.demand.accepts_bids(now=now) and tendering.bid_of(session, one.demand, founder_id) is None]


def _bids(session: Session, founder_id: int, now: dt.datetime) -> list[Waiting]:
    """Bids whose outcome is open. Until the deadline they can be replaced, then the buyer opens and evaluates."""
    found = []
    for bid in tendering.bids_of_founder(session, founder_id):
        if bid.status not in (BidStatus.SEALED, BidStatus.OPENED):
            continue
        open_still = bid.demand.accepts_bids(now=now)
        step = "opened" if bid.status == BidStatus.OPENED else "sealed" if open_still else "closed"
        found.append(Waiting("bids", bid.demand.title, url_for("tendering.bid", code=bid.demand.code),
                             t(f"founders.desk.bid_{step}"), False,
                             bid.demand.bid_deadline if step == "sealed" else None))
    return found


def _contracts(session: Session, founder_id: int, today: dt.date) -> list[Waiting]:
    """Contracts to be confirmed, and each milestone on its way to the money."""
    found: list[Waiting] = []
    signed = contracts.of_party(session, founder_id)
    owed = {one.milestone_id: one for one in payments.of_contracts(session, [one.id for one in signed])}
    found_of = {one.id: statement_of(one, as_of=today) for one in owed.values()}
    ahead = ladder.next_steps(session, [(one, found_of[one.id]) for one in owed.values()], today=today)
    for contract in signed:
        href = url_for("contracts.show", number=contract.number)
        if contract.status == ContractStatus.PENDING:
            found.append(_unsigned(contract, href))
        if contract.status != ContractStatus.ACTIVE:
            continue
        for milestone in contract.milestones:
            obligation = owed.get(milestone.id)
            statement = found_of[obligation.id] if obligation else None
            turn, until = turn_of(contract, milestone, obligation, statement)
            if turn is Turn.NOBODY:
                continue
            overdue = statement is not None and statement.is_overdue
            left = accrual_of(statement).principal_left_fen if statement else 0
            late = (statement.overdue_days or 0) if overdue else max((today - until).days, 0) if until else 0
            found.append(Waiting(
                "money" if obligation else "contracts", f"{contract.title} · {milestone.title}",
                url_for("payments.show", obligation_id=obligation.id) if obligation else href,
                label(turn), SIDE[turn] == Role.FOUNDER, until, late, left,
                ahead.get(obligation.id, "") if obligation else ""))
    return found


def _bonds(session: Session, founder_id: int, now: dt.datetime) -> list[Waiting]:
    """Bonds to provide, and returns to answer. They are no payments: a bond counts with the contracts."""
    return [Waiting("contracts", f"{one.contract.title} · {label(BondKind(one.kind))} {format_fen(one.amount_fen)}",
                    url_for("bonds.index", number=one.contract.number), t(f"bonds.desk.{one.status}"), True)
            for one in bonds.waiting_for(session, founder_id, by=clock.legal_day(now))]


def _unsigned(contract: Contract, href: str) -> Waiting:
    mine = contract.founder_confirmed_at is None
    return Waiting("contracts", contract.title, href,
                   t("founders.desk.confirm" if mine else "founders.desk.buyer_confirms"), mine)


@pages.get("/founder/profile")
@security.require(Role.FOUNDER)
def profile() -> Page:
    """The editor, filled with what is stored."""
    with reading() as session:
        found = queries.profile_of(session, security.actor().organisation_id)
        values, cases = editor.stored(found)
        return _editor(editor.state(values, cases or [{}]), len(cases) or 1, found)


@pages.post("/founder/profile")
@security.require(Role.FOUNDER)
def save_profile() -> Page:
    """Save the profile; or add or remove a row of past cases and keep everything typed."""
    values, cases = editor.values_of(request.form), editor.cases_of(request.form)
    if "add_case" in request.form or "remove_case" in request.form:
        return _with_rows(values, _changed_rows(cases))
    form = editor.state(values, values["past_cases"])
    try:
        draft = parse(ProfileForm(), values)
        with transaction() as session:
            operations.save_profile(session, draft, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        form.add(editor.beside(violation))
        with reading() as session:
            found = queries.profile_of(session, security.actor().organisation_id)
            return _editor(form, max(len(values["past_cases"]), 1), found), violation.status
    return _saved(t("founders.profile.saved"))


def _changed_rows(cases: list[dict[str, str]]) -> list[dict[str, str]]:
    if "add_case" in request.form:
        return [*cases, {"title": "", "summary": ""}]
    gone = request.form["remove_case"]
    return [case for number, case in enumerate(cases) if str(number) != gone]


def _with_rows(values: dict[str, Any], cases: list[dict[str, str]]) -> Page:
    with reading() as session:
        found = queries.profile_of(session, security.actor().organisation_id)
        return _editor(editor.state(values, cases), len(cases), found)


def _editor(form: FormState, rows: int, found: Any) -> str:
    return render_template(
        "founders/profile.html", form=form, rows=rows, profile=found, complete=completeness.of_profile(found),
        verified=[case for case in found.past_cases if case.contract_id is not None] if found else [])


def _saved(message: str) -> Page:
    jobs.enqueue("refresh_stale_matches")
    flash(message, "success")
    return redirect(url_for("founders.desk"), 303)


@pages.get("/founder/profile/import")
@security.require(Role.FOUNDER)
def import_form() -> Page:
    """Explain the file and ask for it."""
    return render_template("founders/import.html", form=FormState(), problems=[], sentence=sentence)


@pages.post("/founder/profile/import")
@security.require(Role.FOUNDER)
def import_profile() -> Page:
    """Replace the profile by the one record of a JSON or JSONL file; nothing changes when anything in it is wrong."""
    try:
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise Problems([Problem("file", "field.required")])
        draft = imports.read_one(upload.stream.read(), upload.filename)
        with transaction() as session:
            operations.import_profile(session, draft, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        form = FormState()
        problems = violation.problems if isinstance(violation, Problems) else ()
        whole = [problem for problem in problems if problem.field == "file"]
        form.add(Problems(whole) if whole else violation)
        return render_template("founders/import.html", form=form, problems=[] if whole else problems,
                               sentence=sentence), violation.status
    return _saved(t("founders.import.done"))


@pages.get("/founder/profile/export")
@security.require(Role.FOUNDER)
def export_profile() -> Page:
    """The stored profile as a file that can be imported again."""
    with reading() as session:
        found = queries.profile_of(session, security.actor().organisation_id)
        if found is None:
            return redirect(url_for("founders.profile"))
        text = json.dumps(ProfileSchema().dump(found), ensure_ascii=False) + "\n"
    return Response(text, mimetype="application/jsonl",
                    headers={"Content-Disposition": "attachment; filename=profile.jsonl"})


@pages.get("/founders")
@security.require(Role.BUYER, Role.OPERATOR)
def directory() -> Page:
    """Founders by words in their headline, text, region or company name."""
    text, after = request.args.get("q", "").strip()[:100].replace("\x00", ""), request.args.get("after", 0, type=int)
    with reading() as session:
        found = queries.directory(session, text=text, after=min(max(after, 0), queries.MAX_ID), limit=SHOWN + 1)
        more = url_for("founders.directory", q=text or None, after=found[SHOWN - 1].id) if found[SHOWN:] else None
        return render_template("founders/directory.html", founders=found[:SHOWN], search=FormState({"q": text}),
                               text=text, page={"prev_url": None, "next_url": more})


@pages.get("/founders/<int:profile_id>")
@security.require()
def show(profile_id: int) -> Page:
    """A founder's profile as others see it: the day rate for buyers, the operator and the founder only."""
    user, now = security.actor(), clock.utc_now()
    with reading() as session:
        found = queries.by_id(session, profile_id)
        own = found.founder_id == user.organisation_id
        page = render_template("founders/show.html", profile=found, own=own, said_not=conditions.said_not(found),
                               shows_rate=own or user.role != Role.FOUNDER)
        opened = beside.profile_opened_by(session, profile_id, request.args.get("demand", ""), user, now=now)
    if opened:
        with transaction() as session:
            feedback.note_seen(session, opened, Side.BUYER, MatchEventKind.VIEWED, person=user, now=now)
    return page
