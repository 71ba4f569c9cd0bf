//! Work by the clock, a row each for a kind of data.

use super::{int, int_null, text, text_null};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("schedule")
                .col(text("source"))
                .col(text("name"))
                .col(text("timetable"))
                .col(text("zone"))
                .col(text("missed"))
                .col(text("job"))
                .col(int("paused"))
                .col(int_null("skip_until"))
                .col(int("since"))
                .col(int_null("fired_for"))
                .col(int_null("fired_at"))
                .col(int_null("fired_task"))
                .col(text_null("passed"))
                .primary_key(Index::create().col("source").col("name"))
                .take(),
        )
        .await
    }
}
