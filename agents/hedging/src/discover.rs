//! Candidates and proofs over many markets: structural blocking, so that work grows with the markets and not their square.

use crate::basket::find;
use crate::certificate::Certificate;
use crate::facts::Reading;
use crate::facts::date::{DateFact, Role, When};
use crate::facts::item::{Item, Open, template_hash};
use crate::facts::stage::Stage;
use crate::hedge::Leg;
use crate::relation::RuleId;
use crate::rules::table::{PAIR_RULES, PairRule, SET_RULES, SetRule};
use crate::rules::{Failure, Obligation, complement, dates, exclusivity, exhaustive, stages, thresholds};
use crate::worlds::orientations;
use betty_market::{Market, MarketId, MarketStatus, Outcome, Timestamp, TokenId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Most pairs taken from one ladder, neighbours first. Twenty rungs have 190 pairs; pairs of far rungs are the dearest.
pub const LADDER_PAIRS_MAX: usize = 200;

/// Members of a neg-risk group that are paired for exclusivity: those with the highest YES bids. Two NOs cost under a
/// dollar only if the two YES bids exceed one together, and if the two highest do not, no two do.
pub const EXCLUSIVE_MEMBERS_MAX: usize = 4;

/// Most questions of one entity compared for nested stages.
const ENTITY_QUESTIONS_MAX: usize = 64;

/// A proof with what to buy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Why it pays.
    pub certificate: Certificate,
    /// What to buy, equal shares each.
    pub legs: [Leg; 2],
    /// When the last leg is expected to settle: the venue's end dates and the deadlines the questions name.
    pub settles: Option<Timestamp>,
    /// The latest day the rule texts name: what counts when the venue's end dates lie in the past.
    pub settles_latest: Option<Timestamp>,
}

impl Proof {
    /// Stable key: rule, markets and sides. The same hedge found again has the same key.
    #[must_use]
    pub fn key(&self) -> String {
        let [a, b] = &self.legs;
        format!("{}:{}-{}:{}-{}", self.certificate.rule, a.outcome, a.market, b.outcome, b.market)
    }
}

/// A pair whose shape fits a rule and whose proof failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// One market.
    pub a: MarketId,
    /// The other.
    pub b: MarketId,
    /// Which rule, which obligation, what was found.
    pub failure: Failure,
}

/// Everything found among a set of markets. Each candidate pair is in exactly one of the two lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// Proven and presumed pairs with their legs, no two with the same legs.
    pub proofs: Vec<Proof>,
    /// Candidates that failed an obligation.
    pub refused: Vec<Refused>,
    /// Certificates on more than two markets: what baskets are made of.
    pub sets: Vec<Certificate>,
}

/// What holds between two markets, or why nothing could be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// The first relation shown, if any.
    pub relation: Option<Certificate>,
    /// Every rule that was tried and did not speak, with the obligation that failed.
    pub failed: Vec<Failure>,
}

/// Tries every rule on two markets.
#[must_use]
pub fn analyze(a: &Market, b: &Market) -> Analysis {
    let (a, b) = (Reading::of(a), Reading::of(b));
    let mut failed = Vec::new();
    if a.market.id == b.market.id {
        return match complement::prove(&a) {
            Ok(certificate) => Analysis { relation: Some(certificate), failed },
            Err(failure) => Analysis { relation: None, failed: vec![failure] },
        };
    }
    type Rule = for<'m> fn(&Reading<'m>, &Reading<'m>) -> Result<Certificate, Failure>;
    const RULES: [Rule; 5] = [stages::prove, dates::prove, thresholds::prove, exclusivity::prove, pair_exhausts];
    for rule in RULES.into_iter().chain(PAIR_RULES.iter().map(|r| r.prove)) {
        match rule(&a, &b) {
            Ok(certificate) => return Analysis { relation: Some(certificate), failed },
            Err(failure) => failed.push(failure),
        }
    }
    Analysis { relation: None, failed }
}

fn pair_exhausts<'m>(a: &Reading<'m>, b: &Reading<'m>) -> Result<Certificate, Failure> {
    exhaustive::prove(&[a, b])
}

