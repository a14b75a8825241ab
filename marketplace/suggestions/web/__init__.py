"""The pages of suggestions."""
from __future__ import annotations

from marketplace.suggestions.web import cases, conditions, marks, matches, partners, rounds, teams
from marketplace.suggestions.web.pages import pages

__all__ = ["cases", "conditions", "marks", "matches", "pages", "partners", "rounds", "teams"]
