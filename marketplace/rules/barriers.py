"""Entry barriers in a demand's text: conditions on the company instead of the work.

The phrases, their patterns and citations stand in barriers.toml; a finding is a lead with the words quoted. For
public bodies the cited rules bind; for other buyers they are the platform's rule.
"""
from __future__ import annotations

from collections.abc import Iterator

from marketplace.rules import phrases
from marketplace.rules.phrases import Hit

CODES = tuple(phrase.code for phrase in phrases.load("barriers"))


def find(text: str) -> Iterator[Hit]:
    """The barriers in a text, in the order of its sentences."""
    return phrases.find(text, phrases.load("barriers"))
