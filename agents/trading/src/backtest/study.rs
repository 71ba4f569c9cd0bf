//! What a history offered to anyone who looked: pairs, the moments at which both books stood together, and what a pair cost then.
//!
//! No account, no strategy, no fill. A gain that was there only because one of the two quotes was old is counted apart and followed to the
//! next moment at which both were fresh: it is what a scan of last prices would have called a hedge.

mod report;

pub use report::{HistoryStudy, Offer, RelationCounts, Verdict};

use super::error::BacktestError;
use super::fees::{FeeBasis, assumed};
use super::scene::{Change, Scene, Slot, Universe};
use super::{Progress, Watcher};
use crate::units::DAY_MS;
use betty_hedging::Evidence;
use betty_market::{Depth, FeeSchedule, History, HistoryEvent, Price, Shares, Timestamp, Usdc};
use report::{Best, relation_name};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Records between two reports of progress.
const PROGRESS_EVERY: u64 = 4_096;
/// Ten-thousandths of a dollar: what a pair pays at least in every normal world.
const PAYS_E4: u16 = 10_000;
/// Shares of each leg that gains are stated for: fees are floored per fill, so one share would hide them.
pub const STUDY_SHARES: Shares = Shares::from_micros(100_000_000);
/// Micro-dollars that [`STUDY_SHARES`] cost at a ten-thousandth of a dollar each.
const MICROS_PER_E4: i64 = 10_000;

/// What a study is made with.
#[derive(Debug, Clone)]
pub struct StudyConfig {
    /// First instant looked at; what came before only teaches what there is.
    pub from: Option<Timestamp>,
    /// Last instant.
    pub to: Option<Timestamp>,
    /// Words that must all occur in a market's question, label or event title.
    pub query: Option<String>,
    /// Only markets of this category, where the data tells one.
    pub category: Option<String>,
    /// Oldest book that counts as fresh, milliseconds.
    pub book_age_ms_max: i64,
    /// Widest gap between the two books, milliseconds.
    pub leg_gap_ms_max: i64,
    /// Offers named in each list, largest first.
    pub named_max: usize,
}

impl Default for StudyConfig {
    fn default() -> Self {
        Self {
            from: None,
            to: None,
            query: None,
            category: None,
            book_age_ms_max: betty_hedging::quote::BOOK_AGE_MS_MAX,
            leg_gap_ms_max: betty_hedging::quote::BOOK_GAP_MS_MAX,
            named_max: 20,
        }
    }
}

/// What is known of a pair while it lasts.
#[derive(Default)]
struct Seen {
    together: bool,
    paid_before: bool,
    paid_after: bool,
    paid_today: bool,
    /// An apparent gain whose fate is open.
    apparent: Option<Offer>,
}

struct Walk<'a> {
    config: &'a StudyConfig,
    from: Timestamp,
    scene: Scene,
    seen: HashMap<Slot, Seen>,
    relations: BTreeMap<&'static str, RelationCounts>,
    executable: Best,
    apparent: Best,
    changed: BTreeSet<Slot>,
    fees_assumed: bool,
    presumed: bool,
}

