//! Mispricings that come and go: for a spell, the bid of an antecedent stands above the ask of its consequent.

use super::calendar::{GENESIS, HOUR_MS};
use super::draft::PairKind;
use super::rng::{Rng, mix};
use super::world::World;
use crate::fee::FeeSchedule;
use crate::money::{Price, Shares};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Spells are drawn per slot of this length.
const SLOT_MS: i64 = 4 * HOUR_MS;
/// A slot draws only from every n-th family, so that no two spells touch the same market.
const SLOTS_APART: i64 = 8;
/// Longest spell, in hours. Below `SLOTS_APART` slots.
const HOURS_MAX: i64 = 24;
/// Most spells that start in one slot.
const PER_SLOT_MAX: usize = 3;
/// Pairs tried per slot.
const TRIES: usize = 24;
/// Spells of each kind at genesis.
const AT_GENESIS_PER_KIND: usize = 3;
/// NO(A) + YES(B) with fees costs at most this, in micro-dollars a share.
const COST_MAX_MICROS: i64 = 988_000;
/// And at least this.
const COST_MIN_MICROS: i64 = 969_000;
/// The two latent probabilities differ by at most this: a larger gap would need an absurd quote.
const GAP_MAX: f64 = 0.10;
/// The quotes stay inside this range, in ten-thousandths.
const QUOTES_E4: std::ops::RangeInclusive<i64> = 800..=9_200;
/// Slots remembered.
const MEMO_SLOTS_MAX: usize = 1_024;

/// One mispricing of A ⇒ B.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spell {
    /// Antecedent and consequent.
    pub(crate) a: usize,
    pub(crate) b: usize,
    /// The bid of YES(A), in ten-thousandths: NO(A) is offered at its complement.
    pub(crate) bid_a: u16,
    /// The ask of YES(B).
    pub(crate) ask_b: u16,
    /// Hundredths of a share on both.
    pub(crate) lots: u32,
    pub(crate) kind: PairKind,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// The spells of genesis, and those of later slots as they are asked for.
#[derive(Debug, Default)]
pub(crate) struct Spells {
    genesis: Vec<Spell>,
    /// Only remembers what [`World::slot_spells`] would find again.
    memo: Mutex<HashMap<i64, Arc<Vec<Spell>>>>,
}

impl Spells {
    /// The spells that run at genesis: some of each kind, where the two probabilities lie closest.
    pub(crate) fn at_genesis(world: &World) -> Self {
        let mut rng = Rng::new(mix(world.seed, 0x5be11));
        let mut genesis = Vec::new();
        let mut taken = HashSet::new();
        for kind in [PairKind::DateLadder, PairKind::ThresholdLadder, PairKind::NestedStage] {
            let mut found: Vec<(i64, Spell)> = Vec::new();
            for family in &world.families {
                for (a, b, k) in &family.pairs {
                    if *k == kind
                        && let Some(spell) = world.mispriced(*a, *b, kind, world.now, &mut rng)
                    {
                        found.push((world.strain(&spell), spell));
                    }
                }
            }
            found.sort_by_key(|(strain, spell)| (*strain, spell.a));
            let mut wanted = AT_GENESIS_PER_KIND;
            for (_, mut spell) in found {
                if wanted == 0 {
                    break;
                }
                if taken.insert(world.markets[spell.a].family) {
                    spell.to = spell.from + rng.between(8, HOURS_MAX) * HOUR_MS;
                    genesis.push(spell);
                    wanted -= 1;
                }
            }
        }
        Self { genesis, memo: Mutex::default() }
    }
}

impl World {
    /// The spell a market is under as of `q`, and whether it is the antecedent.
    pub(crate) fn spell_on(&self, m: usize, q: i64) -> Option<(Spell, bool)> {
        let hit = |s: &Spell| {
            let over = |m: usize| self.markets[m].fate.known_at <= q;
            ((s.a == m || s.b == m) && s.from <= q && q < s.to && !over(s.a) && !over(s.b)).then_some((*s, s.a == m))
        };
        if q < GENESIS.millis() || self.families[self.markets[m].family].pairs.is_empty() {
            return None;
        }
        if let Some(found) = self.spells.genesis.iter().find_map(hit) {
            return Some(found);
        }
        let slot = (q - GENESIS.millis()).div_euclid(SLOT_MS);
        let back = HOURS_MAX * HOUR_MS / SLOT_MS;
        // Only the slots that draw from this market's family.
        let family = self.markets[m].family as i64;
        (slot - back..=slot)
            .filter(|s| *s >= 0 && s % SLOTS_APART == family % SLOTS_APART)
            .find_map(|s| self.slot_spells(s).iter().find_map(hit))
    }

