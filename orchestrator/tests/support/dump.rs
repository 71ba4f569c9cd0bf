//! A small made-up answer of Gamma's `/markets`: nothing in it is recorded.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;

/// The instant the made-up answer stands at.
pub(crate) const AT: &str = "2026-03-01T12:00:00Z";

fn market(id: u32, threshold: &str, bid: f64, ask: f64) -> Value {
    let rules = format!(
        "This market will resolve to \"Yes\" if the fully diluted valuation (FDV) of Madeup is above {threshold} one day after \
         launch. Otherwise, this market will resolve to \"No\". The resolution source is the Made-up Exchange."
    );
    json!({
        "id": id.to_string(),
        "conditionId": format!("0x{id:064x}"),
        "question": format!("Madeup FDV above {threshold} one day after launch?"),
        "description": rules,
        "outcomes": "[\"Yes\", \"No\"]",
        "clobTokenIds": format!("[\"{id}000000001\", \"{id}000000002\"]"),
        "startDate": "2026-01-01T00:00:00Z",
        "endDate": "2026-12-31T00:00:00Z",
        "updatedAt": AT,
        "active": true,
        "closed": false,
        "acceptingOrders": true,
        "enableOrderBook": true,
        "feesEnabled": false,
        "orderPriceMinTickSize": 0.01,
        "orderMinSize": 5,
        "bestBid": bid,
        "bestAsk": ask,
        "volumeNum": 1000.0,
        "events": [{ "id": "9001", "title": "Made-up event", "slug": "made-up-event" }],
    })
}

/// Three rungs of a ladder. To be above $500M is to be above $300M, and the higher rung is bid above the lower one's ask.
pub(crate) fn plain() -> Vec<u8> {
    let rows =
        json!([market(101, "$500M", 0.60, 0.62), market(102, "$300M", 0.40, 0.42), market(103, "$200M", 0.70, 0.72),]);
    serde_json::to_vec(&rows).expect("values serialise")
}

/// An event of three of whom at most one wins, each bid at `bid` and asked a cent more.
pub(crate) fn election(bid: f64) -> Vec<u8> {
    let member = |id: u32, name: &str| {
        let mut row = market(id, name, bid, bid + 0.01);
        row["question"] = format!("Will {name} win the election of Madeup?").into();
        row["description"] =
            format!("This market will resolve to \"Yes\" if {name} wins the election of Madeup.").into();
        row["negRisk"] = true.into();
        row["negRiskMarketID"] = "0xe1ec7104".into();
        row
    };
    let rows = json!([member(201, "Ann Alder"), member(202, "Bo Birch"), member(203, "Cy Cedar")]);
    serde_json::to_vec(&rows).expect("values serialise")
}

/// The ladder, packed.
pub(crate) fn gzip() -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&plain()).expect("into memory");
    packer.finish().expect("into memory")
}