/// The tokens whose books a quote of these proofs needs, each once; those of sets where the listed prices come near to paying.
#[must_use]
pub fn tokens_to_price(discovery: &Discovery, markets: &[Market]) -> Vec<TokenId> {
    let by_id: HashMap<&MarketId, &Market> = markets.iter().map(|m| (&m.id, m)).collect();
    let mut tokens: BTreeSet<&TokenId> =
        discovery.proofs.iter().flat_map(|p| p.legs.iter().map(|l| &l.token)).collect();
    for set in find::worth_reading(&discovery.sets, &by_id) {
        tokens.extend(set.markets.iter().filter_map(|id| by_id.get(id)).flat_map(|m| [&m.yes, &m.no]));
    }
    tokens.into_iter().cloned().collect()
}

/// The ways to buy what a certificate on two markets shows, for one that no rule made; none when it is on others.
#[must_use]
pub fn proofs_of(certificate: Certificate, a: &Market, b: &Market) -> Vec<Proof> {
    let ids = [&a.id, &b.id];
    if certificate.markets.len() != 2 || a.id == b.id || !certificate.markets.iter().all(|id| ids.contains(&id)) {
        return Vec::new();
    }
    let readings = [Reading::of(a), Reading::of(b)];
    let both: Vec<&Reading<'_>> = readings.iter().collect();
    let mut search = Search::over(&both);
    let rule = certificate.rule;
    let _ = search.book(0, 1, rule, Ok(certificate));
    search.out.proofs
}

/// Finds and proves every candidate pair among the markets. Resolved markets are left out.
#[must_use]
pub fn prove_all(markets: &[Market]) -> Discovery {
    prove_among(markets)
}

/// The same among markets that do not lie side by side.
#[must_use]
pub fn prove_among<'m>(markets: impl IntoIterator<Item = &'m Market>) -> Discovery {
    let markets = markets.into_iter();
    let mut seen = HashSet::with_capacity(markets.size_hint().0);
    let readings: Vec<Reading<'_>> = markets.filter(|m| is_open(m) && seen.insert(&m.id)).map(Reading::of).collect();
    let readings: Vec<&Reading<'_>> = readings.iter().collect();
    let mut search = Search::over(&readings);
    (0..kinds()).for_each(|kind| search.run(kind));
    search.out
}

/// Whether a market can still be traded one day.
pub(crate) fn is_open(market: &Market) -> bool {
    market.status != MarketStatus::Resolved && market.resolution.is_none()
}

/// The kinds of blocks: stages, date ladders, number ladders, groups, then the rules of the tables.
pub(crate) const GROUPS: u8 = 3;

fn kinds() -> u8 {
    u8::try_from(4 + PAIR_RULES.len() + SET_RULES.len()).unwrap_or(u8::MAX)
}

/// A block: which kind, and the key its members share.
pub(crate) type BlockKey = (u8, u64);

