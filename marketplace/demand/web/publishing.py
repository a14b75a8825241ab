"""Handing in one demand or several: the whole picture, the deadline, and the passphrase that opens the bids."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from marketplace import clock, security
from marketplace.accounts import standing
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import forms, guard, linting, operations, queries, saving, terms
from marketplace.demand.models import Demand
from marketplace.demand.publication_models import DemandReview
from marketplace.demand.web.pages import Page, pages
from marketplace.demand.web.schemas import PublishForm
from marketplace.forms import FormState, parse
from marketplace.i18n import t
from marketplace.rules.errors import Problem, Problems, RuleViolation, WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.suggestions import conditions
from marketplace.suggestions import forms as checked
from marketplace.tendering import keys
from marketplace.tendering import operations as tendering

USUAL_BIDDING = dt.timedelta(days=14)
CLOSING_HOUR = dt.time(17, 0)
OF_THE_FORM = ("bid_deadline", "bidding_days", "unclassified")


@pages.get("/demands/<code>/publish")
@security.require(Role.BUYER)
def publish(code: str) -> Page:
    """Everything founders will see, what the law says to it, and the deadline to set."""
    with reading() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        _must_be_draft(demand)
        return _page(session, "demand/publish.html", _usual(), demand=demand)


def _must_be_draft(demand: Demand) -> None:
    if demand.status != DemandStatus.PLANNING:
        raise WrongState("demand.already_handed_in", code=demand.code, status=DemandStatus(demand.status))


def _usual() -> FormState:
    closing = dt.datetime.combine(clock.legal_day(clock.utc_now()) + USUAL_BIDDING, CLOSING_HOUR)
    return FormState({"bid_deadline": closing.isoformat(timespec="minutes")})


def _page(session: Session, template: str, form: FormState, **values: Any) -> str:
    actor, now = security.actor(), clock.utc_now()
    demand = values.get("demand")
    return render_template(
        template, form=form, needs_key=not keys.has_opening_key(session, actor.organisation_id),
        platform_ready=keys.keys_ready(session), least=keys.PASSPHRASE_LEAST, **values,
        requirements=conditions.of_demand(demand) if demand else [],
        choices=conditions.choices(demand) if demand else {},
        confirmed=conditions.is_confirmed(demand) if demand else False,
        kept=saving.change_of(session, demand) if demand else None,
        blocked=bool(standing.open_blocks(session, actor.organisation_id)),
        problems=operations.publication_problems(demand, now=now) if demand else [],
        findings=linting.findings(demand) if demand else [],
        split=guard.look(session, guard.subject_of(demand), today=clock.legal_day(now)) if demand else None,
        flag=guard.flag_of(session, guard.subject_of(demand)) if demand else None,
        screening=terms.screen(demand, demand.buyer, today=clock.legal_day(now)) if demand else None)


@pages.post("/demands/<code>/publish")
@security.require(Role.BUYER)
def publish_now(code: str) -> Page:
    """Hand the demand in for review; the operator publishes it."""
    try:
        _hand_in([code])
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form = FormState(request.form)
        form.add(violation)
        with reading() as session:
            demand = queries.for_buyer(session, code, actor=security.actor())
            _must_be_draft(demand)
            return _page(session, "demand/publish.html", form, demand=demand), violation.status
    flash(t("review.flash.submitted", code=code), "success")
    return redirect(url_for("demand.show", code=code), 303)


def _hand_in(codes: list[str]) -> list[DemandReview]:
    """Hand in for review in one transaction, all or none."""
    now, actor = clock.utc_now(), security.actor()
    values = parse(PublishForm(), forms.typed_values(request.form))
    with transaction() as session:
        demands = [queries.for_buyer(session, code, actor=actor) for code in codes]
        needs_key = not keys.has_opening_key(session, actor.organisation_id)
        if problems := list(_form_problems(values, needs_key, now)):
            raise Problems(problems)
        if needs_key:
            keys.create_opening_key(session, actor.organisation_id, keys.BUYER, values["passphrase"], actor=actor,
                                    now=now)
        if len(demands) == 1 and checked.shown(request.form):
            keep, add = checked.posted(request.form)
            conditions.confirm(session, demands[0], keep=keep, add=add, actor=actor, now=now)
        return [_hand_in_one(session, demand, values, now, many=len(codes) > 1) for demand in demands]


def _form_problems(values: dict[str, Any], needs_key: bool, now: dt.datetime) -> Iterator[Problem]:
    """What the form itself lacks: a word about a short deadline, a passphrase typed twice alike."""
    deadline = _wished(values, now)
    short = deadline is not None and deadline > now and operations.short_deadline(deadline, now=now)
    if short and not values["short_deadline_confirmed"]:
        yield Problem("short_deadline_confirmed", "demand.deadline_short", {"days": operations.USUAL_BIDDING_DAYS})
    if not needs_key:
        return
    passphrase = values["passphrase"]
    if not keys.PASSPHRASE_LEAST <= len(passphrase) <= keys.PASSPHRASE_MOST:
        yield Problem("passphrase", "opening_key.passphrase_length", {
            "least": keys.PASSPHRASE_LEAST, "most": keys.PASSPHRASE_MOST, "length": len(passphrase)})
    if passphrase != values["passphrase_again"]:
        yield Problem("passphrase_again", "demand.passphrases_differ")


def _wished(values: dict[str, Any], now: dt.datetime) -> dt.datetime | None:
    days = values["bidding_days"]
    return values["bid_deadline"] if days is None else now + dt.timedelta(days=min(max(days, 0), 999))


def _hand_in_one(session: Session, demand: Demand, values: dict[str, Any], now: dt.datetime, *,
                 many: bool) -> DemandReview:
    days = values["bidding_days"]
    try:
        return tendering.submit_demand(
            session, demand, unclassified=values["unclassified"], actor=security.actor(), now=now,
            bidding_days=days, bid_deadline=values["bid_deadline"] if days is None else None)
    except Problems as violation:
        if not many or violation.problems[0].field in OF_THE_FORM:
            raise
        raise Problems([Problem("codes", "demand.one_cannot_be_published", {
            "code": demand.code, "title": demand.title})]) from violation


@pages.get("/demands/publish")
@security.require(Role.BUYER)
def publish_many() -> Page:
    """All drafts, to tick several and hand them in with one deadline; ?all=1 ticks every one."""
    return _many(_usual(), tick_all=request.args.get("all") == "1")


@pages.post("/demands/publish")
@security.require(Role.BUYER)
def publish_ticked() -> Page:
    """Hand in the ticked drafts, all or none."""
    codes = list(dict.fromkeys(request.form.getlist("codes")))
    try:
        if not codes:
            raise Problems([Problem("codes", "demand.none_ticked")])
        handed_in = _hand_in(codes)
    except RuleViolation as violation:
        form = FormState(request.form)
        form.add(violation)
        return _many(form), violation.status
    flash(t("review.flash.submitted_many", count=len(handed_in)), "success")
    return redirect(url_for("demand.desk"), 303)


def _many(form: FormState, *, tick_all: bool = False) -> str:
    with reading() as session:
        own = queries.of_buyer(session, security.actor().organisation_id)
        drafts = [demand for demand in own if demand.status == DemandStatus.PLANNING]
        changed = {one.demand_id for one in saving.of_buyer(session, security.actor().organisation_id)}
        return _page(session, "demand/publish_many.html", form, drafts=drafts, tick_all=tick_all, changed=changed)
