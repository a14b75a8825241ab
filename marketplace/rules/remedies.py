"""States of what may follow a late payment: payment plan, public list, complaint, retaliation lead, mediation.

One table per object, advanced by `lifecycle.advance`. Basis of the complaint's way: Decree 802 Arts 24-25 (in force
2025-06-01); the others are steps of the platform.
"""
from __future__ import annotations

from enum import StrEnum

from marketplace.rules.lifecycle import Lifecycle


class PlanStatus(StrEnum):
    """A buyer's plan for one obligation; an accepted one lifts the publishing block, a broken one brings it back."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    BROKEN = "broken"
    FULFILLED = "fulfilled"


class ListingStatus(StrEnum):
    """An entry on the public list: nobody sees it before the decision, and it goes when the debt does."""

    PROPOSED = "proposed"
    REPLIED = "replied"
    PUBLISHED = "published"
    APPEALED = "appealed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"


class ComplaintStatus(StrEnum):
    """`transferred`: the handling department has the file and its 30 days run."""

    FILED = "filed"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    TRANSFERRED = "transferred"
    DECIDED = "decided"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class ComplaintEnd(StrEnum):
    """How a complaint ended."""

    PAID = "paid"
    SETTLEMENT = "settlement"
    DECISION = "decision"


class LeadKind(StrEnum):
    """What made somebody look. A lead is a fact with a question, never a finding."""

    PASSED_OVER = "passed_over"
    ONLY_BID_DECLINED = "only_bid_declined"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    SUGGESTION_DISMISSED = "suggestion_dismissed"
    REPOSTED_EXCLUDING = "reposted_excluding"
    FOUNDER_REPORT = "founder_report"


class LeadStatus(StrEnum):
    """The operator asks, the buyer answers, the operator closes with a note."""

    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    EXPLAINED = "explained"
    PASSED_ON = "passed_on"


class MediationStatus(StrEnum):
    """`terms_recorded` waits for both sides' confirmation."""

    REQUESTED = "requested"
    AGREED = "agreed"
    ASSIGNED = "assigned"
    TERMS_RECORDED = "terms_recorded"
    SETTLED = "settled"
    FAILED = "failed"
    REFUSED = "refused"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class PartnerKind(StrEnum):
    """Who mediates."""

    ACCOUNTANT = "accountant"
    LAWYER = "lawyer"
    MEDIATION_CENTRE = "mediation_centre"


class LiftReason(StrEnum):
    """Why a publishing block ended."""

    SETTLED = "settled"
    NOT_OVERDUE = "not_overdue"
    PLAN_ACCEPTED = "plan_accepted"
    PAUSE_AGREED = "pause_agreed"
    APPEAL_UPHELD = "appeal_upheld"


_P, _L, _C, _R, _M = PlanStatus, ListingStatus, ComplaintStatus, LeadStatus, MediationStatus

