"""Searches that founders keep, and the alerts that came of them."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Code, Fen, Json, Line, Moment
from marketplace.demand.models import Demand


class SavedSearch(Base):
    """What a founder looks for among open demands; empty columns ask nothing. Money in fen.

    `user_id` made it and gets the e-mails, when `by_email`. `divisions` are those of GB/T 4754 that `industry` stands
    for. While `paused_at` is set nothing comes of it.
    """

    __tablename__ = "saved_search"
    __table_args__ = (
        UniqueConstraint("founder_id", "name"),
        CheckConstraint("budget_min_fen IS NULL OR budget_max_fen IS NULL OR budget_min_fen <= budget_max_fen",
                        name="budget"),
        CheckConstraint("min_percent IS NULL OR min_percent BETWEEN 1 AND 99", name="percent"),
        CheckConstraint("closing_within_days IS NULL OR closing_within_days BETWEEN 1 AND 365", name="closing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    founder_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[Line]
    text: Mapped[Line] = mapped_column(default="")
    industry: Mapped[Line] = mapped_column(default="")
    divisions: Mapped[Json] = mapped_column(default=list)
    region: Mapped[Line] = mapped_column(default="")
    budget_min_fen: Mapped[Fen | None]
    budget_max_fen: Mapped[Fen | None]
    remote: Mapped[bool] = mapped_column(default=False)
    set_aside: Mapped[bool] = mapped_column(default=False)
    micro: Mapped[bool] = mapped_column(default=False)
    payer: Mapped[Code | None]
    closing_within_days: Mapped[int | None]
    min_percent: Mapped[int | None]
    by_email: Mapped[bool] = mapped_column(default=False)
    language: Mapped[Code] = mapped_column(default="zh")
    created_at: Mapped[Moment]
    paused_at: Mapped[Moment | None]
    user: Mapped[User] = relationship()


class SearchAlert(Base):
    """That a demand answers a search, told once. `hits` are codes and facts, the sentences are made when shown.

    `known`: it was among the results when the search was saved, so nobody was told.
    """

    __tablename__ = "search_alert"
    __table_args__ = (UniqueConstraint("search_id", "demand_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"))
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    hits: Mapped[Json] = mapped_column(default=list)
    known: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    demand: Mapped[Demand] = relationship()
    search: Mapped[SavedSearch] = relationship()


class SearchPass(Base):
    """When all searches were last held against a demand, and as which content: what has changed since is done again."""

    __tablename__ = "search_pass"

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), primary_key=True)
    content_at: Mapped[Moment]
    matched_at: Mapped[Moment | None]
    passed_on: Mapped[dt.date]
