"""Writing an addendum to a published demand, and following a demand."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.clock import SHANGHAI
from marketplace.db import reading, transaction
from marketplace.demand import addenda, following, forms, queries, views
from marketplace.demand.models import Demand
from marketplace.demand.schemas import DemandForm
from marketplace.demand.web import unfinished_forms
from marketplace.demand.web.pages import Page, pages
from marketplace.demand.web.schemas import AddendumForm
from marketplace.forms import FormState, parse
from marketplace.i18n import t
from marketplace.rules import addendum as rules
from marketplace.rules.errors import RuleViolation, WrongState
from marketplace.rules.lifecycle import DemandStatus

TYPED_OTHERWISE = {"budget_fen": "budget"}  # pages speak yuan
_NAMES = [TYPED_OTHERWISE.get(name, name) for name in rules.CHANGEABLE]


@pages.get("/demands/<code>/addendum")
@security.require(Role.BUYER)
def addendum(code: str) -> Page:
    """What may still change, as it stands."""
    with reading() as session:
        demand = queries.for_buyer(session, code, actor=security.actor())
        return _page(session, demand, FormState(unfinished_forms.stored(demand) | {"bid_deadline": _local(demand)}))


def _local(demand: Demand) -> str:
    deadline = demand.bid_deadline
    return deadline.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M") if deadline else ""


def _page(session: Session, demand: Demand, form: FormState, differences: Sequence[Any] = ()) -> str:
    now = clock.utc_now()
    if not demand.accepts_bids(now=now):
        raise WrongState("addendum.not_open", code=demand.code, status=DemandStatus(demand.status))
    late = addenda.by_rule(demand, now=now)
    rule = rules.time_left(addenda.under_tender_law(demand, now=now), clock.legal_day(now))
    return render_template("demand/addendum.html", demand=demand, form=form, rule=rule, differences=differences,
                           after=addenda.count(session, demand),
                           moved_to=late if late > demand.bid_deadline else None)


@pages.post("/demands/<code>/addendum")
@security.require(Role.BUYER)
def issue_addendum(code: str) -> Page:
    """Publish the addendum; followers and bidders are told."""
    now, actor = clock.utc_now(), security.actor()
    try:
        with transaction() as session:
            demand = queries.for_buyer(session, code, actor=actor)
            values = parse(AddendumForm(), forms.typed_values(request.form))
            made = addenda.issue(
                session, demand, _said(demand), reason=values["reason"], after=values["after"],
                bid_deadline=_wished(demand, values["bid_deadline"]), actor=actor, now=now)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form = FormState(request.form)
        forms.refuse(form, violation)
        with reading() as session:
            demand = queries.for_buyer(session, code, actor=actor)
            meanwhile = violation.code == "addendum.meanwhile"
            differences = unfinished_forms.differences(_typed(), _shown(demand)) if meanwhile else []
            return _page(session, demand, form, differences), violation.status
    jobs.enqueue("refresh_matches", made.demand_id)
    flash(t("addendum.flash.issued", number=made.number), "success")
    return redirect(url_for("demand.show", code=code, _anchor="addenda"), 303)


def _typed() -> dict[str, str]:
    return {name: forms.plain(request.form.get(name, "")) for name in _NAMES}


def _shown(demand: Demand) -> dict[str, str]:
    stored = unfinished_forms.stored(demand)
    return {name: forms.plain(stored.get(name, "")) for name in _NAMES}


def _said(demand: Demand) -> dict[str, Any]:
    """The fields typed otherwise than they were shown: a form cannot write everything as a file or a program can."""
    typed, shown = _typed(), _shown(demand)
    draft = parse(DemandForm(), forms.demand_values(MultiDict(unfinished_forms.stored(demand) | typed)))
    return {name: getattr(draft, name) for name in rules.CHANGEABLE
            if typed[TYPED_OTHERWISE.get(name, name)] != shown[TYPED_OTHERWISE.get(name, name)]}


def _wished(demand: Demand, typed: dt.datetime | None) -> dt.datetime | None:
    """The moment typed; the one shown, which has no seconds, asks for no change."""
    if typed is None or demand.bid_deadline is None:
        return None
    return None if typed == demand.bid_deadline.replace(second=0, microsecond=0) else typed


@pages.post("/demands/<code>/follow")
@security.require()
def follow(code: str) -> Response:
    """Hear of every change of this demand from now on."""
    return _follow(code, True)


@pages.post("/demands/<code>/unfollow")
@security.require()
def unfollow(code: str) -> Response:
    """Hear no more of it."""
    return _follow(code, False)


def _follow(code: str, wanted: bool) -> Response:
    actor = security.actor()
    with transaction() as session:
        demand = queries.by_code(session, code)
        if wanted:
            following.follow(session, demand, actor.organisation_id, now=clock.utc_now())
        else:
            following.unfollow(session, demand, actor.organisation_id)
    flash(t("following.flash.on" if wanted else "following.flash.off", title=demand.title), "success")
    there = "demand.followed" if request.form.get("back") == "list" else "demand.show"
    return redirect(url_for(there, **({} if there == "demand.followed" else {"code": code})), 303)


@pages.get("/following")
@security.require()
def followed() -> Page:
    """The demands the reader's organisation follows, the one that closes first on top."""
    now, actor = clock.utc_now(), security.actor()
    with reading() as session:
        found = following.followed_by(session, actor.organisation_id)
        return render_template(
            "demand/followed.html", demands=found, last=addenda.last_of(session, {one.id for one in found}),
            turns={one.id: views.turn_of(one, viewer=actor, now=now) for one in found})
