"""A bond: what the buyer asked for, how the founder provided it, and its return."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.contracts.models import Contract
from marketplace.db import Base, Code, Fen, Line, Moment
from marketplace.rules.lifecycle import BondStatus

HELD = text("status IN ('provided','return_notified')")


class Bond(Base):
    """Security under a contract (Decree 802 Art. 13). Money is recorded here, never held by the platform.

    `base_fen` is what the cap was counted on when the bond was asked for; `ends_on` the end of the period it
    secures, `return_by` the last day for giving it back.
    """

    __tablename__ = "bond"
    __table_args__ = (
        CheckConstraint("amount_fen > 0 AND base_fen > 0 AND amount_fen <= base_fen", name="amounts"),
        CheckConstraint("kind IN ('bid','performance','quality','migrant_wage')", name="kind"),
        CheckConstraint("status IN ('required','waived') OR (instrument IS NOT NULL AND provided_on IS NOT NULL)",
                        name="provided_has_instrument"),
        CheckConstraint("(returned_on IS NOT NULL) = (status IN ('return_notified','returned'))",
                        name="return_has_day"),
        Index("ix_bond_held", "return_by", sqlite_where=HELD, postgresql_where=HELD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    kind: Mapped[Code]
    amount_fen: Mapped[Fen]
    base_fen: Mapped[Fen]
    purpose: Mapped[str] = mapped_column(Text, default="")
    ends_on: Mapped[dt.date]
    return_by: Mapped[dt.date]
    provisional: Mapped[bool] = mapped_column(default=False)
    status: Mapped[Code] = mapped_column(default=BondStatus.REQUIRED)
    required_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    required_at: Mapped[Moment]
    instrument: Mapped[Code | None]
    instrument_reference: Mapped[Line | None]
    provided_on: Mapped[dt.date | None]
    returned_on: Mapped[dt.date | None]
    return_reference: Mapped[Line | None]
    answer_note: Mapped[str | None] = mapped_column(Text)
    contract: Mapped[Contract] = relationship()