/// Looks through a history once.
///
/// All records of one instant are taken in before anything is looked at, so that two quotes of one sweep are never called apart.
///
/// # Errors
/// [`BacktestError`] when the period is empty or the data cannot be read, or when the watcher asked to stop.
pub fn study(
    history: &dyn History,
    config: &StudyConfig,
    watcher: &Watcher<'_>,
) -> Result<HistoryStudy, BacktestError> {
    let (first, last) = history.span();
    let (from, to) = (config.from.unwrap_or(first).max(first), config.to.unwrap_or(last).min(last));
    if let (Some(from), Some(to)) = (config.from, config.to)
        && from > to
    {
        return Err(BacktestError::PeriodReversed { from, to });
    }
    if from > last || to < first {
        return Err(BacktestError::PeriodOutside { first, last });
    }
    let words = config.query.as_deref().unwrap_or_default();
    let words = words.split_whitespace().map(str::to_lowercase).collect();
    let universe = Universe { words, category: config.category.clone(), only: None };
    let mut walk = Walk {
        config,
        from,
        scene: Scene::new(universe, history.mirrors()),
        seen: HashMap::new(),
        relations: BTreeMap::new(),
        executable: Best::new(config.named_max),
        apparent: Best::new(config.named_max),
        changed: BTreeSet::new(),
        fees_assumed: false,
        presumed: false,
    };
    let total = u64::try_from(to.since(first)).unwrap_or(0);
    let (mut now, mut before, mut count, mut listed) = (first, None, 0_u64, HashSet::new());
    for record in history.records() {
        let record = record?;
        if let Some(before) = before
            && record.order() < before
        {
            return Err(BacktestError::OutOfOrder { at: record.at, before: before.0 });
        }
        before = Some(record.order());
        if record.at > to {
            break;
        }
        count += 1;
        if count.is_multiple_of(PROGRESS_EVERY) {
            let done = u64::try_from(record.at.since(first)).unwrap_or(0);
            if !watcher(Progress { done, total, what: "looking through history" }) {
                return Err(BacktestError::Stopped);
            }
        }
        if record.at > now {
            walk.settle(now);
            now = record.at;
        }
        match record.event {
            HistoryEvent::Ended { market, ending } => {
                if !listed.remove(&market) {
                    return Err(BacktestError::EndingWithoutMarket { market, at: record.at });
                }
                walk.scene.take(record.at, HistoryEvent::Ended { market: market.clone(), ending }, |_| None);
                walk.scene.coverage.ended += 1;
                walk.ended(&market);
            }
            event => {
                if let HistoryEvent::Market(market) = &event {
                    listed.insert(market.market().id.clone());
                }
                let change = walk.scene.take(record.at, event, |id| history.category(id).map(str::to_owned));
                if let Change::Book(slot, _) = change {
                    walk.changed.insert(slot);
                }
            }
        }
    }
    if count == 0 {
        return Err(BacktestError::Empty);
    }
    walk.settle(now);
    Ok(walk.finish(history, to))
}

