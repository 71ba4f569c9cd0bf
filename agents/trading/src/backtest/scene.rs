//! What is public at the present instant of a replay: markets, books, and the pairs proven between them. Knows nothing of endings.
//!
//! Everything that ended is dropped, so memory follows what is open and not how long the history is.

use crate::backtest::config::RunConfig;
use crate::backtest::report::DataCoverage;
use betty_hedging::{Proof, TextHash, block_keys, prove_among};
use betty_market::{Book, HistoryEvent, Market, MarketAsOf, MarketId, Outcome, Timestamp, TokenId};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Longest silence that is no hole, milliseconds.
const HOLE_MS: i64 = crate::units::DAY_MS;
/// Most holes listed.
const HOLES_MAX: usize = 100;

/// A place in one of the scene's lists. Given to another once its holder is gone.
pub(super) type Slot = usize;

/// One market.
pub(super) struct Listed {
    pub(super) market: Market,
    pub(super) category: Option<String>,
    /// As the data has them: YES, NO.
    books: [Option<Book>; 2],
    blocks: Vec<u64>,
    hash: TextHash,
    pub(super) pairs: Vec<Slot>,
}

/// A proven or presumed pair.
pub(super) struct Pair {
    pub(super) proof: Proof,
    pub(super) markets: [Slot; 2],
    /// Both books were fresh at the same moment at least once.
    priced: bool,
}

/// What a record did to the scene.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing that a trader reacts to.
    None,
    /// A book of this market is new.
    Book(Slot, Outcome),
}

/// A list whose places are used again.
struct Slots<T> {
    items: Vec<Option<T>>,
    free: Vec<Slot>,
}

impl<T> Slots<T> {
    const fn new() -> Self {
        Self { items: Vec::new(), free: Vec::new() }
    }

    fn add(&mut self, item: T) -> Slot {
        if let Some(slot) = self.free.pop() {
            self.items[slot] = Some(item);
            return slot;
        }
        self.items.push(Some(item));
        self.items.len() - 1
    }

    fn take(&mut self, slot: Slot) -> Option<T> {
        let item = self.items.get_mut(slot)?.take();
        if item.is_some() {
            self.free.push(slot);
        }
        item
    }

    fn get(&self, slot: Slot) -> Option<&T> {
        self.items.get(slot)?.as_ref()
    }

    fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.items.get_mut(slot)?.as_mut()
    }
}

/// Which markets are looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Universe {
    /// Lower-case words that must all occur.
    pub(super) words: Vec<String>,
    pub(super) category: Option<String>,
    pub(super) only: Option<Arc<BTreeSet<MarketId>>>,
}

impl Universe {
    pub(super) fn new(config: &RunConfig) -> Self {
        let words = config.query.as_deref().unwrap_or_default();
        let words = words.split_whitespace().map(str::to_lowercase).collect();
        Self { words, category: config.category.clone(), only: config.only.clone() }
    }

    fn takes(&self, market: &Market, category: Option<&str>) -> bool {
        if self.only.as_deref().is_some_and(|only| !only.contains(&market.id)) {
            return false;
        }
        if self.category.as_deref().is_some_and(|wanted| Some(wanted) != category) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let title = market.event.as_ref().map_or("", |e| e.title.as_str());
        let text = [&market.question, market.group_title.as_deref().unwrap_or(""), title].join(" ").to_lowercase();
        self.words.iter().all(|w| text.contains(w.as_str()))
    }
}

/// The public state.
pub(super) struct Scene {
    universe: Universe,
    mirrors: bool,
    markets: Slots<Listed>,
    by_id: HashMap<MarketId, Slot>,
    by_token: HashMap<TokenId, (Slot, Outcome)>,
    blocks: HashMap<u64, Vec<Slot>>,
    pairs: Slots<Pair>,
    keys: HashSet<String>,
    /// Seen or changed since the last discovery.
    fresh: BTreeSet<Slot>,
    pub(super) coverage: DataCoverage,
    last: Option<Timestamp>,
}

impl Scene {
    pub(super) fn new(universe: Universe, mirrors: bool) -> Self {
        Self {
            universe,
            mirrors,
            markets: Slots::new(),
            by_id: HashMap::new(),
            by_token: HashMap::new(),
            blocks: HashMap::new(),
            pairs: Slots::new(),
            keys: HashSet::new(),
            fresh: BTreeSet::new(),
            coverage: DataCoverage::default(),
            last: None,
        }
    }

