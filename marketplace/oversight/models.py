"""What operators keep about the market: saved views, who looks after what, notes, acknowledged flags, batches."""
from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Code, Hash, Json, Line, Moment


class SavedView(Base):
    """Filters of the desk under a name. `query` is canonical; a shared view is seen by every operator."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("owner_id", "name"), CheckConstraint("name <> ''", name="named"))

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[Line]
    query: Mapped[str] = mapped_column(String(2000))
    shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    owner: Mapped[User] = relationship()


class DeskDefault(Base):
    """The view a person's desk opens with: one for each person."""

    __tablename__ = "desk_default"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id"), index=True)


class Oversight(Base):
    """Who of the operator looks after a demand and the contract made from it, and whether it is being watched."""

    __tablename__ = "oversight"

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), primary_key=True)
    watched: Mapped[bool] = mapped_column(default=False)
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    updated_at: Mapped[Moment]
    assigned_to: Mapped[User | None] = relationship()


class OversightNote(Base):
    """An operator's note about a demand and its contract; only operators read it."""

    __tablename__ = "oversight_note"
    __table_args__ = (Index("ix_oversight_note_demand", "demand_id", "written_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[Moment]
    author: Mapped[User] = relationship()


class FlagAcknowledgement(Base):
    """A red flag an operator has looked at, with the reason. It hides the flag while the grounds stay the same."""

    __tablename__ = "flag_acknowledgement"
    __table_args__ = (UniqueConstraint("flag", "object_type", "object_id", "grounds_hash"),
                      CheckConstraint("reason <> ''", name="has_reason"))

    id: Mapped[int] = mapped_column(primary_key=True)
    flag: Mapped[Code]
    object_type: Mapped[Code]
    object_id: Mapped[int]
    grounds_hash: Mapped[Hash]
    reason: Mapped[str] = mapped_column(Text)
    acknowledged_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    acknowledged_at: Mapped[Moment]
    acknowledged_by: Mapped[User] = relationship()


class DeskBatch(Base):
    """One bulk action and what became of each row. `token` is the form's own: the same form is carried out once."""

    __tablename__ = "desk_batch"
    __table_args__ = (CheckConstraint("reason <> ''", name="has_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    action: Mapped[Code]
    reason: Mapped[str] = mapped_column(Text)
    outcome: Mapped[Json] = mapped_column(default=list)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[Moment]
    made_by: Mapped[User] = relationship()
