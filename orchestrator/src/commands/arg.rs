//! Arguments that several commands share, and the limits and choices they know.

use super::spec::{Arg, Kind};

/// Confidence levels, largest first. They multiply the size.
pub const CONFIDENCES: &[&str] = &["HIGH", "MEDIUM", "LOW"];
/// The built-in strategy templates.
pub const TEMPLATES: &[&str] = &["conservative", "balanced", "aggressive", "scalper", "swing"];
/// States a list of positions can be limited to.
pub const POSITION_STATES: &[&str] = &["open", "closed"];
/// Kinds of messages between actors, as `!inspect messages kind=…` takes them.
pub const MESSAGE_KINDS: &[&str] =
    &["line", "accepted", "run", "progress", "ended", "answer", "cancel", "supervision", "inspection"];

/// Most markets one scan may be limited to. No limit at all scans everything.
pub const SCAN_MARKETS_MAX: u32 = 100_000;
/// Most rows of a list in one answer.
pub const LIST_ROWS_MAX: u32 = 50;
/// Most messages one inspection shows.
pub const MESSAGES_MAX: u32 = 100;

/// Longest latency of one leg a backtest takes, milliseconds: an hour.
pub const LATENCY_MS_MAX: u32 = 3_600_000;
/// Most threads of a backtest.
pub const THREADS_MAX: u32 = 64;
/// Most random sets of one sweep.
pub const RANDOM_SETS_MAX: u32 = 10_000;

pub(super) const fn req(name: &'static str, kind: Kind, help: &'static str) -> Arg {
    Arg { name, kind, required: true, default: None, help }
}
pub(super) const fn opt(name: &'static str, kind: Kind, help: &'static str) -> Arg {
    Arg { name, kind, required: false, default: None, help }
}
pub(super) const fn def(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Arg {
    Arg { name, kind, required: false, default: Some(default), help }
}
pub(super) const fn rows(default: &'static str) -> Arg {
    def("limit", Kind::Count { min: 1, max: LIST_ROWS_MAX }, default, "at most this many")
}

pub(super) const HEDGE: Arg = req("hedge", Kind::Hedge, "number of a stored hedge, from a scan or !find_hedges");
pub(super) const MARKET: Arg = req("market", Kind::Market, "a market's id, from !scan_markets");
/// Most points of a history in one answer.
pub const POINTS_MAX: u32 = 500;

pub(super) const QUERY: Arg =
    opt("query", Kind::Rest, "words that must occur in a market's text; quote them if they begin with a number");
pub(super) const CONFIDENCE: Arg =
    opt("confidence", Kind::Choice(CONFIDENCES), "multiplies the size: HIGH 1.0, MEDIUM 0.7, LOW 0.5");
pub(super) const STRATEGY: Arg = opt("strategy", Kind::Name, "a strategy's name; the loaded one when absent");
pub(super) const ONE_STRATEGY: Arg =
    opt("strategy", Kind::Name, "only this strategy, all its versions; all trades when absent");
pub(super) const LEG: Kind = Kind::Price { ends: false };

pub(super) const SOURCE: Arg =
    opt("source", Kind::History, "simulated[:SEED] or recorded:NAME; what this Betty runs on when absent");
pub(super) const FROM: Arg = opt("from", Kind::Date, "first instant; the data's own when absent");
pub(super) const TO: Arg =
    opt("to", Kind::Date, "last instant, a bare date is its midnight; the data's own when absent");
pub(super) const BANKROLL: Arg =
    opt("bankroll", Kind::Money, "cash at the start, dollars; limits.bankroll_usd when absent");
pub(super) const LATENCY: Arg = opt(
    "latency_ms",
    Kind::Count { min: 0, max: LATENCY_MS_MAX },
    "milliseconds from a decision to the match of one leg",
);
pub(super) const THREADS: Arg =
    opt("threads", Kind::Count { min: 1, max: THREADS_MAX }, "processor threads; all when absent");
pub(super) const SEED: Arg =
    opt("seed", Kind::Count { min: 0, max: u32::MAX }, "seed of everything random; equal seeds, equal bytes");
pub(super) const SET: Arg =
    opt("set", Kind::Settings, "settings of this run, such as limits.hedge_cap_pct=5; several separated by ;");
pub(super) const RUN: &str = "run id, or its first digits, from !backtest list";
pub(super) const GRID: Arg =
    opt("grid", Kind::Rest, "parameters: size_pct=5,10,15 entry.min_net_edge_pct=0.25,0.5; ranges as size_pct=5..15");
