//! Entries of paper accounts with their postings.

use super::{id, index, int, int_null, text, to};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("ledger_entry")
                .col(id())
                .col(text("account"))
                .col(int("seq"))
                .col(int("at"))
                .col(text("kind"))
                .col(int_null("position"))
                .col(text("event"))
                .take(),
        )
        .await?;
        index(m, "ledger_entry", &["account", "seq"], true).await?;

        m.create_table(
            Table::create()
                .table("posting")
                .col(int("entry_id"))
                .col(int("line"))
                .col(text("ledger"))
                .col(int("amount"))
                .primary_key(Index::create().col("entry_id").col("line"))
                .foreign_key(&mut to("posting", "entry_id", "ledger_entry"))
                .take(),
        )
        .await
    }
}
