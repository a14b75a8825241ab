"""Every code of the law has a sentence in both languages, and the worked cases can be read in full."""
from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from marketplace import i18n, reference
from marketplace.config import ROOT
from marketplace.payments import texts
from marketplace.rules import late_interest, payment_term, screening, statement, statutes
from marketplace.rules.assess import read_payment_facts
from marketplace.rules.facts_reader import Reader

CODE = re.compile(r"^[A-Z][A-Z0-9_]{5,}$")
NOTE = re.compile(r"\"((?:scope|term_start|acceptance_period_end|term_days|nominal_due_date|due_date|rate|undisputed"
                  r"|interest|allocation)\.[a-z0-9_]+)\"")


def codes(*modules) -> set[str]:
    return {value for module in modules for name, value in vars(module).items()
            if name.isupper() and isinstance(value, str) and CODE.match(value)}


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_code_has_a_sentence(lang: str) -> None:
    wanted = {f"article.{key}.{part}" for key in statutes.ARTICLES for part in ("title", "text")}
    wanted |= {f"flag.{code}" for code in codes(payment_term, late_interest, statement)}
    wanted |= {f"screening.{code}" for code in screening.ARTICLE_OF}
    sources = [(ROOT / "marketplace/rules" / name).read_text("utf-8") for name in ("payment_term.py", "statement.py")]
    wanted |= {f"step.{note}" for source in sources for note in NOTE.findall(source)}
    wanted |= {f"step.rate.{basis.name.lower()}" for basis in late_interest.RateBasis}
    wanted |= {f"step.allocation.{order}" for order in ("interest_first", "principal_first")}
    assert len(wanted) > 100
    assert not sorted(key for key in wanted if not i18n.has_text(key, lang))


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_notice_and_audit_action_has_a_sentence(lang: str) -> None:
    sources = "".join(path.read_text("utf-8") for folder in ("contracts", "payments")
                      for path in (ROOT / "marketplace" / folder).glob("*.py"))
    actions = set(re.findall(r"audit\.record\(session, \"(\w+:\w+)\"", sources))
    notices = set(re.findall(r"notify\(session, [\w.]+, \"(\w+)\"", sources))
    notices |= set(re.findall(r"_tell\(session, [\w. ,()\[\]]+?\"(\w+)\"", sources))
    notices |= {f"payment_{kind}{suffix}" for kind in ("before", "due", "late") for suffix in ("", "_payee")}
    notices |= {"payment_late_operator", "acceptance_ending", "acceptance_ended", "acceptance_ended_payee"}
    wanted = {f"action.{action.replace(':', '.')}" for action in actions} | {f"notice.{code}" for code in notices}
    assert len(actions) > 14
    assert len(notices) > 16
    assert not sorted(key for key in wanted if not i18n.has_text(key, lang))


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_the_worked_cases_can_be_read(lang: str) -> None:
    cases = json.loads((ROOT / "tests/data/payment_term_vectors.json").read_text("utf-8"), parse_float=Decimal)
    for case in cases["vectors"]:
        if case["kind"] != "payment":
            continue
        reader = Reader(case["facts"])
        found = statement.statement(read_payment_facts(reader), as_of=reader.day("as_of"),
                                    calendar=reference.calendar(), lpr=reference.lpr_table())
        read = [*texts.why_due(found, lang), *texts.why_amount(found, lang)]
        assert len(read) == len(found.steps)
        assert not any("{" in sentence or "None" in sentence for sentence, _ in read), case["id"]
        assert len(texts.flags(found, lang)) == len(found.flags + found.warnings)


def test_exact_amounts_and_rates_are_written_without_rounding_away() -> None:
    from fractions import Fraction

    assert texts.exact_yuan(Fraction(50_000)) == "¥500.00"
    assert texts.exact_yuan(Fraction(166_665, 100)) == "¥16.6665"
    assert texts.percent_a_day(Fraction(5, 10_000)) == "0.05%"
    assert texts.percent_a_day(Fraction(3, 36_500)) == "0.008219%"
