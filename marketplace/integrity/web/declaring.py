"""A founder's page: declare a relation to the buyer, and explain one after the opening."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.clock import legal_day
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.integrity import conflicts, declarations
from marketplace.integrity.schemas import DeclarationForm
from marketplace.integrity.web.pages import Page, pages
from marketplace.rules.collusion import TRACE_KEPT_DAYS
from marketplace.rules.errors import NotFound, RuleViolation


@pages.get("/demands/<code>/declaration")
@security.require(Role.FOUNDER)
def declaration(code: str) -> Page:
    """What the founder declared, and the form for what can be declared now."""
    return _page(code, FormState())


def _page(code: str, form: FormState) -> str:
    now, founder = clock.utc_now(), security.actor().organisation
    with reading() as session:
        demand = demands.by_code(session, code)
        stage = declarations.stage_of(session, demand, founder.id, now=now)
        explains = stage == declarations.EXPLANATION
        kinds = {signal.kind for person in demand.buyer.people if explains for signal in conflicts.between(
            session, person, founder.id, on=legal_day(demand.opened_at))}
        return render_template(
            "integrity/declaration.html", demand=demand, stage=stage, form=form, kinds=sorted(kinds),
            made=declarations.of_founder(session, demand, founder.id), kept_days=TRACE_KEPT_DAYS.value)


@pages.post("/demands/<code>/declaration")
@security.require(Role.FOUNDER)
def declare(code: str) -> Page:
    """Keep a declaration; what was declared before stays beside it."""
    try:
        said = parse(DeclarationForm(), flat(request.form))
        with transaction() as session:
            declarations.declare(session, demands.by_code(session, code), related=said["related"],
                                 details=said["relation_details"], actor=security.actor(), now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        form = FormState(request.form)
        form.add(violation)
        return _page(code, form), violation.status
    flash(t("integrity.declaration.saved"), "success")
    return redirect(url_for("integrity.declaration", code=code), 303)
