//! The simulated world: every market, its hidden truth, and the venue's calendar.
//!
//! Whatever a book or a price says at an instant follows from the seed and that instant alone, never from the steps taken to
//! get there; only what has been *announced* (events) depends on the steps.

use super::calendar::{DAY_MS, GENESIS, HOUR_MS, MINUTE_MS};
use super::catalogue;
use super::draft::{Category, FamilyDraft, MarketDraft, PairKind};
use super::latent::{Condition, Variable, answer, probability};
use super::rng::{Rng, mix};
use super::spells::Spells;
use crate::market::Resolution;
use crate::money::Price;
use crate::time::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A market's place in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MarketIx(pub(crate) u32);

impl MarketIx {
    pub(crate) const fn at(self) -> usize {
        self.0 as usize
    }
}

/// Something the venue announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VenueEvent {
    /// When.
    pub at: Timestamp,
    /// Which market.
    pub market: MarketIx,
    /// What.
    pub what: Announcement,
}

/// What is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announcement {
    /// Trading starts.
    Listed,
    /// The book moved since the last step.
    Repriced,
    /// A trade was printed at the touch.
    Traded {
        /// The YES price.
        price: Price,
        /// Hundredths of a share.
        lots: u32,
        /// Somebody bought YES.
        buy: bool,
    },
    /// Prices move in finer steps from here on.
    TickChanged,
    /// An outcome was proposed.
    Proposed,
    /// The proposal was disputed.
    Disputed,
    /// It ended.
    Resolved(Resolution),
}

/// How a market will end. Nothing outside this module may show it before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fate {
    /// When the answer becomes public knowledge, milliseconds.
    pub(crate) known_at: i64,
    pub(crate) proposed_at: i64,
    pub(crate) disputed_at: Option<i64>,
    pub(crate) resolved_at: i64,
    pub(crate) resolution: Resolution,
}

/// Where a market is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Unlisted,
    Open,
    Proposed,
    Disputed,
    Resolved,
}

/// One binary market.
#[derive(Debug)]
pub(crate) struct SimMarket {
    pub(crate) seed: u64,
    pub(crate) id: String,
    pub(crate) condition_id: String,
    pub(crate) question_id: String,
    pub(crate) tokens: [String; 2],
    pub(crate) slug: String,
    pub(crate) text: MarketDraft,
    pub(crate) position_in_event: usize,
    pub(crate) event: usize,
    pub(crate) family: usize,
    pub(crate) fate: Fate,
    /// When 0.01 became 0.001, milliseconds; `i64::MIN` when it never was 0.01.
    pub(crate) fine_since: Option<i64>,
    /// Spread in ticks.
    pub(crate) spread_ticks: u16,
    /// Dollars a day.
    pub(crate) volume_per_day: f64,
}

/// One event with its markets.
#[derive(Debug)]
pub(crate) struct SimEvent {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) category: Category,
    pub(crate) series: Option<String>,
    /// The group's id when it is neg-risk.
    pub(crate) neg_risk: Option<String>,
    pub(crate) augmented: bool,
    pub(crate) markets: Vec<usize>,
}

/// Markets that hang on the same hidden variables.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) listed: i64,
    pub(crate) variables: Vec<Variable>,
    pub(crate) markets: Vec<usize>,
    pub(crate) pairs: Vec<(usize, usize, PairKind)>,
    /// Quotes are renewed this often, milliseconds, all of the family together.
    pub(crate) period: i64,
    phase: i64,
    /// Instants at which an answer becomes known, ascending: quotes follow at once.
    shocks: Vec<i64>,
}

impl Family {
    /// The last renewal of the quotes at or before `t`.
    pub(crate) fn quoted_at(&self, t: i64) -> i64 {
        let regular = (t - self.phase).div_euclid(self.period) * self.period + self.phase;
        let shock = self.shocks.partition_point(|s| *s <= t).checked_sub(1).map_or(i64::MIN, |i| self.shocks[i]);
        regular.max(shock).max(self.listed)
    }
}

