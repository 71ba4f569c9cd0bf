//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// What the program was asked to do.
#[derive(Debug, Parser)]
#[command(
    name = "betty",
    version,
    about = "Betty: paper-trading agents that prove, price and watch hedges on prediction markets",
    long_about = "Betty: paper-trading agents that prove, price and watch hedges on prediction markets.\n\nWithout a command she starts her console on an embedded, SIMULATED venue. Everything is PAPER: there are no real orders in this version.",
    after_help = "Exit codes: 0 done, 1 finding or negative verdict, 2 usage or configuration, 3 upstream unavailable, 4 budget exhausted."
)]
pub struct Cli {
    /// Settings every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Settings every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Where everything is kept [default: ~/.local/share/betty]
    #[arg(long, global = true, env = "BETTY_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Configuration file [default: betty.toml in the data directory]
    #[arg(long, global = true, env = "BETTY_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Market data: simulated, simulated:SEED, recorded:PATH or live
    #[arg(long, global = true, value_name = "SOURCE")]
    pub source: Option<String>,
    /// Print JSON with a stable schema instead of text
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run in the foreground until stopped: the console, and Discord when asked for
    Run {
        /// Serve Discord; the token comes from BETTY_DISCORD_TOKEN or discord.token_file
        #[arg(long)]
        discord: bool,
        /// Do not read lines from standard input
        #[arg(long)]
        no_console: bool,
    },
    /// Prove and price hedges once, or look through history for what it offered
    Scan {
        /// Words that must occur in a market's text
        #[arg(long)]
        query: Option<String>,
        /// At most this many markets, by volume
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        limit: Option<u32>,
        /// Least net edge of a listed hedge, percent
        #[arg(long, default_value = "0", value_name = "PCT")]
        min_edge: f64,
        /// Look through the whole history of a recorded or simulated source: pairs, moments at which both books stood together, and what
        /// paid before and after fees
        #[arg(long, conflicts_with_all = ["limit", "min_edge"])]
        history: bool,
        /// What of the history
        #[command(flatten)]
        past: PastArgs,
    },
    /// What holds between two markets, and why; or between those of each pair of a file, as JSON
    #[command(
        after_help = "With --pairs it prints {\"pairs\":[{a, b, relation, evidence, rule, reason}]} in the file's order; relation is one of a_implies_b, b_implies_a, equivalent, mutually_exclusive, exhaustive, none.\n\nExit codes: 0 done (1 for two markets without a proven relation), 2 usage or configuration, 3 upstream unavailable."
    )]
    Analyze {
        /// A market's id
        #[arg(required_unless_present = "pairs", requires = "b", value_parser = market_id)]
        a: Option<betty_market::MarketId>,
        /// Another market's id
        #[arg(value_parser = market_id)]
        b: Option<betty_market::MarketId>,
        /// A file of pairs, JSON or JSON lines, each with the ids "a" and "b" or "a_id" and "b_id"; - is standard input
        #[arg(long, value_name = "FILE", conflicts_with_all = ["a", "b"])]
        pairs: Option<PathBuf>,
    },
    /// The size a stored hedge would get: which limit bound, and what each would have allowed
    Size {
        /// The hedge's number, from a scan
        hedge: betty_bus::HedgeId,
        /// Multiplies the size: high 1.0, medium 0.7, low 0.5
        #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(["high", "medium", "low"]), ignore_case = true)]
        confidence: Option<String>,
        /// A strategy's name
        #[arg(long)]
        strategy: Option<String>,
    },
    /// Stored hedges: list them, show one, its full reasoning, what it has cost over time
    #[command(
        after_help = "Exit codes: 0 done, 1 no such hedge or a proof that no longer stands, 2 usage or configuration, 3 upstream unavailable."
    )]
    Hedges {
        /// What about them
        #[command(subcommand)]
        command: HedgesCommand,
    },
    /// Markets: search them, show one, its order books, its ladder, what is related to it
    #[command(
        after_help = "Exit codes: 0 done, 1 no such market, or one without a book, a ladder or a proven relation, 2 usage or configuration, 3 upstream unavailable."
    )]
    Markets {
        /// What about them
        #[command(subcommand)]
        command: MarketsCommand,
    },
    /// Re-price stored hedges now, and again every monitor.interval_min until stopped; say which pay, resolved, are disputed, changed or
    /// are better than at entry
    Monitor {
        /// Only now, then exit
        #[arg(long)]
        once: bool,
        /// Report hedges whose net edge is at least this, percent [default: monitor.threshold_pct]
        #[arg(long, value_name = "PCT")]
        threshold: Option<f64>,
    },
    /// What runs by the clock: list it, run the latest slot, pause, resume, leave the next out
    #[command(
        after_help = "A slot is worked once: in a timer of the system, `betty schedule run scan` does nothing, and ends with 0, where the service was first.\n\nExit codes: 0 done, or nothing to do; 1 a negative verdict of the run; 2 usage or configuration, 3 upstream unavailable."
    )]
    Schedule {
        /// What about it
        #[command(subcommand)]
        command: ScheduleCommand,
    },
    /// What Betty knows by counting
    #[command(after_help = "Exit codes: 0 done, 2 usage or configuration, 3 upstream unavailable.")]
    Kb {
        /// What about it
        #[command(subcommand)]
        command: KbCommand,
    },
    /// One command or plain task, then exit
    Ask {
        /// The line, such as "!paper_trade portfolio" or "find hedges with 95% coverage"
        line: String,
    },
    /// Turn recorded data into a recording of Betty's own
    Import {
        /// A Gamma /markets dump (.json, .json.gz), a quotes folder, or a recording
        path: PathBuf,
        /// The recording to write; appended to when it exists
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
    },
    /// Record markets and books of the source
    Record {
        /// A .bettyrec file, or a folder of segments under any other name; appended to when it exists
        #[arg(long, short, value_name = "DIR|FILE")]
        out: PathBuf,
        /// Words that must occur in a market's text
        #[arg(long)]
        query: Option<String>,
        /// At most this many markets, by volume
        #[arg(long, default_value = "50", value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
        /// Stop after this many seconds [default: until stopped]
        #[arg(long = "for", value_name = "SECONDS")]
        seconds: Option<u64>,
    },
    /// Replay history through the rules that trade on paper
    #[command(
        after_help = "Exit codes: 0 done, also without a trade; 1 no usable result of compare, sweep or walk-forward; 2 usage or configuration; 3 data that cannot be replayed; 130 interrupted."
    )]
    Backtest {
        /// What about them
        #[command(subcommand)]
        command: Box<crate::backtest::args::BacktestCommand>,
    },
    /// Settings
    Config {
        /// What about them
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Check everything and say what to do
    Doctor,
}

