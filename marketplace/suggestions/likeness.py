"""How near texts stand to each other in the matching engine's own vectors."""
from __future__ import annotations

from collections.abc import Sequence


def nearness_percent(texts: Sequence[str]) -> list[list[int]]:
    """Cosine of every two texts in percent, a square table; 100 for the same meaning, 0 for an empty text."""
    from matching.encode import embedded

    vectors = embedded().encode_document(texts)
    return [[round(100 * float(cosine)) for cosine in row] for row in vectors @ vectors.T]
