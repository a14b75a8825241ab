"""What a profile looks like to programs and files (fen) and on the page (yuan)."""
from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from marketplace.fields import Between, Text, Uscc, Yuan
from marketplace.founders.operations import LISTS, CaseDraft, ProfileDraft
from marketplace.rules.money import MAX_FEN

MOST_ITEMS = 50
MOST_CASES = 30
MOST_TEXT = 20_000


def items(**options: Any) -> fields.List:
    """A list of short texts."""
    return fields.List(Text(200), validate=validate.Length(max=MOST_ITEMS, error="field.too_many"), **options)


class CaseSchema(Schema):
    """A piece of earlier work."""

    class Meta:
        unknown = EXCLUDE

    title = Text(required=True)
    summary = Text(2000, load_default="")

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> CaseDraft:
        return CaseDraft(**data)


class ProfileSchema(Schema):
    """A capability profile in the API and in files; unknown fields are ignored, all but the headline may be missing."""

    class Meta:
        unknown = EXCLUDE

    headline = Text(required=True)
    bio = Text(MOST_TEXT, load_default="")
    skills = items(load_default=list)
    industries = items(load_default=list)
    region = Text(load_default="")
    past_cases = fields.List(fields.Nested(CaseSchema), load_default=list,
                             validate=validate.Length(max=MOST_CASES, error="profile.too_many_cases"))
    day_rate_fen = fields.Integer(strict=True, allow_none=True, load_default=None, validate=Between(1, MAX_FEN))
    remote_ok = fields.Boolean(load_default=True)
    languages = items(load_default=list)
    certifications = items(load_default=list)
    capacity_days_per_month = fields.Integer(strict=True, allow_none=True, load_default=None, validate=Between(0, 31))
    related_usccs = fields.List(Uscc(), load_default=list,
                                validate=validate.Length(max=MOST_ITEMS, error="field.too_many"))

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> ProfileDraft:
        """Lists as tuples: each entry once, in the order given, blanks dropped."""
        once = {name: tuple(dict.fromkeys(text for text in data[name] if text)) for name in LISTS}
        return ProfileDraft(**data | once | {"past_cases": tuple(data["past_cases"])})


class ProfileRecordSchema(ProfileSchema):
    """A line of a file; `id` is the writer's own name for the profile."""

    external_ref = Text(data_key="id", load_default=None, allow_none=True)


class ProfileForm(ProfileSchema):
    """The profile editor: yuan as people write it, an unticked box says no."""

    day_rate_fen = Yuan(data_key="day_rate", load_default=None)
    remote_ok = fields.Boolean(load_default=False)
    capacity_days_per_month = fields.Integer(allow_none=True, load_default=None, validate=Between(0, 31))


class StoredCaseSchema(CaseSchema):
    """A past case as stored; verified when it comes from a contract on this platform."""

    verified = fields.Function(lambda case: case.contract_id is not None)


class StoredProfileSchema(ProfileSchema):
    """A stored profile as its founder sees it."""

    id = fields.Integer()
    version = fields.Integer()
    updated_at = fields.DateTime()
    past_cases = fields.List(fields.Nested(StoredCaseSchema))