PLAN = Lifecycle("plan", _P, {
    (_P.PROPOSED, "accept"): _P.ACCEPTED,
    (_P.PROPOSED, "refuse"): _P.REFUSED,
    (_P.PROPOSED, "withdraw"): _P.WITHDRAWN,
    (_P.ACCEPTED, "break"): _P.BROKEN,
    (_P.ACCEPTED, "fulfil"): _P.FULFILLED,
    (_P.PROPOSED, "fulfil"): _P.WITHDRAWN,  # paid before anyone answered
})
LISTING = Lifecycle("listing", _L, {
    (_L.PROPOSED, "reply"): _L.REPLIED,
    (_L.PROPOSED, "publish"): _L.PUBLISHED,
    (_L.REPLIED, "publish"): _L.PUBLISHED,
    (_L.PROPOSED, "decline"): _L.DECLINED,
    (_L.REPLIED, "decline"): _L.DECLINED,
    (_L.PROPOSED, "settle"): _L.WITHDRAWN,
    (_L.REPLIED, "settle"): _L.WITHDRAWN,
    (_L.PUBLISHED, "appeal"): _L.APPEALED,
    (_L.APPEALED, "dismiss_appeal"): _L.PUBLISHED,
    (_L.APPEALED, "uphold_appeal"): _L.REMOVED,
    (_L.PUBLISHED, "settle"): _L.REMOVED,
    (_L.APPEALED, "settle"): _L.REMOVED,
})
COMPLAINT = Lifecycle("complaint", _C, {
    (_C.FILED, "submit"): _C.SUBMITTED,
    (_C.SUBMITTED, "accept"): _C.ACCEPTED,
    (_C.SUBMITTED, "refuse"): _C.REFUSED,
    (_C.ACCEPTED, "transfer"): _C.TRANSFERRED,
    (_C.TRANSFERRED, "extend"): _C.TRANSFERRED,
    (_C.TRANSFERRED, "decide"): _C.DECIDED,
    **{(status, "withdraw"): _C.WITHDRAWN for status in (_C.FILED, _C.SUBMITTED, _C.ACCEPTED, _C.TRANSFERRED)},
    **{(status, "close"): _C.CLOSED
       for status in (_C.FILED, _C.SUBMITTED, _C.ACCEPTED, _C.TRANSFERRED, _C.DECIDED)},
})
LEAD = Lifecycle("lead", _R, {
    (_R.OPEN, "ask"): _R.ASKED,
    (_R.ASKED, "answer"): _R.ANSWERED,
    **{(status, "explain"): _R.EXPLAINED for status in (_R.OPEN, _R.ASKED, _R.ANSWERED)},
    **{(status, "pass_on"): _R.PASSED_ON for status in (_R.ASKED, _R.ANSWERED)},
})
MEDIATION = Lifecycle("mediation", _M, {
    (_M.REQUESTED, "agree"): _M.AGREED,
    (_M.REQUESTED, "refuse"): _M.REFUSED,
    (_M.REQUESTED, "lapse"): _M.LAPSED,
    (_M.REQUESTED, "withdraw"): _M.WITHDRAWN,
    (_M.AGREED, "assign"): _M.ASSIGNED,
    (_M.ASSIGNED, "assign"): _M.ASSIGNED,
    (_M.ASSIGNED, "note"): _M.ASSIGNED,
    (_M.TERMS_RECORDED, "note"): _M.TERMS_RECORDED,
    (_M.ASSIGNED, "record_terms"): _M.TERMS_RECORDED,
    (_M.TERMS_RECORDED, "record_terms"): _M.TERMS_RECORDED,
    (_M.TERMS_RECORDED, "confirm"): _M.TERMS_RECORDED,
    (_M.TERMS_RECORDED, "settle"): _M.SETTLED,
    **{(status, "fail"): _M.FAILED for status in (_M.AGREED, _M.ASSIGNED, _M.TERMS_RECORDED)},
})
ALL = (PLAN, LISTING, COMPLAINT, LEAD, MEDIATION)

OPEN_PLANS = (PlanStatus.PROPOSED, PlanStatus.ACCEPTED)
OPEN_LISTINGS = (ListingStatus.PROPOSED, ListingStatus.REPLIED, ListingStatus.PUBLISHED, ListingStatus.APPEALED)
PUBLIC_LISTINGS = (ListingStatus.PUBLISHED, ListingStatus.APPEALED)
OPEN_COMPLAINTS = (ComplaintStatus.FILED, ComplaintStatus.SUBMITTED, ComplaintStatus.ACCEPTED,
                   ComplaintStatus.TRANSFERRED, ComplaintStatus.DECIDED)
OPEN_LEADS = (LeadStatus.OPEN, LeadStatus.ASKED, LeadStatus.ANSWERED)
OPEN_MEDIATIONS = (MediationStatus.REQUESTED, MediationStatus.AGREED, MediationStatus.ASSIGNED,
                   MediationStatus.TERMS_RECORDED)
