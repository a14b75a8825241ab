"""What the linters say to a demand: entry barriers, and payment clauses typed into its text."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from marketplace.demand.models import Demand
from marketplace.rules import barriers, statutes, term_linter
from marketplace.rules.errors import Problem
from marketplace.rules.payment_facts import PayerType

BARRIER, TERM = "barrier", "term"
_TEXTS = ("title", "scene", "data_offered", "description", "over_60_reason")
_LISTS = ("required_certifications", "deliverables", "acceptance_criteria")


@dataclass(frozen=True)
class Finding:
    """One thing found. Texts: linting.<kind>.<code>.name, .why and .instead, filled with `facts`.

    `quote` are the words of the demand, `field` where they stand, `basis` citations, `blocks` whether it keeps the
    demand from being published. `binding` False: for this buyer the cited rule is the platform's, not the law's.
    """

    kind: str
    code: str
    field: str
    quote: str
    basis: tuple[str, ...]
    blocks: bool = False
    binding: bool = True
    facts: dict[str, Any] = field(default_factory=dict)


def findings(demand: Demand) -> list[Finding]:
    """Everything found, what blocks first; the same words under the same code once."""
    found: dict[tuple[str, str, str], Finding] = {}
    for one in _all(demand):
        found.setdefault((one.kind, one.code, one.quote), one)
    return sorted(found.values(), key=lambda one: not one.blocks)


def problems(demand: Demand) -> Iterator[Problem]:
    """The findings that forbid publishing, quoting words and article."""
    for one in findings(demand):
        if one.blocks:
            yield Problem(one.field, "linting.clause_blocks", {"quote": one.quote, "articles": list(one.basis)})


def _all(demand: Demand) -> Iterator[Finding]:
    for place, text in _said(demand):
        for hit in barriers.find(text):
            yield Finding(BARRIER, hit.phrase.code, place, hit.quote, hit.phrase.basis,
                          binding=demand.buyer.is_public_body)
        for clause in term_linter.find(
                text, payer=PayerType(demand.buyer.payer_type), state_owned=demand.buyer.state_owned,
                term_days=demand.term_days, place=place):
            citations = tuple(statutes.article(key).citation for key in clause.articles)
            yield Finding(TERM, clause.code, place, clause.quote, citations, clause.blocks, facts=clause.facts)


def _said(demand: Demand) -> Iterator[tuple[str, str]]:
    """(field, text) of everything the buyer typed."""
    for name in _TEXTS:
        yield name, getattr(demand, name) or ""
    for name in _LISTS:
        for entry in getattr(demand, name):
            yield name, entry
    for criterion in demand.criteria:
        yield "criteria", criterion.name
