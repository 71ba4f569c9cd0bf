//! Gas prices from a node: what is read, and every way in which the node can fail.

use axum::routing::post;
use axum::{Json, Router};
use betty_market::{Timestamp, Usdc};
use betty_specialists::gas::{GasError, POLYGON_CHAIN_ID, read_gas};
use betty_trading::cost::gas::TIP_WEI_DEFAULT;
use serde_json::{Value, json};

/// A node on loopback that answers `eth_chainId` with `chain` and `eth_feeHistory` with `history`.
async fn node(chain: u64, history: Value) -> String {
    let answer = move |Json(request): Json<Value>| async move {
        let result = match request["method"].as_str() {
            Some("eth_chainId") => json!(format!("{chain:#x}")),
            Some("eth_feeHistory") => history.clone(),
            other => panic!("asked for {other:?}"),
        };
        Json(json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(answer))).await });
    format!("http://{address}/")
}

fn history(base_gwei: &[u64], tips_gwei: &[u64]) -> Value {
    let wei = |gwei: &u64| format!("{:#x}", gwei * 1_000_000_000);
    json!({
        "oldestBlock": "0x64",
        "baseFeePerGas": base_gwei.iter().map(wei).collect::<Vec<_>>(),
        "gasUsedRatio": vec![0.5; tips_gwei.len()],
        "reward": tips_gwei.iter().map(|t| vec![wei(t)]).collect::<Vec<_>>(),
    })
}

const NOW: Timestamp = Timestamp::from_secs(1_795_000_000);
const POL: Usdc = Usdc::from_micros(200_000);

#[tokio::test]
async fn reads_the_coming_base_fee_and_the_median_tip() {
    let rpc = node(POLYGON_CHAIN_ID, history(&[40, 41, 42, 43, 44, 50], &[30, 90, 31, 35, 33])).await;
    let price = read_gas(&rpc, POL, NOW).await.unwrap();
    assert_eq!(price.base_fee_wei, 50_000_000_000);
    assert_eq!(price.tip_wei, 33_000_000_000);
    assert!(!price.is_default);
    assert!(price.source.contains("block 104"), "{}", price.source);
    // 200,000 gas × 83 gwei = 0.0166 POL, at $0.20: $0.00332.
    assert_eq!(price.cost(200_000), Some(Usdc::from_micros(3_320)));
}

#[tokio::test]
async fn a_quiet_chain_does_not_go_below_the_least_tip() {
    let rpc = node(POLYGON_CHAIN_ID, history(&[1, 1], &[0])).await;
    assert_eq!(read_gas(&rpc, POL, NOW).await.unwrap().tip_wei, TIP_WEI_DEFAULT);
}

#[tokio::test]
async fn another_chain_is_refused() {
    let rpc = node(1, history(&[1, 1], &[30])).await;
    assert_eq!(read_gas(&rpc, POL, NOW).await.unwrap_err(), GasError::WrongChain(1));
}

#[tokio::test]
async fn says_what_is_wrong_with_the_node() {
    assert!(matches!(read_gas("not an address", POL, NOW).await, Err(GasError::Address(_))));
    assert!(matches!(read_gas("http://127.0.0.1:1/", POL, NOW).await, Err(GasError::Unavailable(_))));
    let rpc = node(POLYGON_CHAIN_ID, json!({ "oldestBlock": "0x1", "baseFeePerGas": [], "gasUsedRatio": [] })).await;
    assert!(read_gas(&rpc, POL, NOW).await.unwrap_err().to_string().contains("empty"));
}
