//! A scan from the venue's answer to the report: of a recorded answer of 500 markets, and of everything the simulated venue lists; and facts,
//! rules and graph of all the markets of a recorded history.
//!
//! After divan's table it prints one line of JSON a part. Without the recorded data its benchmarks say `skipped` and do nothing.

use betty_hedging::basket::{BasketInput, BasketMarket, Constraint, solve};
use betty_hedging::{
    Discovery, Graph, ScanConfig, ScanInput, ScanReport, chains, discover_all, price_legs, prove_all, scan_proofs,
    tokens_to_price,
};
use betty_market::gamma::parse_markets;
use betty_market::recorded::{GammaDump, open_history};
use betty_market::sim::{SimConfig, SimulatedSource};
use betty_market::{
    Book, BookSide, HistoryEvent, Level, Market, MarketFilter, MarketId, MarketSource, Timestamp, TokenId, Usdc,
};
use betty_tests::bench::measure::{Spread, is_full_run, load, measure, spreads};
use betty_tests::bench::recorded::find;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use serde_json::json;
use std::collections::HashMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::LazyLock;
use tokio::runtime::Runtime;

/// The recorded answer, below the folder of recorded data.
const DUMP: &str = "gamma-2026-02-07/markets.json.gz";
/// Measured runs of each part.
const RUNS: usize = 15;
/// Milliseconds all parts of a scan of the recorded answer may take together.
const TARGET_MS: f64 = 50.0;
/// The recorded history, below the folder of recorded data.
const QUOTES: &str = "quotes-2026-03-22_04-11";
/// Milliseconds of processor time that facts, rules and graph of the recorded history's markets may take.
const QUOTES_TARGET_MS: f64 = 1_200.0;
/// Microseconds of the median in which what rests on one changed book is priced again.
const COMPONENT_TARGET_US: f64 = 100.0;
/// The simulated day scanned: late enough for ladders to have lost rungs and mispricings to have come up.
const SIM_ELAPSED_MS: u64 = 20 * 86_400_000;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
static RECORDED: LazyLock<Option<Recorded>> = LazyLock::new(Recorded::find);
static QUOTED: LazyLock<Option<Vec<Market>>> = LazyLock::new(quoted);
static SIMULATED: LazyLock<Fixture> = LazyLock::new(simulated);

fn main() {
    divan::main();
    if is_full_run() {
        report();
    }
}

/// Everything a scan is made from.
struct Fixture {
    markets: Vec<Market>,
    discovery: Discovery,
    books: HashMap<TokenId, Book>,
    now: Timestamp,
}

impl Fixture {
    fn of(source: &dyn MarketSource) -> Self {
        let markets = RUNTIME.block_on(source.markets(&MarketFilter::default())).expect("markets");
        let discovery = discover_all(&markets);
        let books = books(source, &discovery, &markets);
        Self { markets, discovery, books, now: source.now() }
    }

    fn price(&self, discovery: &Discovery) -> ScanReport {
        scan_proofs(
            discovery,
            &ScanInput { markets: &self.markets, books: &self.books, now: self.now, config: ScanConfig::default() },
        )
    }

    fn prove_and_price(&self) -> ScanReport {
        self.price(&discover_all(&self.markets))
    }
}

fn books(source: &dyn MarketSource, discovery: &Discovery, markets: &[Market]) -> HashMap<TokenId, Book> {
    let books = RUNTIME.block_on(source.books(&tokens_to_price(discovery, markets))).expect("books");
    books.into_iter().map(|b| (b.token.clone(), b)).collect()
}

struct Recorded {
    path: PathBuf,
    /// The file, unpacked.
    json: Vec<u8>,
    fixture: Fixture,
}

impl Recorded {
    fn find() -> Option<Self> {
        let path = find(DUMP, "scan of the recorded answer")?;
        let packed = std::fs::read(&path).expect("recorded file");
        let mut json = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut json).expect("recorded gzip");
        let fixture = Fixture::of(&GammaDump::open(&path).expect("recorded answer"));
        Some(Self { path, json, fixture })
    }

    /// From the file on disk to the report: unpack, parse, prove, look up books, price.
    fn together(&self) -> ScanReport {
        let source = GammaDump::open(&self.path).expect("recorded answer");
        let fixture = Fixture::of(&source);
        fixture.price(&fixture.discovery)
    }
}

/// Every market of the recorded history, in its newest state.
fn quoted() -> Option<Vec<Market>> {
    let path = find(QUOTES, "graph of the recorded history")?;
    let history = open_history(&path).expect("recorded history");
    let mut markets: HashMap<_, Market> = HashMap::new();
    for record in history.records() {
        if let HistoryEvent::Market(market) = record.expect("a record").event {
            let market = market.into_market();
            markets.insert(market.id.clone(), market);
        }
    }
    let mut markets: Vec<Market> = markets.into_values().collect();
    markets.sort_by(|a, b| a.id.cmp(&b.id));
    Some(markets)
}

