"""Who did something like this: past cases of all founders, searched in free words or from a demand."""
from __future__ import annotations

from flask import render_template, request

from marketplace import security
from marketplace.db import reading
from marketplace.demand import queries as demands
from marketplace.forms import FormState
from marketplace.suggestions import similar
from marketplace.suggestions.web.pages import Page, pages


@pages.get("/cases")
@security.require()
def find_cases() -> Page:
    """?q= free words, or ?demand= a demand's code; each case with its nearest words and a link to its founder."""
    question = request.args.get("q", "").replace("\x00", "").strip()[:similar.LONGEST_QUESTION]
    code = request.args.get("demand", "")[:40]
    with reading() as session:
        demand = demands.visible_to(session, code, actor=security.actor()) if code and not question else None
        asked = bool(question) or demand is not None
        found = similar.cases_for(session, question=question, demand=demand) if asked else []
        return render_template("suggestions/cases.html", found=found, asked=asked, demand=demand, question=question,
                               search=FormState({"q": question}))
