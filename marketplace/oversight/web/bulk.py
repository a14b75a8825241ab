"""Bulk actions: the form stands around the lines of the desk; the result is a page of its own."""
from __future__ import annotations

from flask import redirect, render_template, request, url_for

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.oversight import bulk
from marketplace.oversight.bulk import BulkAction, Order, Outcome
from marketplace.oversight.schemas import BulkForm
from marketplace.oversight.web import desk
from marketplace.oversight.web.pages import ROW, Page, pages
from marketplace.rules.errors import Problem, Problems


@pages.post("/operator/batches")
@security.require(Role.OPERATOR)
def carry_out() -> Page:
    """Do it to every chosen row in one transaction, or show the desk again with everything that is wrong."""
    form = FormState(request.form)
    try:
        order = _order()
        with transaction() as session:
            batch = bulk.carry_out(session, order, actor=security.actor(), now=clock.utc_now())
            batch_id = batch.id
    except Problems as problems:
        form.add(problems)
        with reading() as session:
            return desk.show(session, form)
    return redirect(url_for("oversight.batch", batch_id=batch_id), 303)


def _order() -> Order:
    values = parse(BulkForm(), flat(request.form, ("rows",)))
    if values["action"] not in set(BulkAction):
        raise Problems([Problem("action", "field.not_a_choice", {})])
    return Order(BulkAction(values["action"]), tuple(values["rows"]), values["reason"], values["token"],
                 values["text"], values["person_id"])


@pages.get("/operator/batches")
@security.require(Role.OPERATOR)
def batches() -> str:
    """The newest bulk actions."""
    with reading() as session:
        return render_template("oversight/batches.html", batches=[
            (batch, BulkAction(batch.action), sum(not one["why"] for one in batch.outcome))
            for batch in bulk.latest(session)])


@pages.get(f"/operator/batches/<{ROW}:batch_id>")
@security.require(Role.OPERATOR)
def batch(batch_id: int) -> str:
    """Row by row what was done, or why not."""
    with reading() as session:
        found = bulk.batch_of(session, batch_id)
        return render_template("oversight/batch.html", batch=found, action=BulkAction(found.action),
                               outcomes=[Outcome(**one) for one in found.outcome])
