"""统一社会信用代码, the unified social credit code: 18 characters with two check digits.

Basis: GB 32100-2015 (in force 2015-10-01) for the code and its 18th character; GB 11714-1997 for the
organisation code in characters 9-17, whose own check character is the 17th.
"""
from __future__ import annotations

import unicodedata

from marketplace.rules.errors import Invalid

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
LENGTH = 18

# First two characters: registering authority and kind of body.
_KINDS = {
    "11": "government",
    "12": "public_institution",
    "51": "social_organisation",
    "52": "social_organisation",
    "53": "social_organisation",
    "91": "enterprise",
    "92": "individual_business",
    "93": "cooperative",
}


def normalise(text: str) -> str:
    """Full-width to half-width, upper case, spaces and hyphens out."""
    plain = unicodedata.normalize("NFKC", text or "").upper()
    return "".join(c for c in plain if not c.isspace() and c not in "-‐‑–—")


def check(text: str) -> str:
    """The normalised code when both check digits are right.

    Raises Invalid: uscc.missing, uscc.length, uscc.character, uscc.organisation_check_digit (17th),
    uscc.check_digit (18th). `expected` is not told: a guess that only mends the digit would hide a typing
    error elsewhere in the code.
    """
    code = normalise(text)
    if not code:
        raise Invalid("uscc.missing")
    if len(code) != LENGTH:
        raise Invalid("uscc.length", length=len(code), wanted=LENGTH)
    for place, character in enumerate(code, start=1):
        if character not in ALPHABET:
            raise Invalid("uscc.character", character=character, place=place)
    if code[16] != organisation_check_digit(code[8:16]):
        raise Invalid("uscc.organisation_check_digit", place=17, digit=code[16])
    if code[17] != check_digit(code[:17]):
        raise Invalid("uscc.check_digit", place=18, digit=code[17])
    return code


def organisation_check_digit(eight: str) -> str:
    """The 17th character, from characters 9-16 (mod 11, 10 is X, 11 is 0)."""
    total = sum(_ORGANISATION_ALPHABET.index(c) * w for c, w in zip(eight, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def check_digit(seventeen: str) -> str:
    """The 18th character, from the first seventeen (mod 31)."""
    total = sum(ALPHABET.index(c) * w for c, w in zip(seventeen, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def complete(prefix: str) -> str:
    """A code that passes both checks from its first 16 characters: kind (2), region (6), organisation (8).

    Raises Invalid("uscc.prefix_length") or uscc.character.
    """
    sixteen = normalise(prefix)
    if len(sixteen) != LENGTH - 2:
        raise Invalid("uscc.prefix_length", length=len(sixteen), wanted=LENGTH - 2)
    for place, character in enumerate(sixteen, start=1):
        if character not in ALPHABET:
            raise Invalid("uscc.character", character=character, place=place)
    seventeen = sixteen + organisation_check_digit(sixteen[8:])
    return seventeen + check_digit(seventeen)


def kind(code: str) -> str | None:
    """What the first two characters say the holder is, None when they say nothing we act on.

    government, public_institution, social_organisation, enterprise, individual_business, cooperative. A
    default for a form: the size of an enterprise is never in the code.
    """
    return _KINDS.get(normalise(code)[:2])
