"""The opening, for everyone to watch; holders give their shares here."""
from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, jobs, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.demand.models import Demand
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.rules.errors import NotFound, RuleViolation
from marketplace.rules.lifecycle import DemandStatus
from marketplace.tendering import bids, opening_log, operations, queries, secret_sharing
from marketplace.tendering.queries import Contribution
from marketplace.tendering.schemas import OpeningSchema
from marketplace.tendering.web.pages import Page, pages


@pages.get("/demands/<code>/opening")
@security.public
def opening(code: str) -> Page:
    """How far the opening has come."""
    return _opening_page(code, FormState())


def _opening_page(code: str, form: FormState) -> str:
    now, viewer = clock.utc_now(), security.current_user or None
    with reading() as session:
        demand = demands.by_code(session, code)
        given = queries.contributions(session, demand)
        done = {one.holder for one in given if one.at}
        held = queries.holders_of(session, demand, viewer) if viewer else []
        due = demand.status == DemandStatus.ACTIVE and not demand.accepts_bids(now=now)
        return render_template(
            "tendering/opening.html", demand=demand, form=form, due=due,
            count=queries.bid_count_for(session, demand, viewer, now=now),
            to_give=[holder for holder in held if holder not in done] if due else [], holds=bool(held),
            given=len(done), needed=secret_sharing.THRESHOLD, events=events(demand, given, now=now),
            unread=queries.sealed_bids(session, demand) if demand.opened_at else [],
            log=opening_log.of(session, demand), exact=lambda moment: bids.exact_moment(moment.replace(microsecond=0)),
            own=viewer is not None and viewer.organisation_id == demand.buyer_id,
            status=DemandStatus(demand.status))


def events(demand: Demand, given: list[Contribution], *, now: Any) -> list[dict[str, Any]]:
    """The opening as a timeline."""
    passed = now > demand.bid_deadline
    shares = [{"title": t(f"tendering.holder.{one.holder}"), "when": one.at, "state": "done",
               "detail": t("tendering.opening.gave_share")}
              for one in sorted((one for one in given if one.at), key=lambda one: one.at)]
    waiting = passed and demand.status == DemandStatus.ACTIVE
    ends = {"title": t("tendering.opening.opened"), "when": demand.opened_at,
            "state": "done" if demand.opened_at else "current" if waiting else "future"}
    return [{"title": t("tendering.opening.published"), "when": demand.published_at, "state": "done"},
            {"title": t("tendering.opening.deadline"), "when": demand.bid_deadline,
             "state": "done" if passed else "current"},
            *shares, *([ends] if demand.opened_at or demand.status == DemandStatus.ACTIVE else [])]


@pages.post("/demands/<code>/opening")
@security.require(Role.BUYER, Role.OPERATOR)
def contribute(code: str) -> Page:
    """Give a share. The try is written down first, in a transaction of its own, so that tries are counted."""
    holder = request.form.get("holder", "")
    form = FormState({"holder": holder})
    try:
        said = parse(OpeningSchema(), flat(request.form))
        now, actor = clock.utc_now(), security.actor()
        with transaction() as session:
            operations.register_attempt(session, demands.by_code(session, code), holder=said["holder"], actor=actor,
                                        now=now)
        with transaction() as session:
            count = operations.contribute_share(session, demands.by_code(session, code), actor=actor, now=now, **said)
    except NotFound:
        raise
    except RuleViolation as violation:
        form.add(violation, "secret")
        return _opening_page(code, form), violation.status
    opened = count >= secret_sharing.THRESHOLD
    if opened:
        jobs.enqueue("compare_bids")
    flash(t("tendering.opening.opened_flash" if opened else "tendering.opening.given_flash"), "success")
    evaluate = opened and security.actor().role == Role.BUYER
    return redirect(url_for("tendering.evaluation" if evaluate else "tendering.opening", code=code), 303)


@pages.post("/demands/<code>/opening/close")
@security.require(Role.BUYER, Role.OPERATOR)
def close(code: str) -> Page:
    """End a demand nobody bid on."""
    with transaction() as session:
        operations.close_without_bids(session, demands.by_code(session, code), actor=security.actor(),
                                      now=clock.utc_now())
    flash(t("tendering.opening.closed_flash"), "success")
    return redirect(url_for("tendering.opening", code=code), 303)
