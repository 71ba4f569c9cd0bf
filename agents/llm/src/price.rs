//! What tokens cost. Prices are told by whoever pays them; none is built in, because they change and a wrong one makes every cap wrong.

use crate::request::Usage;

/// Micro-dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Of those sent.
    pub input_micros_per_mtok: i64,
    /// Of those received.
    pub output_micros_per_mtok: i64,
}

impl Price {
    /// Of a model on one's own machine.
    pub const FREE: Self = Self { input_micros_per_mtok: 0, output_micros_per_mtok: 0 };

    /// What a usage costs, in micro-dollars, rounded up.
    #[must_use]
    pub fn cost_micros(self, usage: Usage) -> i64 {
        let part = |tokens: u64, price: i64| i128::from(tokens) * i128::from(price.max(0));
        let sum = part(usage.input_tokens, self.input_micros_per_mtok)
            .saturating_add(part(usage.output_tokens, self.output_micros_per_mtok))
            .saturating_add(999_999);
        // One product of a 64-bit count and a 64-bit price stays within 128 bits, two may not: what is too large is capped, not wrapped.
        i64::try_from(sum / 1_000_000).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_rounded_up_and_never_wrap() {
        // 3 dollars and 15 dollars a million: 1,000 in and 200 out are 0.003 + 0.003.
        let price = Price { input_micros_per_mtok: 3_000_000, output_micros_per_mtok: 15_000_000 };
        let usage = |i, o| Usage { input_tokens: i, output_tokens: o, estimated: false };
        assert_eq!(price.cost_micros(usage(1_000, 200)), 6_000);
        assert_eq!(price.cost_micros(usage(0, 0)), 0);
        let cheap = Price { input_micros_per_mtok: 1, output_micros_per_mtok: 0 };
        assert_eq!(cheap.cost_micros(usage(1, 0)), 1);
        assert_eq!(Price::FREE.cost_micros(usage(u64::MAX, u64::MAX)), 0);
        let dear = Price { input_micros_per_mtok: i64::MAX, output_micros_per_mtok: i64::MAX };
        assert_eq!(dear.cost_micros(usage(u64::MAX, u64::MAX)), i64::MAX);
    }
}
