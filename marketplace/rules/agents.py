"""Where the models behind a founder's tools run, for buyers who rule out models abroad."""
from __future__ import annotations

from enum import StrEnum

MOST_AGENTS = 20


class ModelResidency(StrEnum):
    """domestic: on servers in mainland China, or on the founder's own machine; overseas: abroad; either: abroad, with a
    domestic model instead where the buyer asks for it; none: no model is called."""

    DOMESTIC = "domestic"
    EITHER = "either"
    OVERSEAS = "overseas"
    NONE = "none"