    /// The spells that start in a slot. Depends on the seed and the slot alone.
    fn slot_spells(&self, slot: i64) -> Arc<Vec<Spell>> {
        if let Some(known) = self.spells.memo.lock().unwrap_or_else(PoisonError::into_inner).get(&slot) {
            return Arc::clone(known);
        }
        let start = GENESIS.millis() + slot * SLOT_MS;
        let early = slot < SLOTS_APART;
        let at_genesis = |family: usize| self.spells.genesis.iter().any(|s| self.markets[s.a].family == family);
        let eligible: Vec<usize> = (0..self.families.len())
            .filter(|f| *f as i64 % SLOTS_APART == slot % SLOTS_APART)
            .filter(|f| !self.families[*f].pairs.is_empty() && self.families[*f].listed <= start)
            .filter(|f| !(early && at_genesis(*f)))
            .collect();
        let mut rng = Rng::new(mix(mix(self.seed, 0x510f), slot as u64));
        let mut spells: Vec<Spell> = Vec::new();
        for _ in 0..TRIES {
            if eligible.is_empty() || spells.len() >= PER_SLOT_MAX {
                break;
            }
            let family = eligible[rng.below(eligible.len() as u64) as usize];
            let pairs = &self.families[family].pairs;
            let (a, b, kind) = pairs[rng.below(pairs.len() as u64) as usize];
            let delay = rng.between(0, SLOT_MS - 1);
            let length = rng.between(HOUR_MS, (HOURS_MAX - SLOT_MS / HOUR_MS) * HOUR_MS / 2);
            if spells.iter().any(|s| self.markets[s.a].family == family) {
                continue;
            }
            if let Some(mut spell) = self.mispriced(a, b, kind, start, &mut rng) {
                spell.from = start + delay;
                spell.to = spell.from + length;
                spells.push(spell);
            }
        }
        let spells = Arc::new(spells);
        let mut memo = self.spells.memo.lock().unwrap_or_else(PoisonError::into_inner);
        if memo.len() >= MEMO_SLOTS_MAX {
            memo.clear();
        }
        memo.insert(slot, Arc::clone(&spells));
        spells
    }

    /// Quotes of A ⇒ B that leave an edge after fees, when the pair lends itself to it at `t`.
    #[allow(clippy::cast_possible_truncation)]
    fn mispriced(&self, a: usize, b: usize, kind: PairKind, t: i64, rng: &mut Rng) -> Option<Spell> {
        // Drawn first: whether a pair qualifies must not shift the dice of the next.
        let lots = rng.between(60, 300) as u32 * 100;
        let target = rng.between(COST_MIN_MICROS + 6_000, COST_MAX_MICROS);
        if self.markets[a].fate.known_at <= t || self.markets[b].fate.known_at <= t {
            return None;
        }
        let (pa, pb) = (self.probability(a, t), self.probability(b, t));
        if pb - pa > GAP_MAX {
            return None;
        }
        let fee = self.events[self.markets[a].event].category.fee();
        let tick = i64::from(self.tick_e4(a, t).max(self.tick_e4(b, t)));
        let centre = ((pa + pb) / 2.0 * f64::from(Price::SCALE)) as i64;
        let mut gap = tick;
        loop {
            let ask_b = (centre - gap / 2).div_euclid(tick) * tick;
            let bid_a = ask_b + gap;
            if !QUOTES_E4.contains(&ask_b) || !QUOTES_E4.contains(&bid_a) {
                return None;
            }
            let (bid_a, ask_b) = (bid_a as u16, ask_b as u16);
            let cost = cost_micros(bid_a, ask_b, fee)?;
            if cost <= target {
                return (cost >= COST_MIN_MICROS).then_some(Spell { a, b, bid_a, ask_b, lots, kind, from: t, to: t });
            }
            gap += tick;
        }
    }

    /// How far a spell's quotes lie from the truth, in ten-thousandths.
    #[allow(clippy::cast_possible_truncation)]
    fn strain(&self, s: &Spell) -> i64 {
        let e4 = |m: usize| (self.probability(m, s.from) * f64::from(Price::SCALE)) as i64;
        (i64::from(s.bid_a) - e4(s.a)).abs() + (i64::from(s.ask_b) - e4(s.b)).abs()
    }
}

/// What NO(A) and YES(B) cost at the touch, fees in, in micro-dollars a share.
fn cost_micros(bid_a: u16, ask_b: u16, fee: FeeSchedule) -> Option<i64> {
    /// Enough shares that the floor of the fee does not matter.
    const SHARES: i64 = 1_000;
    let no_a = Price::from_e4(bid_a).ok()?.complement();
    let yes_b = Price::from_e4(ask_b).ok()?;
    let shares = Shares::whole(SHARES);
    let total = no_a.cost_of(shares) + fee.fee(no_a, shares) + yes_b.cost_of(shares) + fee.fee(yes_b, shares);
    Some(total.micros() / SHARES)
}
