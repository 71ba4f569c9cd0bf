//! The state of a paper account: the replay of its events. What cannot be is refused and changes nothing.

use crate::cost::CostBreakdown;
use crate::ledger::consumed::Consumed;
use crate::ledger::event::{
    AMOUNT_MAX, FILLS_MAX, HedgeOpened, LEGS_MAX, LedgerEvent, LegOut, LegUnwound, PositionId, PriceMark,
};
use crate::ledger::position::{Position, PositionEnd};
use crate::ledger::posting::{LedgerAccount, Posting, postings};
use crate::limits::BANKROLL_MAX;
use betty_market::{Book, EventId, MarketId, Outcome, Resolution, Shares, SourceLabel, Timestamp, TokenId, Usdc, Walk};
use std::collections::{BTreeMap, BTreeSet};

/// Why an event was refused. The account is as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The first event must open the account.
    #[error("the account is not open yet: its first event must be account_opened")]
    NotOpened,
    /// An account opens once.
    #[error("the account is already open: a second account_opened was refused")]
    AlreadyOpened,
    /// No such position.
    #[error("there is no position {0}: list the positions to see their numbers")]
    UnknownPosition(PositionId),
    /// The number is taken.
    #[error("position {0} exists already: the event was recorded twice or out of order")]
    DuplicatePosition(PositionId),
    /// The position has ended.
    #[error("position {0} has ended already: nothing was changed")]
    NotOpen(PositionId),
    /// Not enough cash.
    #[error("{need} dollars are needed and {cash} are there: free cash first or trade less")]
    Overdraft {
        /// Dollars the event takes.
        need: Usdc,
        /// Dollars at hand.
        cash: Usdc,
    },
    /// The event contradicts itself or the position.
    #[error("the event cannot be booked: {0}")]
    Inconsistent(String),
}

/// A paper account. Sums are kept as events come in, so every reading is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    starting: Usdc,
    source: SourceLabel,
    opened_at: Timestamp,
    balances: [Usdc; LedgerAccount::ALL.len()],
    positions: BTreeMap<PositionId, Position>,
    open: BTreeSet<PositionId>,
    /// The highest number given to a position, 0 before the first.
    last: u64,
    consumed: Consumed,
    events: u64,
}

impl Account {
    /// Opens an account with its first event.
    ///
    /// # Errors
    /// [`LedgerError::NotOpened`] for another event; [`LedgerError::Inconsistent`] when the starting cash is not above zero or
    /// above [`BANKROLL_MAX`].
    pub fn open(first: &LedgerEvent) -> Result<Self, LedgerError> {
        let LedgerEvent::AccountOpened(e) = first else { return Err(LedgerError::NotOpened) };
        if !e.starting.is_positive() || e.starting > BANKROLL_MAX {
            return Err(inconsistent(format!(
                "starting cash {} is not above 0 and at most {BANKROLL_MAX}",
                e.starting
            )));
        }
        let mut account = Self {
            starting: e.starting,
            source: e.source.clone(),
            opened_at: e.at,
            balances: Default::default(),
            positions: BTreeMap::new(),
            open: BTreeSet::new(),
            last: 0,
            consumed: Consumed::default(),
            events: 1,
        };
        account.balances = account.balances_after(&postings(first))?;
        Ok(account)
    }

