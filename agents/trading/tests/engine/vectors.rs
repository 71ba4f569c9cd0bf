//! The reference walks, taken through the engine's matching. They are read where they lie and skipped, by name, where they do not.

use crate::support::*;
use betty_market::{Book, BookSide, Depth, FeeSchedule, Level, Price, Shares, Timestamp, TokenId, Usdc};
use betty_trading::engine::{
    EngineConfig, FeedKind, Instrument, LatencyModel, OrderFill, OrderId, OrderRequest, Side, Snapshot,
};
use serde_json::Value;
use std::path::PathBuf;

fn data(file: &str, test: &str) -> Option<Value> {
    let root = std::env::var_os("BETTY_TEST_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    match std::fs::read_to_string(root.join(file)) {
        Ok(text) => Some(serde_json::from_str(&text).expect("a recorded file is JSON")),
        Err(_) => {
            eprintln!("skipped: recorded data not found ({test})");
            None
        }
    }
}

fn levels(side: &Value) -> Vec<Level> {
    let level = |pair: &Value| Level {
        price: Price::from_e4(u16::try_from(pair[0].as_u64().unwrap() * 100).unwrap()).unwrap(),
        size: Shares::from_micros(pair[1].as_i64().unwrap() * Shares::LOT.micros()),
    };
    side.as_array().unwrap().iter().map(level).collect()
}

fn amount(fills: &[OrderFill]) -> Usdc {
    fills.iter().map(|f| f.amount).sum()
}

#[test]
fn walks_match_the_reference_and_the_books_own_walk() {
    let Some(data) = data("vectors/execution.json", "engine walks") else { return };
    let walks = data["walks"].as_array().unwrap();
    assert_eq!(walks.len(), 14);
    for case in walks {
        let fees = FeeSchedule::linear(50_000);
        let spec = Instrument { min_size: Shares::LOT, ..instrument() }.with_fees(fees);
        let config = EngineConfig::new(Usdc::whole(1_000_000));
        let mut venue = Venue::with(config, LatencyModel::zero(), [spec]);
        let asked = Shares::whole(case["sell_shares"].as_i64().unwrap());
        venue.event(FeedKind::Snapshot(Box::new(Snapshot {
            bids: vec![],
            asks: vec![Level { price: price("0.01"), size: asked }],
        })));
        venue.submit(OrderRequest::market(YES, Side::Buy, asked, price("0.01")));
        let (bids, asks) = (levels(&case["bids"]), levels(&case["asks"]));
        let plain = Book::from_levels(
            TokenId::new("1").unwrap(),
            Timestamp::default(),
            Depth::Full,
            bids.iter().copied(),
            asks.iter().copied(),
        );
        venue.event(FeedKind::Snapshot(Box::new(Snapshot { bids, asks })));

        let budget = Usdc::whole(case["spend_usd"].as_i64().unwrap());
        let bought = venue.submit(OrderRequest::spend(YES, budget, price("0.99")));
        let sold = venue.submit(OrderRequest::market(YES, Side::Sell, asked, price("0.01")));
        let same = |venue: &Venue, id: OrderId, walk: &betty_market::Walk| {
            let fills = venue.fills(id);
            let rows: Vec<_> = fills.iter().map(|f| (f.price, f.shares, f.amount, f.fee)).collect();
            assert_eq!(rows, walk.fills.iter().map(|f| (f.price, f.shares, f.amount, f.fee)).collect::<Vec<_>>());
        };
        same(&venue, bought, &plain.spend(budget, fees));
        same(&venue, sold, &plain.take(BookSide::Bid, asked, fees));

        // The reference spends to the last fraction of a share, the venue whole lots: up to a lot less, and its price.
        let (buy, fills) = (&case["buy"], venue.fills(bought));
        let text = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
        let missing = text(&buy["shares"]) - venue.bought(bought).to_f64();
        assert!((-1e-6..0.01).contains(&missing), "{case}");
        assert!((-1e-6..0.01).contains(&(text(&buy["cost"]) - amount(&fills).to_f64())), "{case}");
        assert_eq!(fills.len() as u64, buy["levels"].as_u64().unwrap());
        assert!(!buy["partial"].as_bool().unwrap() || missing.abs() < 1e-9);
        let (sell, fills) = (&case["sell"], venue.fills(sold));
        assert_eq!(venue.bought(sold), sell["shares"].as_str().unwrap().parse().unwrap());
        assert_eq!(amount(&fills), sell["proceeds"].as_str().unwrap().parse().unwrap());
        assert_eq!(fills.len() as u64, sell["levels"].as_u64().unwrap());
        assert_eq!(venue.bought(sold) < asked, sell["partial"].as_bool().unwrap());
    }
}
