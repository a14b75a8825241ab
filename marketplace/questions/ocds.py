"""Questions as the OCDS enquiries extension writes them: tender.enquiryPeriod, hasEnquiries, enquiries.

An asker's id says nothing outside its demand, and the date is the day alone: two demands asked about in the same minute
would give the asker away.
"""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from marketplace.clock import SHANGHAI
from marketplace.demand.models import Demand
from marketplace.questions import queries
from marketplace.questions.models import Question
from marketplace.rules.questions import QuestionStatus


def tender(session: Session, demand: Demand) -> dict[str, Any]:
    """The part of a demand's OCDS tender about questions. `status` and `answers` of an enquiry are additions."""
    asked = queries.of_demand(session, demand)
    said: dict[str, Any] = {"hasEnquiries": bool(asked), "enquiries": [enquiry(demand, one) for one in asked]}
    ends = queries.closes_at(demand)
    if ends is not None:
        said["enquiryPeriod"] = {"startDate": _moment(demand.published_at), "endDate": _moment(ends)}
    return said


def enquiry(demand: Demand, question: Question) -> dict[str, Any]:
    """One question. A hidden or withdrawn one keeps its number and loses its words."""
    letters = question.asker.letters
    said: dict[str, Any] = {
        "id": f"{demand.code}-Q{question.number}", "number": question.number, "status": question.status,
        "date": dt.datetime.combine(question.asked_on, dt.time(), tzinfo=SHANGHAI).isoformat(),
        "author": {"id": f"{demand.code}-{letters}", "name": f"提问人 {letters}"},
        "threadID": f"{demand.code}-{letters}"}
    if question.status == QuestionStatus.HIDDEN:
        return said | {"reason": question.reason}
    if question.status == QuestionStatus.WITHDRAWN:
        return said
    said["description"] = question.text
    if question.answers:
        newest = question.answers[-1]
        said |= {"answer": newest.text, "dateAnswered": _moment(newest.answered_at),
                 "answers": [{"version": one.version, "text": one.text, "date": _moment(one.answered_at)}
                             for one in question.answers]}
    return said


def _moment(value: dt.datetime | None) -> str | None:
    return value.astimezone(dt.UTC).isoformat(timespec="seconds") if value else None
