//! What the acceptance tests share: the recorded data, and markets made of bare questions.

#![allow(dead_code, reason = "each test binary uses its part")]

use betty_market::gamma::parse_markets;
use betty_market::{
    Book, ConditionId, Depth, Level, Market, MarketId, MarketStatus, Price, Shares, Timestamp, TokenId,
};
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The instant of the Gamma dump.
pub(crate) const DUMP_AT: &str = "2026-02-07T20:57:15Z";

/// A recorded file, from `BETTY_TEST_DATA` or beside the workspace; `None`, said aloud, where there is none.
pub(crate) fn recorded(relative: &str, test: &str) -> Option<Vec<u8>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let roots = [
        std::env::var_os("BETTY_TEST_DATA").map(PathBuf::from),
        Some(here.join("../../../shared/data")),
        Some(here.join("../../../../shared/data")),
    ];
    let Some(path) = roots.into_iter().flatten().map(|r| r.join(relative)).find(|p| p.exists()) else {
        eprintln!("skipped: recorded data not found ({test})");
        return None;
    };
    let bytes = std::fs::read(&path).expect("recorded file");
    if path.extension().is_some_and(|e| e == "gz") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("recorded gzip");
        return Some(plain);
    }
    Some(bytes)
}

/// The markets of the Gamma dump.
pub(crate) fn dump(test: &str) -> Option<Vec<Market>> {
    let bytes = recorded("gamma-2026-02-07/markets.json.gz", test)?;
    let parsed = parse_markets(&bytes).expect("the dump parses");
    assert_eq!(parsed.markets.len(), 500, "every row of the dump is a market");
    Some(parsed.markets)
}

/// Top-of-book books of the dump, sizes assumed and marked so: the tests that use them state a size.
pub(crate) fn top_books(markets: &[Market], shares: i64) -> HashMap<TokenId, Book> {
    let mut books = HashMap::new();
    for m in markets {
        let level = |price: Price| Level { price, size: Shares::whole(shares) };
        let at = m.updated.expect("the dump stamps its rows");
        let (bids, asks) = (m.best_bid.map(level), m.best_ask.map(level));
        let yes = Book::from_levels(m.yes.clone(), at, Depth::Unknown, bids, asks);
        books.insert(m.no.clone(), yes.mirrored(m.no.clone()));
        books.insert(m.yes.clone(), yes);
    }
    books
}

/// A market of which only the question and the end date are known.
pub(crate) fn bare(id: &str, question: &str, end: Option<Timestamp>) -> Market {
    Market {
        id: MarketId::new(id).unwrap(),
        condition: ConditionId::new(format!("c{id}")).unwrap(),
        yes: TokenId::new(format!("y{id}")).unwrap(),
        no: TokenId::new(format!("n{id}")).unwrap(),
        question: question.to_owned(),
        description: None,
        resolution_source: None,
        group_title: None,
        event: None,
        neg_risk: None,
        start: None,
        end,
        status: MarketStatus::Open,
        resolution: None,
        fee: None,
        tick: "0.01".parse().unwrap(),
        min_size: Shares::whole(5),
        best_bid: None,
        best_ask: None,
        volume_usd: None,
        liquidity_usd: None,
        updated: None,
    }
}