/// What one block of a kind proves among its members, in their order.
pub(crate) fn prove_block(kind: u8, members: &[&Reading<'_>]) -> Discovery {
    let mut search = Search::over(members);
    search.run(kind);
    search.out
}

struct Search<'r, 'm> {
    readings: &'r [&'r Reading<'m>],
    out: Discovery,
    /// Tokens of the baskets found so far.
    legs: HashSet<[&'m TokenId; 2]>,
    /// Pairs by rule already looked at.
    tried: HashSet<(RuleId, usize, usize)>,
}

/// Failures that hold for a whole block: nothing is gained by trying further pairs of it.
const fn is_blockwide(obligation: Obligation) -> bool {
    matches!(obligation, Obligation::CumulativeWording | Obligation::NoTurn | Obligation::Direction | Obligation::Form)
}

/// Which blocks a market belongs to: two markets are a candidate pair only if they share one.
///
/// A market's keys depend on its question, its neg-risk group and its event's title alone. Equal keys of different blocks cost time and prove nothing.
#[must_use]
pub fn block_keys(market: &Market) -> Vec<u64> {
    keys_of(&Reading::of(market)).into_iter().map(|(_, key)| key).collect()
}

/// The same with the kind of each block.
pub(crate) fn keys_of(reading: &Reading<'_>) -> Vec<BlockKey> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let keyed = |kind: u8, what: &dyn Fn(&mut DefaultHasher)| {
        let mut hash = DefaultHasher::new();
        kind.hash(&mut hash);
        what(&mut hash);
        (kind, hash.finish())
    };
    let mut keys = Vec::with_capacity(6);
    if let Some(stage) = reading.stage() {
        keys.push(keyed(0, &|h| stage.entity.hash(h)));
    }
    for (kind, open) in [(1, Open::Dates), (2, Open::Numbers)] {
        if let Some(template) = ladder_key(reading, open) {
            keys.push(keyed(kind, &|h| template.hash(h)));
        }
    }
    if let Some(neg_risk) = &reading.market.neg_risk {
        keys.push(keyed(GROUPS, &|h| neg_risk.group.as_str().hash(h)));
    }
    let mut own = Vec::new();
    let rules = PAIR_RULES.iter().map(|r| r.keys).chain(SET_RULES.iter().map(|r| r.keys));
    for (kind, add) in (4..).zip(rules) {
        add(reading, &mut own);
        keys.extend(own.drain(..).map(|key| keyed(kind, &|h| key.hash(h))));
    }
    keys
}

/// The template of a question with a slot of the open kind.
fn ladder_key(reading: &Reading<'_>, open: Open) -> Option<u64> {
    let has_slot = reading.question.iter().any(|i| match i {
        Item::Date(..) => open == Open::Dates,
        Item::Number(_) => open == Open::Numbers,
        Item::Word(_) => false,
    });
    has_slot.then(|| template_hash(&reading.question, open))
}

/// Groups positions by a key, in order of first appearance.
fn blocks<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = Option<K>>) -> Vec<Vec<usize>> {
    let mut index: HashMap<K, usize> = HashMap::new();
    let mut out: Vec<Vec<usize>> = Vec::new();
    for (i, key) in keys.enumerate() {
        let Some(key) = key else { continue };
        let at = *index.entry(key).or_insert_with(|| {
            out.push(Vec::new());
            out.len() - 1
        });
        out[at].push(i);
    }
    out.retain(|block| block.len() > 1);
    out
}

impl<'r, 'm> Search<'r, 'm> {
    fn over(readings: &'r [&'r Reading<'m>]) -> Self {
        Self { readings, out: Discovery::default(), legs: HashSet::new(), tried: HashSet::new() }
    }

    /// Looks through the blocks of one kind.
    fn run(&mut self, kind: u8) {
        match kind {
            0 => self.stages(),
            1 => self.ladders(Open::Dates),
            2 => self.ladders(Open::Numbers),
            GROUPS => self.groups(),
            _ => {
                let at = usize::from(kind) - 4;
                match PAIR_RULES.get(at) {
                    Some(rule) => self.pairs(rule),
                    None => {
                        if let Some(rule) = SET_RULES.get(at - PAIR_RULES.len()) {
                            self.sets(rule);
                        }
                    }
                }
            }
        }
    }

    /// Books the outcome of a rule on a pair. Gives the failed obligation back.
    fn book(&mut self, a: usize, b: usize, rule: RuleId, found: Result<Certificate, Failure>) -> Option<Obligation> {
        if !self.tried.insert((rule, a.min(b), a.max(b))) {
            return None;
        }
        let (ra, rb) = (self.readings[a], self.readings[b]);
        match found {
            Ok(certificate) => {
                let (first, second) =
                    if certificate.markets.first() == Some(&ra.market.id) { (ra, rb) } else { (rb, ra) };
                // What the two sides of a partition exclude is the exclusivity rule's business.
                let sides = match rule {
                    RuleId::R3 => &orientations(certificate.relation)[..1],
                    _ => orientations(certificate.relation),
                };
                for sides in sides {
                    self.keep(first, second, *sides, &certificate);
                }
                None
            }
            Err(failure) => {
                let obligation = failure.obligation;
                self.out.refused.push(Refused { a: ra.market.id.clone(), b: rb.market.id.clone(), failure });
                Some(obligation)
            }
        }
    }

