"""Hash-chained, append-only record of every change."""
from marketplace.audit.operations import record

__all__ = ["record"]
