"""Saved views: keep the filters under a name, rename, share, delete, open the desk with one."""
from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.accounts.models import Role
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import t
from marketplace.oversight import saved
from marketplace.oversight.models import SavedView
from marketplace.oversight.schemas import ViewForm, filters_of
from marketplace.oversight.web import desk
from marketplace.oversight.web.pages import ROW, Page, pages
from marketplace.rules.errors import RuleViolation

HERE = f"/operator/views/<{ROW}:view_id>"


def _asked() -> str:
    """The filters of the page the form stands on, as they are kept: the day and the place in the list are not."""
    return urlencode(filters_of(request.args).pairs())


@pages.get("/operator/views")
@security.require(Role.OPERATOR)
def views() -> Page:
    """Every view the person may use."""
    with reading() as session:
        return _page(session, FormState(), 0)


def _page(session: Session, form: FormState, refused: int) -> str:
    actor = security.actor()
    kept = saved.visible(session, actor=actor)
    return render_template("oversight/views.html", kept=kept, form=form, refused=refused, address=desk.address,
                           default=saved.default_of(session, actor=actor), own=actor.id)


@pages.post("/operator/views")
@security.require(Role.OPERATOR)
def save() -> Page:
    """Keep the filters of the address under a name."""
    form = FormState(request.form)
    try:
        values = parse(ViewForm(), flat(request.form))
        with transaction() as session:
            view = saved.save(session, query=_asked(), actor=security.actor(), now=clock.utc_now(), **values)
            found = desk.address(view)
    except RuleViolation as violation:
        form.add(violation, "name")
        with reading() as session:
            return desk.show(session, form)
    flash(t("desk.flash.saved", name=values["name"]), "success")
    return redirect(f"{url_for('oversight.desk')}?{found}", 303)


@pages.post(HERE)
@security.require(Role.OPERATOR)
def change(view_id: int) -> Page:
    """Rename, share; with filters in the address also keep these instead of the old ones."""
    form = FormState(request.form)
    try:
        values = parse(ViewForm(), flat(request.form))
        with transaction() as session:
            saved.change(session, view_id, query=_asked() if request.args else None, actor=security.actor(),
                         now=clock.utc_now(), **values)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form.add(violation, "name")
        with reading() as session:
            return _page(session, form, view_id), violation.status
    flash(t("desk.flash.changed", name=values["name"]), "success")
    return redirect(url_for("oversight.views"), 303)


def _done(said: str, work: Callable[[Session], SavedView | None]) -> Response:
    with transaction() as session:
        work(session)
    flash(t(f"desk.flash.{said}"), "success")
    return redirect(url_for("oversight.views"), 303)


@pages.post(f"{HERE}/delete")
@security.require(Role.OPERATOR)
def delete(view_id: int) -> Response:
    """Delete one's own view."""
    return _done("deleted", lambda session: saved.remove(
        session, view_id, actor=security.actor(), now=clock.utc_now()))


@pages.post(f"{HERE}/default")
@security.require(Role.OPERATOR)
def open_with(view_id: int) -> Response:
    """Open the desk with this view from now on."""
    return _done("default_set", lambda session: saved.open_with(session, view_id, actor=security.actor()))


@pages.post("/operator/views/standing")
@security.require(Role.OPERATOR)
def open_with_standing() -> Response:
    """Open the desk with what is late again."""
    return _done("default_cleared", lambda session: saved.open_with(session, None, actor=security.actor()))