    fn keep(&mut self, a: &Reading<'m>, b: &Reading<'m>, sides: [Outcome; 2], certificate: &Certificate) {
        let (ta, tb) = (a.market.token(sides[0]), b.market.token(sides[1]));
        if ta == tb || !self.legs.insert(if ta < tb { [ta, tb] } else { [tb, ta] }) {
            return;
        }
        self.out.proofs.push(bought(certificate.clone(), a, b, sides));
    }

    fn stages(&mut self) {
        let readings = self.readings;
        let entity = |r: &&Reading<'_>| r.stage().map(|s: &Stage| s.entity.clone());
        for mut block in blocks(readings.iter().map(entity)) {
            block.truncate(ENTITY_QUESTIONS_MAX);
            for (k, &a) in block.iter().enumerate() {
                for &b in &block[k + 1..] {
                    if let (Some(sa), Some(sb)) = (readings[a].stage(), readings[b].stage())
                        && stages::is_candidate(sa, sb)
                    {
                        self.book(a, b, RuleId::R9, stages::prove(readings[a], readings[b]));
                    }
                }
            }
        }
    }

    fn ladders(&mut self, open: Open) {
        let readings = self.readings;
        let key = |r: &&Reading<'_>| ladder_key(r, open);
        for mut block in blocks(readings.iter().map(key)) {
            block.sort_by_cached_key(|i| rung(readings[*i], open));
            self.ladder(&block, open);
        }
    }

    /// Pairs of one ladder, neighbours first, until the cap or a failure that holds for all.
    fn ladder(&mut self, block: &[usize], open: Open) {
        let readings = self.readings;
        let mut left = LADDER_PAIRS_MAX;
        for gap in 1..block.len() {
            for (&a, &b) in block.iter().zip(&block[gap..]) {
                if left == 0 {
                    return;
                }
                left -= 1;
                let (rule, found) = match open {
                    Open::Dates => (RuleId::R4, dates::prove(readings[a], readings[b])),
                    Open::Numbers => (RuleId::R5, thresholds::prove(readings[a], readings[b])),
                };
                if self.book(a, b, rule, found).is_some_and(is_blockwide) {
                    return;
                }
            }
        }
    }

    fn groups(&mut self) {
        let readings = self.readings;
        for mut block in blocks(readings.iter().map(|r| r.market.neg_risk.as_ref().map(|n| n.group.as_str()))) {
            match block[..] {
                [a, b] => {
                    self.book(a, b, RuleId::R3, exhaustive::prove(&[readings[a], readings[b]]));
                }
                _ => {
                    let members: Vec<&Reading<'_>> = block.iter().map(|i| readings[*i]).collect();
                    self.out.sets.extend(group_certificate(&members));
                }
            }
            block.sort_by(|a, b| {
                let (a, b) = (readings[*a].market, readings[*b].market);
                b.best_bid.cmp(&a.best_bid).then_with(|| a.id.cmp(&b.id))
            });
            block.truncate(EXCLUSIVE_MEMBERS_MAX);
            for (k, &a) in block.iter().enumerate() {
                for &b in &block[k + 1..] {
                    self.book(a, b, RuleId::R2, exclusivity::prove(readings[a], readings[b]));
                }
            }
        }
    }
}

impl<'m> Search<'_, 'm> {
    fn pairs(&mut self, rule: &PairRule) {
        let readings = self.readings;
        for block in keyed_blocks(readings, rule.keys) {
            let pairs = block.iter().enumerate().flat_map(|(k, a)| block[k + 1..].iter().map(move |b| (*a, *b)));
            let of_shape = pairs.filter(|(a, b)| (rule.is_candidate)(readings[*a], readings[*b]));
            for (a, b) in of_shape.take(rule.pairs_max) {
                self.book(a, b, rule.id, (rule.prove)(readings[a], readings[b]));
            }
        }
    }

    fn sets(&mut self, rule: &SetRule) {
        let readings = self.readings;
        for block in keyed_blocks(readings, rule.keys) {
            let members: Vec<&Reading<'_>> = block.iter().map(|i| readings[*i]).collect();
            self.out.sets.extend((rule.prove)(&members));
        }
    }
}

