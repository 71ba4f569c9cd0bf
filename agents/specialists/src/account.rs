//! The paper account of the source at hand, read from the ledger, and the events that are to be appended to it.

use betty_bus::effect::{LedgerRow, PostingRow};
use betty_bus::specialist::Attempt;
use betty_bus::{AccountName, Effect, TaskError, TaskErrorKind};
use betty_market::{SourceLabel, Usdc};
use betty_trading::ledger::{AccountOpened, LedgerEvent};
use betty_trading::{Account, Limits, postings};

/// An account with what will be appended to it.
#[derive(Debug, Clone)]
pub struct Books {
    /// Its name: one per kind of market data.
    pub name: AccountName,
    /// As of the ledger plus what was appended here.
    pub account: Account,
    /// Entries in the ledger when it was read: appending is refused when there are more by then.
    seq: u64,
    appended: Vec<LedgerEvent>,
}

fn defect(what: impl Into<String>) -> TaskError {
    TaskError::new(TaskErrorKind::Internal, what)
}

/// The account name of the attempt's source.
///
/// # Errors
/// When the source's name makes no account name, which the parsers of names rule out.
pub fn account_name(attempt: &Attempt) -> Result<AccountName, TaskError> {
    account_of(&attempt.market.label())
}

/// The account name of a kind of data.
pub(crate) fn account_of(label: &SourceLabel) -> Result<AccountName, TaskError> {
    AccountName::new(label.account()).map_err(defect)
}

/// Reads a stored event back.
///
/// # Errors
/// When it cannot be read: the ledger was written by another version or by hand.
pub fn event_of(row: &LedgerRow) -> Result<LedgerEvent, TaskError> {
    serde_json::from_value(row.event.clone()).map_err(|e| {
        defect(format!(
            "an entry of the ledger cannot be read ({e}); nothing was written. `betty doctor` checks the ledger"
        ))
    })
}

impl Books {
    /// Reads the account of the attempt's source; a new one starts with the configured bankroll.
    ///
    /// # Errors
    /// When storage does not answer or the ledger cannot be replayed.
    pub async fn read(attempt: &Attempt, limits: &Limits) -> Result<Self, TaskError> {
        let name = account_name(attempt)?;
        let rows = attempt.desk.ledger(&name).await?;
        let seq = rows.len() as u64;
        let mut events = rows.iter().map(event_of).collect::<Result<Vec<_>, _>>()?;
        let mut appended = Vec::new();
        if events.is_empty() {
            let first = LedgerEvent::AccountOpened(AccountOpened {
                starting: limits.bankroll,
                source: attempt.market.label(),
                at: attempt.market.now(),
            });
            appended.push(first.clone());
            events.push(first);
        }
        let account =
            Account::replay(&events).map_err(|e| defect(format!("the ledger of {name} cannot be replayed: {e}")))?;
        Ok(Self { name, account, seq, appended })
    }

    /// Books an event, here and in the effects.
    ///
    /// # Errors
    /// When the account refuses it.
    pub fn append(&mut self, event: LedgerEvent) -> Result<(), TaskError> {
        self.account.apply(&event).map_err(|e| defect(e.to_string()))?;
        self.appended.push(event);
        Ok(())
    }

    /// Cash after everything appended.
    #[must_use]
    pub fn cash(&self) -> Usdc {
        self.account.cash()
    }

    /// What to write. Nothing when no trade was made: an account comes into being with its first trade.
    #[must_use]
    pub fn into_effects(self) -> Vec<Effect> {
        if self.appended.iter().all(|e| matches!(e, LedgerEvent::AccountOpened(_))) {
            return Vec::new();
        }
        let rows = self.appended.iter().map(ledger_row).collect();
        vec![Effect::Ledger { account: self.name, expected_seq: self.seq, rows }]
    }
}

fn ledger_row(event: &LedgerEvent) -> LedgerRow {
    LedgerRow {
        at: event.at(),
        kind: event.name().to_owned(),
        position: event.position().map(betty_trading::PositionId::get),
        // Every field is a number, text, list or map with text keys: it always serialises.
        event: serde_json::to_value(event).unwrap_or_default(),
        postings: postings(event)
            .into_iter()
            .map(|p| PostingRow { ledger: p.account.name().to_owned(), amount: p.amount })
            .collect(),
    }
}
