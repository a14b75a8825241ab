"""The desk's filters and forms as they come from an address, a form or a program."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, post_load, validate
from werkzeug.datastructures import MultiDict

from marketplace.accounts.models import PayerType
from marketplace.fields import Between, Text, Yuan
from marketplace.forms import flat, parse
from marketplace.oversight.filters import ANY_FLAG, ME, NOBODY, Filters, Layout, Sort, View
from marketplace.oversight.rows import STAGES
from marketplace.payments.turns import Turn
from marketplace.rules.red_flags import Flag

LISTS = ("turn", "stage", "flag")
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
_CHOICE = "field.not_a_choice"
_DAYS = Between(0, 100_000)


def _day() -> fields.Date:
    return fields.Date(validate=Between(FIRST_DAY, LAST_DAY))


def _several(choices: list[str]) -> fields.List:
    return fields.List(fields.String(validate=validate.OneOf(choices, error=_CHOICE)))


class FilterQuery(Schema):
    """The filters of the desk. Amounts are yuan as typed; `assigned` is me, nobody or the id of a person."""

    view = fields.String(validate=validate.OneOf(list(View), error=_CHOICE))
    q = Text(100)
    buyer = Text(100)
    founder = Text(100)
    payer_type = fields.String(validate=validate.OneOf(list(PayerType), error=_CHOICE))
    turn = _several(list(Turn))
    stage = _several(list(STAGES))
    late_min = fields.Integer(validate=_DAYS)
    late_max = fields.Integer(validate=_DAYS)
    amount_min = Yuan(allow_zero=True)
    amount_max = Yuan(allow_zero=True)
    due_from = _day()
    due_to = _day()
    flag = _several([*Flag, ANY_FLAG])
    disputed = fields.Boolean()
    provisional = fields.Boolean()
    assigned = fields.String(validate=validate.Regexp(rf"^({ME}|{NOBODY}|\d{{1,9}})$", error=_CHOICE))
    sort = fields.String(validate=validate.OneOf(list(Sort), error=_CHOICE))
    layout = fields.String(validate=validate.OneOf(list(Layout), error=_CHOICE))

    @post_load
    def made(self, values: dict[str, Any], **_: Any) -> Filters:
        """Typed filters; without a view, everything that the other filters let through."""
        for name, kind in (("view", View), ("sort", Sort), ("layout", Layout)):
            if name in values:
                values[name] = kind(values[name])
        values |= {name: tuple(dict.fromkeys(values[name])) for name in LISTS if name in values}
        if "turn" in values:
            values["turn"] = tuple(Turn(one) for one in values["turn"])
        return Filters(**values)


class AsOfQuery(Schema):
    """The day the desk is looked at; the last one may be any day from 2000 to 2099."""

    as_of = _day()


def filters_of(args: Mapping[str, Any]) -> Filters:
    """The filters of an address. Raises Problems with every bad one."""
    return parse(FilterQuery(), flat(MultiDict(args), LISTS))  # type: ignore[return-value]


class ViewForm(Schema):
    """A saved view: its name and whether colleagues see it."""

    name = Text(60, required=True)
    shared = fields.Boolean(load_default=False)


class BulkForm(Schema):
    """A bulk action on the chosen rows. What the action needs is checked by the operation, all at once."""

    action = fields.String(required=True)
    rows = fields.List(fields.Integer(validate=Between(0, 2**53)), load_default=[])
    reason = fields.String(load_default="")
    text = fields.String(load_default="")
    person_id = fields.Integer(load_default=None, allow_none=True)
    token = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{32}$", error="field.invalid_value"))