/// Groups positions by every key a rule gives them, in order of first appearance.
fn keyed_blocks(readings: &[&Reading<'_>], add: fn(&Reading<'_>, &mut Vec<u64>)) -> Vec<Vec<usize>> {
    let mut index: HashMap<u64, usize> = HashMap::new();
    let mut out: Vec<Vec<usize>> = Vec::new();
    let mut keys = Vec::new();
    for (i, reading) in readings.iter().enumerate() {
        add(reading, &mut keys);
        for key in keys.drain(..) {
            let at = *index.entry(key).or_insert_with(|| {
                out.push(Vec::new());
                out.len() - 1
            });
            if out[at].last() != Some(&i) {
                out[at].push(i);
            }
        }
    }
    out.retain(|block| block.len() > 1);
    out
}

/// What to buy on a certificate.
pub(crate) fn bought(certificate: Certificate, a: &Reading<'_>, b: &Reading<'_>, sides: [Outcome; 2]) -> Proof {
    let leg = |r: &Reading<'_>, outcome: Outcome| Leg {
        market: r.market.id.clone(),
        question: r.market.question.clone(),
        outcome,
        token: r.market.token(outcome).clone(),
    };
    Proof {
        certificate,
        legs: [leg(a, sides[0]), leg(b, sides[1])],
        // The hedge is settled when both legs are; one unknown end leaves the whole unknown.
        settles: expected_end(a).zip(expected_end(b)).map(|(x, y)| x.max(y)),
        settles_latest: latest_rule_day(a).max(latest_rule_day(b)),
    }
}

/// What a neg-risk group of more than two shows as a whole: exactly one where it is complete, else at most one.
pub(crate) fn group_certificate(members: &[&Reading<'_>]) -> Option<Certificate> {
    exhaustive::prove(members).or_else(|_| exclusivity::prove_set(members)).ok()
}

/// Where a market stands on its ladder.
fn rung(reading: &Reading<'_>, open: Open) -> Vec<(i128, i128)> {
    let slot = |item: &Item<'_>| match (item, open) {
        (Item::Number(n), Open::Numbers) => Some((n.value, 0)),
        (Item::Date(d, _), Open::Dates) => {
            let deadline = d.deadline().map(|d| reading.dated(d).0);
            deadline.map(|d| (i128::from(d.year.unwrap_or(0)), i128::from(d.month) * 100 + i128::from(d.day)))
        }
        _ => None,
    };
    reading.question.iter().filter_map(slot).collect()
}

fn day_end(year: i32, month: u8, day: u8) -> Option<Timestamp> {
    Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T23:59:59Z"))
}

/// The later of the venue's end date and the deadline the question names with its year.
fn expected_end(reading: &Reading<'_>) -> Option<Timestamp> {
    let named = reading.question.iter().filter_map(|item| match item {
        Item::Date(d, _) => {
            let day = reading.dated(d.deadline()?).0;
            day_end(day.year?, day.month, day.day)
        }
        _ => None,
    });
    named.chain(reading.market.end).max()
}

/// When positions in these markets are expected to be settled, as seen at `now`: when the last one is, and one unknown end leaves
/// the whole unknown.
pub(crate) fn settles(markets: &[&Market], now: Timestamp) -> Option<Timestamp> {
    let readings: Vec<Reading<'_>> = markets.iter().copied().map(Reading::of).collect();
    let ends: Option<Vec<Timestamp>> = readings.iter().map(expected_end).collect();
    let latest = readings.iter().filter_map(latest_rule_day).max();
    still_ahead(ends.and_then(|e| e.into_iter().max()), latest, now)
}

/// The venue's end date of a market that is still open may lie in the past: the rule text then says how long it can take.
pub(crate) fn still_ahead(settles: Option<Timestamp>, latest: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    match settles {
        Some(end) if end >= now => Some(end),
        passed => passed.max(latest),
    }
}

/// The latest full date of the rule text that ends something.
fn latest_rule_day(reading: &Reading<'_>) -> Option<Timestamp> {
    let ends = |item: &Item<'_>| match item {
        Item::Date(DateFact { when: When::Day { year: Some(y), month, day }, role, .. }, _) => {
            matches!(role, Role::By | Role::Before | Role::Until | Role::And | Role::On)
                .then(|| day_end(*y, *month, *day))?
        }
        _ => None,
    };
    reading.rules().unwrap_or_default().iter().filter_map(ends).max()
}
