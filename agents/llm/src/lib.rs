//! The model client: one transport, one retry layer, budgets and structured output. Knows neither Discord nor trading.
