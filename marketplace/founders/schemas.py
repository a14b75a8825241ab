"""What a profile looks like to programs and files (fen) and on the page (yuan)."""
from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load, validate

from marketplace.fields import Between, Text, Uscc, Yuan
from marketplace.founders.credentials import CredentialDraft
from marketplace.founders.operations import LISTS, AgentTool, CaseDraft, ProfileDraft
from marketplace.rules.agents import MOST_AGENTS, ModelResidency
from marketplace.rules.money import MAX_FEN
from marketplace.rules.track_record import amount_band

MOST_ITEMS = 50
MOST_CASES = 30
MOST_TEXT = 20_000
MOST_HOURS = 80


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


class AgentSchema(Schema):
    """A tool or agent used for work. residency says where its models run: domestic, either, overseas or none."""

    class Meta:
        unknown = EXCLUDE

    name = Text(required=True)
    purpose = Text(500, load_default="")
    residency = fields.String(load_default=ModelResidency.NONE.value, validate=validate.OneOf(
        [one.value for one in ModelResidency], error="field.not_a_choice"))
    human_review = fields.Boolean(load_default=False)

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> AgentTool:
        return AgentTool(**data | {"residency": ModelResidency(data["residency"])})


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
    agents = fields.List(fields.Nested(AgentSchema), load_default=list, allow_none=True,
                         validate=validate.Length(max=MOST_AGENTS, error="profile.too_many_agents"))
    available_from = fields.Date(load_default=None, allow_none=True)
    hours_per_week = fields.Integer(strict=True, allow_none=True, load_default=None, validate=Between(0, MOST_HOURS))

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> ProfileDraft:
        """Lists as tuples: each entry once, in the order given, blanks dropped."""
        once = {name: tuple(dict.fromkeys(text for text in data[name] if text)) for name in LISTS}
        return ProfileDraft(**data | once | {"past_cases": tuple(data["past_cases"]),
                                             "agents": tuple(data["agents"] or ())})


class ProfileRecordSchema(ProfileSchema):
    """A line of a file; `id` is the writer's own name for the profile."""

    external_ref = Text(data_key="id", load_default=None, allow_none=True)


class ProfileForm(ProfileSchema):
    """The profile editor: yuan as people write it, an unticked box says no."""

    day_rate_fen = Yuan(data_key="day_rate", load_default=None)
    remote_ok = fields.Boolean(load_default=False)
    capacity_days_per_month = fields.Integer(allow_none=True, load_default=None, validate=Between(0, 31))
    hours_per_week = fields.Integer(allow_none=True, load_default=None, validate=Between(0, MOST_HOURS))


class StoredCaseSchema(CaseSchema):
    """A past case as stored; verified when it comes from a contract on this platform."""

    verified = fields.Function(lambda case: case.contract_id is not None)


class StoredProfileSchema(ProfileSchema):
    """A stored profile as its founder sees it."""

    id = fields.Integer()
    version = fields.Integer()
    updated_at = fields.DateTime()
    past_cases = fields.List(fields.Nested(StoredCaseSchema))


class CredentialSchema(Schema):
    """A credential as its founder states it; valid_until missing or null: it does not expire."""

    name = Text(required=True)
    issuer = Text(required=True)
    number = Text(required=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(load_default=None, allow_none=True)
    evidence_sha256 = fields.String(load_default=None, allow_none=True, validate=validate.Regexp(
        r"\A[0-9a-f]{64}\Z", error="credential.no_digest"))

    @pre_load
    def _digest(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Digests are often written in capitals or with blanks."""
        digest = data.get("evidence_sha256")
        return data | {"evidence_sha256": "".join(digest.lower().split()) or None} if isinstance(digest, str) else data

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> CredentialDraft:
        return CredentialDraft(**data)


class CredentialForm(CredentialSchema):
    """The same from a page."""


class StoredCredentialSchema(CredentialSchema):
    """A credential as stored. state: claimed, verified, refused, withdrawn or expired."""

    id = fields.Integer()
    state = fields.String()
    reason = fields.String(allow_none=True)
    renews_id = fields.Integer(allow_none=True)


class AwayForm(Schema):
    """Days on which no work is taken, both ends included."""

    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    note = Text(200, load_default="")


class StoredAwaySchema(AwayForm):
    """Days away as stored."""

    id = fields.Integer()


class WeekSchema(Schema):
    """A week of the calendar, in whole days."""

    monday = fields.Date()
    working = fields.Integer()
    offered = fields.Integer()
    away = fields.Integer()
    booked = fields.Integer()
    free = fields.Integer()


class BookingSchema(Schema):
    """A milestone still to deliver; days is null where nobody said how much work it is."""

    number = fields.String()
    label = fields.String()
    first = fields.Date()
    due = fields.Date()
    days = fields.Integer(allow_none=True)


class CapacitySchema(Schema):
    """The next 26 weeks; weeks and free_days (of the next eight) are null where no days a month are stated."""

    weeks = fields.List(fields.Nested(WeekSchema), allow_none=True)
    free_days = fields.Integer(attribute="free", allow_none=True)
    bookings = fields.List(fields.Nested(BookingSchema))
    away = fields.List(fields.Nested(StoredAwaySchema))


class VerifiedCaseSchema(Schema):
    """A case made from a fulfilled contract. buyer is null unless it agreed to be named."""

    number = fields.String()
    title = fields.String()
    buyer = fields.Function(lambda case: case.buyer.name if case.consented_at else None)
    buyer_kind = fields.String()
    amount_band = fields.Function(lambda case: amount_band(case.amount_fen).value)
    signed_on = fields.Date()
    finished_on = fields.Date()
    milestones = fields.Integer()
    delivered_on_time = fields.Integer()
    paid_on_time = fields.Integer()
    hidden = fields.Function(lambda case: case.hidden_at is not None)
    suspended = fields.Function(lambda case: case.suspended_at is not None)
