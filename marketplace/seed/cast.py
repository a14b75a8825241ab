"""Who takes part in the demo market: buyers, founders and the operator, all fictitious."""
from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts import operations as accounts
from marketplace.accounts.models import Role, SizeClass, User
from marketplace.accounts.operations import Registration
from marketplace.rules import uscc

PASSWORD = "jiebang-demo-2026"  # printed by `make run`; the demo listens on 127.0.0.1 only
DEMO_DOMAIN = "@demo.jiebang.example"
PASSPHRASE = "open-the-bids-2026"
OPERATOR_PASSPHRASE = "operator-opens-2026"
FIRST_ORGANISATION = 10000301


@dataclass
class Cast:
    """People by their key in the seed files: buyers by name, founders by profile id."""

    operator: User
    buyers: dict[str, User] = field(default_factory=dict)
    founders: dict[str, User] = field(default_factory=dict)
    buyer_of: dict[str, User] = field(default_factory=dict)


def read(folder: Path, name: str) -> Any:
    """A JSON file of the demo market, or the records of a JSONL file."""
    text = (folder / "market" / name).read_text(encoding="utf-8")
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return json.loads(text)


def register_all(session: Session, folder: Path, *, password_hash: str, now: dt.datetime) -> Cast:
    """Register everyone; only the demo's own sign-ins have a password."""
    known, demo = read(folder, "organisations.json"), read(folder, "story.json")["demo"]
    operator = accounts.register(session, Registration(
        uscc=uscc.complete(known["operator"]["uscc_prefix"] + "01"), organisation=known["operator"]["name"],
        role=Role.OPERATOR, email=demo["operator"], display_name="运营值班", password_hash=password_hash,
        region=known["operator"]["region"]), now=now, actor="system")
    cast = Cast(operator)
    for place, buyer in enumerate(known["buyers"]):
        email = demo["buyers"].get(buyer["key"])
        cast.buyers[buyer["key"]] = accounts.register(session, Registration(
            uscc=uscc.complete(buyer["uscc_prefix"] + str(FIRST_ORGANISATION + place)), organisation=buyer["name"],
            role=Role.BUYER, email=email or f"{buyer['key']}@buyers.jiebang.example",
            display_name=_person(known, place), password_hash=password_hash if email else None,
            payer_type=buyer["payer_type"], size_class=buyer["size_class"], state_owned=buyer["state_owned"],
            region=buyer["region"]), now=now)
        cast.buyer_of |= dict.fromkeys(buyer["demands"], cast.buyers[buyer["key"]])
    for place, profile in enumerate(read(folder, "profiles.jsonl")):
        email = demo["founders"].get(profile["id"])
        cast.founders[profile["id"]] = accounts.register(session, Registration(
            uscc=uscc.complete(f"91{_division(known, profile)}{FIRST_ORGANISATION + 5000 + place}"),
            organisation=_firm(known, profile["region"], place), role=Role.FOUNDER,
            email=email or f"{profile['id']}@founders.jiebang.example", display_name=_person(known, place + 7),
            password_hash=password_hash if email else None, payer_type=None, size_class=SizeClass.MICRO,
            region=profile["region"], sme_declared=True), now=now)
    return cast


def _person(known: dict[str, Any], place: int) -> str:
    people = known["people"]
    surnames, given = people["surnames"], people["given"]
    return surnames[place % len(surnames)] + given[(place * 7 + place // len(surnames)) % len(given)]


def _firm(known: dict[str, Any], region: str, place: int) -> str:
    words = known["founder_words"]
    first, second = words["first"][place % len(words["first"])], words["second"][place // len(words["first"])]
    return f"{_city(region)}{first}{second}有限公司"


def _city(region: str) -> str:
    """遵义 from 贵州省遵义市."""
    tail = region.split("省")[-1].split("自治区")[-1]
    for end in ("市", "自治州", "地区", "盟"):
        if tail.endswith(end) and len(tail) > len(end) + 1:
            return tail.removesuffix(end)
    return tail or region


def _division(known: dict[str, Any], profile: dict[str, Any]) -> str:
    """A six-digit division code of the right province; its last four digits are made up."""
    return f"{known['divisions'].get(profile['region'][:2], 11)}0100"
