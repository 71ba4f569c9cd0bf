//! Reads gas prices from a Polygon node when one is configured.

use alloy::eips::BlockNumberOrTag;
use alloy::providers::{Provider, ProviderBuilder};
use alloy::rpc::client::RpcClient;
use alloy::transports::http::Http;
use betty_market::{Timestamp, Usdc};
use betty_trading::cost::GasPrice;
use std::time::Duration;

/// Polygon's chain id. Another chain's prices would be wrong without looking wrong.
pub const POLYGON_CHAIN_ID: u64 = 137;
/// Blocks of fee history read.
const BLOCKS: u64 = 5;
/// Tip percentile: the median of what was paid.
const TIP_PERCENTILE: f64 = 50.0;
/// Longest wait for the node in all.
pub const GAS_TIMEOUT: Duration = Duration::from_secs(5);

/// Why no gas price could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GasError {
    /// The address is none.
    #[error("costs.polygon_rpc is not an address: {0}")]
    Address(String),
    /// The node did not answer in time or answered with an error.
    #[error("the Polygon node did not answer: {0}")]
    Unavailable(String),
    /// The node serves another chain.
    #[error("the node at costs.polygon_rpc serves chain {0}, not Polygon ({POLYGON_CHAIN_ID})")]
    WrongChain(u64),
}

/// The latest base fee and the median tip of the last blocks.
///
/// # Errors
/// [`GasError`]; the caller then uses the dated default and marks it as such.
pub async fn read_gas(rpc: &str, pol_price: Usdc, now: Timestamp) -> Result<GasPrice, GasError> {
    tokio::time::timeout(GAS_TIMEOUT, read(rpc, pol_price, now))
        .await
        .unwrap_or_else(|_| Err(GasError::Unavailable(format!("no answer within {} s", GAS_TIMEOUT.as_secs()))))
}

async fn read(rpc: &str, pol_price: Usdc, now: Timestamp) -> Result<GasPrice, GasError> {
    let url = rpc.parse::<reqwest::Url>().map_err(|e| GasError::Address(e.to_string()))?;
    // Hosted nodes carry their key in the path or query: it must not come back in an error message.
    for part in [url.path().trim_start_matches('/').to_owned(), url.query().unwrap_or_default().to_owned()]
        .iter()
        .chain(url.path_segments().into_iter().flatten().map(str::to_owned).collect::<Vec<_>>().iter())
    {
        betty_bus::redact::register_secret(part);
    }
    betty_market::live::init_tls();
    let failed = |e: String| GasError::Unavailable(betty_bus::redact::redact(&e));
    let client = reqwest::Client::builder().timeout(GAS_TIMEOUT).build().map_err(|e| failed(e.to_string()))?;
    let rpc = RpcClient::new(Http::with_client(client, url), false);
    let provider = ProviderBuilder::new().disable_recommended_fillers().connect_client(rpc);
    let chain = provider.get_chain_id().await.map_err(|e| failed(e.to_string()))?;
    if chain != POLYGON_CHAIN_ID {
        return Err(GasError::WrongChain(chain));
    }
    let history = provider
        .get_fee_history(BLOCKS, BlockNumberOrTag::Latest, &[TIP_PERCENTILE])
        .await
        .map_err(|e| failed(e.to_string()))?;
    // The last entry is the base fee of the block to come.
    let base_fee_wei =
        history.base_fee_per_gas.last().copied().ok_or_else(|| failed("its fee history is empty".to_owned()))?;
    let mut tips: Vec<u128> =
        history.reward.unwrap_or_default().into_iter().filter_map(|r| r.first().copied()).collect();
    tips.sort_unstable();
    // The network accepts no tip below its minimum, whatever quiet blocks paid.
    let tip_wei = tips.get(tips.len() / 2).copied().unwrap_or(0).max(betty_trading::cost::gas::TIP_WEI_DEFAULT);
    let block = history.oldest_block + BLOCKS - 1;
    Ok(GasPrice {
        base_fee_wei,
        tip_wei,
        pol_price,
        source: format!("Polygon node, block {block}; POL price from the setting costs.pol_usd"),
        as_of: now,
        is_default: false,
    })
}
