//! Hot paths of the order book: changes of levels, walks, and a feed of changes replayed.

use betty_market::{BookSide, FeeSchedule, Level, Price, Shares, TokenId, Usdc};
use betty_tests::bench::feed::{self, FEED_SEED};
use betty_tests::bench::pairs::{LEVELS, PAIRS_SEED, two_sided_book};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

/// Rows of the feed replayed at once.
const ROWS: usize = 100_000;
/// The touch, the middle and the far end of a side.
const DEPTHS: [usize; 3] = [0, LEVELS / 2, LEVELS - 1];
const FEE: FeeSchedule = FeeSchedule::linear(40_000);

fn main() {
    divan::main();
}

fn ask_at(depth: usize) -> Level {
    two_sided_book(LEVELS, PAIRS_SEED).levels(BookSide::Ask)[depth]
}

#[divan::bench(args = DEPTHS)]
fn set_update(bencher: Bencher<'_, '_>, depth: usize) {
    let mut book = two_sided_book(LEVELS, PAIRS_SEED);
    let price = ask_at(depth).price;
    let mut lots = 0;
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        lots = lots % 1_000 + 1;
        book.set(BookSide::Ask, black_box(price), Shares::from_micros(lots * Shares::LOT.micros()))
    });
}

/// A level that comes and goes again: two changes. One tenth of a tick above the level there, where nothing rests.
#[divan::bench(args = DEPTHS)]
fn set_insert_and_delete(bencher: Bencher<'_, '_>, depth: usize) {
    let mut book = two_sided_book(LEVELS, PAIRS_SEED);
    let price = Price::from_e4(ask_at(depth).price.e4() + 1).expect("inside the book");
    bencher.counter(ItemsCount::new(2_usize)).bench_local(|| {
        let inserted = book.set(BookSide::Ask, black_box(price), Shares::whole(1));
        let deleted = book.set(BookSide::Ask, black_box(price), Shares::ZERO);
        (inserted, deleted)
    });
}

#[divan::bench(args = [1, LEVELS / 2, LEVELS])]
fn take_levels(bencher: Bencher<'_, '_>, levels: usize) {
    let book = two_sided_book(LEVELS, PAIRS_SEED);
    let shares: Shares = book.levels(BookSide::Ask)[..levels].iter().map(|l| l.size).sum();
    bencher
        .counter(ItemsCount::new(levels))
        .bench_local(|| black_box(&book).take(BookSide::Ask, black_box(shares), FEE));
}

#[divan::bench(args = [1, LEVELS / 2, LEVELS])]
fn spend_levels(bencher: Bencher<'_, '_>, levels: usize) {
    let book = two_sided_book(LEVELS, PAIRS_SEED);
    let budget: Usdc = book.levels(BookSide::Ask)[..levels].iter().map(|l| l.price.cost_of(l.size)).sum();
    bencher.counter(ItemsCount::new(levels)).bench_local(|| black_box(&book).spend(black_box(budget), FEE));
}

#[divan::bench]
fn mirrored(bencher: Bencher<'_, '_>) {
    let book = two_sided_book(LEVELS, PAIRS_SEED);
    let token = TokenId::new("2").expect("a plain number is a token id");
    bencher
        .counter(ItemsCount::new(2 * LEVELS))
        .with_inputs(|| token.clone())
        .bench_local_values(|token| black_box(&book).mirrored(token));
}

/// Items are rows of the feed: ten levels a side, one change in fifty moves the touch.
#[divan::bench]
fn replay_feed(bencher: Bencher<'_, '_>) {
    let rows: Vec<_> = feed::generate(ROWS, FEED_SEED).iter().map(|row| (row.side, row.price(), row.size())).collect();
    let empty = two_sided_book(0, PAIRS_SEED);
    bencher.counter(ItemsCount::new(rows.len())).with_inputs(|| empty.clone()).bench_local_refs(|book| {
        for (side, price, size) in &rows {
            book.set(*side, *price, *size);
        }
        book.best_bid()
    });
}
