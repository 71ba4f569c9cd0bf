//! A changed book prices its component again: pairs by the walk, sets by the linear programme and its exact count.
//!
//! After divan's table it prints one line of JSON a shape: microseconds of one pricing, as the median, least and greatest of [`RUNS`] runs.

use betty_hedging::Relation;
use betty_hedging::basket::{BasketInput, BasketMarket, BasketRefusal, Constraint, solve};
use betty_market::{FeeSchedule, Level, Price, Shares, Usdc};
use betty_tests::bench::measure::{is_full_run, load, measure, spreads};
use divan::{Bencher, black_box};
use serde_json::json;

/// Measured runs of each shape.
const RUNS: usize = 15;
/// Microseconds of the median to stay under.
const TARGET_US: f64 = 100.0;
/// Levels of each book.
const LEVELS: u16 = 10;

fn main() {
    divan::main();
    if is_full_run() {
        SHAPES.iter().for_each(report);
    }
}

/// Markets that are tied together.
#[derive(Debug, Clone, Copy)]
struct Shape {
    name: &'static str,
    relation: Relation,
    markets: u16,
    /// Ten-thousandths of a dollar: the best asks of the first market's NO and of the others' YES.
    asks: [u16; 2],
}

const SHAPES: [Shape; 4] = [
    Shape { name: "pair that pays", relation: Relation::Implies, markets: 2, asks: [7_100, 2_600] },
    Shape { name: "ladder of 6 that does not pay", relation: Relation::Implies, markets: 6, asks: [5_200, 5_200] },
    Shape { name: "partition of 5 that pays", relation: Relation::Partition, markets: 5, asks: [8_200, 1_800] },
    Shape {
        name: "partition of 11 that does not pay",
        relation: Relation::Partition,
        markets: 11,
        asks: [9_200, 1_000],
    },
];

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Asks from a price upwards, a tenth of a cent apart.
fn book(best: u16) -> Vec<Level> {
    let level = |i: u16| Level {
        price: Price::from_e4(best + 10 * i).expect("a price"),
        size: Shares::whole(20 + i64::from(i * 7 % 40)),
    };
    (0..LEVELS).map(level).collect()
}

struct Books {
    yes: Vec<Level>,
    no: Vec<Level>,
}

fn books(shape: &Shape) -> Vec<Books> {
    let [no, yes] = shape.asks;
    (0..shape.markets).map(|_| Books { yes: book(yes), no: book(no) }).collect()
}

fn price(shape: &Shape, books: &[Books]) -> Result<Usdc, BasketRefusal> {
    let markets = books
        .iter()
        .map(|b| BasketMarket { yes: &b.yes, no: &b.no, fee: FeeSchedule::linear(40_000), min_size: Shares::whole(5) })
        .collect();
    let members = (0..books.len()).collect();
    let constraints = vec![Constraint { relation: shape.relation, members }];
    solve(&BasketInput { markets, constraints, max_capital: None, gas: Usdc::ZERO, min_edge_ppm: 0 })
        .map(|basket| basket.worst)
}

#[divan::bench(args = SHAPES)]
fn reprice(bencher: Bencher<'_, '_>, shape: Shape) {
    let books = books(&shape);
    bencher.bench_local(|| black_box(price(&shape, black_box(&books))));
}

fn report(shape: &Shape) {
    let books = books(shape);
    let pays = price(shape, &books).is_ok();
    let (wall, cpu) = spreads(&measure(RUNS, || drop(black_box(price(shape, black_box(&books))))));
    let line = json!({
        "bench": "basket", "version": env!("CARGO_PKG_VERSION"), "shape": shape.name, "markets": shape.markets,
        "levels": LEVELS, "pays": pays, "runs": RUNS, "wall_us": wall.map(|s| s.json(1e6, 2)),
        "cpu_us": cpu.map(|s| s.json(1e6, 2)), "target_us": TARGET_US, "load": load(),
    });
    println!("{line}");
}
