"""Everyone's points side by side, changes with their reasons, and the closing."""
from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.evaluation import blind, operations, queries
from marketplace.evaluation import consensus as agreeing
from marketplace.evaluation.consensus import Cell
from marketplace.evaluation.schemas import ChangeSchema
from marketplace.evaluation.web.pages import Page, pages, refused
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.rules.errors import NotFound, RuleViolation
from marketplace.rules.lifecycle import DemandStatus


@pages.get("/demands/<code>/consensus")
@security.require(Role.BUYER)
def agree(code: str) -> Page:
    """Everyone's points; before all have submitted, only who is still writing."""
    return _page(code, FormState())


def _page(code: str, form: FormState) -> Page:
    with reading() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        of = queries.standing(session, demand)
        if of is None:
            return redirect(url_for("evaluation.show", code=code), 303)
        numbers = blind.numbers(session, demand, reader=blind.SHARED, within=of)
        return render_template(
            "evaluation/consensus.html", demand=demand, round=of, form=form, people=agreeing.submitted(of),
            waiting=[one for one in of.evaluators if one.status in ("named", "declared")],
            open=demand.status == DemandStatus.EVALUATION and of.status == "comparing",
            rows=_by_bid(agreeing.cells(session, demand, of), numbers))


def _by_bid(cells: list[Cell], numbers: dict[int, int]) -> list[dict[str, Any]]:
    """The cells under their bids, in an order that is the same for all who look here."""
    bids = {cell.bid_id: [one for one in cells if one.bid_id == cell.bid_id] for cell in cells}
    return [{"number": numbers[bid_id], "bid_id": bid_id, "cells": bids[bid_id]}
            for bid_id in sorted(bids, key=numbers.__getitem__)]


@pages.post("/demands/<code>/consensus/change")
@security.require(Role.BUYER)
def change(code: str) -> Page:
    """Other points for one bid and criterion, with the reason."""
    form = FormState(request.form)
    try:
        said = parse(ChangeSchema(), flat(request.form))
        with transaction() as session:
            operations.change(session, demands.for_buyer(session, code, actor=security.actor()), **said,
                              actor=security.actor(), now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        form.add(violation)
        return refused(_page(code, form), violation)
    flash(t("panel.changed_flash"), "success")
    return redirect(url_for("evaluation.agree", code=code, _anchor=f"bid-{said['bid_id']}"), 303)


@pages.post("/demands/<code>/consensus")
@security.require(Role.BUYER)
def close(code: str) -> Page:
    """Close the scoring: the points are frozen and the bidders named."""
    try:
        with transaction() as session:
            operations.close(session, demands.for_buyer(session, code, actor=security.actor()),
                             no_conflict=request.form.get("no_conflict") == "1", actor=security.actor(),
                             now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        flash(_told(violation), "error")
        back = request.form.get("back")
        return redirect(url_for("tendering.evaluation" if back == "evaluation" else "evaluation.agree", code=code), 303)
    flash(t("panel.closed_flash"), "success")
    return redirect(url_for("tendering.evaluation", code=code), 303)


def _told(violation: RuleViolation) -> str:
    return t(f"error.{violation.code}", **violation.facts)
