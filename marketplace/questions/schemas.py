"""Questions as they come in and go out."""
from __future__ import annotations

from marshmallow import Schema, fields

from marketplace.fields import Text
from marketplace.rules import questions as rules


class QuestionIn(Schema):
    """A question. It is public; say nothing in it that tells who you are."""

    text = Text(rules.LONGEST_QUESTION, required=True)


class AnswerIn(Schema):
    """An answer, or its correction."""

    text = Text(rules.LONGEST_ANSWER, required=True)


class HideIn(Schema):
    """Why a question is hidden; shown in its place."""

    reason = Text(rules.LONGEST_REASON, required=True)


class AuthorOut(Schema):
    """An asker of one demand; the id means nothing anywhere else."""

    id = fields.String()
    name = fields.String()


class AnswerOut(Schema):
    """One version of an answer."""

    version = fields.Integer()
    text = fields.String()
    date = fields.String()


class EnquiryOut(Schema):
    """OCDS enquiry; `status`, `reason`, `number` and `answers` (every version, the first first) are additions."""

    id = fields.String()
    number = fields.Integer()
    status = fields.String()
    date = fields.String()
    author = fields.Nested(AuthorOut)
    threadID = fields.String()
    description = fields.String()
    answer = fields.String()
    dateAnswered = fields.String()
    answers = fields.List(fields.Nested(AnswerOut))
    reason = fields.String()


class PeriodOut(Schema):
    """OCDS period."""

    startDate = fields.String()
    endDate = fields.String()


class TenderOut(Schema):
    """The part of an OCDS tender about questions."""

    id = fields.String()
    enquiryPeriod = fields.Nested(PeriodOut)
    hasEnquiries = fields.Boolean()
    enquiries = fields.List(fields.Nested(EnquiryOut))


class QuestionsOut(Schema):
    """A demand's questions and answers."""

    tender = fields.Nested(TenderOut)
