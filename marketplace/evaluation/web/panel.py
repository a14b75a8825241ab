"""The buyer names the people who score, and sees how far they are; everyone sees what they have to score."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.evaluation import operations, panel, queries
from marketplace.evaluation.web.pages import Page, pages, refused
from marketplace.forms import FormState
from marketplace.i18n import t
from marketplace.rules.errors import NotFound, RuleViolation
from marketplace.rules.lifecycle import DemandStatus


@pages.get("/scoring")
@security.require()
def tasks() -> Page:
    """The demands the reader has been named to score."""
    with reading() as session:
        return render_template("evaluation/tasks.html", tasks=queries.tasks_of(session, security.actor()))


@pages.get("/demands/<code>/panel")
@security.require(Role.BUYER)
def show(code: str) -> Page:
    """Who scores this demand, how far each is, and whom to name next."""
    return _page(code, FormState())


def _page(code: str, form: FormState) -> Page:
    with reading() as session:
        actor = security.actor()
        demand = demands.for_buyer(session, code, actor=actor)
        if demand.opened_at is None:
            return redirect(url_for("demand.show", code=code), 303)
        of = queries.standing(session, demand)
        people = list(of.evaluators) if of else []
        taken = {one.user_id for one in people if one.status != "removed"}
        return render_template(
            "evaluation/panel.html", demand=demand, round=of, form=form, people=people,
            hints={one.id: panel.hints(session, demand, one.user) for one in people
                   if one.status in queries.STANDING},
            open=demand.status == DemandStatus.EVALUATION and (of is None or of.status != "closed"),
            own=[one for one in demand.buyer.people if one.id not in taken],
            mine=any(one.user_id == actor.id and one.status in queries.STANDING for one in people))


@pages.post("/demands/<code>/panel")
@security.require(Role.BUYER)
def name(code: str) -> Page:
    """Name evaluators: ticked people of the buyer's, and typed addresses."""
    emails = [*request.form.getlist("own"), *request.form.get("emails", "").replace(",", "\n").replace("，", "\n")
              .splitlines()]
    form = FormState(request.form)
    try:
        with transaction() as session:
            operations.name(session, demands.for_buyer(session, code, actor=security.actor()), emails,
                            actor=security.actor(), now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        form.add(violation)
        return refused(_page(code, form), violation)
    flash(t("panel.named_flash"), "success")
    return redirect(url_for("evaluation.show", code=code), 303)


@pages.post("/demands/<code>/panel/<int(max=2147483647):evaluator_id>/remove")
@security.require(Role.BUYER)
def remove(code: str, evaluator_id: int) -> Page:
    """Take back a naming."""
    with transaction() as session:
        operations.remove(session, demands.for_buyer(session, code, actor=security.actor()), evaluator_id,
                          actor=security.actor(), now=clock.utc_now())
    flash(t("panel.removed_flash"), "success")
    return redirect(url_for("evaluation.show", code=code), 303)
