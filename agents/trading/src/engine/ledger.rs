//! The account's books in double entry and integers: every fill and every settlement moves micro-dollars between five accounts, and
//! each entry sums to zero.
//!
//! Debits are positive, credits negative, so that with `profit` the credit of [`LedgerAccount::Realised`] at all times
//! `cash + positions at cost + fees − profit = start`. Profit is before fees, which have their own account.

use super::instrument::InstrumentId;
use super::time::TimeNs;
use betty_market::{Shares, Usdc};

/// Most micro-dollars the account may come to, counting every share held or on order as a dollar: keeps every sum within 64 bits.
pub(super) const WEALTH_MICROS_MAX: i64 = 1_000_000_000_000_000_000;
/// Bytes of an entry.
pub const ENTRY_BYTES: usize = 69;

/// The accounts of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LedgerAccount {
    /// Dollars at hand.
    Cash,
    /// What the shares held have cost, without fees.
    Inventory,
    /// Fees paid.
    Fees,
    /// Cost less proceeds of what was sold or settled: a profit is a credit, so negative.
    Realised,
    /// What was put in: a credit, so negative.
    Capital,
}

impl LedgerAccount {
    /// Every account, in order.
    pub const ALL: [Self; 5] = [Self::Cash, Self::Inventory, Self::Fees, Self::Realised, Self::Capital];
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// The starting cash.
    Opened,
    /// A fill of a buy order.
    Buy,
    /// A fill of a sell order.
    Sell,
    /// A settlement paid.
    Settled,
}

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub time: TimeNs,
    /// Counts from 0.
    pub sequence: u64,
    /// Of what; 0 for the starting cash.
    pub instrument: InstrumentId,
    /// Why.
    pub kind: EntryKind,
    /// Shares that moved.
    pub shares: Shares,
    /// Micro-dollars per account, in the order of [`LedgerAccount::ALL`].
    pub postings: [i64; 5],
}

impl Entry {
    /// The entry as bytes, little-endian: time, sequence, instrument, kind, micro-shares, postings.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; ENTRY_BYTES] {
        let mut out = [0; ENTRY_BYTES];
        out[..8].copy_from_slice(&self.time.nanos().to_le_bytes());
        out[8..16].copy_from_slice(&self.sequence.to_le_bytes());
        out[16..20].copy_from_slice(&self.instrument.0.to_le_bytes());
        out[20] = self.kind as u8;
        out[21..29].copy_from_slice(&self.shares.micros().to_le_bytes());
        for (part, posting) in out[29..].chunks_exact_mut(8).zip(self.postings) {
            part.copy_from_slice(&posting.to_le_bytes());
        }
        out
    }
}

/// What is held of one instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Shares held.
    pub shares: Shares,
    /// What they have cost without fees; parts leave at the average, rounded down, and the last takes what is left.
    pub cost: Usdc,
    /// Shares in open sell orders.
    pub for_sale: Shares,
}

/// Cash, positions and entries.
#[derive(Debug, Clone)]
pub struct Ledger {
    balances: [i64; 5],
    /// Cash held for open buy orders.
    reserved: i64,
    positions: Vec<Position>,
    /// Micro-shares held and on order to buy, over all instruments: what the account could at most be paid on top of cash.
    claims: i64,
    entries: Vec<Entry>,
    sequence: u64,
    keep: bool,
}

impl Ledger {
    pub(super) fn open(cash: Usdc, at: TimeNs, keep: bool) -> Self {
        let (balances, positions, entries) = ([0; 5], Vec::new(), Vec::new());
        let mut ledger = Self { balances, reserved: 0, positions, claims: 0, entries, sequence: 0, keep };
        let start = cash.micros();
        ledger.post(at, InstrumentId(0), EntryKind::Opened, 0, [start, 0, 0, 0, -start]);
        ledger
    }

    pub(super) fn add_instrument(&mut self) {
        self.positions.push(Position::default());
    }

    #[inline]
    fn post(&mut self, time: TimeNs, instrument: InstrumentId, kind: EntryKind, micro_shares: i64, postings: [i64; 5]) {
        debug_assert_eq!(postings.iter().sum::<i64>(), 0, "an entry sums to zero");
        for (balance, posting) in self.balances.iter_mut().zip(postings) {
            *balance += posting;
        }
        if self.keep {
            let (sequence, shares) = (self.sequence, Shares::from_micros(micro_shares));
            self.entries.push(Entry { time, sequence, instrument, kind, shares, postings });
        }
        self.sequence += 1;
    }

    /// A buy's fill. Its cash was reserved, and its shares already count as claims.
    pub(super) fn bought(&mut self, at: TimeNs, instrument: InstrumentId, micro_shares: i64, amount: i64, fee: i64) {
        let position = &mut self.positions[instrument.index()];
        position.shares += Shares::from_micros(micro_shares);
        position.cost += Usdc::from_micros(amount);
        self.post(at, instrument, EntryKind::Buy, micro_shares, [-amount - fee, amount, fee, 0, 0]);
    }