fn simulated() -> Fixture {
    let config = SimConfig { speed: 0.0, start_elapsed_ms: SIM_ELAPSED_MS, ..SimConfig::default() };
    let source = RUNTIME.block_on(SimulatedSource::start(config)).expect("a free port on loopback");
    let fixture = Fixture::of(&source);
    RUNTIME.block_on(source.shutdown());
    fixture
}

/// Items are markets.
mod recorded {
    use super::*;

    fn with(bencher: Bencher<'_, '_>, work: impl Fn(&Recorded)) {
        if let Some(recorded) = RECORDED.as_ref() {
            bencher.counter(ItemsCount::new(recorded.fixture.markets.len())).bench_local(|| work(black_box(recorded)));
        }
    }

    #[divan::bench]
    fn parse(bencher: Bencher<'_, '_>) {
        with(bencher, |r| drop(black_box(parse_markets(&r.json))));
    }

    #[divan::bench]
    fn prove(bencher: Bencher<'_, '_>) {
        with(bencher, |r| drop(black_box(discover_all(&r.fixture.markets))));
    }

    #[divan::bench]
    fn price(bencher: Bencher<'_, '_>) {
        with(bencher, |r| drop(black_box(r.fixture.price(&r.fixture.discovery))));
    }

    #[divan::bench]
    fn together(bencher: Bencher<'_, '_>) {
        with(bencher, |r| drop(black_box(r.together())));
    }
}

/// Items are markets.
mod quotes {
    use super::*;

    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn graph(bencher: Bencher<'_, '_>) {
        if let Some(markets) = QUOTED.as_ref() {
            let counter = ItemsCount::new(markets.len());
            bencher.counter(counter).with_inputs(|| markets.clone()).bench_local_values(Graph::build);
        }
    }
}

/// Items are markets. What the venue answers is fetched once, before.
mod simulated_venue {
    use super::*;

    #[divan::bench]
    fn prove(bencher: Bencher<'_, '_>) {
        let fixture = &*SIMULATED;
        bencher
            .counter(ItemsCount::new(fixture.markets.len()))
            .bench_local(|| discover_all(black_box(&fixture.markets)));
    }

    #[divan::bench]
    fn price(bencher: Bencher<'_, '_>) {
        let fixture = &*SIMULATED;
        bencher
            .counter(ItemsCount::new(fixture.markets.len()))
            .bench_local(|| black_box(fixture).price(&fixture.discovery));
    }

    #[divan::bench]
    fn together(bencher: Bencher<'_, '_>) {
        let fixture = &*SIMULATED;
        bencher.counter(ItemsCount::new(fixture.markets.len())).bench_local(|| black_box(fixture).prove_and_price());
    }
}

fn report() {
    if let Some(r) = RECORDED.as_ref() {
        let f = &r.fixture;
        line("recorded", "parse", f, || drop(black_box(parse_markets(&r.json))));
        line("recorded", "prove", f, || drop(black_box(discover_all(&f.markets))));
        line("recorded", "price", f, || drop(black_box(f.price(&f.discovery))));
        line("recorded", "together", f, || drop(black_box(r.together())));
    }
    if let Some(markets) = QUOTED.as_ref() {
        quotes_line(markets);
    }
    if let Some(r) = RECORDED.as_ref() {
        component_line("recorded", &r.fixture);
    }
    component_line("simulated", &SIMULATED);
    let f = &*SIMULATED;
    line("simulated", "prove", f, || drop(black_box(discover_all(&f.markets))));
    line("simulated", "price", f, || drop(black_box(f.price(&f.discovery))));
    line("simulated", "together", f, || drop(black_box(f.prove_and_price())));
}

fn line(source: &str, part: &str, fixture: &Fixture, work: impl FnMut()) {
    let (wall, cpu) = spreads(&measure(RUNS, work));
    let target = (source == "recorded" && part == "together").then_some(TARGET_MS);
    let line = json!({
        "bench": "scan", "version": env!("CARGO_PKG_VERSION"), "source": source, "part": part, "runs": RUNS,
        "markets": fixture.markets.len(), "proofs": fixture.discovery.proofs.len(),
        "refused": fixture.discovery.refused.len(), "wall_ms": wall.map(|s| s.json(1e3, 3)),
        "cpu_ms": cpu.map(|s| s.json(1e3, 3)), "target_ms": target, "load": load(),
    });
    println!("{line}");
}