impl Walk<'_> {
    /// Everything of one instant is in: proves what is new, and looks at the pairs whose books changed.
    fn settle(&mut self, now: Timestamp) {
        let (new, _) = self.scene.discover();
        for slot in &new {
            let Some(pair) = self.scene.pair(*slot) else { continue };
            let counts = self.relations.entry(relation_name(pair.proof.certificate.relation)).or_default();
            counts.pairs += 1;
            match pair.proof.certificate.evidence {
                Evidence::Proven => counts.proven += 1,
                _ => self.presumed = true,
            }
            // The place may have belonged to a pair that is gone.
            if let Some(Seen { apparent: Some(offer), .. }) = self.seen.insert(*slot, Seen::default()) {
                self.fate(offer, Verdict::NeverTogether);
            }
        }
        let mut pairs: BTreeSet<Slot> = new.into_iter().collect();
        for slot in std::mem::take(&mut self.changed) {
            pairs.extend(self.scene.listed(slot).into_iter().flat_map(|l| l.pairs.iter().copied()));
        }
        if now < self.from {
            return;
        }
        for pair in pairs {
            self.look(pair, now);
        }
    }

    fn ended(&mut self, market: &betty_market::MarketId) {
        let pairs = self.scene.slot(market).and_then(|s| self.scene.listed(s)).map(|l| l.pairs.clone());
        for slot in pairs.unwrap_or_default() {
            if let Some(Seen { apparent: Some(offer), .. }) = self.seen.remove(&slot) {
                self.fate(offer, Verdict::NeverTogether);
            }
        }
        if let Some(slot) = self.scene.slot(market) {
            self.changed.remove(&slot);
        }
        self.scene.drop_market(market);
    }

    /// What a leg costs in fees for [`STUDY_SHARES`].
    fn fee(&mut self, slot: Slot, price: Price, now: Timestamp, basis: FeeBasis) -> Usdc {
        let Some(listed) = self.scene.listed(slot) else { return Usdc::ZERO };
        let today = assumed(listed.category.as_deref(), now, basis);
        let schedule: FeeSchedule = match (listed.market.fee, basis) {
            (Some(own), FeeBasis::OfDate) => own,
            (Some(own), FeeBasis::Today) if own.rate_ppm >= today.rate_ppm => own,
            (own, _) => {
                self.fees_assumed |= own.is_none();
                today
            }
        };
        schedule.fee(price, STUDY_SHARES)
    }

    fn look(&mut self, slot: Slot, now: Timestamp) {
        let Some(pair) = self.scene.pair(slot) else { return };
        let markets = pair.markets;
        let name = relation_name(pair.proof.certificate.relation);
        let touch = |i: usize| self.scene.touch(markets[i], pair.proof.legs[i].outcome);
        let (Some((ask_a, at_a)), Some((ask_b, at_b))) = (touch(0), touch(1)) else { return };
        let ages = [now.since(at_a), now.since(at_b)];
        let together =
            ages[0].max(ages[1]) <= self.config.book_age_ms_max && at_a.since(at_b).abs() <= self.config.leg_gap_ms_max;
        let gain_e4 = i64::from(PAYS_E4) - i64::from(ask_a) - i64::from(ask_b);
        let before = Usdc::from_micros(gain_e4 * MICROS_PER_E4);
        let counts = self.relations.entry(name).or_default();
        counts.looks += 1;
        if !together {
            if gain_e4 > 0 {
                self.appears(slot, [ask_a, ask_b], before, ages, now);
            } else {
                self.ends(slot, Verdict::Gone);
            }
            return;
        }
        counts.together += 1;
        self.ends(slot, if gain_e4 > 0 { Verdict::Held } else { Verdict::Gone });
        let first = !std::mem::replace(&mut self.seen.entry(slot).or_default().together, true);
        self.relations.entry(name).or_default().pairs_together += u64::from(first);
        self.scene.observed(slot);
        if gain_e4 <= 0 {
            return;
        }
        let Some(pair) = self.scene.pair(slot) else { return };
        if !(0..2).all(|i| self.scene.two_sided(markets[i], pair.proof.legs[i].outcome)) {
            // An ask without any bid is what is left of a market that is decided.
            self.relations.entry(name).or_default().one_sided += 1;
            if let Some(offer) = self.offer(slot, [ask_a, ask_b], before, ages, now) {
                self.apparent.add(Offer { verdict: Verdict::OneSided, ..offer });
            }
            return;
        }
        let (Ok(price_a), Ok(price_b)) = (Price::from_e4(ask_a), Price::from_e4(ask_b)) else { return };
        let fees = |walk: &mut Self, basis| {
            walk.fee(markets[0], price_a, now, basis) + walk.fee(markets[1], price_b, now, basis)
        };
        let after = before - fees(self, FeeBasis::OfDate);
        let today = before - fees(self, FeeBasis::Today);
        let counts = self.relations.entry(name).or_default();
        let seen = self.seen.entry(slot).or_default();
        let count = |moments: &mut u64, pairs: &mut u64, flag: &mut bool, paid: bool| {
            *moments += u64::from(paid);
            *pairs += u64::from(paid && !std::mem::replace(flag, *flag || paid));
        };
        count(&mut counts.before_fees, &mut counts.pairs_before_fees, &mut seen.paid_before, true);
        count(&mut counts.after_fees, &mut counts.pairs_after_fees, &mut seen.paid_after, after > Usdc::ZERO);
        count(&mut counts.todays_fees, &mut counts.pairs_todays_fees, &mut seen.paid_today, today > Usdc::ZERO);
        if let Some(offer) = self.offer(slot, [ask_a, ask_b], before, ages, now) {
            self.executable.add(Offer { after_fees: Some(after), verdict: Verdict::Together, ..offer });
        }
    }

    fn offer(&self, slot: Slot, asks: [u16; 2], gain: Usdc, ages: [i64; 2], now: Timestamp) -> Option<Offer> {
        let pair = self.scene.pair(slot)?;
        let [a, b] = &pair.proof.legs;
        Some(Offer {
            at: now,
            rule: pair.proof.certificate.rule,
            relation: pair.proof.certificate.relation,
            markets: [a.market.clone(), b.market.clone()],
            questions: [a.question.clone(), b.question.clone()],
            outcomes: [a.outcome, b.outcome],
            asks: [Price::from_e4(asks[0]).ok()?, Price::from_e4(asks[1]).ok()?],
            before_fees: gain,
            after_fees: None,
            ages_ms: ages,
            verdict: Verdict::NeverTogether,
        })
    }

    /// A gain shows while the books are of different moments.
    fn appears(&mut self, slot: Slot, asks: [u16; 2], gain: Usdc, ages: [i64; 2], now: Timestamp) {
        let open = self.seen.get(&slot).and_then(|s| s.apparent.as_ref()).map(|o| o.before_fees);
        if open.is_some_and(|best| best >= gain) {
            return;
        }
        let Some(offer) = self.offer(slot, asks, gain, ages, now) else { return };
        if open.is_none() {
            self.relations.entry(relation_name(offer.relation)).or_default().apparent += 1;
        }
        self.seen.entry(slot).or_default().apparent = Some(offer);
    }

    fn ends(&mut self, slot: Slot, verdict: Verdict) {
        if let Some(offer) = self.seen.get_mut(&slot).and_then(|s| s.apparent.take()) {
            self.fate(offer, verdict);
        }
    }

    fn fate(&mut self, offer: Offer, verdict: Verdict) {
        let counts = self.relations.entry(relation_name(offer.relation)).or_default();
        match verdict {
            Verdict::Held | Verdict::Together | Verdict::OneSided => counts.apparent_held += 1,
            Verdict::Gone => counts.apparent_gone += 1,
            Verdict::NeverTogether => counts.apparent_never_together += 1,
        }
        self.apparent.add(Offer { verdict, ..offer });
    }

    fn finish(mut self, history: &dyn History, to: Timestamp) -> HistoryStudy {
        let mut open: Vec<(Slot, Offer)> =
            self.seen.iter_mut().filter_map(|(slot, seen)| Some((*slot, seen.apparent.take()?))).collect();
        open.sort_unstable_by_key(|(slot, _)| *slot);
        for (_, offer) in open {
            self.fate(offer, Verdict::NeverTogether);
        }
        let mut coverage = self.scene.coverage;
        (coverage.from, coverage.to) = (self.from, to);
        let mut warnings = Vec::new();
        if history.depth() == Depth::Unknown {
            warnings.push("The data holds prices without sizes: a gain is stated for 100 shares of each leg, and whether so many could be bought is not known.".to_owned());
            warnings.push("A quote's time is the recorder's: a price kept from earlier cannot be told from a new one, and a gain of many cents with both books fresh deserves doubt.".to_owned());
        }
        if self.presumed {
            warnings.push("Relations are presumed where the data has no rule texts: the questions fit a rule, the rest could not be checked.".to_owned());
        }
        if self.fees_assumed {
            warnings.push("The data states no fees: they are assumed by date and category.".to_owned());
        }
        if !coverage.holes.is_empty() {
            let longest = coverage.holes.iter().map(|(_, ms)| *ms).max().unwrap_or(0) / DAY_MS;
            warnings.push(format!("The data has holes, the longest of {longest} days."));
        }
        HistoryStudy {
            source: history.label(),
            data_hash: history.data_hash(),
            book_age_ms_max: self.config.book_age_ms_max,
            leg_gap_ms_max: self.config.leg_gap_ms_max,
            relations: self.relations.into_iter().map(|(name, counts)| (name.to_owned(), counts)).collect(),
            executable: self.executable.largest(),
            apparent: self.apparent.largest(),
            coverage,
            warnings,
        }
    }
}