    /// Rebuilds an account from its events.
    ///
    /// # Errors
    /// The first refusal of [`Account::open`] or [`Account::apply`].
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a LedgerEvent>) -> Result<Self, LedgerError> {
        let mut events = events.into_iter();
        let mut account = Self::open(events.next().ok_or(LedgerError::NotOpened)?)?;
        for event in events {
            account.apply(event)?;
        }
        Ok(account)
    }

    /// Books an event.
    ///
    /// # Errors
    /// [`LedgerError`] when the event cannot be; then nothing has changed.
    pub fn apply(&mut self, event: &LedgerEvent) -> Result<(), LedgerError> {
        self.check(event)?;
        let balances = self.balances_after(&postings(event))?;
        self.balances = balances;
        self.events += 1;
        match event {
            LedgerEvent::AccountOpened(_) => {}
            LedgerEvent::HedgeOpened(e) => {
                self.open.insert(e.position);
                self.last = self.last.max(e.position.get());
                self.consumed.opened(e);
                self.positions.insert(e.position, Position { opened: (**e).clone(), end: None });
            }
            LedgerEvent::HedgeClosed(e) => {
                self.consumed.closed(e);
                self.end(e.position, PositionEnd::Closed(e.clone()));
            }
            LedgerEvent::HedgeSettled(e) => self.end(e.position, PositionEnd::Settled(e.clone())),
            LedgerEvent::LegUnwound(e) => self.consumed.unwound(e),
        }
        Ok(())
    }

    /// Whether the account would take an event, without booking it.
    ///
    /// # Errors
    /// What [`Account::apply`] would answer.
    pub fn accepts(&self, event: &LedgerEvent) -> Result<(), LedgerError> {
        self.check(event)?;
        self.balances_after(&postings(event)).map(|_| ())
    }

    fn end(&mut self, id: PositionId, end: PositionEnd) {
        if let Some(position) = self.positions.get_mut(&id) {
            position.end = Some(end);
            self.open.remove(&id);
        }
    }

    fn check(&self, event: &LedgerEvent) -> Result<(), LedgerError> {
        match event {
            LedgerEvent::AccountOpened(_) => Err(LedgerError::AlreadyOpened),
            LedgerEvent::HedgeOpened(e) => {
                if self.positions.contains_key(&e.position) {
                    return Err(LedgerError::DuplicatePosition(e.position));
                }
                check_opened(e)
            }
            LedgerEvent::HedgeClosed(e) => {
                let position = self.held(e.position)?;
                let sold = e.legs.iter().map(|l| (&l.market, &l.walk));
                check_legs(position, e.legs.iter().map(|l| &l.market), e.at_cost)?;
                check_fills(sold, position.opened.shares)?;
                check_costs(&e.costs, e.legs.iter().map(|l| &l.walk))
            }
            LedgerEvent::HedgeSettled(e) => {
                let position = self.held(e.position)?;
                check_legs(position, e.legs.iter().map(|l| &l.market), e.at_cost)?;
                let mut sum = Usdc::ZERO;
                for (entry, leg) in position.opened.legs.iter().zip(&e.legs) {
                    let due = payout(entry.outcome, leg.resolution, position.opened.shares);
                    if leg.outcome != entry.outcome || leg.payout != due {
                        return Err(inconsistent(format!("leg {} pays {due}, not {}", leg.market, leg.payout)));
                    }
                    sum += due;
                }
                if sum == e.payout {
                    Ok(())
                } else {
                    Err(inconsistent(format!("the legs pay {sum}, not {}", e.payout)))
                }
            }
            LedgerEvent::LegUnwound(e) => check_unwound(e),
        }
    }

    /// Takes a position that has ended out of the account and gives it back: for a replay that keeps what it needs of it. Balances
    /// stay. `None` for one that is open or unknown.
    pub(crate) fn take_ended(&mut self, id: PositionId) -> Option<Position> {
        if self.open.contains(&id) {
            return None;
        }
        self.positions.remove(&id)
    }

    /// Forgets what was taken from the books of a token that trades no more.
    pub(crate) fn forget_token(&mut self, token: &TokenId) {
        self.consumed.forget(token);
    }

    fn held(&self, id: PositionId) -> Result<&Position, LedgerError> {
        let position = self.positions.get(&id).ok_or(LedgerError::UnknownPosition(id))?;
        if position.is_open() { Ok(position) } else { Err(LedgerError::NotOpen(id)) }
    }

    fn balances_after(&self, lines: &[Posting]) -> Result<[Usdc; LedgerAccount::ALL.len()], LedgerError> {
        let mut balances = self.balances;
        for line in lines {
            let slot = &mut balances[line.account as usize];
            *slot = slot.checked_add(line.amount).ok_or_else(|| inconsistent("a balance would overflow".to_owned()))?;
        }
        let cash = balances[LedgerAccount::Cash as usize];
        if cash.is_negative() {
            let had = self.cash();
            return Err(LedgerError::Overdraft { need: had - cash, cash: had });
        }
        Ok(balances)
    }

    /// Balance of an account of the books; debits are positive.
    #[must_use]
    pub const fn balance(&self, account: LedgerAccount) -> Usdc {
        self.balances[account as usize]
    }

    /// Dollars at hand.
    #[must_use]
    pub const fn cash(&self) -> Usdc {
        self.balance(LedgerAccount::Cash)
    }

    /// What the shares held have cost.
    #[must_use]
    pub const fn positions_at_cost(&self) -> Usdc {
        self.balance(LedgerAccount::PositionsAtCost)
    }

    /// Cash plus positions at cost: the bankroll that every percentage limit refers to.
    #[must_use]
    pub fn bankroll(&self) -> Usdc {
        self.cash() + self.positions_at_cost()
    }

    /// Cash put in at the start.
    #[must_use]
    pub const fn starting(&self) -> Usdc {
        self.starting
    }

    /// What kind of data the account trades on.
    #[must_use]
    pub const fn source(&self) -> &SourceLabel {
        &self.source
    }

    /// When it was opened.
    #[must_use]
    pub const fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    /// Events booked, the opening included.
    #[must_use]
    pub const fn event_count(&self) -> u64 {
        self.events
    }

    /// Profit of positions ended, before costs.
    #[must_use]
    pub fn realised_gross(&self) -> Usdc {
        -self.balance(LedgerAccount::RealisedPnl)
    }

    /// Every cost paid so far, those of positions still open included.
    #[must_use]
    pub fn costs_paid(&self) -> Usdc {
        self.balance(LedgerAccount::Fees) + self.balance(LedgerAccount::Gas) + self.balance(LedgerAccount::OtherCosts)
    }

    /// Realised profit after every cost paid so far: `bankroll − starting`, always.
    #[must_use]
    pub fn realised_real(&self) -> Usdc {
        self.realised_gross() - self.costs_paid()
    }

    /// One position.
    #[must_use]
    pub fn position(&self, id: PositionId) -> Option<&Position> {
        self.positions.get(&id)
    }

    /// Every position by number.
    pub fn positions(&self) -> impl DoubleEndedIterator<Item = &Position> {
        self.positions.values()
    }

    /// Positions held, by number.
    pub fn open_positions(&self) -> impl Iterator<Item = &Position> {
        self.open.iter().filter_map(|id| self.positions.get(id))
    }

    /// How many positions are held.
    #[must_use]
    pub fn open_count(&self) -> u32 {
        u32::try_from(self.open.len()).unwrap_or(u32::MAX)
    }

    /// A book as this account may trade on it: what the account took from a level stays taken until the level changes, and
    /// `haircut_pct` percent of what is left on each level is not believed.
    #[must_use]
    pub fn tradable(&self, book: &Book, haircut_pct: u32) -> Book {
        self.consumed.tradable(book, haircut_pct)
    }

    /// The number the next position gets.
    #[must_use]
    pub const fn next_position(&self) -> PositionId {
        PositionId::new(self.last.saturating_add(1))
    }

    /// A copy to try events on: the same books and the same positions held, without those that have ended. Its cost does not grow
    /// with the account's history.
    #[must_use]
    pub(crate) fn trial(&self) -> Self {
        Self {
            starting: self.starting,
            source: self.source.clone(),
            opened_at: self.opened_at,
            balances: self.balances,
            positions: self.open_positions().map(|p| (p.id(), p.clone())).collect(),
            open: self.open.clone(),
            last: self.last,
            consumed: self.consumed.clone(),
            events: self.events,
        }
    }

    /// Capital in open positions per event. A position counts fully for each event it touches, so correlated hedges add up.
    #[must_use]
    pub fn exposure_by_event(&self) -> BTreeMap<EventId, Usdc> {
        let mut exposure = BTreeMap::new();
        for position in self.open_positions() {
            let mut events: Vec<&EventId> = position.opened.legs.iter().filter_map(|l| l.event.as_ref()).collect();
            events.sort_unstable();
            events.dedup();
            for event in events {
                *exposure.entry(event.clone()).or_insert(Usdc::ZERO) += position.capital();
            }
        }
        exposure
    }

    /// Capital in open positions of one hedge: those with its key, and, where this open or the position is typed in by hand, those
    /// on the same markets, whichever outcomes a person named.
    #[must_use]
    pub fn exposure_to_hedge(&self, key: &str, markets: &[&MarketId], manual: bool) -> Usdc {
        let same_markets = |p: &Position| {
            let held: BTreeSet<&MarketId> = p.opened.legs.iter().map(|l| &l.market).collect();
            held == markets.iter().copied().collect()
        };
        let by_hand = |p: &Position| manual || p.opened.prices == PriceMark::Manual;
        self.open_positions()
            .filter(|p| p.opened.hedge_key == key || (by_hand(p) && same_markets(p)))
            .map(Position::capital)
            .sum()
    }

    /// Capital in open positions per UTC day of settlement (days since 1970); positions without a known end share `None`.
    #[must_use]
    pub fn exposure_by_day(&self) -> BTreeMap<Option<i64>, Usdc> {
        let mut exposure = BTreeMap::new();
        for position in self.open_positions() {
            *exposure.entry(settlement_day(position.opened.settles_at)).or_insert(Usdc::ZERO) += position.capital();
        }
        exposure
    }
}