/// Everything that a change of one book makes be priced again: the pairs it is a leg of, and the sets its market is in, each at its books.
/// One value a book that anything rests on; proofs are held, texts are not hashed again.
fn component_line(source: &str, f: &Fixture) {
    let (config, markets): (_, HashMap<&MarketId, &Market>) =
        (ScanConfig::default().quote, f.markets.iter().map(|m| (&m.id, m)).collect());
    let pair = |proof: &betty_hedging::Proof| {
        let [a, b] = proof.legs.each_ref().map(|leg| (markets[&leg.market], f.books.get(&leg.token)));
        drop(black_box(price_legs(proof, [a, b], f.now, &config, None)));
    };
    let asks = |token: &TokenId| -> &[Level] { f.books.get(token).map_or(&[], |b| b.levels(BookSide::Ask)) };
    let set = |certificate: &betty_hedging::Certificate| {
        let members = certificate.markets.iter().filter_map(|id| {
            let m = markets.get(id)?;
            Some(BasketMarket { yes: asks(&m.yes), no: asks(&m.no), fee: m.fee?, min_size: m.min_size })
        });
        let (members, relation) = (members.collect::<Vec<_>>(), certificate.relation);
        let constraints = vec![Constraint { relation, members: (0..members.len()).collect() }];
        let input = BasketInput { markets: members, constraints, max_capital: None, gas: Usdc::ZERO, min_edge_ppm: 0 };
        drop(black_box(solve(&input)));
    };
    let (mut all, mut items) = (Vec::new(), Vec::new());
    for m in &f.markets {
        for token in [&m.yes, &m.no] {
            let pairs: Vec<_> =
                f.discovery.proofs.iter().filter(|p| p.legs.iter().any(|l| l.token == *token)).collect();
            let sets: Vec<_> = f.discovery.sets.iter().filter(|c| c.markets.contains(&m.id)).collect();
            if !f.books.contains_key(token) || pairs.is_empty() && sets.is_empty() {
                continue;
            }
            // The least of five: what the work takes, not what else the machine does.
            let once = || {
                let start = std::time::Instant::now();
                pairs.iter().for_each(|p| pair(p));
                sets.iter().for_each(|c| set(c));
                start.elapsed().as_secs_f64()
            };
            all.extend((0..5).map(|_| once()).min_by(f64::total_cmp));
            items.push((pairs.len() + sets.len()) as f64);
        }
    }
    all.sort_by(f64::total_cmp);
    let p99 = all.get(all.len() * 99 / 100).map(|s| (s * 1e8).round() / 100.0);
    let line = json!({
        "bench": "scan", "version": env!("CARGO_PKG_VERSION"), "source": source, "part": "component", "books": all.len(),
        "priced_again": Spread::of(items).map(|s| s.json(1.0, 0)), "wall_us": Spread::of(all).map(|s| s.json(1e6, 2)),
        "wall_us_p99": p99, "target_us": COMPONENT_TARGET_US, "load": load(),
    });
    println!("{line}");
}

/// Facts, rules and graph of the recorded history's markets; and one changed market in the graph that came of them.
fn quotes_line(markets: &[Market]) {
    let one_by_one = prove_all(markets);
    let (_, chain_cpu) = spreads(&measure(RUNS, || drop(black_box(chains(&one_by_one, markets)))));
    let chained = chains(&one_by_one, markets).len();
    let (wall, cpu) = spreads(&measure(RUNS, || drop(black_box(Graph::build(markets.iter().cloned())))));
    let mut graph = Graph::build(markets.iter().cloned());
    let (certificates, components) = (graph.certificates().len(), graph.components().len());
    let (mut i, mut flip) = (0, false);
    let changes = measure(RUNS, || {
        // A market's end moves by a day and back: its blocks are looked at again.
        i = (i + 7_919) % markets.len();
        flip ^= i < 7_919;
        let mut changed = markets[i].clone();
        let day = if flip { 86_400_000 } else { 2 * 86_400_000 };
        changed.end = changed.end.map(|end| Timestamp::from_millis(end.millis() + day));
        black_box(graph.insert(changed));
    });
    let (change_wall, _) = spreads(&changes);
    let line = json!({
        "bench": "scan", "version": env!("CARGO_PKG_VERSION"), "source": "quotes", "part": "graph", "runs": RUNS,
        "markets": markets.len(), "certificates": certificates, "components": components,
        "wall_ms": wall.map(|s| s.json(1e3, 1)), "cpu_ms": cpu.map(|s| s.json(1e3, 1)), "target_ms": QUOTES_TARGET_MS,
        "chains": chained, "chains_cpu_ms": chain_cpu.map(|s| s.json(1e3, 1)),
        "change_us": change_wall.map(|s| s.json(1e6, 1)), "load": load(),
    });
    println!("{line}");
}
