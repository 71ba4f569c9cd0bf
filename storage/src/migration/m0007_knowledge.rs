//! What a model was asked and said, what that cost, and relations followed to their end.

use super::{id, index, int, text};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("verdict")
                .col(ColumnDef::new("key").text().not_null().primary_key())
                .col(text("model"))
                .col(int("at"))
                .col(text("standing"))
                .col(text("body"))
                .take(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("relation_case")
                .col(id())
                .col(text("source"))
                .col(text("key"))
                .col(text("class"))
                .col(text("cluster"))
                .col(int("at"))
                .col(int("due"))
                .col(text("outcome"))
                .col(text("body"))
                .take(),
        )
        .await?;
        index(m, "relation_case", &["source", "key"], true).await?;
        index(m, "relation_case", &["source", "outcome", "due"], false).await?;
        m.create_table(
            Table::create()
                .table("model_day")
                .col(ColumnDef::new("day").big_integer().not_null().primary_key())
                .col(int("tokens"))
                .col(int("micros"))
                .col(int("calls"))
                .take(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("model_call")
                .col(id())
                .col(int("task"))
                .col(int("at"))
                .col(text("prompt"))
                .col(text("prompt_hash"))
                .col(text("model"))
                .col(int("input_tokens"))
                .col(int("output_tokens"))
                .col(int("micros"))
                .col(int("latency_ms"))
                .col(text("outcome"))
                .take(),
        )
        .await?;
        index(m, "model_call", &["at"], false).await
    }
}
