"""The operator's desk: the lines, filtered, page by page, and the same lines as a file."""
from __future__ import annotations

import datetime as dt
import itertools
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from marketplace import clock, security
from marketplace.accounts.models import PayerType, Role
from marketplace.audit import operations as audit
from marketplace.db import reading
from marketplace.forms import FormState
from marketplace.i18n import label, t
from marketplace.objections import queries as objections
from marketplace.oversight import export, flags, queries, saved, schemas, texts
from marketplace.oversight.bulk import BulkAction
from marketplace.oversight.filters import ANY_FLAG, ME, NOBODY, Filters, Layout, Sort, View
from marketplace.oversight.models import SavedView
from marketplace.oversight.queries import Desk, Line
from marketplace.oversight.rows import STAGES
from marketplace.oversight.web.pages import Page, day_asked, day_or_today, pages
from marketplace.payments.turns import Turn
from marketplace.rules.errors import Problems
from marketplace.rules.red_flags import THRESHOLDS, Flag
from marketplace.tendering import lying
from marketplace.tendering import queries as tendering

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/operator")
@security.require(Role.OPERATOR)
def desk() -> Page:
    """The lines the filters let through; without any, the view the person has chosen, else what is late."""
    with reading() as session:
        if not request.args and (chosen := saved.default_of(session, actor=security.actor())):
            return redirect(f"{url_for('oversight.desk')}?{address(chosen)}")
        return show(session, FormState())


def address(view: SavedView) -> str:
    """The query of a saved view's page."""
    return f"{view.query}&saved={view.id}"


def asked() -> Filters:
    """The filters of this request; with none, what is late. Raises Problems."""
    found = schemas.filters_of(request.args)
    if "view" in request.args or found.narrowing:
        return found
    return schemas.filters_of(request.args.to_dict(flat=False) | {"view": View.LATE.value})


def show(session: Session, form: FormState) -> Page:
    """The desk of this request's filters; `form` carries what a bulk action or a name was refused for."""
    actor, now = security.actor(), clock.utc_now()
    as_of, today = day_or_today()
    given = MultiDict(request.args)
    given.setdefault("as_of", as_of.isoformat())
    given.setdefault("sort", Sort.LATE.value)
    search, filters, status = FormState(given), Filters(view=View.LATE), 422 if form.has_errors else 200
    try:
        as_of, today = day_asked()
        filters = asked()
    except Problems as problems:
        search.add(problems)
        status = 422
    market = Desk(session, as_of=as_of, viewer_id=actor.id)
    found = queries.Found([], "") if search.has_errors else market.find(filters, after=request.args.get("after", ""))
    kept, people = saved.visible(session, actor=actor), queries.colleagues(session, actor.organisation_id)
    asked_for: dict[Any, Filters] = {"shown": filters, **queries.standing_views()}
    asked_for |= {view.id: schemas.filters_of(_pairs(view.query)) for view in kept}
    page = render_template(
        "oversight/desk.html", search=search, form=form, filters=filters, found=found, as_of=as_of, today=today,
        groups=_groups(found.lines), counts=market.counts(asked_for), totals=market.totals(), views=list(View),
        kept=kept, here=_kept_here(kept), texts=texts, choices=_choices(session), query=_query(filters, as_of, today),
        link=lambda **change: f"{url_for('oversight.desk')}?{_query(filters, as_of, today, **change)}",
        address=address, next_url=_next(filters, as_of, today, found.after), token=secrets.token_hex(16),
        openings=tendering.waiting_openings(session, now=now), objections=objections.all_waiting(session),
        lying=[one for one in lying.lying(session, today=clock.legal_day(now), now=now) if one.reached.operator_sees],
        entries=audit.size(session),
        bulk_options=[(action.value, label(action)) for action in BulkAction],
        person_options=[("", t("desk.nobody")), *((str(user.id), user.display_name) for user in people)])
    return page if status == 200 else (page, status)


def _pairs(query: str) -> dict[str, list[str]]:
    return parse_qs(query)


def _kept_here(kept: list[SavedView]) -> SavedView | None:
    return next((view for view in kept if str(view.id) == request.args.get("saved")), None)


def _groups(lines: list[Line]) -> list[list[Line]]:
    """The lines of one demand that stand beside one another."""
    return [list(group) for _, group in itertools.groupby(lines, key=lambda line: line.demand_id)]


def _query(filters: Filters, as_of: dt.date, today: dt.date, **change: Any) -> str:
    """The address of these filters with some of them changed; a None leaves one out."""
    pairs = [(name, value) for name, value in filters.pairs() if name not in change]
    if as_of != today and "as_of" not in change:
        pairs.append(("as_of", as_of.isoformat()))
    pairs += [(name, str(value)) for name, value in change.items() if value is not None]
    return urlencode(pairs)


def _next(filters: Filters, as_of: dt.date, today: dt.date, after: str) -> str | None:
    if not after:
        return None
    more = {"after": after} | ({"saved": request.args["saved"]} if "saved" in request.args else {})
    return f"{url_for('oversight.desk')}?{_query(filters, as_of, today, **more)}"


def _choices(session: Session) -> dict[str, list[tuple[str, str]]]:
    """What the fields of the filters offer."""
    everyone = ("", t("desk.any"))
    people = queries.colleagues(session, security.actor().organisation_id)
    return {
        "payer_type": [everyone, *((kind.value, label(kind)) for kind in PayerType)],
        "turn": [(turn.value, label(turn)) for turn in Turn],
        "stage": [(stage, t(f"desk.stage.{stage}")) for stage in STAGES],
        "flag": [(ANY_FLAG, t("desk.any_flag")), *((flag.value, f"{flag} {texts.flag_title(flag)}") for flag in Flag)],
        "assigned": [everyone, (ME, t("desk.assigned_me")), (NOBODY, t("desk.assigned_nobody")),
                     *((str(user.id), user.display_name) for user in people)],
        "sort": [(sort.value, label(sort)) for sort in Sort],
        "layout": [(layout.value, label(layout)) for layout in Layout]}


@pages.get("/operator/export")
@security.require(Role.OPERATOR)
def download() -> Response:
    """Every line of the filters, on whatever page it stands, as CSV or with ?format=xlsx as Excel."""
    as_of, _ = day_asked()
    filters = asked()
    header = [t(f"desk.column.{name}") for name in texts.COLUMNS]
    excel = request.args.get("format") == "xlsx"
    with reading() as session:
        market = Desk(session, as_of=as_of, viewer_id=security.actor().id)
        found = (texts.cells(line) for line in market.every(filters))
        data = export.as_xlsx(t("audit.desk.title"), header, found) if excel else export.as_csv(header, found)
    name = f"jiebang-{as_of.isoformat()}.{'xlsx' if excel else 'csv'}"
    return Response(data, mimetype=XLSX if excel else "text/csv",
                    headers={"Content-Disposition": f"attachment; filename={name}"})


@pages.get("/operator/flags")
@security.require(Role.OPERATOR)
def red_flags() -> str:
    """Every red flag: what raises it, on what basis, and how many are raised."""
    as_of, today = day_or_today()
    with reading() as session:
        raised = flags.raised(session, as_of=as_of)
    counts = {flag: (sum(one.flag is flag for one in flags.standing(raised)),
                     sum(one.flag is flag and one.acknowledged is not None for one in raised)) for flag in Flag}
    return render_template("oversight/flags.html", flags=list(Flag), counts=counts, thresholds=THRESHOLDS, texts=texts,
                           as_of=as_of, today=today, search=FormState({"as_of": as_of.isoformat()}))
