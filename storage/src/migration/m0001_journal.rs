//! Tasks, attempts, answers and dead letters.

use super::{id, index, int, int_null, text, text_null, to};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("task")
                .col(id())
                .col(text_null("idempotency_key"))
                .col(int_null("parent_id"))
                .col(text("work"))
                .col(text("origin"))
                .col(text("door"))
                .col(text("asker"))
                .col(int("attempts_max"))
                .col(int("deadline_ms"))
                .col(int("accepted_at"))
                .col(text("state"))
                .col(int("attempts"))
                .col(text_null("cancel"))
                .col(text_null("result"))
                .col(int_null("ended_at"))
                .foreign_key(&mut to("task", "parent_id", "task"))
                .take(),
        )
        .await?;
        index(m, "task", &["idempotency_key"], true).await?;
        index(m, "task", &["state", "id"], false).await?;
        index(m, "task", &["asker", "id"], false).await?;

        m.create_table(
            Table::create()
                .table("attempt")
                .col(int("task_id"))
                .col(int("number"))
                .col(text("owner"))
                .col(int("started_at"))
                .col(int_null("ended_at"))
                .col(text("outcome"))
                .primary_key(Index::create().col("task_id").col("number"))
                .foreign_key(&mut to("attempt", "task_id", "task"))
                .take(),
        )
        .await?;
        index(m, "attempt", &["outcome", "owner"], false).await?;

        m.create_table(
            Table::create()
                .table("outbox")
                .col(id())
                .col(int("task_id"))
                .col(text("door"))
                .col(int_null("delivered_at"))
                .foreign_key(&mut to("outbox", "task_id", "task"))
                .take(),
        )
        .await?;
        index(m, "outbox", &["task_id"], true).await?;
        index(m, "outbox", &["delivered_at", "door", "id"], false).await?;

        m.create_table(
            Table::create()
                .table("dead_letter")
                .col(id())
                .col(int("task_id"))
                .col(int("at"))
                .col(text("error"))
                .foreign_key(&mut to("dead_letter", "task_id", "task"))
                .take(),
        )
        .await?;
        index(m, "dead_letter", &["task_id"], true).await
    }
}
