"""From a posted slice to an award that stands: review, questions, panels, objections, credentials."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_demand_published_has_dates"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_demand_published_has_dates"),
            "status IN ('planning','review','cancelled') OR (published_at IS NOT NULL AND bid_deadline IS NOT NULL)",
        )

    op.create_table(
        "time_away",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_time_away_days")),
        sa.ForeignKeyConstraint(["founder_id"], ["organisation.id"], name=op.f("fk_time_away_founder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_away")),
    )
    with op.batch_alter_table("time_away", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_time_away_founder_id"), ["founder_id"], unique=False)

    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("evidence_sha256", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renews_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status <> 'refused' OR reason IS NOT NULL", name=op.f("ck_credential_refusal_has_reason")
        ),
        sa.CheckConstraint(
            "status IN ('claimed','verified','refused','withdrawn')", name=op.f("ck_credential_status")
        ),
        sa.CheckConstraint(
            "status NOT IN ('verified','refused') OR decided_at IS NOT NULL",
            name=op.f("ck_credential_decided_has_moment"),
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_credential_validity")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_credential_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["founder_id"], ["organisation.id"], name=op.f("fk_credential_founder_id")),
        sa.ForeignKeyConstraint(["renews_id"], ["credential.id"], name=op.f("fk_credential_renews_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
    )
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.create_index("ix_credential_expiry", ["valid_until"], unique=False)
        batch_op.create_index("ix_credential_queue", ["status", "claimed_at"], unique=False)
        batch_op.create_index(
            "uq_credential_number",
            ["founder_id", "issuer", "number", "valid_from"],
            unique=True,
            sqlite_where=sa.text("status <> 'withdrawn'"),
            postgresql_where=sa.text("status <> 'withdrawn'"),
        )

    op.create_table(
        "edition_reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR confirmed_at >= asked_at", name=op.f("ck_edition_reader_confirmed_after")
        ),
        sa.CheckConstraint(
            "user_id IS NULL OR confirmed_at IS NOT NULL", name=op.f("ck_edition_reader_person_is_confirmed")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_edition_reader_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_reader")),
        sa.UniqueConstraint("address", name=op.f("uq_edition_reader_address")),
        sa.UniqueConstraint("token", name=op.f("uq_edition_reader_token")),
        sa.UniqueConstraint("user_id", name=op.f("uq_edition_reader_user_id")),
    )
    with op.batch_alter_table("edition_reader", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edition_reader_confirmed_at"), ["confirmed_at"], unique=False)

    op.create_table(
        "employment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("employer", sa.String(length=200), nullable=False),
        sa.Column("employer_uscc", sa.String(length=18), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name=op.f("ck_employment_days")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_employment_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employment")),
    )
    with op.batch_alter_table("employment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_employment_employer_uscc"), ["employer_uscc"], unique=False)
        batch_op.create_index(batch_op.f("ix_employment_user_id"), ["user_id"], unique=False)

    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("industry", sa.String(length=200), nullable=False),
        sa.Column("divisions", JSON, nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("budget_min_fen", sa.BigInteger(), nullable=True),
        sa.Column("budget_max_fen", sa.BigInteger(), nullable=True),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("set_aside", sa.Boolean(), nullable=False),
        sa.Column("micro", sa.Boolean(), nullable=False),
        sa.Column("payer", sa.String(length=40), nullable=True),
        sa.Column("closing_within_days", sa.Integer(), nullable=True),
        sa.Column("min_percent", sa.Integer(), nullable=True),
        sa.Column("by_email", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "budget_min_fen IS NULL OR budget_max_fen IS NULL OR budget_min_fen <= budget_max_fen",
            name=op.f("ck_saved_search_budget"),
        ),
        sa.CheckConstraint(
            "closing_within_days IS NULL OR closing_within_days BETWEEN 1 AND 365",
            name=op.f("ck_saved_search_closing"),
        ),
        sa.CheckConstraint(
            "min_percent IS NULL OR min_percent BETWEEN 1 AND 99", name=op.f("ck_saved_search_percent")
        ),
        sa.ForeignKeyConstraint(["founder_id"], ["organisation.id"], name=op.f("fk_saved_search_founder_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_saved_search_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("founder_id", "name", name=op.f("uq_saved_search_founder_id_name")),
    )
    op.create_table(
        "bid_attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=40), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("stored_bytes", sa.Integer(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stored_bytes > 0", name=op.f("ck_bid_attachment_stored_bytes")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_bid_attachment_demand_id")),
        sa.ForeignKeyConstraint(
            ["founder_id"], ["organisation.id"], name=op.f("fk_bid_attachment_founder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bid_attachment")),
        sa.UniqueConstraint("file", name=op.f("uq_bid_attachment_file")),
    )
    with op.batch_alter_table("bid_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bid_attachment_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bid_attachment_founder_id"), ["founder_id"], unique=False)

    op.create_table(
        "bid_team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dissolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_bid_team_demand_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["organisation.id"], name=op.f("fk_bid_team_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bid_team")),
    )
    with op.batch_alter_table("bid_team", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bid_team_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bid_team_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index(
            "uq_bid_team_standing",
            ["demand_id", "lead_id"],
            unique=True,
            sqlite_where=sa.text("dissolved_at IS NULL"),
            postgresql_where=sa.text("dissolved_at IS NULL"),
        )

    op.create_table(
        "closed_ranking",
        sa.Column("demand_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ranking", JSON, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_closed_ranking_demand_id")),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_closed_ranking")),
    )
    op.create_table(
        "collusion_lead",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("strength", sa.String(length=40), nullable=False),
        sa.Column("bid_ids", JSON, nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "stage = 'new' OR note IS NOT NULL", name=op.f("ck_collusion_lead_looked_at_has_note")
        ),
        sa.CheckConstraint(
            "stage NOT IN ('explained','forwarded') OR (closing IS NOT NULL AND closed_at IS NOT NULL)",
            name=op.f("ck_collusion_lead_closed_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["user_account.id"], name=op.f("fk_collusion_lead_closed_by_id")
        ),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_collusion_lead_demand_id")),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["user_account.id"], name=op.f("fk_collusion_lead_noted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collusion_lead")),
        sa.UniqueConstraint("key", name=op.f("uq_collusion_lead_key")),
    )
    with op.batch_alter_table("collusion_lead", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_collusion_lead_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_collusion_lead_stage"), ["stage"], unique=False)

    op.create_table(
        "collusion_scan",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("bids", sa.Integer(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_collusion_scan_demand_id")),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_collusion_scan")),
    )
    op.create_table(
        "deadline_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("after > before", name=op.f("ck_deadline_change_later")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_deadline_change_demand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_change")),
    )
    with op.batch_alter_table("deadline_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deadline_change_demand_id"), ["demand_id"], unique=False)

    op.create_table(
        "demand_addendum",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("material", sa.Boolean(), nullable=False),
        sa.Column("deadline_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_rule", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(deadline_before IS NULL) = (deadline_after IS NULL)", name=op.f("ck_demand_addendum_deadlines")
        ),
        sa.CheckConstraint(
            "deadline_after IS NULL OR deadline_after > deadline_before",
            name=op.f("ck_demand_addendum_later"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_demand_addendum_by_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_demand_addendum_demand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_addendum")),
        sa.UniqueConstraint("demand_id", "number", name=op.f("uq_demand_addendum_demand_id_number")),
    )
    op.create_table(
        "demand_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.Column("base", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("typed", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(demand_id IS NULL) = (base IS NULL)", name=op.f("ck_demand_draft_change_has_base")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_demand_draft_version")),
        sa.ForeignKeyConstraint(
            ["begun_by_id"], ["user_account.id"], name=op.f("fk_demand_draft_begun_by_id")
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_demand_draft_buyer_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_demand_draft_demand_id")),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["user_account.id"], name=op.f("fk_demand_draft_saved_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_draft")),
        sa.UniqueConstraint("demand_id", name=op.f("uq_demand_draft_demand_id")),
    )
    with op.batch_alter_table("demand_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_demand_draft_buyer_id"), ["buyer_id"], unique=False)

    op.create_table(
        "demand_follow",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_demand_follow_demand_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_demand_follow_organisation_id")
        ),
        sa.PrimaryKeyConstraint("demand_id", "organisation_id", name=op.f("pk_demand_follow")),
    )
    with op.batch_alter_table("demand_follow", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_demand_follow_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "demand_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("bidding_days", sa.Integer(), nullable=False),
        sa.Column("wished_deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declared_unclassified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("remarks", JSON, nullable=False),
        sa.CheckConstraint(
            "(status = 'waiting') = (decided_at IS NULL)", name=op.f("ck_demand_review_decided_has_moment")
        ),
        sa.CheckConstraint(
            "status IN ('waiting','approved','returned','withdrawn')", name=op.f("ck_demand_review_status")
        ),
        sa.CheckConstraint("bidding_days >= 0", name=op.f("ck_demand_review_bidding_days")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_demand_review_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_demand_review_demand_id")),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["user_account.id"], name=op.f("fk_demand_review_submitted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_review")),
        sa.UniqueConstraint("demand_id", "number", name=op.f("uq_demand_review_demand_id_number")),
    )
    with op.batch_alter_table("demand_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_demand_review_submitted_at"), ["submitted_at"], unique=False)
        batch_op.create_index(
            "uq_demand_review_waiting",
            ["demand_id"],
            unique=True,
            sqlite_where=sa.text("status = 'waiting'"),
            postgresql_where=sa.text("status = 'waiting'"),
        )

    op.create_table(
        "evaluation_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("blinding_key", sa.String(length=64), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("points_hash", sa.String(length=64), nullable=True),
        sa.Column("reopened_reason", sa.Text(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'reopened') = (reopened_reason IS NOT NULL)",
            name=op.f("ck_evaluation_round_reopened_has_reason"),
        ),
        sa.CheckConstraint(
            "(status IN ('closed','reopened')) = (closed_at IS NOT NULL)",
            name=op.f("ck_evaluation_round_closed"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (points_hash IS NULL)", name=op.f("ck_evaluation_round_closed_has_hash")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["user_account.id"], name=op.f("fk_evaluation_round_closed_by_id")
        ),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_evaluation_round_demand_id")),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user_account.id"], name=op.f("fk_evaluation_round_opened_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_round")),
        sa.UniqueConstraint("demand_id", "number", name=op.f("uq_evaluation_round_demand_id_number")),
    )
    with op.batch_alter_table("evaluation_round", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluation_round_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(
            "uq_evaluation_round_live",
            ["demand_id"],
            unique=True,
            sqlite_where=sa.text("status <> 'reopened'"),
            postgresql_where=sa.text("status <> 'reopened'"),
        )

    op.create_table(
        "question_asker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_question_asker_demand_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_question_asker_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_asker")),
        sa.UniqueConstraint(
            "demand_id", "organisation_id", name=op.f("uq_question_asker_demand_id_organisation_id")
        ),
        sa.UniqueConstraint("demand_id", "place", name=op.f("uq_question_asker_demand_id_place")),
    )
    with op.batch_alter_table("question_asker", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_question_asker_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "relation_declaration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("related", sa.Boolean(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("declared_by_id", sa.Integer(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "NOT related OR details <> ''", name=op.f("ck_relation_declaration_relation_has_details")
        ),
        sa.CheckConstraint("stage IN ('bidding','explanation')", name=op.f("ck_relation_declaration_stage")),
        sa.ForeignKeyConstraint(
            ["declared_by_id"], ["user_account.id"], name=op.f("fk_relation_declaration_declared_by_id")
        ),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_relation_declaration_demand_id")),
        sa.ForeignKeyConstraint(
            ["founder_id"], ["organisation.id"], name=op.f("fk_relation_declaration_founder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation_declaration")),
    )
    with op.batch_alter_table("relation_declaration", schema=None) as batch_op:
        batch_op.create_index("ix_relation_declaration_bidder", ["demand_id", "founder_id"], unique=False)

    op.create_table(
        "search_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("hits", JSON, nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_search_alert_demand_id")),
        sa.ForeignKeyConstraint(
            ["search_id"], ["saved_search.id"], name=op.f("fk_search_alert_search_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_alert")),
        sa.UniqueConstraint("search_id", "demand_id", name=op.f("uq_search_alert_search_id_demand_id")),
    )
    with op.batch_alter_table("search_alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_search_alert_demand_id"), ["demand_id"], unique=False)

    op.create_table(
        "search_pass",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("content_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_search_pass_demand_id")),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_search_pass")),
    )
    op.create_table(
        "standstill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("winner_id", sa.Integer(), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("signed_at IS NULL OR revoked_at IS NULL", name=op.f("ck_standstill_one_end")),
        sa.CheckConstraint("working_days > 0", name=op.f("ck_standstill_working_days")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_standstill_demand_id")),
        sa.ForeignKeyConstraint(["winner_id"], ["organisation.id"], name=op.f("fk_standstill_winner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standstill")),
    )
    with op.batch_alter_table("standstill", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standstill_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(
            "uq_standstill_standing",
            ["demand_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )

    op.create_table(
        "validation_stage",
        sa.Column("demand_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("top", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("access_days", sa.Integer(), nullable=False),
        sa.Column("metric_name", sa.String(length=200), nullable=True),
        sa.Column("metric_unit", sa.String(length=200), nullable=True),
        sa.Column("metric_threshold", sa.String(length=20), nullable=True),
        sa.Column("higher_is_better", sa.Boolean(), nullable=False),
        sa.Column("before_publication", sa.Boolean(), nullable=False),
        sa.Column("stated_by_id", sa.Integer(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(metric_name IS NULL) = (metric_unit IS NULL)", name=op.f("ck_validation_stage_metric_has_unit")
        ),
        sa.CheckConstraint(
            "metric_threshold IS NULL OR metric_name IS NOT NULL",
            name=op.f("ck_validation_stage_threshold_of_metric"),
        ),
        sa.CheckConstraint(
            "top BETWEEN 1 AND 5 AND access_days BETWEEN 1 AND 60", name=op.f("ck_validation_stage_limits")
        ),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_validation_stage_demand_id")),
        sa.ForeignKeyConstraint(
            ["stated_by_id"], ["user_account.id"], name=op.f("fk_validation_stage_stated_by_id")
        ),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_validation_stage")),
    )
    op.create_table(
        "bid_attachment_use",
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["bid_attachment.id"], name=op.f("fk_bid_attachment_use_attachment_id")
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_bid_attachment_use_bid_id")),
        sa.PrimaryKeyConstraint("bid_id", "attachment_id", name=op.f("pk_bid_attachment_use")),
    )
    with op.batch_alter_table("bid_attachment_use", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bid_attachment_use_attachment_id"), ["attachment_id"], unique=False
        )

    op.create_table(
        "bid_team_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('invited','confirmed','declined','withdrawn')", name=op.f("ck_bid_team_member_status")
        ),
        sa.CheckConstraint("share_bp BETWEEN 1 AND 9999", name=op.f("ck_bid_team_member_share")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_bid_team_member_demand_id")),
        sa.ForeignKeyConstraint(
            ["founder_id"], ["organisation.id"], name=op.f("fk_bid_team_member_founder_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["bid_team.id"], name=op.f("fk_bid_team_member_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bid_team_member")),
        sa.UniqueConstraint("team_id", "founder_id", name=op.f("uq_bid_team_member_team_id_founder_id")),
    )
    with op.batch_alter_table("bid_team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bid_team_member_founder_id"), ["founder_id"], unique=False)
        batch_op.create_index(
            "uq_bid_team_member_bound",
            ["demand_id", "founder_id"],
            unique=True,
            sqlite_where=sa.text("status = 'confirmed'"),
            postgresql_where=sa.text("status = 'confirmed'"),
        )

    op.create_table(
        "bid_trace",
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=True),
        sa.Column("agent_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_bid_trace_bid_id")),
        sa.PrimaryKeyConstraint("bid_id", name=op.f("pk_bid_trace")),
    )
    op.create_table(
        "consensus_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("points_before", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "points BETWEEN 0 AND 100 AND points <> points_before", name=op.f("ck_consensus_change_points")
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_consensus_change_bid_id")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["user_account.id"], name=op.f("fk_consensus_change_changed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criterion.id"], name=op.f("fk_consensus_change_criterion_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["evaluation_round.id"], name=op.f("fk_consensus_change_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consensus_change")),
    )
    with op.batch_alter_table("consensus_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consensus_change_round_id"), ["round_id"], unique=False)

    op.create_table(
        "consensus_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "points BETWEEN 0 AND 100 AND mean BETWEEN 0 AND 100", name=op.f("ck_consensus_point_points")
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_consensus_point_bid_id")),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criterion.id"], name=op.f("fk_consensus_point_criterion_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["evaluation_round.id"], name=op.f("fk_consensus_point_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consensus_point")),
        sa.UniqueConstraint(
            "round_id", "bid_id", "criterion_id", name=op.f("uq_consensus_point_round_id_bid_id_criterion_id")
        ),
    )
    op.create_table(
        "evaluator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("declaration", sa.Text(), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status <> 'submitted' OR submitted_at IS NOT NULL", name=op.f("ck_evaluator_submitted")
        ),
        sa.CheckConstraint(
            "status IN ('named','removed') OR declared_at IS NOT NULL", name=op.f("ck_evaluator_declared")
        ),
        sa.ForeignKeyConstraint(["named_by_id"], ["user_account.id"], name=op.f("fk_evaluator_named_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["evaluation_round.id"], name=op.f("fk_evaluator_round_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_evaluator_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluator")),
    )
    with op.batch_alter_table("evaluator", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluator_round_id"), ["round_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluator_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_evaluator_standing",
            ["round_id", "user_id"],
            unique=True,
            sqlite_where=sa.text("status NOT IN ('recused','removed')"),
            postgresql_where=sa.text("status NOT IN ('recused','removed')"),
        )

    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standstill_id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("consequence", sa.String(length=40), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalation", sa.Text(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "status <> 'open' OR closed_on IS NULL", name=op.f("ck_objection_open_is_not_closed")
        ),
        sa.CheckConstraint(
            "status <> 'upheld' OR answer IS NOT NULL OR finding IS NOT NULL",
            name=op.f("ck_objection_upheld_has_reasons"),
        ),
        sa.CheckConstraint(
            "status <> 'upheld' OR consequence IS NOT NULL", name=op.f("ck_objection_upheld_has_consequence")
        ),
        sa.CheckConstraint(
            "status IN ('open','dismissed','upheld','escalated','unfounded','withdrawn','lapsed')",
            name=op.f("ck_objection_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('dismissed') OR answer IS NOT NULL",
            name=op.f("ck_objection_dismissal_has_reasons"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('dismissed','upheld','unfounded','withdrawn','lapsed') OR closed_on IS NOT NULL",
            name=op.f("ck_objection_closed_has_day"),
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_objection_answer_has_moment")
        ),
        sa.CheckConstraint(
            "(finding IS NULL) = (found_at IS NULL)", name=op.f("ck_objection_finding_has_moment")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user_account.id"], name=op.f("fk_objection_answered_by_id")
        ),
        sa.ForeignKeyConstraint(["filed_by_id"], ["user_account.id"], name=op.f("fk_objection_filed_by_id")),
        sa.ForeignKeyConstraint(["found_by_id"], ["user_account.id"], name=op.f("fk_objection_found_by_id")),
        sa.ForeignKeyConstraint(["founder_id"], ["organisation.id"], name=op.f("fk_objection_founder_id")),
        sa.ForeignKeyConstraint(
            ["standstill_id"], ["standstill.id"], name=op.f("fk_objection_standstill_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint(
            "standstill_id", "founder_id", name=op.f("uq_objection_standstill_id_founder_id")
        ),
    )
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.create_index(
            "ix_objection_waiting",
            ["standstill_id"],
            unique=False,
            sqlite_where=sa.text("status IN ('open','escalated')"),
            postgresql_where=sa.text("status IN ('open','escalated')"),
        )

    op.create_table(
        "price_explanation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('accepted','excluded')) = (decided_at IS NOT NULL AND reason IS NOT NULL)",
            name=op.f("ck_price_explanation_decided"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('answered','accepted') OR answer IS NOT NULL",
            name=op.f("ck_price_explanation_has_answer"),
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_price_explanation_answered")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user_account.id"], name=op.f("fk_price_explanation_asked_by_id")
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_price_explanation_bid_id")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_price_explanation_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_explanation")),
        sa.UniqueConstraint("bid_id", name=op.f("uq_price_explanation_bid_id")),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'hidden') = (reason IS NOT NULL)", name=op.f("ck_question_hidden_has_reason")
        ),
        sa.CheckConstraint(
            "(status IN ('hidden','withdrawn')) = (ended_at IS NOT NULL)",
            name=op.f("ck_question_ended_has_moment"),
        ),
        sa.CheckConstraint(
            "status IN ('open','answered','hidden','withdrawn')", name=op.f("ck_question_status")
        ),
        sa.ForeignKeyConstraint(["asker_id"], ["question_asker.id"], name=op.f("fk_question_asker_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_question_demand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("demand_id", "number", name=op.f("uq_question_demand_id_number")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_asker_id"), ["asker_id"], unique=False)
        batch_op.create_index("ix_question_status", ["status", "demand_id"], unique=False)

    op.create_table(
        "revoked_award",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("award_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ranking", JSON, nullable=False),
        sa.Column("awarded_by_id", sa.Integer(), nullable=False),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.Column("contract_number", sa.String(length=40), nullable=True),
        sa.Column("contract_text", sa.Text(), nullable=True),
        sa.Column("contract_text_hash", sa.String(length=64), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.String(length=60), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.CheckConstraint("round > 0", name=op.f("ck_revoked_award_round")),
        sa.ForeignKeyConstraint(
            ["awarded_by_id"], ["user_account.id"], name=op.f("fk_revoked_award_awarded_by_id")
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_revoked_award_bid_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_revoked_award_demand_id")),
        sa.ForeignKeyConstraint(
            ["founder_id"], ["organisation.id"], name=op.f("fk_revoked_award_founder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revoked_award")),
        sa.UniqueConstraint("award_id", name=op.f("uq_revoked_award_award_id")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_revoked_award_contract_id")),
        sa.UniqueConstraint("contract_number", name=op.f("uq_revoked_award_contract_number")),
        sa.UniqueConstraint("demand_id", "round", name=op.f("uq_revoked_award_demand_id_round")),
    )
    with op.batch_alter_table("revoked_award", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revoked_award_demand_id"), ["demand_id"], unique=False)

    op.create_table(
        "team_bid",
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_team_bid_bid_id")),
        sa.ForeignKeyConstraint(["team_id"], ["bid_team.id"], name=op.f("fk_team_bid_team_id")),
        sa.PrimaryKeyConstraint("bid_id", name=op.f("pk_team_bid")),
    )
    with op.batch_alter_table("team_bid", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_bid_team_id"), ["team_id"], unique=False)

    op.create_table(
        "validation_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored", sa.String(length=40), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["user_account.id"], name=op.f("fk_validation_file_added_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["validation_stage.demand_id"], name=op.f("fk_validation_file_demand_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validation_file")),
        sa.UniqueConstraint("stored", name=op.f("uq_validation_file_stored")),
    )
    with op.batch_alter_table("validation_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_validation_file_demand_id"), ["demand_id"], unique=False)

    op.create_table(
        "validation_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("conditions_hash", sa.String(length=64), nullable=False),
        sa.Column("offered_by_id", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("metric_value", sa.String(length=20), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('passed','failed')", name=op.f("ck_validation_grant_outcome")
        ),
        sa.CheckConstraint(
            "status <> 'active' OR accepted_at IS NOT NULL",
            name=op.f("ck_validation_grant_active_is_accepted"),
        ),
        sa.CheckConstraint(
            "status <> 'revoked' OR revoke_reason IS NOT NULL",
            name=op.f("ck_validation_grant_revoked_has_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('offered','active','revoked','expired','closed')",
            name=op.f("ck_validation_grant_status"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (recorded_at IS NULL)", name=op.f("ck_validation_grant_outcome_has_moment")
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"], ["user_account.id"], name=op.f("fk_validation_grant_accepted_by_id")
        ),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_validation_grant_bid_id")),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["validation_stage.demand_id"], name=op.f("fk_validation_grant_demand_id")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by_id"], ["user_account.id"], name=op.f("fk_validation_grant_offered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_validation_grant_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validation_grant")),
        sa.UniqueConstraint("bid_id", name=op.f("uq_validation_grant_bid_id")),
    )
    with op.batch_alter_table("validation_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_validation_grant_demand_id"), ["demand_id"], unique=False)

    op.create_table(
        "evaluator_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluator_id", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name=op.f("ck_evaluator_point_points")),
        sa.ForeignKeyConstraint(["bid_id"], ["bid.id"], name=op.f("fk_evaluator_point_bid_id")),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criterion.id"], name=op.f("fk_evaluator_point_criterion_id")
        ),
        sa.ForeignKeyConstraint(
            ["evaluator_id"], ["evaluator.id"], name=op.f("fk_evaluator_point_evaluator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluator_point")),
        sa.UniqueConstraint(
            "evaluator_id",
            "bid_id",
            "criterion_id",
            name=op.f("uq_evaluator_point_evaluator_id_bid_id_criterion_id"),
        ),
    )
    op.create_table(
        "question_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user_account.id"], name=op.f("fk_question_answer_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_answer_question_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_answer")),
        sa.UniqueConstraint("question_id", "version", name=op.f("uq_question_answer_question_id_version")),
    )
    op.create_table(
        "validation_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["validation_file.id"], name=op.f("fk_validation_visit_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["validation_grant.id"], name=op.f("fk_validation_visit_grant_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_validation_visit_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validation_visit")),
        sa.UniqueConstraint("grant_id", "number", name=op.f("uq_validation_visit_grant_id_number")),
    )
    op.create_table(
        "verified_case",
        sa.Column("contract_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("buyer_kind", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("finished_on", sa.Date(), nullable=False),
        sa.Column("milestones", sa.Integer(), nullable=False),
        sa.Column("delivered_on_time", sa.Integer(), nullable=False),
        sa.Column("paid_on_time", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consented_by_id", sa.Integer(), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(consented_at IS NULL) = (consented_by_id IS NULL)", name=op.f("ck_verified_case_consent")
        ),
        sa.CheckConstraint("finished_on >= signed_on", name=op.f("ck_verified_case_days")),
        sa.CheckConstraint(
            "milestones > 0 AND delivered_on_time BETWEEN 0 AND milestones AND paid_on_time BETWEEN 0 AND milestones",
            name=op.f("ck_verified_case_counts"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_verified_case_buyer_id")),
        sa.ForeignKeyConstraint(
            ["consented_by_id"], ["user_account.id"], name=op.f("fk_verified_case_consented_by_id")
        ),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_verified_case_contract_id")),
        sa.ForeignKeyConstraint(
            ["founder_id"], ["organisation.id"], name=op.f("fk_verified_case_founder_id")
        ),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_verified_case")),
        sa.UniqueConstraint("number", name=op.f("uq_verified_case_number")),
    )
    with op.batch_alter_table("verified_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verified_case_founder_id"), ["founder_id"], unique=False)

    with op.batch_alter_table("bid", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team", JSON, nullable=True))
        batch_op.add_column(sa.Column("attachments", JSON, nullable=True))
        batch_op.add_column(sa.Column("exclusion", sa.Text(), nullable=True))

    with op.batch_alter_table("capability_profile", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agents", JSON, server_default=sa.text("'[]'"), nullable=False))
        batch_op.add_column(sa.Column("available_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("hours_per_week", sa.Integer(), nullable=True))

    with op.batch_alter_table("criterion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("minimum_points", sa.Integer(), nullable=True))

    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.add_column(sa.Column("response_hours", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("minimum_batch", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("minimum_batch_unit", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("copied_from", sa.String(length=40), nullable=True))

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("legal_representative", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("registered_address", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("phone", sa.String(length=200), nullable=True))

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("data_offered", sa.Text(), server_default=sa.text("('')"), nullable=False)
        )


def downgrade() -> None:
    op.execute("UPDATE demand SET status = 'planning' WHERE status = 'review'")
    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_demand_published_has_dates"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_demand_published_has_dates"),
            "status IN ('planning','cancelled') OR (published_at IS NOT NULL AND bid_deadline IS NOT NULL)",
        )

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_column("data_offered")

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_column("phone")
        batch_op.drop_column("registered_address")
        batch_op.drop_column("legal_representative")

    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.drop_column("copied_from")
        batch_op.drop_column("minimum_batch_unit")
        batch_op.drop_column("minimum_batch")
        batch_op.drop_column("response_hours")

    with op.batch_alter_table("criterion", schema=None) as batch_op:
        batch_op.drop_column("minimum_points")

    with op.batch_alter_table("capability_profile", schema=None) as batch_op:
        batch_op.drop_column("hours_per_week")
        batch_op.drop_column("available_from")
        batch_op.drop_column("agents")

    with op.batch_alter_table("bid", schema=None) as batch_op:
        batch_op.drop_column("exclusion")
        batch_op.drop_column("attachments")
        batch_op.drop_column("team")

    with op.batch_alter_table("verified_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verified_case_founder_id"))

    op.drop_table("verified_case")
    op.drop_table("validation_visit")
    op.drop_table("question_answer")
    op.drop_table("evaluator_point")
    with op.batch_alter_table("validation_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_validation_grant_demand_id"))

    op.drop_table("validation_grant")
    with op.batch_alter_table("validation_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_validation_file_demand_id"))

    op.drop_table("validation_file")
    with op.batch_alter_table("team_bid", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_bid_team_id"))

    op.drop_table("team_bid")
    with op.batch_alter_table("revoked_award", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revoked_award_demand_id"))

    op.drop_table("revoked_award")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index("ix_question_status")
        batch_op.drop_index(batch_op.f("ix_question_asker_id"))

    op.drop_table("question")
    op.drop_table("price_explanation")
    with op.batch_alter_table("objection", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_objection_waiting",
            sqlite_where=sa.text("status IN ('open','escalated')"),
            postgresql_where=sa.text("status IN ('open','escalated')"),
        )

    op.drop_table("objection")
    with op.batch_alter_table("evaluator", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_evaluator_standing",
            sqlite_where=sa.text("status NOT IN ('recused','removed')"),
            postgresql_where=sa.text("status NOT IN ('recused','removed')"),
        )
        batch_op.drop_index(batch_op.f("ix_evaluator_user_id"))
        batch_op.drop_index(batch_op.f("ix_evaluator_round_id"))

    op.drop_table("evaluator")
    op.drop_table("consensus_point")
    with op.batch_alter_table("consensus_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consensus_change_round_id"))

    op.drop_table("consensus_change")
    op.drop_table("bid_trace")
    with op.batch_alter_table("bid_team_member", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_bid_team_member_bound",
            sqlite_where=sa.text("status = 'confirmed'"),
            postgresql_where=sa.text("status = 'confirmed'"),
        )
        batch_op.drop_index(batch_op.f("ix_bid_team_member_founder_id"))

    op.drop_table("bid_team_member")
    with op.batch_alter_table("bid_attachment_use", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bid_attachment_use_attachment_id"))

    op.drop_table("bid_attachment_use")
    op.drop_table("validation_stage")
    with op.batch_alter_table("standstill", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_standstill_standing",
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_standstill_demand_id"))

    op.drop_table("standstill")
    op.drop_table("search_pass")
    with op.batch_alter_table("search_alert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_search_alert_demand_id"))

    op.drop_table("search_alert")
    with op.batch_alter_table("relation_declaration", schema=None) as batch_op:
        batch_op.drop_index("ix_relation_declaration_bidder")

    op.drop_table("relation_declaration")
    with op.batch_alter_table("question_asker", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_asker_organisation_id"))

    op.drop_table("question_asker")
    with op.batch_alter_table("evaluation_round", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_evaluation_round_live",
            sqlite_where=sa.text("status <> 'reopened'"),
            postgresql_where=sa.text("status <> 'reopened'"),
        )
        batch_op.drop_index(batch_op.f("ix_evaluation_round_demand_id"))

    op.drop_table("evaluation_round")
    with op.batch_alter_table("demand_review", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_demand_review_waiting",
            sqlite_where=sa.text("status = 'waiting'"),
            postgresql_where=sa.text("status = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_demand_review_submitted_at"))

    op.drop_table("demand_review")
    with op.batch_alter_table("demand_follow", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_demand_follow_organisation_id"))

    op.drop_table("demand_follow")
    with op.batch_alter_table("demand_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_demand_draft_buyer_id"))

    op.drop_table("demand_draft")
    op.drop_table("demand_addendum")
    with op.batch_alter_table("deadline_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deadline_change_demand_id"))

    op.drop_table("deadline_change")
    op.drop_table("collusion_scan")
    with op.batch_alter_table("collusion_lead", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_collusion_lead_stage"))
        batch_op.drop_index(batch_op.f("ix_collusion_lead_demand_id"))

    op.drop_table("collusion_lead")
    op.drop_table("closed_ranking")
    with op.batch_alter_table("bid_team", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_bid_team_standing",
            sqlite_where=sa.text("dissolved_at IS NULL"),
            postgresql_where=sa.text("dissolved_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_bid_team_lead_id"))
        batch_op.drop_index(batch_op.f("ix_bid_team_demand_id"))

    op.drop_table("bid_team")
    with op.batch_alter_table("bid_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bid_attachment_founder_id"))
        batch_op.drop_index(batch_op.f("ix_bid_attachment_demand_id"))

    op.drop_table("bid_attachment")
    op.drop_table("saved_search")
    with op.batch_alter_table("employment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_employment_user_id"))
        batch_op.drop_index(batch_op.f("ix_employment_employer_uscc"))

    op.drop_table("employment")
    with op.batch_alter_table("edition_reader", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_edition_reader_confirmed_at"))

    op.drop_table("edition_reader")
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_credential_number",
            sqlite_where=sa.text("status <> 'withdrawn'"),
            postgresql_where=sa.text("status <> 'withdrawn'"),
        )
        batch_op.drop_index("ix_credential_queue")
        batch_op.drop_index("ix_credential_expiry")

    op.drop_table("credential")
    with op.batch_alter_table("time_away", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_time_away_founder_id"))

    op.drop_table("time_away")