/// Every market of the simulated venue.
#[derive(Debug)]
pub struct World {
    pub(crate) seed: u64,
    pub(crate) now: i64,
    pub(crate) families: Vec<Family>,
    pub(crate) events: Vec<SimEvent>,
    pub(crate) markets: Vec<SimMarket>,
    /// Token → market and side (0 is YES).
    pub(crate) by_token: HashMap<String, (MarketIx, usize)>,
    pub(crate) spells: Spells,
    seen: HashSet<String>,
    slugs: HashSet<String>,
    /// Announcements to come, by time and order of making.
    schedule: BTreeMap<(i64, u64), (MarketIx, Announcement)>,
    scheduled: u64,
    next_day: i64,
    next_tick_check: i64,
}

/// How often the venue looks whether a price has left the coarse range.
const TICK_CHECK_MS: i64 = 12 * HOUR_MS;
/// The coarse and the fine tick, in ten-thousandths.
pub(crate) const TICK_COARSE_E4: u16 = 100;
pub(crate) const TICK_FINE_E4: u16 = 10;
/// Beyond these prices the tick becomes fine.
const FINE_ABOVE: f64 = 0.96;
const FINE_BELOW: f64 = 0.04;
/// Share of outcomes that end 50-50, outside neg-risk.
const VOID_SHARE: f64 = 0.006;
/// Share of proposals that are disputed.
const DISPUTE_SHARE: f64 = 0.02;

