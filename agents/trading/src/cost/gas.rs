//! Gas: the table of operations, who pays, and the arithmetic from gas units to dollars.
//!
//! Matching is paid by the venue's operator. Split, merge, redeem and approve are free through the relayer; a plain-key wallet pays
//! its own. Units are the execution gas of the official adapter's snapshot, without the base cost of a transaction.

use betty_market::{Timestamp, Usdc};
use serde::{Deserialize, Serialize};

/// When the table and the default gas prices below were collected: 2026-11-22.
pub const GAS_TABLE_AS_OF: Timestamp = Timestamp::from_secs(1_795_305_600);

/// Gas every transaction pays before it executes anything.
pub const GAS_TRANSACTION_BASE: u64 = 21_000;
/// Splitting a dollar into YES and NO of a plain market.
pub const GAS_CTF_SPLIT: u64 = 113_893;
/// Merging YES and NO of a plain market.
pub const GAS_CTF_MERGE: u64 = 67_020;
/// Splitting in a neg-risk market.
pub const GAS_NEG_RISK_SPLIT: u64 = 170_154;
/// Merging in a neg-risk market.
pub const GAS_NEG_RISK_MERGE: u64 = 145_499;
/// Wrapping collateral.
pub const GAS_WRAP: u64 = 77_460;
/// Unwrapping collateral.
pub const GAS_UNWRAP: u64 = 31_861;
/// An approval; the upper end of an estimate of 46,000 to 60,000.
pub const GAS_APPROVE: u64 = 60_000;
/// A redemption; the upper end of an estimate of 80,000 to 150,000.
pub const GAS_REDEEM: u64 = 150_000;
/// Converting NO positions, per question; the upper end of 141,000 to 150,000.
pub const GAS_CONVERT_PER_QUESTION: u64 = 150_000;

/// Base fee used when none was read, wei: 50 gwei. An assumption, marked as a default wherever it is used.
pub const BASE_FEE_WEI_DEFAULT: u128 = 50_000_000_000;
/// Tip used when none was read, wei: 25 gwei, the least the network accepts.
pub const TIP_WEI_DEFAULT: u128 = 25_000_000_000;
/// Price of POL used when none was read: $0.20. An assumption, marked as a default wherever it is used.
pub const POL_PRICE_DEFAULT: Usdc = Usdc::from_micros(200_000);

/// Wei in one POL.
const WEI_PER_POL: u128 = 1_000_000_000_000_000_000;

/// What a wallet can do on chain around a hedge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GasOperation {
    /// Split in a plain market.
    Split,
    /// Merge in a plain market.
    Merge,
    /// Split in a neg-risk market.
    NegRiskSplit,
    /// Merge in a neg-risk market.
    NegRiskMerge,
    /// Wrap collateral.
    Wrap,
    /// Unwrap collateral.
    Unwrap,
    /// Approve a spender.
    Approve,
    /// Redeem a resolved position.
    Redeem,
    /// Convert NO on this many questions.
    Convert {
        /// How many questions.
        questions: u16,
    },
}

impl GasOperation {
    /// Units of one transaction that does this, base cost included.
    #[must_use]
    pub const fn units(self) -> u64 {
        GAS_TRANSACTION_BASE
            + match self {
                Self::Split => GAS_CTF_SPLIT,
                Self::Merge => GAS_CTF_MERGE,
                Self::NegRiskSplit => GAS_NEG_RISK_SPLIT,
                Self::NegRiskMerge => GAS_NEG_RISK_MERGE,
                Self::Wrap => GAS_WRAP,
                Self::Unwrap => GAS_UNWRAP,
                Self::Approve => GAS_APPROVE,
                Self::Redeem => GAS_REDEEM,
                Self::Convert { questions } => GAS_CONVERT_PER_QUESTION * questions as u64,
            }
    }
}

/// Who pays for what happens on chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GasPayer {
    /// The venue's relayer: nothing for the wallet.
    #[default]
    Relayer,
    /// A plain-key wallet: it pays its own.
    Eoa,
}

/// The price of gas at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GasPrice {
    /// Base fee, wei per unit.
    pub base_fee_wei: u128,
    /// Tip, wei per unit.
    pub tip_wei: u128,
    /// Dollars per POL.
    pub pol_price: Usdc,
    /// Where it was read.
    pub source: String,
    /// When it was read.
    pub as_of: Timestamp,
    /// True when any of it is one of this file's defaults.
    pub is_default: bool,
}

impl GasPrice {
    /// The dated defaults of this file.
    #[must_use]
    pub fn dated_default() -> Self {
        Self {
            base_fee_wei: BASE_FEE_WEI_DEFAULT,
            tip_wei: TIP_WEI_DEFAULT,
            pol_price: POL_PRICE_DEFAULT,
            source: "default of 2026-11-22: 50 gwei base, 25 gwei tip, POL at $0.20".to_owned(),
            as_of: GAS_TABLE_AS_OF,
            is_default: true,
        }
    }

