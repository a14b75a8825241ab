"""The case of one late payment: plan, complaint, mediation and public list on one page, each step beside its state."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from marketplace import clock, security
from marketplace.complaints import filing, partners, queries
from marketplace.complaints.forms import KEY, VERBS, Verb, renamed, rows_of
from marketplace.complaints.web.pages import pages
from marketplace.db import reading, transaction
from marketplace.forms import FormState, flat, parse
from marketplace.i18n import label, t
from marketplace.payments import queries as payments
from marketplace.rules import remedy_policy as policy
from marketplace.rules.errors import RuleViolation
from marketplace.rules.lifecycle import DisputeStatus
from marketplace.rules.remedies import ComplaintEnd

HERE = f"/payments/<{KEY}:obligation_id>/remedies"
ROWS = 6


@pages.get(HERE)
@security.require()
def case(obligation_id: int) -> str:
    """What has followed this obligation, and what its reader may do next."""
    with reading() as session:
        return _page(session, obligation_id, FormState(), "")


def _page(session: Session, obligation_id: int, form: FormState, refused: str) -> str:
    today = clock.legal_day(clock.utc_now())
    found = queries.case_of(session, obligation_id, actor=security.actor(), today=today)
    disputed = any(one.status == DisputeStatus.OPEN for one in found.obligation.disputes)
    return render_template(
        "complaints/case.html", case=found, form=form, refused=refused, today=today, side=found.side, rows=ROWS,
        contract=found.obligation.contract, late=found.found.is_overdue, disputed=disputed,
        clocks={one.id: filing.clocks_of(one, today=today) for one in found.complaints},
        late_at_authority={one.id for one in found.complaints if filing.is_late(one, today=today)},
        following={one.id: queries.next_instalment(one, today=today) for one in found.plans},
        may_list=found.found.is_overdue and policy.may_be_listed(found.found.overdue_days or 0, on=today),
        numbers={key: policy.number(key, on=today) for key in policy.RULES},
        ends=[(end.value, label(end)) for end in ComplaintEnd],
        partners=[(one.id, f"{one.name} · {one.region}") for one in partners.directory(session, active=True)]
        if found.side == "operator" else [])


def _offer(verb: Verb) -> None:
    """One line of the table as a form's address."""
    def view(obligation_id: int, **ids: int) -> Response | tuple[str, int]:
        def act(session: Session, values: dict[str, Any]) -> None:
            verb.act(session, payments.for_party(session, obligation_id, actor=security.actor()), *ids.values(),
                     actor=security.actor(), now=clock.utc_now(), **values)

        return _done(verb, obligation_id, act)

    view.__name__, view.__doc__ = verb.name, verb.says
    pages.post(f"{HERE.removesuffix('/remedies')}/{verb.path}")(security.require(*verb.roles)(view))


def _done(verb: Verb, obligation_id: int, act: Callable[[Session, dict[str, Any]], None]) -> Response | tuple[str, int]:
    """Parse, act in one transaction, or show every problem beside its field."""
    schema = verb.on_page()
    with reading() as session:  # whose it is comes before what was typed
        payments.for_party(session, obligation_id, actor=security.actor())
    given: dict[str, Any] = flat(request.form)
    try:
        if schema is not None and "instalments" in schema.fields:
            given["instalments"] = rows_of(request.form, ROWS)
        values = parse(schema, given) if schema else {}
        with transaction() as session:
            act(session, values)
    except RuleViolation as violation:
        if violation.status == 404:
            raise
        form = FormState(flat(request.form))
        form.add(renamed(violation, schema))
        with reading() as session:
            return _page(session, obligation_id, form, verb.name), violation.status
    flash(t(f"complaints.flash.{verb.name}"), "success")
    return redirect(url_for("complaints.case", obligation_id=obligation_id), 303)


for _verb in VERBS:
    _offer(_verb)