fn market_id(text: &str) -> Result<betty_market::MarketId, String> {
    betty_market::MarketId::new(text).map_err(|e| e.to_string())
}

/// What about stored hedges.
#[derive(Debug, Subcommand)]
pub enum HedgesCommand {
    /// Active ones, best net edge first
    List {
        /// Least coverage (lower bound), percent
        #[arg(long, default_value = "0", value_name = "PCT")]
        coverage: f64,
        /// At most this many
        #[arg(long, default_value = "20", value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
    /// One as it was last priced
    Show {
        /// The hedge's number
        hedge: betty_bus::HedgeId,
    },
    /// The full reasoning of one: proof, marked texts, books, worlds, costs
    Why {
        /// The hedge's number
        hedge: betty_bus::HedgeId,
    },
    /// What one has cost over time
    History {
        /// The hedge's number
        hedge: betty_bus::HedgeId,
        /// At most this many points, the newest
        #[arg(long, default_value = "48", value_parser = clap::value_parser!(u32).range(1..=i64::from(crate::commands::table::POINTS_MAX)))]
        limit: u32,
    },
}

fn schedule_name() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(crate::schedule::NAMES)
}

/// What about what runs by the clock.
#[derive(Debug, Subcommand)]
pub enum ScheduleCommand {
    /// When each is due, its last and next slot, its state
    List,
    /// Do the work of the latest slot now, unless it was done
    Run {
        /// The schedule
        #[arg(value_parser = schedule_name())]
        name: String,
    },
    /// Run it no more, by no process, until it is resumed
    Pause {
        /// The schedule
        #[arg(value_parser = schedule_name())]
        name: String,
    },
    /// Run it again; what passed meanwhile is not made up for
    Resume {
        /// The schedule
        #[arg(value_parser = schedule_name())]
        name: String,
    },
    /// Leave its next slot out
    Skip {
        /// The schedule
        #[arg(value_parser = schedule_name())]
        name: String,
    },
}

