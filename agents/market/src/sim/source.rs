//! The simulated venue behind the same client as the real one.

use super::venue::{SimConfig, SimVenue};
use crate::book::Book;
use crate::ids::{MarketId, TokenId};
use crate::live::{LiveConfig, LiveSource};
use crate::market::Market;
use crate::source::{MarketFilter, MarketSource, PricePoint, SourceError, SourceLabel, Subscription};
use crate::time::Timestamp;
use async_trait::async_trait;

/// A venue of its own on loopback, and a [`LiveSource`] pointed at it: every byte takes the way real data would.
#[derive(Debug)]
pub struct SimulatedSource {
    venue: SimVenue,
    client: LiveSource,
}

impl SimulatedSource {
    /// Starts a venue and connects to it.
    ///
    /// # Errors
    /// [`SourceError::Unsupported`] when the address cannot be listened on.
    pub async fn start(config: SimConfig) -> Result<Self, SourceError> {
        let venue = SimVenue::start(config).await.map_err(|e| {
            SourceError::Unsupported(format!(
                "the simulated venue cannot listen on {}: {e}. Choose another address in market.sim_listen; port 0 picks a free one",
                config.listen
            ))
        })?;
        let client = LiveSource::connect(LiveConfig {
            gamma: venue.gamma_url(),
            clob: venue.clob_url(),
            ws: venue.ws_url(),
            label: SourceLabel::Simulated { seed: config.seed },
            clock: venue.clock(),
            ..LiveConfig::default()
        })?;
        Ok(Self { venue, client })
    }

    /// The venue, for its clock and its faults.
    #[must_use]
    pub const fn venue(&self) -> &SimVenue {
        &self.venue
    }

    /// Milliseconds since genesis: keep it to continue after a restart.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        self.venue.elapsed_ms()
    }

    /// Stops the venue.
    pub async fn shutdown(self) {
        self.venue.shutdown().await;
    }
}

#[async_trait]
impl MarketSource for SimulatedSource {
    fn label(&self) -> SourceLabel {
        self.client.label()
    }

    fn now(&self) -> Timestamp {
        self.client.now()
    }

    async fn markets(&self, filter: &MarketFilter) -> Result<Vec<Market>, SourceError> {
        self.client.markets(filter).await
    }

    async fn market(&self, id: &MarketId) -> Result<Market, SourceError> {
        self.client.market(id).await
    }

    async fn books(&self, tokens: &[TokenId]) -> Result<Vec<Book>, SourceError> {
        self.client.books(tokens).await
    }

    async fn price_history(
        &self,
        token: &TokenId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<PricePoint>, SourceError> {
        self.client.price_history(token, from, to).await
    }

    async fn subscribe(&self, tokens: &[TokenId]) -> Result<Box<dyn Subscription>, SourceError> {
        self.client.subscribe(tokens).await
    }
}