    /// `units × (base fee + tip)` in POL, times its price, rounded up to a micro-dollar. `None` when out of range.
    #[must_use]
    pub fn cost(&self, units: u64) -> Option<Usdc> {
        gas_cost(units, self.base_fee_wei, self.tip_wei, self.pol_price)
    }
}

/// `units × (base_fee_wei + tip_wei) / 10^18 × pol_price`, rounded up to a micro-dollar.
///
/// `None` when the product leaves the range of integers or the price is negative: such inputs are no gas price.
#[must_use]
pub fn gas_cost(units: u64, base_fee_wei: u128, tip_wei: u128, pol_price: Usdc) -> Option<Usdc> {
    let wei = base_fee_wei.checked_add(tip_wei)?.checked_mul(u128::from(units))?;
    let micros = wei.checked_mul(u128::try_from(pol_price.micros()).ok()?)?.div_ceil(WEI_PER_POL);
    Some(Usdc::from_micros(i64::try_from(micros).ok()?))
}

/// Gas of a whole basket, in dollars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GasQuote {
    /// Dollars for the basket.
    pub per_basket: Usdc,
    /// Where the number comes from.
    pub source: String,
    /// When it was read.
    pub as_of: Timestamp,
    /// True when it rests on a default instead of a reading.
    pub is_default: bool,
}

impl GasQuote {
    /// The default payer: the relayer, so nothing.
    #[must_use]
    pub fn relayer() -> Self {
        Self {
            per_basket: Usdc::ZERO,
            source: "the operator pays matching, the relayer pays redemption".to_owned(),
            as_of: GAS_TABLE_AS_OF,
            is_default: true,
        }
    }

    /// A plain-key wallet that pays for these operations at this price. `None` when out of range.
    #[must_use]
    pub fn eoa(operations: &[GasOperation], price: &GasPrice) -> Option<Self> {
        let units = operations.iter().try_fold(0_u64, |sum, op| sum.checked_add(op.units()))?;
        Some(Self {
            per_basket: price.cost(units)?,
            source: format!("{units} gas units at {}", price.source),
            as_of: price.as_of,
            is_default: price.is_default,
        })
    }

    /// What a bought hedge of `legs` legs pays in its life: nothing through the relayer, one redemption per leg by itself.
    /// `None` when out of range.
    #[must_use]
    pub fn for_hedge(payer: GasPayer, legs: usize, price: &GasPrice) -> Option<Self> {
        match payer {
            GasPayer::Relayer => Some(Self::relayer()),
            GasPayer::Eoa => Self::eoa(&vec![GasOperation::Redeem; legs], price),
        }
    }

    /// The source, with a word when it is a default.
    #[must_use]
    pub fn source_text(&self) -> String {
        if self.is_default { format!("{} (default)", self.source) } else { self.source.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GWEI: u128 = 1_000_000_000;

    #[test]
    fn the_documented_examples() {
        let cost = |units| gas_cost(units, 50 * GWEI, 25 * GWEI, POL_PRICE_DEFAULT).unwrap();
        // 200,000 × 75 gwei = 0.015 POL = $0.003.
        assert_eq!(cost(200_000), "0.003".parse().unwrap());
        // 705,032 × 75 gwei × 0.2 = 0.01057548, rounded up to the micro-dollar.
        assert_eq!(cost(705_032), "0.010576".parse().unwrap());
        // 9,485,518 × 75 gwei × 0.2 = 0.14228277.
        assert_eq!(cost(9_485_518), "0.142283".parse().unwrap());
    }

    #[test]
    fn absurd_inputs_are_none() {
        assert_eq!(gas_cost(u64::MAX, u128::MAX, 1, POL_PRICE_DEFAULT), None);
        assert_eq!(gas_cost(u64::MAX, u128::MAX / 2, 1, POL_PRICE_DEFAULT), None);
        assert_eq!(gas_cost(1, 1, 1, Usdc::from_micros(-1)), None);
        assert_eq!(gas_cost(0, 1, 1, POL_PRICE_DEFAULT), Some(Usdc::ZERO));
    }

    #[test]
    fn the_relayer_pays_and_a_plain_key_does_not() {
        let price = GasPrice::dated_default();
        assert_eq!(GasQuote::for_hedge(GasPayer::Relayer, 2, &price).unwrap().per_basket, Usdc::ZERO);
        let eoa = GasQuote::for_hedge(GasPayer::Eoa, 2, &price).unwrap();
        // 2 × (21,000 + 150,000) = 342,000 units × 75 gwei × $0.20 = $0.00513.
        assert_eq!(eoa.per_basket, "0.00513".parse().unwrap());
        assert!(eoa.is_default && eoa.source_text().ends_with("(default)"));
    }

    #[test]
    fn every_operation_counts_its_base() {
        assert_eq!(GasOperation::Split.units(), 134_893);
        assert_eq!(GasOperation::Convert { questions: 5 }.units(), 771_000);
    }
}