/// What about what is known by counting.
#[derive(Debug, Subcommand)]
pub enum KbCommand {
    /// How often relations written down before they ended have held: n, failures, lower bound
    Calibration {
        /// Over the whole history of a recorded or simulated source instead: its markets' texts against how they ended
        #[arg(long)]
        history: bool,
    },
}

/// What about markets.
#[derive(Debug, Subcommand)]
pub enum MarketsCommand {
    /// By volume
    Search {
        /// Words that must occur in a market's text
        query: Vec<String>,
        /// At most this many
        #[arg(long, default_value = "10", value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// One with its rule text
    Show {
        /// The market's id
        #[arg(value_parser = market_id)]
        market: betty_market::MarketId,
    },
    /// The order books of both sides
    Book {
        /// The market's id
        #[arg(value_parser = market_id)]
        market: betty_market::MarketId,
    },
    /// The ladder or event it stands on: asks, and what is proven between neighbours
    Ladder {
        /// The market's id
        #[arg(value_parser = market_id)]
        market: betty_market::MarketId,
    },
    /// What is proven between it and all others, and what failed
    Related {
        /// The market's id
        #[arg(value_parser = market_id)]
        market: betty_market::MarketId,
        /// At most this many of each
        #[arg(long, default_value = "20", value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
}

/// What of a history is looked through.
#[derive(Debug, Clone, Default, Args)]
pub struct PastArgs {
    /// First day or instant looked at, such as 2026-03-25
    #[arg(long, value_name = "DATE", requires = "history")]
    pub from: Option<String>,
    /// Last instant
    #[arg(long, value_name = "DATE", requires = "history")]
    pub to: Option<String>,
    /// Only markets of this category, where the data tells one
    #[arg(long, requires = "history")]
    pub category: Option<String>,
    /// Gains named in each list, largest first
    #[arg(long, value_name = "N", default_value = "10", requires = "history", value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub rows: u16,
}

/// What about settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting with its value
    Show {
        /// Say where each value comes from
        #[arg(long)]
        origin: bool,
    },
}

impl Cli {
    /// The data directory: the flag, else `$XDG_DATA_HOME/betty`, else `~/.local/share/betty`, else `betty-data` here.
    #[must_use]
    pub fn data_dir(&self, env: &dyn Fn(&str) -> Option<String>) -> PathBuf {
        let set = |name: &str| env(name).filter(|v| !v.is_empty());
        match (&self.global.data_dir, set("XDG_DATA_HOME"), set("HOME")) {
            (Some(dir), ..) => dir.clone(),
            (None, Some(data), _) => PathBuf::from(data).join("betty"),
            (None, None, Some(home)) => PathBuf::from(home).join(".local/share/betty"),
            (None, None, None) => PathBuf::from("betty-data"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_table_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn data_dir_falls_back_step_by_step() {
        let cli = Cli::parse_from(["betty"]);
        let home = |name: &str| (name == "HOME").then(|| "/h".to_owned());
        assert_eq!(cli.data_dir(&home), PathBuf::from("/h/.local/share/betty"));
        assert_eq!(cli.data_dir(&|_| None), PathBuf::from("betty-data"));
        let cli = Cli::parse_from(["betty", "scan", "--data-dir", "/d"]);
        assert_eq!(cli.data_dir(&home), PathBuf::from("/d"));
    }
}