impl World {
    /// The world at genesis, 2026-01-05T00:00:00Z.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut world = Self {
            seed,
            now: GENESIS.millis(),
            families: Vec::new(),
            events: Vec::new(),
            markets: Vec::new(),
            by_token: HashMap::new(),
            spells: Spells::default(),
            seen: HashSet::new(),
            slugs: HashSet::new(),
            schedule: BTreeMap::new(),
            scheduled: 0,
            next_day: 1,
            next_tick_check: GENESIS.millis() + TICK_CHECK_MS,
        };
        for family in catalogue::genesis(seed, &mut world.seen) {
            world.enlist(family);
        }
        world.check_ticks(world.now);
        world.spells = Spells::at_genesis(&world);
        world
    }

    /// The seed it was made from.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The world's present.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    /// Markets listed and not yet resolved.
    #[must_use]
    pub fn open_count(&self) -> usize {
        (0..self.markets.len()).filter(|m| !matches!(self.stage(*m), Stage::Unlisted | Stage::Resolved)).count()
    }

    /// Those markets, in the order they were made.
    pub(crate) fn open_markets(&self) -> impl Iterator<Item = MarketIx> + '_ {
        let open = |m: &usize| !matches!(self.stage(*m), Stage::Unlisted | Stage::Resolved);
        (0..self.markets.len()).filter(open).map(|m| MarketIx(m as u32))
    }

    /// Forgets the texts and tokens of a market that has resolved: for a reader that never asks for it again.
    pub(crate) fn retire(&mut self, market: MarketIx) {
        let Some(m) = self.markets.get_mut(market.at()).filter(|m| m.fate.resolved_at <= self.now) else { return };
        for token in &mut m.tokens {
            self.by_token.remove(token.as_str());
            *token = String::new();
        }
        // Its fate says what its conditions would.
        let end = m.text.end;
        m.text = MarketDraft { end, ..MarketDraft::default() };
    }

    /// Moves the present on and tells what happened in between, in order of time. An earlier instant changes nothing.
    pub fn advance(&mut self, to: Timestamp) -> Vec<VenueEvent> {
        let (from, to) = (self.now, to.millis());
        if to <= from {
            return Vec::new();
        }
        while GENESIS.millis() + self.next_day * DAY_MS <= to {
            for family in catalogue::daily(self.seed, self.next_day, &mut self.seen) {
                self.enlist(family);
            }
            self.next_day += 1;
        }
        let mut out = Vec::new();
        while self.next_tick_check <= to {
            let at = self.next_tick_check;
            for market in self.check_ticks(at) {
                out.push(VenueEvent { at: Timestamp::from_millis(at), market, what: Announcement::TickChanged });
            }
            self.next_tick_check += TICK_CHECK_MS;
        }
        self.now = to;
        let later = self.schedule.split_off(&(to + 1, 0));
        for ((at, _), (market, what)) in std::mem::replace(&mut self.schedule, later) {
            out.push(VenueEvent { at: Timestamp::from_millis(at), market, what });
        }
        self.repriced(from, &mut out);
        out.sort_by_key(|e| e.at);
        out
    }

    /// The books that differ from those of `from`, and the trades that went with them.
    fn repriced(&self, from: i64, out: &mut Vec<VenueEvent>) {
        for family in &self.families {
            if family.listed > self.now {
                continue;
            }
            let quoted = family.quoted_at(self.now);
            if family.listed <= from && quoted <= from {
                continue;
            }
            let at = Timestamp::from_millis(quoted);
            for m in &family.markets {
                if self.markets[*m].fate.resolved_at <= self.now {
                    continue;
                }
                let market = MarketIx(*m as u32);
                out.push(VenueEvent { at, market, what: Announcement::Repriced });
                if let Some(what) = self.trade(*m, quoted) {
                    out.push(VenueEvent { at, market, what });
                }
            }
        }
    }

    /// Gives identifiers, draws the fate, and puts the announcements on the calendar.
    fn enlist(&mut self, draft: FamilyDraft) {
        let family_ix = self.families.len();
        let mut rng = Rng::new(mix(mix(self.seed, 0xfa_u64), family_ix as u64));
        let mut members = Vec::new();
        for event in draft.events {
            let event_ix = self.events.len();
            let slug = self.unique_slug(&event.title);
            let neg_risk = event.neg_risk.then(|| hex(&mut rng, 64));
            let mut markets = Vec::new();
            for (position, text) in event.markets.into_iter().enumerate() {
                let m = self.markets.len();
                let fate = fate(&mut rng, &draft.variables, &text.conditions, event.neg_risk);
                let tokens = [token(&mut rng), token(&mut rng)];
                for (side, t) in tokens.iter().enumerate() {
                    self.by_token.insert(t.clone(), (MarketIx(m as u32), side));
                }
                let weights = if event.fine_tick { [0.0, 0.35, 0.35, 0.3] } else { [0.35, 0.35, 0.2, 0.1] };
                let spread_ticks = 1 + rng.weighted(&weights) as u16;
                let market = SimMarket {
                    seed: rng.next(),
                    id: (600_001 + m).to_string(),
                    condition_id: hex(&mut rng, 64),
                    question_id: hex(&mut rng, 64),
                    tokens,
                    slug: self.unique_slug(&text.question),
                    text,
                    position_in_event: position,
                    event: event_ix,
                    family: family_ix,
                    fate,
                    fine_since: event.fine_tick.then_some(i64::MIN),
                    spread_ticks,
                    volume_per_day: 40.0 * super::rng::exp(1.6 * rng.normal() + 3.0),
                };
                self.announce(m, draft.listed, &fate);
                self.markets.push(market);
                markets.push(m);
                members.push(m);
            }
            self.events.push(SimEvent {
                id: (30_001 + event_ix).to_string(),
                slug,
                title: event.title,
                category: event.category,
                series: event.series,
                neg_risk,
                augmented: event.augmented,
                markets,
            });
        }
        let mut shocks: Vec<i64> = members.iter().map(|m| self.markets[*m].fate.known_at).collect();
        // All quotes are fresh when the history begins.
        shocks.push(GENESIS.millis());
        shocks.sort_unstable();
        shocks.dedup();
        let period = rng.between(20, 420) * 1_000;
        let phase = rng.between(0, period - 1);
        let pairs = draft.pairs.into_iter().map(|(a, b, kind)| (members[a], members[b], kind)).collect();
        let (listed, variables) = (draft.listed, draft.variables);
        self.families.push(Family { listed, variables, markets: members, pairs, period, phase, shocks });
    }

    fn announce(&mut self, m: usize, listed: i64, fate: &Fate) {
        let mut at = |time: i64, what| {
            // What lay before the present when it was made is no news.
            if time > self.now {
                self.scheduled += 1;
                self.schedule.insert((time, self.scheduled), (MarketIx(m as u32), what));
            }
        };
        at(listed, Announcement::Listed);
        at(fate.proposed_at, Announcement::Proposed);
        if let Some(disputed) = fate.disputed_at {
            at(disputed, Announcement::Disputed);
        }
        at(fate.resolved_at, Announcement::Resolved(fate.resolution));
    }

    fn unique_slug(&mut self, text: &str) -> String {
        let base = slug_of(text);
        let mut slug = base.clone();
        let mut n = 1;
        while !self.slugs.insert(slug.clone()) {
            n += 1;
            slug = format!("{base}-{n}");
        }
        slug
    }

    /// Marks the markets whose price has left the coarse range as of `at`.
    fn check_ticks(&mut self, at: i64) -> Vec<MarketIx> {
        let mut out = Vec::new();
        for m in 0..self.markets.len() {
            let market = &self.markets[m];
            if market.fine_since.is_some() || self.families[market.family].listed > at || market.fate.resolved_at <= at
            {
                continue;
            }
            let p = self.probability(m, at);
            if !(FINE_BELOW..=FINE_ABOVE).contains(&p) {
                self.markets[m].fine_since = Some(at);
                out.push(MarketIx(m as u32));
            }
        }
        out
    }

    /// The tick of a market as of `t`, in ten-thousandths.
    pub(crate) fn tick_e4(&self, m: usize, t: i64) -> u16 {
        if self.markets[m].fine_since.is_some_and(|s| s <= t) { TICK_FINE_E4 } else { TICK_COARSE_E4 }
    }

    /// Where a market is now.
    pub(crate) fn stage(&self, m: usize) -> Stage {
        let market = &self.markets[m];
        let fate = &market.fate;
        if self.families[market.family].listed > self.now {
            Stage::Unlisted
        } else if fate.resolved_at <= self.now {
            Stage::Resolved
        } else if fate.disputed_at.is_some_and(|d| d <= self.now) {
            Stage::Disputed
        } else if fate.proposed_at <= self.now {
            Stage::Proposed
        } else {
            Stage::Open
        }
    }

    /// What a well-informed trader would pay for YES as of `t`.
    pub(crate) fn probability(&self, m: usize, t: i64) -> f64 {
        let market = &self.markets[m];
        if t >= market.fate.known_at {
            return match market.fate.resolution {
                Resolution::Yes => 1.0,
                Resolution::No => 0.0,
                Resolution::Void => 0.5,
            };
        }
        probability(&self.families[market.family].variables, &market.text.conditions, t)
    }
}

