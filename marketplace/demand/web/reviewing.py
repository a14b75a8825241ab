"""The operator's queue of demands handed in, the review of one, and the buyer taking a submission back."""
from __future__ import annotations

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import forms, guard, linting, operations, queries, review, terms, texts
from marketplace.demand.drafts import CONTENT_FIELDS
from marketplace.demand.models import TERM_FIELDS, Demand
from marketplace.demand.web.pages import Page, pages
from marketplace.forms import FormState
from marketplace.i18n import sentence, t
from marketplace.rules.errors import NotFound, Problems, RuleViolation, WrongState
from marketplace.rules.review import ReviewStatus
from marketplace.tendering import operations as tendering

PREFIX = "remark_"
# What a remark can stand beside on the buyer's form; "" is the demand as a whole.
REMARKED = (*CONTENT_FIELDS, "criteria", *TERM_FIELDS[:5], "")
NAMED_OTHERWISE = {"budget_fen": "budget"}  # on the form it is typed in yuan


@pages.get("/operator/reviews")
@security.require(Role.OPERATOR)
def review_queue() -> Page:
    """Everything that waits for the operator, the longest wait first."""
    now = clock.utc_now()
    with reading() as session:
        return render_template("demand/review_queue.html", waiting=review.queue(session, now=now), now=now)


@pages.get("/operator/reviews/<code>")
@security.require(Role.OPERATOR)
def review_one(code: str) -> Page:
    """The demand as handed in, everything found in it, the declaration, and what changed since it was returned."""
    try:
        with reading() as session:
            return _page(session, code, FormState())
    except WrongState as decided:
        if decided.facts.get("status") != ReviewStatus.APPROVED:  # a draft again, and its buyer's alone
            raise NotFound("not_found", what="review", id=code) from decided
        return _to_queue(decided)


def _to_queue(decided: WrongState) -> Response:
    """A submission that was decided already: by a second click, a colleague, or its buyer taking it back."""
    flash(sentence(decided), "info")
    return redirect(url_for("demand.review_queue"), 303)


def _page(session: Session, code: str, form: FormState) -> str:
    now = clock.utc_now()
    one = review.for_operator(session, code)
    demand, today = one.demand, clock.legal_day(now)
    since = review.changed_since_return(session, one)
    subject = guard.subject_of(demand)
    return render_template(
        "demand/review.html", form=form, review=one, demand=demand, deadline=review.deadline_of(one, now=now),
        place=next(found for found in review.queue(session, now=now) if found.review.id == one.id),
        title_of=texts.title_of, changes=None if since is None else texts.changes(since), remarked=REMARKED,
        prefix=PREFIX,
        earlier=[found for found in review.history(session, demand) if found.remarks],
        problems=operations.publication_problems(demand, now=now), findings=linting.findings(demand),
        split=guard.look(session, subject, today=today), flag=guard.flag_of(session, subject),
        screening=terms.screen(demand, demand.buyer, today=today))


@pages.post("/operator/reviews/<code>/publish")
@security.require(Role.OPERATOR)
def approve(code: str) -> Page:
    """Put the demand on the list."""
    try:
        with transaction() as session:
            demand = review.for_operator(session, code).demand
            tendering.publish_demand(session, demand, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        return _refused(violation, code)
    jobs.enqueue("refresh_matches", demand.id)
    flash(t("demand.flash.published", code=code, deadline=demand.bid_deadline), "success")
    return redirect(url_for("demand.review_queue"), 303)


@pages.post("/operator/reviews/<code>/return")
@security.require(Role.OPERATOR)
def send_back(code: str) -> Page:
    """Return the demand with a remark beside each field that has to change."""
    remarks = {name: request.form.get(PREFIX + name, "") for name in REMARKED}
    try:
        with transaction() as session:
            demand = review.for_operator(session, code).demand
            review.send_back(session, demand, remarks=remarks, actor=security.actor(), now=clock.utc_now())
    except RuleViolation as violation:
        return _refused(violation, code)
    flash(t("review.flash.returned", code=code), "success")
    return redirect(url_for("demand.review_queue"), 303)


def _refused(violation: RuleViolation, code: str) -> Page:
    if violation.status == 404:
        raise violation
    form = FormState(request.form)
    form.add(violation)
    try:
        with reading() as session:
            return _page(session, code, form), violation.status
    except WrongState as decided:
        return _to_queue(decided)


def with_remarks(form: FormState, session: Session, demand: Demand) -> FormState:
    """The buyer's form with what the operator said when it returned the draft, each remark beside its field."""
    said = [replace(one, field=NAMED_OTHERWISE.get(one.field, one.field)) for one in review.remarks_on(session, demand)]
    return forms.refuse(form, Problems(said)) if said else form


@pages.post("/demands/<code>/take-back")
@security.require(Role.BUYER)
def take_back(code: str) -> Response:
    """The buyer takes a submission back to change the draft."""
    with transaction() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        review.withdraw(session, demand, actor=security.actor(), now=clock.utc_now())
    flash(t("review.flash.withdrawn", code=code), "success")
    return redirect(url_for("demand.edit", code=code), 303)