    /// A sell's fill, out of the shares for sale.
    pub(super) fn sold(&mut self, at: TimeNs, instrument: InstrumentId, micro_shares: i64, amount: i64, fee: i64) {
        let position = &mut self.positions[instrument.index()];
        position.for_sale -= Shares::from_micros(micro_shares);
        let cost = take_cost(position, micro_shares);
        self.claims -= micro_shares;
        self.post(at, instrument, EntryKind::Sell, micro_shares, [amount - fee, -cost, fee, cost - amount, 0]);
    }

    /// A settlement: everything held leaves for its payout.
    pub(super) fn settled(&mut self, at: TimeNs, instrument: InstrumentId, payout: i64) {
        let position = &mut self.positions[instrument.index()];
        let micro_shares = position.shares.micros();
        let cost = take_cost(position, micro_shares);
        self.claims -= micro_shares;
        self.post(at, instrument, EntryKind::Settled, micro_shares, [payout, -cost, 0, cost - payout, 0]);
    }

    /// Sets cash and claims aside for a buy order, or gives them back with negative amounts.
    pub(super) const fn reserve(&mut self, cash: i64, micro_shares: i64) {
        self.reserved += cash;
        self.claims += micro_shares;
    }

    pub(super) fn offer(&mut self, instrument: InstrumentId, micro_shares: i64) {
        self.positions[instrument.index()].for_sale += Shares::from_micros(micro_shares);
    }

    /// Whether the account stays in range with claims to this many more micro-shares.
    pub(super) const fn has_room_for(&self, micro_shares: i64) -> bool {
        self.balances[LedgerAccount::Cash as usize].saturating_add(self.claims).saturating_add(micro_shares)
            <= WEALTH_MICROS_MAX
    }

    pub(super) const fn free_micros(&self) -> i64 {
        self.balances[LedgerAccount::Cash as usize] - self.reserved
    }

    /// What is held of an instrument; nothing of one that is not registered.
    #[must_use]
    #[inline]
    pub fn position(&self, instrument: InstrumentId) -> Position {
        self.positions.get(instrument.index()).copied().unwrap_or_default()
    }

    /// The balance of an account, debits positive.
    #[must_use]
    pub const fn balance(&self, account: LedgerAccount) -> Usdc {
        Usdc::from_micros(self.balances[account as usize])
    }

    /// Dollars at hand, those reserved for open orders included.
    #[must_use]
    pub const fn cash(&self) -> Usdc {
        self.balance(LedgerAccount::Cash)
    }

    /// Dollars held for open buy orders.
    #[must_use]
    pub const fn reserved(&self) -> Usdc {
        Usdc::from_micros(self.reserved)
    }

    /// What the shares held have cost, without fees.
    #[must_use]
    pub const fn inventory_at_cost(&self) -> Usdc {
        self.balance(LedgerAccount::Inventory)
    }

    /// Fees paid so far.
    #[must_use]
    pub const fn fees(&self) -> Usdc {
        self.balance(LedgerAccount::Fees)
    }

    /// Profit of what was sold or settled, before fees; a loss is negative.
    #[must_use]
    pub const fn profit(&self) -> Usdc {
        Usdc::from_micros(-self.balances[LedgerAccount::Realised as usize])
    }

    /// What the account began with.
    #[must_use]
    pub const fn start(&self) -> Usdc {
        Usdc::from_micros(-self.balances[LedgerAccount::Capital as usize])
    }

    /// Entries kept so far; empty when the engine was told not to keep them.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Number of entries made, kept or not.
    #[must_use]
    pub const fn entry_count(&self) -> u64 {
        self.sequence
    }

    /// Hands over the entries kept so far, for a writer that stores them as they come.
    pub fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// Whether everything adds up: the accounts sum to zero, inventory is the cost of the positions, cash covers what is reserved,
    /// and no position is short or offers more than it holds.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let cost: i64 = self.positions.iter().map(|p| p.cost.micros()).sum();
        self.balances.iter().sum::<i64>() == 0
            && cost == self.balances[LedgerAccount::Inventory as usize]
            && self.reserved >= 0
            && self.free_micros() >= 0
            && self.positions.iter().all(|p| {
                let (shares, for_sale) = (p.shares.micros(), p.for_sale.micros());
                p.cost.micros() >= 0 && 0 <= for_sale && for_sale <= shares && (shares > 0 || p.cost == Usdc::ZERO)
            })
    }
}

/// Takes shares out of a position with their part of its cost.
fn take_cost(position: &mut Position, micro_shares: i64) -> i64 {
    let (held, cost) = (position.shares.micros(), position.cost.micros());
    let part = if micro_shares == held {
        cost
    } else {
        // At most a dollar a share each, so the product can pass 64 bits though the quotient cannot.
        (i128::from(cost) * i128::from(micro_shares) / i128::from(held)) as i64
    };
    position.shares -= Shares::from_micros(micro_shares);
    position.cost -= Usdc::from_micros(part);
    part
}
