"""marshmallow fields for what people type and programs send: money, USCC, words; errors are codes of ours."""
from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

from marshmallow import ValidationError, fields, validate

from marketplace.clock import SHANGHAI
from marketplace.rules import money, uscc
from marketplace.rules.errors import Invalid

_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?\s*%?")
MESSAGES = {
    "required": "field.required", "null": "field.required", "invalid": "field.invalid_value",
    "too_large": "field.too_large", "validator_failed": "field.invalid_value", "type": "field.invalid_value",
    "invalid_utf8": "field.invalid_value",
}
for _kind in (fields.Field, fields.String, fields.Integer, fields.Number, fields.Boolean, fields.List,
              fields.Date, fields.DateTime, fields.Nested, fields.Decimal):
    _kind.default_error_messages = {**_kind.default_error_messages, **MESSAGES}
fields.Date.default_error_messages |= {"invalid": "field.not_a_date", "format": "field.not_a_date"}
fields.DateTime.default_error_messages |= {"invalid": "field.not_a_moment", "format": "field.not_a_moment"}
fields.Integer.default_error_messages |= {"invalid": "field.not_a_number", "too_large": "field.not_a_number"}


def coded(violation: Invalid) -> ValidationError:
    """A rule's refusal as marshmallow carries it."""
    return ValidationError([{"code": violation.code, "facts": violation.facts}])


class Yuan(fields.Field):
    """Yuan as typed ("12,000.50", "1.2万") → integer fen. For pages and files; the API speaks fen."""

    def __init__(self, *, allow_zero: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.allow_zero = allow_zero

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            return money.parse_yuan(str(value), allow_zero=self.allow_zero)
        except Invalid as violation:
            raise coded(violation) from violation

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value // 100}.{value % 100:02d}"


class Percent(fields.Field):
    """A share as typed ("33.34", "50%") → basis points of the whole, 3334 and 5000. For pages; the API speaks bp."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        found = _PERCENT.fullmatch(unicodedata.normalize("NFKC", str(value)).strip())
        if not found:
            raise ValidationError("field.not_a_percentage")
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


class Uscc(fields.String):
    """A unified social credit code with both check digits verified (GB 32100-2015)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return uscc.check(str(value))
        except Invalid as violation:
            raise coded(violation) from violation


class BeijingMoment(fields.Field):
    """A moment as a page's datetime-local field sends it (Beijing time), or ISO 8601 with an offset → UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.datetime:
        try:
            found = dt.datetime.fromisoformat(str(value))
            return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(dt.UTC)
        except (ValueError, OverflowError) as error:
            raise ValidationError("field.not_a_moment") from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(SHANGHAI).isoformat()


class Between(validate.Range):
    """Inclusive bounds, refused with both named; a Range, so that the OpenAPI document shows them."""

    def __call__(self, value: Any) -> Any:
        if not self.min <= value <= self.max:
            raise ValidationError([{"code": "field.out_of_range", "facts": {"low": self.min, "high": self.max}}])
        return value


class Text(fields.String):
    """Text without surrounding blanks, at least one and at most `most` characters."""

    def __init__(self, most: int = 200, **options: Any) -> None:
        super().__init__(**options)
        self.most = most
        self.metadata.setdefault("maxLength", most)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).strip().replace("\x00", "")
        if any("\ud800" <= c <= "\udfff" for c in text):  # half a character, from an escape: no database stores it
            raise ValidationError("field.invalid_value")
        if not text and self.required:
            raise ValidationError("field.required")
        if len(text) > self.most:
            raise ValidationError([{"code": "field.too_long", "facts": {"most": self.most, "length": len(text)}}])
        return text


def words(**options: Any) -> fields.List:
    """A list of short texts."""
    return fields.List(Text(200), validate=validate.Length(max=50, error="field.too_many"), **options)
