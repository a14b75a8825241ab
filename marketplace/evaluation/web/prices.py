"""Clearly low prices: what the buyer asks and decides, and what the bidder answers."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.demand import queries as demands
from marketplace.evaluation import blind, prices, queries
from marketplace.evaluation.texts import bidder
from marketplace.evaluation.web.pages import Page, pages, refused
from marketplace.forms import FormState
from marketplace.i18n import t
from marketplace.rules import panel as rules
from marketplace.rules.errors import NotFound, Problem, Problems, RuleViolation
from marketplace.rules.lifecycle import DemandStatus
from marketplace.tendering import queries as bids

PRICE = "/demands/<code>/prices/<int(max=2147483647):bid_id>"


@pages.get("/demands/<code>/prices", endpoint="prices")
@security.require(Role.BUYER)
def listed(code: str) -> Page:
    """Every price against the others and the budget, and what was asked about which."""
    return _page(code, FormState())


def _page(code: str, form: FormState) -> Page:
    with reading() as session:
        demand = demands.for_buyer(session, code, actor=security.actor())
        if demand.opened_at is None:
            return redirect(url_for("demand.show", code=code), 303)
        opened, of = bids.opened_bids(session, demand), queries.standing(session, demand)
        numbers = blind.numbers(session, demand, reader=blind.reader_of(of, security.actor()), within=of)
        hidden = queries.names_hidden(session, demand)
        asked, low = queries.explanations(session, demand), prices.look(demand, opened)
        rows = [{"bid": bid, "name": bidder(numbers[bid.id]) if hidden else bid.founder.name, "low": low[bid.id],
                 "asked": asked.get(bid.id), "answer": prices.answer_for_buyer(asked.get(bid.id), hidden=hidden),
                 "lapsed": bid.id in asked and asked[bid.id].lapsed(now=clock.utc_now())} for bid in opened]
        return render_template(
            "evaluation/prices.html", demand=demand, form=form,
            rows=sorted(rows, key=lambda row: numbers[row["bid"].id]) if hidden else rows,
            hours=rules.EXPLAIN_HOURS[-1].value,
            open=demand.status == DemandStatus.EVALUATION and (of is None or of.status != "closed"))


@pages.post(f"{PRICE}/ask")
@security.require(Role.BUYER)
def ask(code: str, bid_id: int) -> Page:
    """Ask a bidder to explain its price."""
    try:
        with transaction() as session:
            prices.ask(session, demands.for_buyer(session, code, actor=security.actor()), bid_id,
                       actor=security.actor(), now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        form = FormState({"bid": bid_id})
        form.add(violation)
        return refused(_page(code, form), violation)
    flash(t("panel.prices.asked_flash"), "success")
    return redirect(url_for("evaluation.prices", code=code), 303)


@pages.post(f"{PRICE}/decide")
@security.require(Role.BUYER)
def decide(code: str, bid_id: int) -> Page:
    """Accept the explanation, or exclude the bid."""
    form = FormState({**request.form, "bid": bid_id})
    try:
        if request.form.get("decision") not in ("accept", "exclude"):
            raise Problems([Problem("decision", "evaluation.price_decision_missing")])
        with transaction() as session:
            prices.decide(session, demands.for_buyer(session, code, actor=security.actor()), bid_id,
                          accept=request.form["decision"] == "accept", reason=request.form.get("reason", ""),
                          actor=security.actor(), now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        form.add(violation)
        return refused(_page(code, form), violation)
    flash(t("panel.prices.decided_flash"), "success")
    return redirect(url_for("evaluation.prices", code=code), 303)


@pages.get("/demands/<code>/price")
@security.require(Role.FOUNDER)
def asked(code: str) -> Page:
    """What the founder is asked about its own price, and the answer."""
    return _own_page(code, FormState())


def _own_page(code: str, form: FormState) -> str:
    with reading() as session:
        demand = demands.by_code(session, code)
        found = prices.of_bidder(session, demand, security.actor())
        return render_template("evaluation/price.html", demand=demand, asked=found, form=form,
                               lapsed=found.lapsed(now=clock.utc_now()))


@pages.post("/demands/<code>/price")
@security.require(Role.FOUNDER)
def answer(code: str) -> Page:
    """The founder explains its price, once."""
    form = FormState(request.form)
    try:
        with transaction() as session:
            prices.answer(session, demands.by_code(session, code), request.form.get("answer", ""),
                          actor=security.actor(), now=clock.utc_now())
    except NotFound:
        raise
    except RuleViolation as violation:
        form.add(violation)
        return _own_page(code, form), violation.status
    flash(t("panel.prices.answered_flash"), "success")
    return redirect(url_for("evaluation.asked", code=code), 303)
