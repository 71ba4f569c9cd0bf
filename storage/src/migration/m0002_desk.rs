//! Hedges with their reserved numbers, scans, strategies, settings.

use super::{id, index, int, text, text_null, to};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(Table::create().table("hedge_key").col(id()).col(text("source")).col(text("key")).take())
            .await?;
        index(m, "hedge_key", &["source", "key"], true).await?;

        m.create_table(
            Table::create()
                .table("hedge")
                .col(int("id").primary_key())
                .col(text("source"))
                .col(text("body"))
                .col(int("net_edge_ppm"))
                .col(int("found_at"))
                .col(int("priced_at"))
                .col(text_null("gone"))
                .foreign_key(&mut to("hedge", "id", "hedge_key"))
                .take(),
        )
        .await?;
        index(m, "hedge", &["source", "gone", "net_edge_ppm"], false).await?;

        m.create_table(
            Table::create()
                .table("scan")
                .col(id())
                .col(text("source"))
                .col(int("at"))
                .col(int("markets"))
                .col(int("candidates"))
                .col(text("refused"))
                .col(int("hedges"))
                .take(),
        )
        .await?;
        index(m, "scan", &["source", "id"], false).await?;

        m.create_table(
            Table::create()
                .table("strategy")
                .col(id())
                .col(text("name"))
                .col(int("generation"))
                .col(int("version"))
                .col(text("toml"))
                .col(int("saved_at"))
                .col(ColumnDef::new("is_current").boolean().not_null())
                .take(),
        )
        .await?;
        index(m, "strategy", &["name", "generation", "version"], true).await?;

        m.create_table(Table::create().table("setting").col(text("key").primary_key()).col(text("value")).take()).await
    }
}