/// The UTC day of an instant, days since 1970.
#[must_use]
pub fn settlement_day(at: Option<Timestamp>) -> Option<i64> {
    at.map(|t| t.millis().div_euclid(crate::units::DAY_MS))
}

/// What `shares` of an outcome pay under a resolution: a dollar each, nothing, or 50 cents when void.
#[must_use]
pub fn payout(outcome: Outcome, resolution: Resolution, shares: Shares) -> Usdc {
    match (outcome, resolution) {
        (Outcome::Yes, Resolution::Yes) | (Outcome::No, Resolution::No) => shares.at_par(),
        (Outcome::Yes, Resolution::No) | (Outcome::No, Resolution::Yes) => Usdc::ZERO,
        (_, Resolution::Void) => shares.at_half(),
    }
}

const fn inconsistent(what: String) -> LedgerError {
    LedgerError::Inconsistent(what)
}

fn check_opened(e: &HedgeOpened) -> Result<(), LedgerError> {
    if !(2..=LEGS_MAX).contains(&e.legs.len()) {
        return Err(inconsistent(format!("{} legs, allowed are 2 to {LEGS_MAX}", e.legs.len())));
    }
    for (i, leg) in e.legs.iter().enumerate() {
        if e.legs[..i].iter().any(|other| other.token == leg.token) {
            return Err(inconsistent(format!("token {} is bought by two legs", leg.token)));
        }
    }
    if e.worlds.iter().any(|w| w.payoff.is_negative() || w.payoff.micros() > AMOUNT_MAX) {
        return Err(inconsistent("a world's payoff is out of range".to_owned()));
    }
    check_fills(e.legs.iter().map(|l| (&l.market, &l.walk)), e.shares)?;
    check_costs(&e.costs, e.legs.iter().map(|l| &l.walk))
}

