"""What two companies have in common that somebody who decides between bids should know: leads, never verdicts.

Basis: 政府采购法实施条例 (国务院令第658号, in force 2015-03-01) Art. 9 [M]: whoever was employed by a supplier within
the three years before, or is related to its head, stands aside; 招标投标法 Art. 37 (in force 2000-01-01) for the
people who evaluate. The signals themselves are the platform's.
"""
from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.rules.statutes import Dated, in_force

EMPLOYMENT_YEARS = (Dated(3, "year", date(2015, 3, 1), "《政府采购法实施条例》（国务院令第658号）第九条 [M]"),)
LEAST_PHONE = 7
LEAST_ADDRESS = 8
HOLDER = slice(8, 17)  # of a credit code: the organisation itself, whatever office registered it (GB 32100-2015)
_HOSTS = Path(__file__).with_name("mail_hosts.toml")
_PUNCTUATION = re.compile(r"[\W_]+")
_DIGITS = str.maketrans("零〇一二两三四五六七八九", "001223456789")
_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十]+(?=[号楼层栋幢座室房单])")
_BUILDING = re.compile(r"(?<=\w)(?:号楼|栋|幢|座)")


class SignalKind(StrEnum):
    """What made somebody look. Each has innocent explanations, which are shown with it."""

    SAME_HOLDER = "same_holder"
    STATED_INTEREST = "stated_interest"
    EMPLOYED = "employed"
    SAME_REPRESENTATIVE = "same_representative"
    SAME_PHONE = "same_phone"
    SAME_ADDRESS = "same_address"
    SAME_MAIL_DOMAIN = "same_mail_domain"


@dataclass(frozen=True)
class Signal:
    """One lead. `facts` fill its sentence; `since`: the first day it is known to have been so, None when unknown."""

    kind: SignalKind
    facts: dict[str, Any] = field(default_factory=dict)
    since: date | None = None


@dataclass(frozen=True)
class Identity:
    """What is known of a company: every text as it was typed. `people`: names of its head and of its people here."""

    uscc: str = ""
    people: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    address: str = ""
    interests: tuple[str, ...] = ()


def shared(one: Identity, other: Identity) -> list[Signal]:
    """What two companies have in common, strongest first."""
    return [*_holder(one, other), *_interest(one, other), *_contact(one, other)]


def _holder(one: Identity, other: Identity) -> Iterator[Signal]:
    if one.uscc and one.uscc[HOLDER] == other.uscc[HOLDER]:
        yield Signal(SignalKind.SAME_HOLDER, {"code": one.uscc[HOLDER]})


def _interest(one: Identity, other: Identity) -> Iterator[Signal]:
    """A founder says itself in which organisations it has an interest."""
    for uscc, said in ((one.uscc, other.interests), (other.uscc, one.interests)):
        if uscc and uscc in said:
            yield Signal(SignalKind.STATED_INTEREST, {"uscc": uscc})


def _contact(one: Identity, other: Identity) -> Iterator[Signal]:
    theirs = set(traits(other))
    for kind, value in traits(one):
        if (kind, value) in theirs:
            yield Signal(kind, shown(kind, value, one))


def traits(of: Identity) -> list[tuple[SignalKind, str]]:
    """What of a company can be compared, each brought to one spelling, strongest first, none twice."""
    found = [*((SignalKind.SAME_REPRESENTATIVE, plain_name(name)) for name in of.people),
             *((SignalKind.SAME_PHONE, plain_phone(phone)) for phone in of.phones),
             (SignalKind.SAME_ADDRESS, plain_address(of.address)),
             *((SignalKind.SAME_MAIL_DOMAIN, mail_domain(email)) for email in of.emails)]
    return list(dict.fromkeys(trait for trait in found if trait[1]))


def shown(kind: SignalKind, value: str, of: Identity) -> dict[str, Any]:
    """A common trait as it may be shown: a phone by its last digits, an address as it was typed."""
    if kind is SignalKind.SAME_PHONE:
        return {"ending": value[-4:]}
    if kind is SignalKind.SAME_ADDRESS:
        return {"address": of.address.strip()}
    return {"name" if kind is SignalKind.SAME_REPRESENTATIVE else "domain": value}


def plain_name(name: str) -> str:
    """A person's name without spaces and marks, whatever its width and capitals; "" for less than two letters."""
    text = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", name)).casefold()
    return text if len(text) >= 2 else ""


def plain_phone(phone: str) -> str:
    """The digits of a number without the country's code and the trunk zero; "" when too short to be one."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
    digits = digits.removeprefix("0086") if digits.startswith("0086") else digits
    digits = digits.removeprefix("86") if len(digits) > 11 else digits
    digits = digits.lstrip("0")
    return digits if len(digits) >= LEAST_PHONE else ""


def plain_address(address: str) -> str:
    """An address brought to one spelling: "A座３０１室" and "A栋301" are one; another room or floor is another one.

    "" for an address without a number, or too short to name one place: half a city lives in "深圳市南山区".
    """
    text = unicodedata.normalize("NFKC", address).casefold()
    text = _NUMERAL.sub(lambda found: str(_count(found.group())), text)
    text = re.sub(r"(?<=\d)[-—－–~](?=\w)", "栋", text)  # "3-502" is room 502 of building 3
    text = _PUNCTUATION.sub("", text)
    text = _BUILDING.sub("栋", text).replace("楼层", "层")
    text = re.sub(r"(?<=\d)楼", "层", text)
    text = re.sub(r"(?:号房|室|房|号)+$", "", text)
    return text if len(text) >= LEAST_ADDRESS and re.search(r"\d", text) else ""


def _count(numeral: str) -> int:
    """A Chinese numeral up to 99: "三" 3, "十二" 12, "二十" 20, "三〇一" 301."""
    if "十" not in numeral:
        return int(numeral.translate(_DIGITS))
    tens, _, ones = numeral.partition("十")
    return int(tens.translate(_DIGITS) or 1) * 10 + int(ones.translate(_DIGITS) or 0)


def mail_domain(email: str) -> str:
    """The domain of an address when it says whose it is; "" for public mail hosts and names set aside for examples."""
    domain = email.strip().casefold().rpartition("@")[2]
    parts = domain.split(".")
    tails = {".".join(parts[place:]) for place in range(len(parts))}
    return "" if tails & _public_hosts() else domain


@cache
def _public_hosts() -> frozenset[str]:
    said = tomllib.loads(_HOSTS.read_text(encoding="utf-8"))
    return frozenset(said["public"]) | frozenset(said["examples"])


def employment_counts(started: date, ended: date | None, *, on: date) -> bool:
    """Whether somebody was employed on a day, or within the years before it that the law names."""
    years = (in_force(EMPLOYMENT_YEARS, on) or EMPLOYMENT_YEARS[0]).value
    return started <= on and (ended is None or ended >= years_before(on, years))


def years_before(day: date, years: int) -> date:
    """The same day that many years earlier; 28 February for 29 February of no leap year."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
