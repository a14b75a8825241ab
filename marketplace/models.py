"""Every mapped class, imported once so that mappers and migrations see the whole schema."""
from __future__ import annotations

import marketplace.accounts.models
import marketplace.audit.models
import marketplace.banking.models
import marketplace.bonds.models
import marketplace.complaints.models
import marketplace.contracts.models
import marketplace.demand.models
import marketplace.demand.publication_models
import marketplace.disclosure.models
import marketplace.editions.models
import marketplace.enforcement.models
import marketplace.evaluation.models
import marketplace.evaluation.validation_models
import marketplace.founders.models
import marketplace.integrity.models
import marketplace.ledger.models
import marketplace.notices.models
import marketplace.objections.models
import marketplace.oversight.models
import marketplace.payments.models
import marketplace.questions.models
import marketplace.receivables.models
import marketplace.reference_tables.models
import marketplace.searches.models
import marketplace.suggestions.models
import marketplace.tendering.models  # noqa: F401