fn check_unwound(e: &LegUnwound) -> Result<(), LedgerError> {
    check_fills([(&e.market, &e.bought)].into_iter(), e.bought.shares)?;
    match &e.out {
        LegOut::Sold { walk } => check_fills([(&e.market, walk)].into_iter(), e.bought.shares),
        LegOut::WrittenOff => Ok(()),
        LegOut::Paid { resolution, payout: paid } => {
            let due = payout(e.outcome, *resolution, e.bought.shares);
            if *paid == due { Ok(()) } else { Err(inconsistent(format!("leg {} pays {due}, not {paid}", e.market))) }
        }
    }
}

fn check_legs<'a>(
    position: &Position,
    markets: impl ExactSizeIterator<Item = &'a MarketId>,
    at_cost: Usdc,
) -> Result<(), LedgerError> {
    let id = position.id();
    let entry = &position.opened.legs;
    if markets.len() != entry.len() || markets.zip(entry).any(|(m, l)| *m != l.market) {
        return Err(inconsistent(format!("the legs are not those of position {id}")));
    }
    if at_cost == position.at_cost() {
        Ok(())
    } else {
        Err(inconsistent(format!("position {id} stands at {}, not {at_cost}", position.at_cost())))
    }
}

/// Every leg must have filled the same shares, and each walk must be the sum of its fills.
fn check_fills<'a>(walks: impl Iterator<Item = (&'a MarketId, &'a Walk)>, shares: Shares) -> Result<(), LedgerError> {
    if !shares.is_positive() || shares.micros() > AMOUNT_MAX {
        return Err(inconsistent(format!("{shares} shares are out of range")));
    }
    for (market, walk) in walks {
        if walk.shares != shares {
            let text = format!("leg {market} has {} shares where every leg must have {shares}", walk.shares);
            return Err(inconsistent(text));
        }
        if walk.fills.is_empty() || walk.fills.len() > FILLS_MAX {
            return Err(inconsistent(format!("leg {market} has {} fills", walk.fills.len())));
        }
        let (mut sum_shares, mut sum_amount, mut sum_fee) = (0_i128, 0_i128, 0_i128);
        for fill in &walk.fills {
            let sane = fill.shares.is_positive() && !fill.amount.is_negative() && !fill.fee.is_negative();
            if !sane || fill.amount.micros() > AMOUNT_MAX || fill.fee.micros() > AMOUNT_MAX {
                return Err(inconsistent(format!("a fill of leg {market} is out of range")));
            }
            sum_shares += i128::from(fill.shares.micros());
            sum_amount += i128::from(fill.amount.micros());
            sum_fee += i128::from(fill.fee.micros());
        }
        let stated = [walk.shares.micros(), walk.amount.micros(), walk.fee.micros()].map(i128::from);
        if stated != [sum_shares, sum_amount, sum_fee] || walk.amount.max(walk.fee).micros() > AMOUNT_MAX {
            return Err(inconsistent(format!("the fills of leg {market} do not add up to its walk")));
        }
    }
    Ok(())
}

fn check_costs<'a>(costs: &CostBreakdown, walks: impl Iterator<Item = &'a Walk>) -> Result<(), LedgerError> {
    let parts = [costs.fee, costs.gas, costs.gas_buffer, costs.proxy, costs.leg_risk];
    if parts.iter().any(|p| p.is_negative() || p.micros() > AMOUNT_MAX) {
        return Err(inconsistent("a cost is out of range".to_owned()));
    }
    let fees: i128 = walks.map(|w| i128::from(w.fee.micros())).sum();
    if fees == i128::from(costs.fee.micros()) {
        Ok(())
    } else {
        Err(inconsistent(format!("the fees of the fills are not the fee of {} in the costs", costs.fee)))
    }
}