    pub(super) fn listed(&self, slot: Slot) -> Option<&Listed> {
        self.markets.get(slot)
    }

    pub(super) fn slot(&self, id: &MarketId) -> Option<Slot> {
        self.by_id.get(id).copied()
    }

    pub(super) fn pair(&self, slot: Slot) -> Option<&Pair> {
        self.pairs.get(slot)
    }

    /// Notes that both books of a pair were fresh at one moment.
    pub(super) fn observed(&mut self, slot: Slot) {
        self.coverage.observations += 1;
        if let Some(pair) = self.pairs.get_mut(slot)
            && !pair.priced
        {
            pair.priced = true;
            self.coverage.priced += 1;
        }
    }

    /// The book of an outcome's token, mirrored where the data has YES books only.
    pub(super) fn book(&self, slot: Slot, outcome: Outcome) -> Option<Cow<'_, Book>> {
        let listed = self.markets.get(slot)?;
        let own = &listed.books[outcome as usize];
        if !self.mirrors || outcome == Outcome::Yes {
            return own.as_ref().map(Cow::Borrowed);
        }
        let yes = listed.books[Outcome::Yes as usize].as_ref()?;
        Some(Cow::Owned(yes.mirrored(listed.market.no.clone())))
    }

    /// The best ask of an outcome in ten-thousandths and the stamp of its book, without making a mirrored book.
    pub(super) fn touch(&self, slot: Slot, outcome: Outcome) -> Option<(u16, Timestamp)> {
        let listed = self.markets.get(slot)?;
        if self.mirrors && outcome == Outcome::No {
            let yes = listed.books[0].as_ref().filter(|b| b.in_sync)?;
            return Some((yes.best_bid()?.price.complement().e4(), yes.at));
        }
        let book = listed.books[outcome as usize].as_ref().filter(|b| b.in_sync)?;
        Some((book.best_ask()?.price.e4(), book.at))
    }

    /// Whether a market's book of an outcome has both bids and asks.
    pub(super) fn two_sided(&self, slot: Slot, outcome: Outcome) -> bool {
        let shown = if self.mirrors { Outcome::Yes } else { outcome };
        let book = self.markets.get(slot).and_then(|l| l.books[shown as usize].as_ref());
        book.is_some_and(|b| b.best_bid().is_some() && b.best_ask().is_some())
    }

    /// Takes a record in. `category` is what the data guesses of a market.
    pub(super) fn take(
        &mut self,
        at: Timestamp,
        event: HistoryEvent,
        category: impl Fn(&MarketId) -> Option<String>,
    ) -> Change {
        self.coverage.records += 1;
        if let Some(last) = self.last
            && at.since(last) > HOLE_MS
            && self.coverage.holes.len() < HOLES_MAX
        {
            self.coverage.holes.push((last, at.since(last)));
        }
        self.last = Some(at);
        match event {
            HistoryEvent::Market(market) => self.list(*market, &category),
            HistoryEvent::Book(book) => {
                if let Some(&(slot, outcome)) = self.by_token.get(&book.token)
                    && let Some(listed) = self.markets.get_mut(slot)
                {
                    listed.books[outcome as usize] = Some(book);
                    return Change::Book(slot, outcome);
                }
            }
            HistoryEvent::Gap { token } => {
                if let Some(&(slot, outcome)) = self.by_token.get(&token)
                    && let Some(book) = self.markets.get_mut(slot).and_then(|l| l.books[outcome as usize].as_mut())
                {
                    book.in_sync = false;
                    self.coverage.gaps += 1;
                }
            }
            HistoryEvent::Tick { token, tick } => {
                if let Some(&(slot, _)) = self.by_token.get(&token)
                    && let Some(listed) = self.markets.get_mut(slot)
                {
                    listed.market.tick = tick;
                }
            }
            HistoryEvent::Trade { .. } | HistoryEvent::Ended { .. } => {}
        }
        Change::None
    }

    fn list(&mut self, seen: MarketAsOf, category: &impl Fn(&MarketId) -> Option<String>) {
        let market = seen.into_market();
        let hash = TextHash::of(&market);
        if let Some(&slot) = self.by_id.get(&market.id) {
            let changed = self.markets.get(slot).is_some_and(|l| l.hash != hash);
            if changed {
                // Whatever was proven rested on the old text.
                self.unpair(slot);
                self.unblock(slot);
                let blocks = block_keys(&market);
                self.block(slot, &blocks);
                if let Some(listed) = self.markets.get_mut(slot) {
                    listed.hash = hash;
                    listed.blocks = blocks;
                }
                self.fresh.insert(slot);
            }
            if let Some(listed) = self.markets.get_mut(slot) {
                listed.market = market;
            }
            return;
        }
        self.coverage.markets += 1;
        let category = category(&market.id);
        if !self.universe.takes(&market, category.as_deref()) {
            self.coverage.filtered += 1;
            return;
        }
        let blocks = block_keys(&market);
        let (id, tokens) = (market.id.clone(), [market.yes.clone(), market.no.clone()]);
        let listed = Listed { market, category, books: [None, None], blocks: blocks.clone(), hash, pairs: Vec::new() };
        let slot = self.markets.add(listed);
        self.by_id.insert(id, slot);
        for (token, outcome) in tokens.into_iter().zip([Outcome::Yes, Outcome::No]) {
            self.by_token.insert(token, (slot, outcome));
        }
        self.block(slot, &blocks);
        self.fresh.insert(slot);
    }

    fn block(&mut self, slot: Slot, keys: &[u64]) {
        for key in keys {
            self.blocks.entry(*key).or_default().push(slot);
        }
    }

    fn unblock(&mut self, slot: Slot) {
        let keys = self.markets.get_mut(slot).map(|l| std::mem::take(&mut l.blocks)).unwrap_or_default();
        for key in keys {
            if let Some(members) = self.blocks.get_mut(&key) {
                members.retain(|m| *m != slot);
                if members.is_empty() {
                    self.blocks.remove(&key);
                }
            }
        }
    }

    fn unpair(&mut self, slot: Slot) {
        let pairs = self.markets.get_mut(slot).map(|l| std::mem::take(&mut l.pairs)).unwrap_or_default();
        for pair_slot in pairs {
            let Some(pair) = self.pairs.take(pair_slot) else { continue };
            self.keys.remove(&pair.proof.key());
            for market in pair.markets {
                if let Some(listed) = self.markets.get_mut(market) {
                    listed.pairs.retain(|p| *p != pair_slot);
                }
            }
        }
    }

    /// Drops a market that ended, with its books and pairs. Returns it, when it was in the scene.
    pub(super) fn drop_market(&mut self, id: &MarketId) -> Option<Market> {
        let slot = self.by_id.get(id).copied()?;
        self.unpair(slot);
        self.unblock(slot);
        self.fresh.remove(&slot);
        self.by_id.remove(id);
        let listed = self.markets.take(slot)?;
        for token in [&listed.market.yes, &listed.market.no] {
            self.by_token.remove(token);
        }
        Some(listed.market)
    }

    /// Proves what can be proven among the markets that are new or changed and those that share a block with them. Returns the new
    /// pairs in a fixed order, and how many candidates failed an obligation.
    pub(super) fn discover(&mut self) -> (Vec<Slot>, u64) {
        let fresh = std::mem::take(&mut self.fresh);
        let mut near: BTreeSet<Slot> = BTreeSet::new();
        for slot in &fresh {
            for key in self.markets.get(*slot).map(|l| l.blocks.as_slice()).unwrap_or_default() {
                near.extend(self.blocks.get(key).into_iter().flatten());
            }
        }
        let mut markets: Vec<&Market> = near.iter().filter_map(|s| self.markets.get(*s)).map(|l| &l.market).collect();
        // By id, so that places used again change nothing.
        markets.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let found = prove_among(markets);
        let is_fresh = |id: &MarketId| self.by_id.get(id).is_some_and(|s| fresh.contains(s));
        let refused = found.refused.iter().filter(|r| is_fresh(&r.a) || is_fresh(&r.b)).count() as u64;
        let mut new = Vec::new();
        for proof in found.proofs {
            let slots = proof.legs.each_ref().map(|l| self.by_id.get(&l.market).copied());
            let ([Some(a), Some(b)], true) = (slots, self.keys.insert(proof.key())) else { continue };
            let slot = self.pairs.add(Pair { proof, markets: [a, b], priced: false });
            for market in [a, b] {
                if let Some(listed) = self.markets.get_mut(market) {
                    listed.pairs.push(slot);
                }
            }
            new.push(slot);
        }
        self.coverage.pairs += new.len() as u64;
        self.coverage.candidates += refused + new.len() as u64;
        (new, refused)
    }
}
