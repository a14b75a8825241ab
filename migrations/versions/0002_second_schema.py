"""Enforcement of the payment clock, the ledger, and what grew beside them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edition_track",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_track")),
        sa.UniqueConstraint("code", name=op.f("uq_edition_track_code")),
    )
    op.create_table(
        "invitation_round",
        sa.Column("month", sa.String(length=40), nullable=False),
        sa.Column("engine_version", sa.String(length=200), nullable=False),
        sa.Column("report", JSON, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_invitation_round")),
    )
    op.create_table(
        "mediation_partner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mediation_partner")),
        sa.UniqueConstraint("name", name=op.f("uq_mediation_partner_name")),
    )
    op.create_table(
        "buyer_contact",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('zh','en')", name=op.f("ck_buyer_contact_language")),
        sa.CheckConstraint("role IN ('finance','head')", name=op.f("ck_buyer_contact_role")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_buyer_contact_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "role", name=op.f("pk_buyer_contact")),
    )
    op.create_table(
        "edition_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("track_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_edition_subscription_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["edition_track.id"], name=op.f("fk_edition_subscription_track_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_subscription")),
        sa.UniqueConstraint(
            "organisation_id", "track_id", name=op.f("uq_edition_subscription_organisation_id_track_id")
        ),
    )
    with op.batch_alter_table("edition_subscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edition_subscription_track_id"), ["track_id"], unique=False)
        batch_op.create_index(
            "uq_edition_subscription_whole",
            ["organisation_id"],
            unique=True,
            sqlite_where=sa.text("track_id IS NULL"),
            postgresql_where=sa.text("track_id IS NULL"),
        )

    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("dedupe_key", sa.String(length=140), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("try_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name=op.f("ck_mail_one_end")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_mail_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_mail_dedupe_key")),
    )
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(
            "ix_mail_waiting",
            ["try_after", "id"],
            unique=False,
            sqlite_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
        )

    op.create_table(
        "bank_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("new_lines", sa.Integer(), nullable=False),
        sa.Column("known_lines", sa.Integer(), nullable=False),
        sa.Column("other_lines", sa.Integer(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("direction IN ('in','out')", name=op.f("ck_bank_statement_direction")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_bank_statement_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["user_account.id"], name=op.f("fk_bank_statement_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
    )
    with op.batch_alter_table("bank_statement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bank_statement_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "desk_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("outcome", JSON, nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_desk_batch_has_reason")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_desk_batch_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_batch")),
        sa.UniqueConstraint("token", name=op.f("uq_desk_batch_token")),
    )
    op.create_table(
        "disclosure_pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("report_year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("document", JSON, nullable=True),
        sa.Column("document_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_on IS NULL)",
            name=op.f("ck_disclosure_pack_confirmed_has_day"),
        ),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (document_hash IS NULL)",
            name=op.f("ck_disclosure_pack_confirmed_has_document"),
        ),
        sa.CheckConstraint("length(explanation) <= 500", name=op.f("ck_disclosure_pack_explanation_length")),
        sa.CheckConstraint("version > 0", name=op.f("ck_disclosure_pack_version")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_disclosure_pack_buyer_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["user_account.id"], name=op.f("fk_disclosure_pack_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_disclosure_pack_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_pack")),
        sa.UniqueConstraint(
            "buyer_id", "report_year", "version", name=op.f("uq_disclosure_pack_buyer_id_report_year_version")
        ),
    )
    with op.batch_alter_table("disclosure_pack", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disclosure_pack_buyer_id"), ["buyer_id"], unique=False)
        batch_op.create_index(
            "uq_disclosure_pack_draft",
            ["buyer_id", "report_year"],
            unique=True,
            sqlite_where=sa.text("confirmed_at IS NULL"),
            postgresql_where=sa.text("confirmed_at IS NULL"),
        )

    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("introduction_zh", sa.Text(), nullable=False),
        sa.Column("introduction_en", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("document", JSON, nullable=True),
        sa.Column("document_hash", sa.String(length=64), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'draft') = (document_hash IS NULL)", name=op.f("ck_edition_frozen_has_hash")
        ),
        sa.CheckConstraint(
            "(status = 'draft') = (frozen_at IS NULL)", name=op.f("ck_edition_frozen_has_moment")
        ),
        sa.CheckConstraint(
            "(status = 'published') = (published_at IS NOT NULL)",
            name=op.f("ck_edition_published_has_moment"),
        ),
        sa.CheckConstraint("status IN ('draft','frozen','published')", name=op.f("ck_edition_status")),
        sa.CheckConstraint("number > 0", name=op.f("ck_edition_number")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_edition_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("month", name=op.f("uq_edition_month")),
        sa.UniqueConstraint("number", name=op.f("uq_edition_number")),
    )
    op.create_table(
        "flag_acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flag", sa.String(length=40), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("grounds_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_flag_acknowledgement_has_reason")),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"],
            ["user_account.id"],
            name=op.f("fk_flag_acknowledgement_acknowledged_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_acknowledgement")),
        sa.UniqueConstraint(
            "flag",
            "object_type",
            "object_id",
            "grounds_hash",
            name=op.f("uq_flag_acknowledgement_flag_object_type_object_id_grounds_hash"),
        ),
    )
    op.create_table(
        "project_document",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("notes", JSON, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_document_project_id")),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_project_document")),
    )
    op.create_table(
        "reference_table",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("loaded_by_id", sa.Integer(), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('holidays','lpr')", name=op.f("ck_reference_table_kind")),
        sa.CheckConstraint("source <> ''", name=op.f("ck_reference_table_has_source")),
        sa.CheckConstraint("version > 0", name=op.f("ck_reference_table_version")),
        sa.ForeignKeyConstraint(
            ["loaded_by_id"], ["user_account.id"], name=op.f("fk_reference_table_loaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_table")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_reference_table_kind_version")),
    )
    with op.batch_alter_table("reference_table", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reference_table_undone",
            ["id"],
            unique=False,
            sqlite_where=sa.text("applied_at IS NULL"),
            postgresql_where=sa.text("applied_at IS NULL"),
        )

    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_view_named")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_saved_view_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_view_owner_id_name")),
    )
    with op.batch_alter_table("saved_view", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_view_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "bank_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("counterparty", sa.String(length=200), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_note", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "(set_aside_at IS NULL) = (set_aside_note IS NULL)", name=op.f("ck_bank_line_set_aside_has_note")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_bank_line_amount")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_bank_line_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statement.id"], name=op.f("fk_bank_line_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint(
            "organisation_id",
            "direction",
            "fingerprint",
            "occurrence",
            name=op.f("uq_bank_line_organisation_id_direction_fingerprint_occurrence"),
        ),
    )
    with op.batch_alter_table("bank_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_line_statement_id"), ["statement_id"], unique=False)

    op.create_table(
        "desk_default",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_desk_default_user_id")),
        sa.ForeignKeyConstraint(["view_id"], ["saved_view.id"], name=op.f("fk_desk_default_view_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_desk_default")),
    )
    with op.batch_alter_table("desk_default", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_default_view_id"), ["view_id"], unique=False)

    op.create_table(
        "edition_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("track_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'declined') = (decline_reason IS NOT NULL)",
            name=op.f("ck_edition_item_declined_has_reason"),
        ),
        sa.CheckConstraint("kind IN ('operator','buyer','carried_over')", name=op.f("ck_edition_item_kind")),
        sa.CheckConstraint(
            "status IN ('proposed','included','declined')", name=op.f("ck_edition_item_status")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["user_account.id"], name=op.f("fk_edition_item_added_by_id")
        ),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_edition_item_demand_id")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_edition_item_edition_id")),
        sa.ForeignKeyConstraint(["track_id"], ["edition_track.id"], name=op.f("fk_edition_item_track_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_item")),
        sa.UniqueConstraint("edition_id", "demand_id", name=op.f("uq_edition_item_edition_id_demand_id")),
    )
    with op.batch_alter_table("edition_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edition_item_demand_id"), ["demand_id"], unique=False)

    op.create_table(
        "match_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("propensity", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'dismissed') = (reason IS NOT NULL)", name=op.f("ck_match_event_reason")),
        sa.CheckConstraint("side IN ('founder','buyer')", name=op.f("ck_match_event_side")),
        sa.CheckConstraint("position IS NULL OR position > 0", name=op.f("ck_match_event_position")),
        sa.CheckConstraint(
            "propensity IS NULL OR (propensity > 0 AND propensity <= 1)",
            name=op.f("ck_match_event_propensity"),
        ),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_match_event_demand_id")),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"], name=op.f("fk_match_event_person_id")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["capability_profile.id"], name=op.f("fk_match_event_profile_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_event")),
    )
    with op.batch_alter_table("match_event", schema=None) as batch_op:
        batch_op.create_index("ix_match_event_kind_day", ["kind", "happened_on"], unique=False)
        batch_op.create_index("ix_match_event_pair", ["demand_id", "profile_id", "side"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_event_profile_id"), ["profile_id"], unique=False)
        batch_op.create_index(
            "uq_match_event_seen",
            ["person_id", "demand_id", "profile_id", "kind", "happened_on"],
            unique=True,
            sqlite_where=sa.text("kind IN ('shown','viewed')"),
            postgresql_where=sa.text("kind IN ('shown','viewed')"),
        )

    op.create_table(
        "oversight",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("assigned_to_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["user_account.id"], name=op.f("fk_oversight_assigned_to_id")
        ),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_oversight_demand_id")),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_oversight")),
    )
    with op.batch_alter_table("oversight", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oversight_assigned_to_id"), ["assigned_to_id"], unique=False)

    op.create_table(
        "oversight_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user_account.id"], name=op.f("fk_oversight_note_author_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_oversight_note_demand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oversight_note")),
    )
    with op.batch_alter_table("oversight_note", schema=None) as batch_op:
        batch_op.create_index("ix_oversight_note_demand", ["demand_id", "written_at"], unique=False)

    op.create_table(
        "partner_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("from_founder_id", sa.Integer(), nullable=False),
        sa.Column("to_founder_id", sa.Integer(), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'sent') = (answered_at IS NULL)", name=op.f("ck_partner_invitation_answered")
        ),
        sa.CheckConstraint(
            "status IN ('sent','accepted','declined')", name=op.f("ck_partner_invitation_status")
        ),
        sa.CheckConstraint("from_founder_id <> to_founder_id", name=op.f("ck_partner_invitation_two_people")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_partner_invitation_demand_id")),
        sa.ForeignKeyConstraint(
            ["from_founder_id"], ["organisation.id"], name=op.f("fk_partner_invitation_from_founder_id")
        ),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["user_account.id"], name=op.f("fk_partner_invitation_sent_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_founder_id"], ["organisation.id"], name=op.f("fk_partner_invitation_to_founder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_invitation")),
        sa.UniqueConstraint(
            "demand_id",
            "from_founder_id",
            "to_founder_id",
            name=op.f("uq_partner_invitation_demand_id_from_founder_id_to_founder_id"),
        ),
    )
    with op.batch_alter_table("partner_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_invitation_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_partner_invitation_from_founder_id"), ["from_founder_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_partner_invitation_to_founder_id"), ["to_founder_id"], unique=False
        )

    op.create_table(
        "proposed_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=40), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("newcomer", sa.Boolean(), nullable=False),
        sa.Column("explore", sa.Boolean(), nullable=False),
        sa.Column("propensity", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "explore = (propensity IS NOT NULL)", name=op.f("ck_proposed_invitation_drawn_has_propensity")
        ),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_proposed_invitation_demand_id")),
        sa.ForeignKeyConstraint(
            ["month"], ["invitation_round.month"], name=op.f("fk_proposed_invitation_month")
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["capability_profile.id"], name=op.f("fk_proposed_invitation_profile_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposed_invitation")),
        sa.UniqueConstraint(
            "month", "demand_id", "profile_id", name=op.f("uq_proposed_invitation_month_demand_id_profile_id")
        ),
    )
    with op.batch_alter_table("proposed_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposed_invitation_demand_id"), ["demand_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proposed_invitation_profile_id"), ["profile_id"], unique=False)

    op.create_table(
        "set_aside_release",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("bids", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("deadline_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bids >= 0 AND bids < needed", name=op.f("ck_set_aside_release_too_few")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_set_aside_release_demand_id")),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_set_aside_release")),
    )
    op.create_table(
        "splitting_flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.Column("threshold", sa.String(length=40), nullable=False),
        sa.Column("threshold_fen", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(project_id IS NULL) <> (demand_id IS NULL)", name=op.f("ck_splitting_flag_one_subject")
        ),
        sa.CheckConstraint(
            "(reason IS NULL) = (reason_at IS NULL)", name=op.f("ck_splitting_flag_reason_has_moment")
        ),
        sa.CheckConstraint(
            "threshold_fen > 0 AND total_fen >= threshold_fen", name=op.f("ck_splitting_flag_reached")
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_splitting_flag_buyer_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_splitting_flag_demand_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_splitting_flag_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_splitting_flag")),
        sa.UniqueConstraint("demand_id", name=op.f("uq_splitting_flag_demand_id")),
        sa.UniqueConstraint("project_id", name=op.f("uq_splitting_flag_project_id")),
    )
    with op.batch_alter_table("splitting_flag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_splitting_flag_buyer_id"), ["buyer_id"], unique=False)

    op.create_table(
        "team_suggestion",
        sa.Column("demand_id", sa.Integer(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_team_suggestion_demand_id")),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_team_suggestion")),
    )
    op.create_table(
        "bond",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("base_fen", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("return_by", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("required_by_id", sa.Integer(), nullable=False),
        sa.Column("required_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("instrument", sa.String(length=40), nullable=True),
        sa.Column("instrument_reference", sa.String(length=200), nullable=True),
        sa.Column("provided_on", sa.Date(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("return_reference", sa.String(length=200), nullable=True),
        sa.Column("answer_note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(returned_on IS NOT NULL) = (status IN ('return_notified','returned'))",
            name=op.f("ck_bond_return_has_day"),
        ),
        sa.CheckConstraint(
            "kind IN ('bid','performance','quality','migrant_wage')", name=op.f("ck_bond_kind")
        ),
        sa.CheckConstraint(
            "status IN ('required','waived') OR (instrument IS NOT NULL AND provided_on IS NOT NULL)",
            name=op.f("ck_bond_provided_has_instrument"),
        ),
        sa.CheckConstraint(
            "amount_fen > 0 AND base_fen > 0 AND amount_fen <= base_fen", name=op.f("ck_bond_amounts")
        ),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_bond_contract_id")),
        sa.ForeignKeyConstraint(["required_by_id"], ["user_account.id"], name=op.f("fk_bond_required_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bond")),
    )
    with op.batch_alter_table("bond", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bond_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(
            "ix_bond_held",
            ["return_by"],
            unique=False,
            sqlite_where=sa.text("status IN ('provided','return_notified')"),
            postgresql_where=sa.text("status IN ('provided','return_notified')"),
        )

    op.create_table(
        "milestone_split",
        sa.Column("milestone_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("split_from_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("left_fen", sa.BigInteger(), nullable=False),
        sa.Column("split_on", sa.Date(), nullable=False),
        sa.Column("split_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('delivery','acceptance')", name=op.f("ck_milestone_split_kind")),
        sa.CheckConstraint("amount_fen > 0 AND left_fen > 0", name=op.f("ck_milestone_split_amounts")),
        sa.CheckConstraint("milestone_id <> split_from_id", name=op.f("ck_milestone_split_not_of_itself")),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["milestone.id"], name=op.f("fk_milestone_split_milestone_id")
        ),
        sa.ForeignKeyConstraint(
            ["split_by_id"], ["user_account.id"], name=op.f("fk_milestone_split_split_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["split_from_id"], ["milestone.id"], name=op.f("fk_milestone_split_split_from_id")
        ),
        sa.PrimaryKeyConstraint("milestone_id", name=op.f("pk_milestone_split")),
    )
    with op.batch_alter_table("milestone_split", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_milestone_split_split_from_id"), ["split_from_id"], unique=False)

    op.create_table(
        "clock_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('acceptance','settlement')", name=op.f("ck_clock_event_kind")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_clock_event_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_event")),
        sa.UniqueConstraint("delivery_id", "kind", name=op.f("uq_clock_event_delivery_id_kind")),
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=True),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("handler", sa.String(length=200), nullable=False),
        sa.Column("transferred_on", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("close_reason", sa.String(length=40), nullable=True),
        sa.Column("end_note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status <> 'closed' OR close_reason IN ('paid','settlement','decision')",
            name=op.f("ck_complaint_close_reason"),
        ),
        sa.CheckConstraint(
            "status <> 'decided' OR (decided_on IS NOT NULL AND result IS NOT NULL)",
            name=op.f("ck_complaint_decided"),
        ),
        sa.CheckConstraint(
            "status IN ('filed','withdrawn','closed') OR submitted_on IS NOT NULL",
            name=op.f("ck_complaint_submitted"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted','transferred','decided') OR accepted_on IS NOT NULL",
            name=op.f("ck_complaint_accepted"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('refused','withdrawn','closed') OR ended_on IS NOT NULL",
            name=op.f("ck_complaint_ended"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('transferred','decided') OR received_on IS NOT NULL",
            name=op.f("ck_complaint_received"),
        ),
        sa.ForeignKeyConstraint(["filed_by_id"], ["user_account.id"], name=op.f("fk_complaint_filed_by_id")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_complaint_obligation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
    )
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_status"), ["status"], unique=False)
        batch_op.create_index(
            "uq_complaint_open",
            ["obligation_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('filed','submitted','accepted','transferred','decided')"),
            postgresql_where=sa.text("status IN ('filed','submitted','accepted','transferred','decided')"),
        )

    op.create_table(
        "enforcement_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("pages", JSON, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('demand_letter','complaint_file')", name=op.f("ck_enforcement_paper_kind")
        ),
        sa.CheckConstraint("language IN ('zh','en')", name=op.f("ck_enforcement_paper_language")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_enforcement_paper_made_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_enforcement_paper_obligation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enforcement_paper")),
        sa.UniqueConstraint(
            "obligation_id",
            "kind",
            "language",
            "sha256",
            name=op.f("uq_enforcement_paper_obligation_id_kind_language_sha256"),
        ),
    )
    with op.batch_alter_table("enforcement_paper", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enforcement_paper_obligation_id"), ["obligation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_enforcement_paper_sha256"), ["sha256"], unique=False)

    op.create_table(
        "escalation_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.Boolean(), nullable=False),
        sa.Column("edition", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("close_reason", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(status = 'taken') = (closed_on IS NULL)", name=op.f("ck_escalation_step_closed_has_day")
        ),
        sa.CheckConstraint("status IN ('taken','closed','undone')", name=op.f("ck_escalation_step_status")),
        sa.CheckConstraint(
            "(closed_on IS NULL) = (close_reason IS NULL)", name=op.f("ck_escalation_step_closed_has_reason")
        ),
        sa.CheckConstraint("taken_on >= reached_on", name=op.f("ck_escalation_step_not_before_its_day")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_escalation_step_obligation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_step")),
        sa.UniqueConstraint(
            "obligation_id", "step", "round", name=op.f("uq_escalation_step_obligation_id_step_round")
        ),
    )
    with op.batch_alter_table("escalation_step", schema=None) as batch_op:
        batch_op.create_index("ix_escalation_step_step_taken_on", ["step", "taken_on"], unique=False)

    op.create_table(
        "invoice_refusal",
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refused_on", sa.Date(), nullable=False),
        sa.Column("refused_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_invoice_refusal_has_reason")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_refusal_invoice_id")),
        sa.ForeignKeyConstraint(
            ["refused_by_id"], ["user_account.id"], name=op.f("fk_invoice_refusal_refused_by_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_invoice_refusal")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source_type", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("debit_fen", sa.BigInteger(), nullable=False),
        sa.Column("credit_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)",
            name=op.f("ck_journal_entry_reversal_names_entry"),
        ),
        sa.CheckConstraint(
            "debit_fen = credit_fen AND debit_fen > 0", name=op.f("ck_journal_entry_balanced")
        ),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_journal_entry_contract_id")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_journal_entry_obligation_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["journal_entry.id"], name=op.f("fk_journal_entry_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
    )
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_entry_contract_id"), ["contract_id"], unique=False)
        batch_op.create_index(
            "ix_journal_entry_source", ["obligation_id", "source_type", "source_id"], unique=False
        )

    op.create_table(
        "mediation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("requested_side", sa.String(length=40), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("answer_until", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("partner_id", sa.Integer(), nullable=True),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("buyer_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("founder_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_until", sa.Date(), nullable=True),
        sa.Column("pause_buyer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_founder_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_note", sa.Text(), nullable=True),
        sa.CheckConstraint("requested_side IN ('buyer','founder')", name=op.f("ck_mediation_side")),
        sa.CheckConstraint(
            "status <> 'settled' OR (buyer_confirmed_at IS NOT NULL AND founder_confirmed_at IS NOT NULL)",
            name=op.f("ck_mediation_settled_by_both"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('assigned','terms_recorded','settled') OR partner_id IS NOT NULL",
            name=op.f("ck_mediation_assigned"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('terms_recorded','settled') OR terms IS NOT NULL", name=op.f("ck_mediation_terms")
        ),
        sa.CheckConstraint(
            "pause_until IS NOT NULL OR (pause_buyer_at IS NULL AND pause_founder_at IS NULL)",
            name=op.f("ck_mediation_pause_has_end"),
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_mediation_obligation_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["mediation_partner.id"], name=op.f("fk_mediation_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user_account.id"], name=op.f("fk_mediation_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mediation")),
    )
    with op.batch_alter_table("mediation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mediation_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mediation_status"), ["status"], unique=False)
        batch_op.create_index(
            "uq_mediation_open",
            ["obligation_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('requested','agreed','assigned','terms_recorded')"),
            postgresql_where=sa.text("status IN ('requested','agreed','assigned','terms_recorded')"),
        )

    op.create_table(
        "payment_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_note", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "status NOT IN ('accepted','refused') OR answered_at IS NOT NULL",
            name=op.f("ck_payment_plan_answered"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('broken','fulfilled') OR ended_on IS NOT NULL", name=op.f("ck_payment_plan_ended")
        ),
        sa.CheckConstraint(
            "total_fen > 0 AND principal_fen > 0 AND total_fen >= principal_fen",
            name=op.f("ck_payment_plan_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_payment_plan_obligation_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user_account.id"], name=op.f("fk_payment_plan_proposed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_plan")),
    )
    with op.batch_alter_table("payment_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_plan_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_plan_status"), ["status"], unique=False)
        batch_op.create_index(
            "uq_payment_plan_open",
            ["obligation_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('proposed','accepted')"),
            postgresql_where=sa.text("status IN ('proposed','accepted')"),
        )

    op.create_table(
        "public_listing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply_until", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_answer", sa.Text(), nullable=True),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("removal_reason", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "status <> 'appealed' OR appeal IS NOT NULL", name=op.f("ck_public_listing_appeal_has_text")
        ),
        sa.CheckConstraint(
            "status <> 'removed' OR (removed_on IS NOT NULL AND removal_reason IS NOT NULL)",
            name=op.f("ck_public_listing_removal_has_reason"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('published','appealed','declined') OR (decided_at IS NOT NULL AND decision_reason IS NOT NULL)",
            name=op.f("ck_public_listing_decision_has_reason"),
        ),
        sa.CheckConstraint(
            "(reply IS NULL) = (replied_at IS NULL)", name=op.f("ck_public_listing_reply_has_moment")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_public_listing_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_public_listing_obligation_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["user_account.id"], name=op.f("fk_public_listing_proposed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_listing")),
    )
    with op.batch_alter_table("public_listing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_public_listing_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_public_listing_status"), ["status"], unique=False)
        batch_op.create_index(
            "uq_public_listing_open",
            ["obligation_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('proposed','replied','published','appealed')"),
            postgresql_where=sa.text("status IN ('proposed','replied','published','appealed')"),
        )

    op.create_table(
        "publishing_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("left_fen", sa.BigInteger(), nullable=False),
        sa.Column("imposed_on", sa.Date(), nullable=False),
        sa.Column("imposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_reason", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_reason IS NULL)",
            name=op.f("ck_publishing_block_lifted_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["founder_id"], ["organisation.id"], name=op.f("fk_publishing_block_founder_id")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_publishing_block_obligation_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_publishing_block_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publishing_block")),
    )
    with op.batch_alter_table("publishing_block", schema=None) as batch_op:
        batch_op.create_index(
            "ix_publishing_block_organisation", ["organisation_id", "lifted_at"], unique=False
        )
        batch_op.create_index(
            "uq_publishing_block_open",
            ["obligation_id"],
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "receivable",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("financier", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("document", JSON, nullable=True),
        sa.Column("document_hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(status = 'confirmed') = (document_hash IS NOT NULL)",
            name=op.f("ck_receivable_confirmed_has_document"),
        ),
        sa.CheckConstraint(
            "(status = 'requested') = (answered_at IS NULL)", name=op.f("ck_receivable_answered")
        ),
        sa.CheckConstraint(
            "status <> 'refused' OR reason IS NOT NULL", name=op.f("ck_receivable_refusal_has_reason")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_receivable_amount")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user_account.id"], name=op.f("fk_receivable_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_receivable_obligation_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user_account.id"], name=op.f("fk_receivable_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receivable")),
    )
    with op.batch_alter_table("receivable", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receivable_obligation_id"), ["obligation_id"], unique=False)
        batch_op.create_index(
            "ix_receivable_waiting",
            ["answer_by"],
            unique=False,
            sqlite_where=sa.text("status = 'requested'"),
            postgresql_where=sa.text("status = 'requested'"),
        )
        batch_op.create_index(
            "uq_receivable_requested",
            ["obligation_id"],
            unique=True,
            sqlite_where=sa.text("status = 'requested'"),
            postgresql_where=sa.text("status = 'requested'"),
        )

    op.create_table(
        "reference_effect",
        sa.Column("table_id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("due_before", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("interest_before_fen", sa.BigInteger(), nullable=True),
        sa.Column("interest_fen", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_reference_effect_obligation_id")
        ),
        sa.ForeignKeyConstraint(
            ["table_id"], ["reference_table.id"], name=op.f("fk_reference_effect_table_id")
        ),
        sa.PrimaryKeyConstraint("table_id", "obligation_id", name=op.f("pk_reference_effect")),
    )
    with op.batch_alter_table("reference_effect", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reference_effect_obligation_id"), ["obligation_id"], unique=False
        )

    op.create_table(
        "retaliation_lead",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("demand_id", sa.Integer(), nullable=True),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closing_note", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status <> 'answered' OR answer IS NOT NULL", name=op.f("ck_retaliation_lead_answer")
        ),
        sa.CheckConstraint(
            "status NOT IN ('explained','passed_on') OR (closed_at IS NOT NULL AND closing_note IS NOT NULL)",
            name=op.f("ck_retaliation_lead_closed_has_note"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_retaliation_lead_buyer_id")),
        sa.ForeignKeyConstraint(["case_id"], ["obligation.id"], name=op.f("fk_retaliation_lead_case_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["demand.id"], name=op.f("fk_retaliation_lead_demand_id")),
        sa.ForeignKeyConstraint(
            ["founder_id"], ["organisation.id"], name=op.f("fk_retaliation_lead_founder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retaliation_lead")),
        sa.UniqueConstraint("key", name=op.f("uq_retaliation_lead_key")),
    )
    with op.batch_alter_table("retaliation_lead", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retaliation_lead_buyer_id"), ["buyer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_retaliation_lead_founder_id"), ["founder_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_retaliation_lead_status"), ["status"], unique=False)

    op.create_table(
        "settlement_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_settlement_statement_amount")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_settlement_statement_delivery_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["user_account.id"], name=op.f("fk_settlement_statement_submitted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_statement")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_settlement_statement_delivery_id")),
    )
    op.create_table(
        "bank_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("matched_by_id", sa.Integer(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_bank_match_amount")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_line.id"], name=op.f("fk_bank_match_line_id")),
        sa.ForeignKeyConstraint(
            ["matched_by_id"], ["user_account.id"], name=op.f("fk_bank_match_matched_by_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_bank_match_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_match")),
        sa.UniqueConstraint("line_id", "payment_id", name=op.f("uq_bank_match_line_id_payment_id")),
    )
    with op.batch_alter_table("bank_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bank_match_line_id"), ["line_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bank_match_payment_id"), ["payment_id"], unique=False)

    op.create_table(
        "complaint_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_note_complaint_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_complaint_note_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_note")),
    )
    with op.batch_alter_table("complaint_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_note_complaint_id"), ["complaint_id"], unique=False)

    op.create_table(
        "journal_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_journal_line_amount")),
        sa.ForeignKeyConstraint(["entry_id"], ["journal_entry.id"], name=op.f("fk_journal_line_entry_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_journal_line_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_line")),
        sa.UniqueConstraint("entry_id", "account", name=op.f("uq_journal_line_entry_id_account")),
    )
    with op.batch_alter_table("journal_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_journal_line_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "mediation_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mediation_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mediation_id"], ["mediation.id"], name=op.f("fk_mediation_session_mediation_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_mediation_session_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mediation_session")),
    )
    with op.batch_alter_table("mediation_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mediation_session_mediation_id"), ["mediation_id"], unique=False)

    op.create_table(
        "payment_reversal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reversed_on", sa.Date(), nullable=False),
        sa.Column("reversed_by_id", sa.Integer(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('bounced','wrong_obligation','recorded_in_error')",
            name=op.f("ck_payment_reversal_kind"),
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_reversal_payment_id")),
        sa.ForeignKeyConstraint(
            ["reversed_by_id"], ["user_account.id"], name=op.f("fk_payment_reversal_reversed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_reversal")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_payment_reversal_payment_id")),
    )
    op.create_table(
        "plan_instalment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_plan_instalment_amount")),
        sa.ForeignKeyConstraint(["plan_id"], ["payment_plan.id"], name=op.f("fk_plan_instalment_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_instalment")),
        sa.UniqueConstraint("plan_id", "position", name=op.f("uq_plan_instalment_plan_id_position")),
    )
    op.create_table(
        "receivable_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receivable_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_id IS NULL)",
            name=op.f("ck_receivable_link_revoked_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_receivable_link_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["receivable_id"], ["receivable.id"], name=op.f("fk_receivable_link_receivable_id")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"], ["user_account.id"], name=op.f("fk_receivable_link_revoked_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receivable_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_receivable_link_token_hash")),
    )
    with op.batch_alter_table("receivable_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receivable_link_receivable_id"), ["receivable_id"], unique=False)

    op.create_table(
        "step_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (decided_at IS NULL)", name=op.f("ck_step_appeal_decided_has_moment")
        ),
        sa.CheckConstraint(
            "status IN ('open','upheld','dismissed','lapsed')", name=op.f("ck_step_appeal_status")
        ),
        sa.CheckConstraint(
            "status NOT IN ('upheld','dismissed') OR (decision_note IS NOT NULL AND decided_by_id IS NOT NULL)",
            name=op.f("ck_step_appeal_decision_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_step_appeal_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user_account.id"], name=op.f("fk_step_appeal_opened_by_id")
        ),
        sa.ForeignKeyConstraint(["step_id"], ["escalation_step.id"], name=op.f("fk_step_appeal_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_appeal")),
    )
    with op.batch_alter_table("step_appeal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_step_appeal_step_id"), ["step_id"], unique=False)
        batch_op.create_index(
            "uq_step_appeal_open",
            ["step_id"],
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.add_column(sa.Column("settlement_period_days", sa.Integer(), nullable=True))

    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.add_column(sa.Column("work_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("conditions", JSON, nullable=True))
        batch_op.add_column(sa.Column("settlement_period_days", sa.Integer(), nullable=True))

    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_step_on", sa.Date(), server_default="2000-01-01", nullable=True))
        batch_op.add_column(sa.Column("booked", sa.String(length=64), nullable=True))
        batch_op.create_index(
            "ix_obligation_next_step",
            ["next_step_on", "id"],
            unique=False,
            sqlite_where=sa.text("next_step_on IS NOT NULL"),
            postgresql_where=sa.text("next_step_on IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_obligation_provisional",
            ["nominal_due_on"],
            unique=False,
            sqlite_where=sa.text("provisional AND settled_on IS NULL"),
            postgresql_where=sa.text("provisional AND settled_on IS NULL"),
        )

    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("uq_payment_reference"), sqlite_where=sa.text("status <> 'contradicted'")
        )
        batch_op.create_index(
            "uq_payment_live_reference",
            ["obligation_id", "bank_reference"],
            unique=True,
            sqlite_where=sa.text("status NOT IN ('contradicted','reversed')"),
            postgresql_where=sa.text("status NOT IN ('contradicted','reversed')"),
        )

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.add_column(sa.Column("settlement_period_days", sa.Integer(), nullable=True))

    with op.batch_alter_table("slice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("interface", sa.Text(), server_default=sa.text("('')"), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("slice", schema=None) as batch_op:
        batch_op.drop_column("interface")

    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_column("settlement_period_days")

    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payment_live_reference",
            sqlite_where=sa.text("status NOT IN ('contradicted','reversed')"),
            postgresql_where=sa.text("status NOT IN ('contradicted','reversed')"),
        )
        batch_op.create_index(
            batch_op.f("uq_payment_reference"),
            ["obligation_id", "bank_reference"],
            unique=1,
            sqlite_where=sa.text("status <> 'contradicted'"),
        )

    with op.batch_alter_table("obligation", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_obligation_provisional",
            sqlite_where=sa.text("provisional AND settled_on IS NULL"),
            postgresql_where=sa.text("provisional AND settled_on IS NULL"),
        )
        batch_op.drop_index(
            "ix_obligation_next_step",
            sqlite_where=sa.text("next_step_on IS NOT NULL"),
            postgresql_where=sa.text("next_step_on IS NOT NULL"),
        )
        batch_op.drop_column("booked")
        batch_op.drop_column("next_step_on")

    with op.batch_alter_table("demand", schema=None) as batch_op:
        batch_op.drop_column("settlement_period_days")
        batch_op.drop_column("conditions")
        batch_op.drop_column("work_days")

    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.drop_column("settlement_period_days")

    with op.batch_alter_table("step_appeal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_step_appeal_open",
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_step_appeal_step_id"))

    op.drop_table("step_appeal")
    with op.batch_alter_table("receivable_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receivable_link_receivable_id"))

    op.drop_table("receivable_link")
    op.drop_table("plan_instalment")
    op.drop_table("payment_reversal")
    with op.batch_alter_table("mediation_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mediation_session_mediation_id"))

    op.drop_table("mediation_session")
    with op.batch_alter_table("journal_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_line_organisation_id"))

    op.drop_table("journal_line")
    with op.batch_alter_table("complaint_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_complaint_note_complaint_id"))

    op.drop_table("complaint_note")
    with op.batch_alter_table("bank_match", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_match_payment_id"))
        batch_op.drop_index(batch_op.f("ix_bank_match_line_id"))

    op.drop_table("bank_match")
    op.drop_table("settlement_statement")
    with op.batch_alter_table("retaliation_lead", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retaliation_lead_status"))
        batch_op.drop_index(batch_op.f("ix_retaliation_lead_founder_id"))
        batch_op.drop_index(batch_op.f("ix_retaliation_lead_buyer_id"))

    op.drop_table("retaliation_lead")
    with op.batch_alter_table("reference_effect", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reference_effect_obligation_id"))

    op.drop_table("reference_effect")
    with op.batch_alter_table("receivable", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_receivable_requested",
            sqlite_where=sa.text("status = 'requested'"),
            postgresql_where=sa.text("status = 'requested'"),
        )
        batch_op.drop_index(
            "ix_receivable_waiting",
            sqlite_where=sa.text("status = 'requested'"),
            postgresql_where=sa.text("status = 'requested'"),
        )
        batch_op.drop_index(batch_op.f("ix_receivable_obligation_id"))

    op.drop_table("receivable")
    with op.batch_alter_table("publishing_block", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_publishing_block_open",
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
        batch_op.drop_index("ix_publishing_block_organisation")

    op.drop_table("publishing_block")
    with op.batch_alter_table("public_listing", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_public_listing_open",
            sqlite_where=sa.text("status IN ('proposed','replied','published','appealed')"),
            postgresql_where=sa.text("status IN ('proposed','replied','published','appealed')"),
        )
        batch_op.drop_index(batch_op.f("ix_public_listing_status"))
        batch_op.drop_index(batch_op.f("ix_public_listing_obligation_id"))

    op.drop_table("public_listing")
    with op.batch_alter_table("payment_plan", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payment_plan_open",
            sqlite_where=sa.text("status IN ('proposed','accepted')"),
            postgresql_where=sa.text("status IN ('proposed','accepted')"),
        )
        batch_op.drop_index(batch_op.f("ix_payment_plan_status"))
        batch_op.drop_index(batch_op.f("ix_payment_plan_obligation_id"))

    op.drop_table("payment_plan")
    with op.batch_alter_table("mediation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_mediation_open",
            sqlite_where=sa.text("status IN ('requested','agreed','assigned','terms_recorded')"),
            postgresql_where=sa.text("status IN ('requested','agreed','assigned','terms_recorded')"),
        )
        batch_op.drop_index(batch_op.f("ix_mediation_status"))
        batch_op.drop_index(batch_op.f("ix_mediation_obligation_id"))

    op.drop_table("mediation")
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_journal_entry_source")
        batch_op.drop_index(batch_op.f("ix_journal_entry_contract_id"))

    op.drop_table("journal_entry")
    op.drop_table("invoice_refusal")
    with op.batch_alter_table("escalation_step", schema=None) as batch_op:
        batch_op.drop_index("ix_escalation_step_step_taken_on")

    op.drop_table("escalation_step")
    with op.batch_alter_table("enforcement_paper", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enforcement_paper_sha256"))
        batch_op.drop_index(batch_op.f("ix_enforcement_paper_obligation_id"))

    op.drop_table("enforcement_paper")
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_complaint_open",
            sqlite_where=sa.text("status IN ('filed','submitted','accepted','transferred','decided')"),
            postgresql_where=sa.text("status IN ('filed','submitted','accepted','transferred','decided')"),
        )
        batch_op.drop_index(batch_op.f("ix_complaint_status"))
        batch_op.drop_index(batch_op.f("ix_complaint_obligation_id"))

    op.drop_table("complaint")
    op.drop_table("clock_event")
    with op.batch_alter_table("milestone_split", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_milestone_split_split_from_id"))

    op.drop_table("milestone_split")
    with op.batch_alter_table("bond", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_bond_held",
            sqlite_where=sa.text("status IN ('provided','return_notified')"),
            postgresql_where=sa.text("status IN ('provided','return_notified')"),
        )
        batch_op.drop_index(batch_op.f("ix_bond_contract_id"))

    op.drop_table("bond")
    op.drop_table("team_suggestion")
    with op.batch_alter_table("splitting_flag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_splitting_flag_buyer_id"))

    op.drop_table("splitting_flag")
    op.drop_table("set_aside_release")
    with op.batch_alter_table("proposed_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposed_invitation_profile_id"))
        batch_op.drop_index(batch_op.f("ix_proposed_invitation_demand_id"))

    op.drop_table("proposed_invitation")
    with op.batch_alter_table("partner_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_invitation_to_founder_id"))
        batch_op.drop_index(batch_op.f("ix_partner_invitation_from_founder_id"))
        batch_op.drop_index(batch_op.f("ix_partner_invitation_demand_id"))

    op.drop_table("partner_invitation")
    with op.batch_alter_table("oversight_note", schema=None) as batch_op:
        batch_op.drop_index("ix_oversight_note_demand")

    op.drop_table("oversight_note")
    with op.batch_alter_table("oversight", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_oversight_assigned_to_id"))

    op.drop_table("oversight")
    with op.batch_alter_table("match_event", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_match_event_seen",
            sqlite_where=sa.text("kind IN ('shown','viewed')"),
            postgresql_where=sa.text("kind IN ('shown','viewed')"),
        )
        batch_op.drop_index(batch_op.f("ix_match_event_profile_id"))
        batch_op.drop_index("ix_match_event_pair")
        batch_op.drop_index("ix_match_event_kind_day")

    op.drop_table("match_event")
    with op.batch_alter_table("edition_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_edition_item_demand_id"))

    op.drop_table("edition_item")
    with op.batch_alter_table("desk_default", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_desk_default_view_id"))

    op.drop_table("desk_default")
    with op.batch_alter_table("bank_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_line_statement_id"))

    op.drop_table("bank_line")
    with op.batch_alter_table("saved_view", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_view_owner_id"))

    op.drop_table("saved_view")
    with op.batch_alter_table("reference_table", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_reference_table_undone",
            sqlite_where=sa.text("applied_at IS NULL"),
            postgresql_where=sa.text("applied_at IS NULL"),
        )

    op.drop_table("reference_table")
    op.drop_table("project_document")
    op.drop_table("flag_acknowledgement")
    op.drop_table("edition")
    with op.batch_alter_table("disclosure_pack", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_disclosure_pack_draft",
            sqlite_where=sa.text("confirmed_at IS NULL"),
            postgresql_where=sa.text("confirmed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_disclosure_pack_buyer_id"))

    op.drop_table("disclosure_pack")
    op.drop_table("desk_batch")
    with op.batch_alter_table("bank_statement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_statement_organisation_id"))

    op.drop_table("bank_statement")
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_mail_waiting",
            sqlite_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_mail_organisation_id"))

    op.drop_table("mail")
    with op.batch_alter_table("edition_subscription", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_edition_subscription_whole",
            sqlite_where=sa.text("track_id IS NULL"),
            postgresql_where=sa.text("track_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_edition_subscription_track_id"))

    op.drop_table("edition_subscription")
    op.drop_table("buyer_contact")
    op.drop_table("mediation_partner")
    op.drop_table("invitation_round")
    op.drop_table("edition_track")
