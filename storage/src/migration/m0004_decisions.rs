//! What rules decided, refusals too.

use super::{id, index, int, text, text_null};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("decision")
                .col(id())
                .col(text("account"))
                .col(int("at"))
                .col(text("subject"))
                .col(text_null("strategy"))
                .col(text("verdict"))
                .col(text("kind"))
                .col(text("words"))
                .col(text("numbers"))
                .take(),
        )
        .await?;
        index(m, "decision", &["account", "id"], false).await?;
        index(m, "decision", &["account", "subject", "id"], false).await
    }
}
