"""Every mapped class, imported once so that mappers and migrations see the whole schema."""
from __future__ import annotations

import marketplace.accounts.models
import marketplace.audit.models
import marketplace.contracts.models
import marketplace.demand.models
import marketplace.founders.models
import marketplace.notices.models
import marketplace.payments.models
import marketplace.suggestions.models
import marketplace.tendering.models  # noqa: F401
