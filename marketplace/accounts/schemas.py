"""What people type to sign in, register and keep their account, and what the API says of them."""
from __future__ import annotations

import re

from marshmallow import Schema, ValidationError, fields, validate

from marketplace.accounts.models import PayerType, SizeClass
from marketplace.fields import Text, Uscc

LEAST_PASSWORD = 10
MOST_PASSWORD = 200
_ADDRESS = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")
CHOICE = {"error": "field.not_a_choice"}
OPC_SIZES = (SizeClass.MICRO, SizeClass.SMALL)


def address(text: str) -> None:
    """Refuse what cannot be an e-mail address."""
    if not _ADDRESS.fullmatch(text):
        raise ValidationError("account.not_an_email")


def new_password(text: str) -> None:
    """Refuse a password that is too short to keep or too long to be meant."""
    if not LEAST_PASSWORD <= len(text) <= MOST_PASSWORD:
        facts = {"least": LEAST_PASSWORD, "most": MOST_PASSWORD}
        raise ValidationError([{"code": "account.password_length", "facts": facts}])


def ticked(value: bool) -> None:
    """Refuse a box that has to be ticked."""
    if not value:
        raise ValidationError("account.declaration_needed")


class SignInForm(Schema):
    """E-mail and password."""

    email = Text(required=True)
    password = Text(MOST_PASSWORD, required=True)


class RegistrationForm(Schema):
    """What every organisation says of itself and of its first person."""

    uscc = Uscc(required=True)
    organisation = Text(required=True)
    region = Text(required=True)
    display_name = Text(60, required=True)
    email = Text(required=True, validate=address)
    password = Text(MOST_PASSWORD * 2, required=True, validate=new_password)


class FounderForm(RegistrationForm):
    """A one-person company: small by declaration (Decree 802 Art. 3)."""

    size_class = fields.String(required=True, validate=validate.OneOf(OPC_SIZES, **CHOICE))
    sme_declared = fields.Boolean(required=True, validate=ticked,
                                  error_messages={"required": "account.declaration_needed"})


class BuyerForm(RegistrationForm):
    """A buyer: which kind of payer it is decides its payment term (Decree 802 Arts 2 and 9)."""

    payer_type = fields.String(required=True, validate=validate.OneOf(list(PayerType), **CHOICE))
    state_owned = fields.Boolean(load_default=False)


class PasswordForm(Schema):
    """The present password and the new one."""

    current = Text(MOST_PASSWORD * 2, required=True)
    password = Text(MOST_PASSWORD * 2, required=True, validate=new_password)


class KeyForm(Schema):
    """What a new API key is for."""

    label = Text(60, required=True)


class OrganisationSchema(Schema):
    """An organisation as its own people see it."""

    id = fields.Integer()
    uscc = fields.String()
    name = fields.String()
    role = fields.String()
    payer_type = fields.String(allow_none=True)
    size_class = fields.String(allow_none=True)
    state_owned = fields.Boolean()
    region = fields.String()


class MeSchema(Schema):
    """The person an API key belongs to."""

    id = fields.Integer()
    email = fields.String()
    display_name = fields.String()
    role = fields.String()
    organisation = fields.Nested(OrganisationSchema)
