//! What a quote and its evidence are worth: coverage and tier.

use crate::hedge::{Coverage, HedgeQuote, Tier};
use crate::relation::Evidence;
use betty_market::Usdc;

/// Lower bounds of coverage for T1, T2 and T3.
pub const TIER_BOUNDS: [(f64, Tier); 3] = [(0.95, Tier::T1), (0.90, Tier::T2), (0.85, Tier::T3)];

/// P(payoff ≥ all-in cost) of a quote.
///
/// For a Proven relation whose worst case is at least zero this is 1 by logic: every normal world pays the cost, no case
/// was counted, so `n` is 0 and both numbers stand on the certificate. It speaks of normal resolution only; what a void
/// market does is in `worst_case_void`. Where the relation is less than proven, or the worst case is negative, nothing is
/// known without counted cases: the caller passes what it has calibrated, else the bound is 0.
#[must_use]
pub fn coverage(evidence: Evidence, quote: &HedgeQuote, calibrated: Option<Coverage>) -> Coverage {
    if evidence == Evidence::Proven && !quote.worst_case.is_negative() {
        return Coverage { point: 1.0, lower: 1.0, n: 0 };
    }
    calibrated.unwrap_or(Coverage { point: 0.0, lower: 0.0, n: 0 })
}

/// The tier. Net edge below zero is Watch whatever the evidence; a hypothesis is always Watch; only a proof reaches T0.
#[must_use]
pub fn tier(evidence: Evidence, quote: &HedgeQuote, coverage: Coverage) -> Tier {
    if quote.net_edge_ppm < 0 {
        return Tier::Watch;
    }
    tier_of(evidence, quote.worst_case, coverage)
}

/// The same of anything whose worst normal world comes to `worst` dollars after all it costs.
#[must_use]
pub fn tier_of(evidence: Evidence, worst: Usdc, coverage: Coverage) -> Tier {
    if worst.is_negative() || evidence == Evidence::Hypothesis {
        return Tier::Watch;
    }
    if evidence == Evidence::Proven {
        return Tier::T0;
    }
    // A bound without a single counted case is no bound.
    if coverage.n == 0 || !coverage.lower.is_finite() {
        return Tier::Watch;
    }
    TIER_BOUNDS.iter().find(|(bound, _)| coverage.lower >= *bound).map_or(Tier::Watch, |(_, tier)| *tier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_market::{Shares, Timestamp, Usdc};

    fn quote(worst_micros: i64) -> HedgeQuote {
        HedgeQuote {
            shares: Shares::whole(10),
            legs: Vec::new(),
            fee: Usdc::ZERO,
            gas: Usdc::ZERO,
            cost: Usdc::whole(10),
            worst_case: Usdc::from_micros(worst_micros),
            worst_case_void: Usdc::whole(-5),
            net_edge_ppm: worst_micros / 10,
            days: Some(3),
            edge_per_year_ppm: None,
            max_shares: Shares::whole(10),
            at: Timestamp::default(),
        }
    }

    fn counted(lower: f64) -> Coverage {
        Coverage { point: 0.99, lower, n: 200 }
    }

    #[test]
    fn only_a_proof_that_pays_reaches_the_top() {
        let good = quote(100_000);
        let of = |evidence, quote: &HedgeQuote, c| tier(evidence, quote, coverage(evidence, quote, c));
        assert_eq!(of(Evidence::Proven, &good, None), Tier::T0);
        assert_eq!(of(Evidence::Proven, &quote(0), None), Tier::T0);
        assert_eq!(of(Evidence::Proven, &quote(-10), None), Tier::Watch);
        assert_eq!(of(Evidence::Presumed, &good, None), Tier::Watch);
        assert_eq!(of(Evidence::Presumed, &good, Some(counted(0.99))), Tier::T1);
        assert_eq!(of(Evidence::Verified, &good, Some(counted(0.90))), Tier::T2);
        assert_eq!(of(Evidence::Verified, &good, Some(counted(0.85))), Tier::T3);
        assert_eq!(of(Evidence::Verified, &good, Some(counted(0.849))), Tier::Watch);
        assert_eq!(of(Evidence::Hypothesis, &good, Some(counted(1.0))), Tier::Watch);
    }

    #[test]
    fn an_uncounted_or_broken_bound_is_no_bound() {
        let claim = Coverage { point: 0.98, lower: 0.98, n: 0 };
        assert_eq!(tier(Evidence::Verified, &quote(1), claim), Tier::Watch);
        assert_eq!(tier(Evidence::Verified, &quote(1), counted(f64::NAN)), Tier::Watch);
    }
}
