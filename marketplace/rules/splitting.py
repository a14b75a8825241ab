"""A project cut, or bought again and again, in parts that together reach a tender threshold.

Basis: Tendering and Bidding Law Art. 4 (in force 2000-01-01): nobody may break up a project that must be tendered, or
evade tendering in any other way; for government procurement the Implementing Regulation, Art. 28 (in force 2015-03-01):
several purchases of one kind in a financial year that together exceed the threshold for public tendering. What is
found is a lead with its facts: parts may lawfully be bought apart, with a reason.
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from marketplace.rules.payment_facts import PayerType
from marketplace.rules.statutes import Dated, in_force

LAW = "《中华人民共和国招标投标法》（2000-01-01起施行）第四条"
PROCUREMENT = "《中华人民共和国政府采购法实施条例》（国务院令第658号，2015-03-01起施行）第二十八条"
LOOK_BACK = timedelta(days=365)
# Half the letter pairs of the shorter name in common: near enough for a person to look at; a platform figure.
NEAR = Fraction(1, 2)
FEWEST_SHARED = 2
# 400万 / 200万 / 100万: works, goods, services of engineering projects; only services are bought here. Local
# thresholds for government procurement differ and may be higher: the national guidance is the figure that warns first.
THRESHOLDS = {
    "engineering_services": (Dated(100_000_000, "fen", date(2018, 6, 1),
                                   "《必须招标的工程项目规定》（国家发展改革委令第16号，2018-06-01起施行）"
                                   "第五条第（三）项 [P]"),),
    "government_services": (Dated(200_000_000, "fen", date(2020, 1, 1),
                                  "《地方预算单位政府集中采购目录及标准指引（2020年版）》（财库〔2019〕69号） [M]"),),
}
_ENGINEERING = re.compile(r"勘察|工程设计|监理|施工|建设工程|工程(?:项目|建设|改造)|土建|装修|engineering design"
                          r"|construction", re.IGNORECASE)
_COMMON = re.compile(
    r"项目|建设|系统|平台|服务|采购|工程|开发|一期|二期|三期|第.期|标包|\d|[一二三四五六七八九十]|[\s\W_]")


@dataclass(frozen=True)
class Purchase:
    """One thing a buyer buys as one: a project with all its slices, or a demand that came from none."""

    kind: str
    ref: str
    title: str
    budget_fen: int
    on: date
    parts: int = 1


@dataclass(frozen=True)
class Split:
    """Purchases that belong together and their sum. `threshold` is a key of THRESHOLDS, `laws` the rules evaded."""

    threshold: str
    threshold_fen: int
    source: str
    laws: tuple[str, ...]
    total_fen: int
    purchases: tuple[Purchase, ...]


def find(about: Purchase, others: Sequence[Purchase], *, payer: PayerType, state_owned: bool, text: str,
         today: date) -> Split | None:
    """Whether `about`, with the buyer's near purchases of the last twelve months, reaches a threshold in parts.

    None where no threshold binds the buyer, the sum stays below it, or `about` reaches it alone in one part: then it
    is not split, and is tendered for what it is. `text` is read for words of engineering only.
    """
    near = [one for one in others if one.ref != about.ref and today - LOOK_BACK <= one.on <= today
            and nearness(one.title, about.title) >= NEAR]
    for key, dated in _binding(payer, state_owned, f"{about.title} {text}", today):
        purchases = tuple(one for one in (about, *sorted(near, key=lambda one: (one.on, one.ref)))
                          if one.parts > 1 or one.budget_fen < dated.value)
        total = sum(one.budget_fen for one in purchases)
        if about in purchases and sum(one.parts for one in purchases) > 1 and total >= dated.value:
            laws = (LAW, PROCUREMENT) if payer.is_public_body else (LAW,)
            return Split(key, dated.value, dated.source, laws, total, purchases)
    return None


def reaches(budget_fen: int, *, payer: PayerType, state_owned: bool, text: str, today: date) -> bool:
    """Whether what is bought as one reaches a threshold that binds this buyer: the tender law then applies to it."""
    return any(budget_fen >= dated.value for _, dated in _binding(payer, state_owned, text, today))


def _binding(payer: PayerType, state_owned: bool, text: str, today: date) -> Iterator[tuple[str, Dated[int]]]:
    """The thresholds this buyer is under, the lowest first."""
    found = []
    if (payer.is_public_body or state_owned) and _ENGINEERING.search(text):
        found.append("engineering_services")
    if payer.is_public_body:
        found.append("government_services")
    for key in found:
        if dated := in_force(THRESHOLDS[key], today):
            yield key, dated


def nearness(one: str, other: str) -> Fraction:
    """Share of the shorter name's letter pairs (words, for English) that the other has too, 0 to 1.

    Words that say nothing about the subject (项目, 系统, 一期) and numbers do not count.
    """
    first, second = _tokens(one), _tokens(other)
    if not first or not second:
        return Fraction(0)
    shared = len(first & second)
    return Fraction(shared, min(len(first), len(second))) if shared >= FEWEST_SHARED else Fraction(0)


def _tokens(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKC", text).lower()
    words = set(re.findall(r"[a-z]{3,}", plain)) - {"the", "and", "for", "phase", "project", "part", "lot", "system"}
    letters = [run for run in _COMMON.split(re.sub(r"[a-z]+", " ", plain)) if len(run) > 1]
    return frozenset(words | {run[place:place + 2] for run in letters for place in range(len(run) - 1)})