fn fate(rng: &mut Rng, variables: &[Variable], conditions: &[Condition], neg_risk: bool) -> Fate {
    let (known_at, yes) = answer(variables, conditions);
    // Drawn in any case, so that one market's luck never shifts another's.
    let (void, disputed) = (rng.chance(VOID_SHARE) && !neg_risk, rng.chance(DISPUTE_SHARE));
    let proposed_at = known_at + rng.between(15, 180) * MINUTE_MS;
    let challenge = rng.between(10, 110) * MINUTE_MS;
    let vote = rng.between(2 * 24 * 60, 6 * 24 * 60) * MINUTE_MS;
    let disputed_at = disputed.then_some(proposed_at + challenge);
    let resolution = match (void, yes) {
        (true, _) => Resolution::Void,
        (false, true) => Resolution::Yes,
        (false, false) => Resolution::No,
    };
    // Two hours of challenge, or the vote.
    let resolved_at = disputed_at.map_or(proposed_at + 120 * MINUTE_MS, |d| d + vote);
    Fate { known_at, proposed_at, disputed_at, resolved_at, resolution }
}

/// `0x` and `digits` hexadecimal digits.
fn hex(rng: &mut Rng, digits: usize) -> String {
    let mut out = String::from("0x");
    while out.len() < digits + 2 {
        out.push_str(&format!("{:016x}", rng.next()));
    }
    out.truncate(digits + 2);
    out
}

/// A token id: 76 decimal digits, so that it fits the 256 bits of the real ones.
fn token(rng: &mut Rng) -> String {
    let mut out = String::with_capacity(76);
    out.push(char::from(b'1' + rng.below(9) as u8));
    while out.len() < 76 {
        out.push_str(&format!("{:015}", rng.below(1_000_000_000_000_000)));
    }
    out
}

fn slug_of(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_matches('-').to_owned()
}
