//! A day's budget for model calls, kept in the database: what is set aside counts as spent until it is settled, over all processes and
//! across kills.

use crate::entity::{model_call, model_day};
use crate::error::port;
use crate::store::Store;
use async_trait::async_trait;
use betty_bus::{CallRecord, PortError, Purse, Spend, Ticket};
use betty_market::{Timestamp, Usdc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use std::fmt;
use std::sync::Arc;

/// Records of calls kept, the newest.
const CALLS_KEPT_MAX: u64 = 100_000;
const DAY_MS: i64 = 86_400_000;

/// The machine's time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The purse of a database.
#[derive(Clone)]
pub struct ModelPurse {
    store: Store,
    cap: Spend,
    now: Now,
}

impl fmt::Debug for ModelPurse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelPurse").field("cap", &self.cap).finish_non_exhaustive()
    }
}

impl ModelPurse {
    /// With the most a day may take. The day changes at midnight UTC of the clock given.
    #[must_use]
    pub fn new(store: Store, cap: Spend, now: Now) -> Self {
        Self { store, cap, now }
    }

    fn today(&self) -> i64 {
        (self.now)().millis().div_euclid(DAY_MS)
    }

    async fn left_on(&self, day: i64) -> Result<Spend, PortError> {
        let row = model_day::Entity::find_by_id(day).one(&self.store.writer).await.map_err(port)?;
        let (tokens, micros) = row.map_or((0, 0), |r| (r.tokens, r.micros));
        Ok(Spend {
            tokens: self.cap.tokens.saturating_sub(u64::try_from(tokens).unwrap_or(0)),
            usd: Usdc::from_micros(Ord::max(self.cap.usd.micros().saturating_sub(micros), 0)),
        })
    }
}

#[async_trait]
impl Purse for ModelPurse {
    async fn reserve(&self, want: Spend) -> Result<Result<Ticket, Spend>, PortError> {
        let day = self.today();
        let (tokens, micros) = amounts(want)?;
        let (cap_tokens, cap_micros) = amounts(self.cap)?;
        let empty = model_day::ActiveModel { day: Set(day), tokens: Set(0), micros: Set(0), calls: Set(0) };
        model_day::Entity::insert(empty)
            .on_conflict(OnConflict::column(model_day::Column::Day).do_nothing().to_owned())
            .exec_without_returning(&self.store.writer)
            .await
            .map_err(port)?;
        // One statement: nobody can take the same money in between.
        let taken = model_day::Entity::update_many()
            .col_expr(model_day::Column::Tokens, Expr::col(model_day::Column::Tokens).add(tokens))
            .col_expr(model_day::Column::Micros, Expr::col(model_day::Column::Micros).add(micros))
            .col_expr(model_day::Column::Calls, Expr::col(model_day::Column::Calls).add(1))
            .filter(model_day::Column::Day.eq(day))
            .filter(model_day::Column::Tokens.lte(cap_tokens.saturating_sub(tokens)))
            .filter(model_day::Column::Micros.lte(cap_micros.saturating_sub(micros)))
            .exec(&self.store.writer)
            .await
            .map_err(port)?;
        if taken.rows_affected == 1 {
            return Ok(Ok(Ticket { day, reserved: want }));
        }
        self.left_on(day).await.map(Err)
    }

    async fn settle(&self, ticket: Ticket, call: CallRecord) -> Result<(), PortError> {
        let (tokens, micros) = amounts(ticket.reserved)?;
        let number = |n: u64| i64::try_from(n).map_err(|_| PortError(format!("{n} is more than the database keeps")));
        let (input, output) = (number(call.input_tokens)?, number(call.output_tokens)?);
        let used = input.saturating_add(output);
        let txn = self.store.begin_write().await.map_err(port)?;
        model_day::Entity::update_many()
            .col_expr(model_day::Column::Tokens, Expr::col(model_day::Column::Tokens).add(used - tokens))
            .col_expr(model_day::Column::Micros, Expr::col(model_day::Column::Micros).add(call.usd.micros() - micros))
            .filter(model_day::Column::Day.eq(ticket.day))
            .exec(&txn)
            .await
            .map_err(port)?;
        let row = model_call::ActiveModel {
            task: Set(call.task.get()),
            at: Set(call.at.millis()),
            prompt: Set(call.prompt),
            prompt_hash: Set(call.prompt_hash),
            model: Set(call.model),
            input_tokens: Set(input),
            output_tokens: Set(output),
            micros: Set(call.usd.micros()),
            latency_ms: Set(number(call.latency_ms)?),
            outcome: Set(call.outcome),
            ..Default::default()
        }
        .insert(&txn)
        .await
        .map_err(port)?;
        // Numbers are given in order, so the oldest are the lowest; looked for now and then only.
        if row.id % 1_000 == 0 {
            let oldest_to_go = model_call::Entity::find()
                .select_only()
                .column(model_call::Column::Id)
                .order_by_desc(model_call::Column::Id)
                .offset(CALLS_KEPT_MAX)
                .limit(1)
                .into_tuple::<i64>()
                .one(&txn)
                .await
                .map_err(port)?;
            if let Some(id) = oldest_to_go {
                let old = model_call::Entity::delete_many().filter(model_call::Column::Id.lte(id));
                old.exec(&txn).await.map_err(port)?;
            }
        }
        txn.commit().await.map_err(port)
    }

    async fn left(&self) -> Result<Spend, PortError> {
        self.left_on(self.today()).await
    }
}

/// Tokens and micro-dollars as the database keeps them.
fn amounts(spend: Spend) -> Result<(i64, i64), PortError> {
    let tokens = i64::try_from(spend.tokens);
    let tokens = tokens.map_err(|_| PortError(format!("{} tokens are more than the database keeps", spend.tokens)))?;
    if spend.usd.is_negative() {
        return Err(PortError("an amount below zero cannot be set aside".to_owned()));
    }
    Ok((tokens, spend.usd.micros()))
}
