//! The arguments of `betty backtest`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What about backtests.
#[derive(Debug, Subcommand)]
pub enum BacktestCommand {
    /// Replay history through the rules that trade on paper, and store the result under its run id
    Run {
        /// What to replay
        #[command(flatten)]
        job: JobArgs,
        /// Which files to write
        #[command(flatten)]
        exports: ExportArgs,
    },
    /// Stored backtests, newest first
    List {
        /// At most this many
        #[arg(long, default_value = "20", value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// One stored backtest
    Show {
        /// Its run id, or the first four digits or more
        run: String,
        /// Which files to write
        #[command(flatten)]
        exports: ExportArgs,
    },
    /// Two to five stored backtests side by side; ends with 1 when they cannot be compared
    Compare {
        /// Their run ids, or the first four digits or more
        #[arg(required = true, num_args = 2..=5)]
        runs: Vec<String>,
    },
    /// Try many sets of parameters on the same data; ends with 1 when none is usable
    Sweep {
        /// What to replay
        #[command(flatten)]
        job: JobArgs,
        /// The parameters
        #[command(flatten)]
        search: SearchArgs,
        /// Part of the data, its end, that no set is chosen by
        #[arg(long, default_value = "25%", value_name = "PCT")]
        held_out: String,
        /// Keep every set in this file, and go on with what is in it
        #[arg(long, value_name = "FILE")]
        resume: Option<PathBuf>,
    },
    /// Choose sets of parameters on one window, try them on the next, again and again; ends with 1 without a usable result
    WalkForward {
        /// What to replay
        #[command(flatten)]
        job: JobArgs,
        /// The parameters; without any the strategy is tried as it is
        #[command(flatten)]
        search: SearchArgs,
        /// Sets are chosen on this much, such as 7d or 12h
        #[arg(long, default_value = "7d", value_name = "SPAN")]
        train: String,
        /// And tried on this much after it
        #[arg(long, default_value = "3d", value_name = "SPAN")]
        test: String,
        /// Leave out of the choice what is still open when the test begins
        #[arg(long)]
        purge: bool,
        /// Left out between the two
        #[arg(long, default_value = "0d", value_name = "SPAN")]
        embargo: String,
    },
}

/// What to replay. The source is the global --source: `recorded:PATH` or `simulated[:SEED]`.
#[derive(Debug, Clone, Args)]
pub struct JobArgs {
    /// A saved strategy or a template by name, or a TOML file [default: the active one]
    #[arg(long, value_name = "NAME|FILE.toml")]
    pub strategy: Option<String>,
    /// First instant: 2026-02-01, or with a time of day 2026-02-01T12:00:00Z [default: the data's]
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Last instant; a bare date is its midnight UTC [default: the data's]
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Words that must occur in a market's text
    #[arg(long, value_name = "WORDS")]
    pub query: Option<String>,
    /// Only markets of this category
    #[arg(long, value_name = "NAME")]
    pub category: Option<String>,
    /// Cash at the start, dollars [default: limits.bankroll_usd]
    #[arg(long, value_name = "DOLLARS")]
    pub bankroll: Option<String>,
    /// Milliseconds from a decision to the match of one leg
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=3_600_000))]
    pub latency_ms: Option<u32>,
    /// Threads; the result does not depend on it [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub threads: Option<u32>,
    /// Seed of everything random; equal seeds, equal bytes
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// A setting of this run: limits.hedge_cap_pct=5, costs.leg_risk_ppm=0, run.leg_deadline_ms=5000; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

/// Which sets to try.
#[derive(Debug, Clone, Args)]
pub struct SearchArgs {
    /// A parameter with its values: size_pct=5,10,15 or entry.min_net_edge_pct=0.25..1:0.25; may be repeated
    #[arg(long, value_name = "NAME=VALUES")]
    pub grid: Vec<String>,
    /// This many random sets instead of every combination
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub random: Option<u32>,
    /// A parameter with its range, for random sets: size_pct=5..15; may be repeated
    #[arg(long, value_name = "NAME=LOW..HIGH")]
    pub range: Vec<String>,
}

/// Which files to write. Each is there whole or not at all.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// A folder that gets everything: report.json, strategy.toml, and what else this build can write
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The report as one HTML file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// A folder that gets the tables as CSV
    #[arg(long, value_name = "DIR")]
    pub csv: Option<PathBuf>,
    /// The equity chart as PNG
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
}
