//! Histories made for the tests: ladders of price thresholds whose books wander, from a seed.

use betty_market::{
    Book, ConditionId, Depth, Ending, FeeSchedule, History, HistoryEvent, HistoryRecord, Level, Market, MarketAsOf,
    MarketId, MarketStatus, Price, Records, Resolution, Shares, SourceLabel, Timestamp, TokenId,
};

/// 2026-04-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_775_001_600);

/// SplitMix64.
#[derive(Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// Records in memory.
#[derive(Clone)]
pub(crate) struct Feed {
    pub(crate) records: Vec<HistoryRecord>,
    pub(crate) depth: Depth,
}

impl Feed {
    pub(crate) fn push(&mut self, at: Timestamp, event: HistoryEvent) {
        let seq = self.records.len() as u64;
        self.records.push(HistoryRecord { at, source: 0, seq, event });
    }

    pub(crate) fn empty() -> Self {
        Self { records: Vec::new(), depth: Depth::Full }
    }

    /// The same records with other ends of the markets.
    pub(crate) fn with_endings(&self, mut end: impl FnMut(&MarketId, &Ending) -> Ending) -> Self {
        let mut feed = self.clone();
        for record in &mut feed.records {
            if let HistoryEvent::Ended { market, ending } = &mut record.event {
                *ending = end(market, ending);
            }
        }
        feed
    }

    /// The same records with other books.
    pub(crate) fn with_books(&self, mut change: impl FnMut(&Book) -> Book) -> Self {
        let mut feed = self.clone();
        for record in &mut feed.records {
            if let HistoryEvent::Book(book) = &mut record.event {
                *book = change(book);
            }
        }
        feed
    }

    /// The same records with another fee rate.
    pub(crate) fn with_fee(&self, rate_ppm: u32) -> Self {
        let mut feed = self.clone();
        for record in &mut feed.records {
            if let HistoryEvent::Market(market) = &mut record.event {
                let (mut changed, at) = (market.market().clone(), market.as_of());
                changed.fee = Some(FeeSchedule::linear(rate_ppm));
                **market = MarketAsOf::new(changed, at);
            }
        }
        feed
    }
}

impl History for Feed {
    fn label(&self) -> SourceLabel {
        SourceLabel::Simulated { seed: 1 }
    }
    fn depth(&self) -> Depth {
        self.depth
    }
    fn span(&self) -> (Timestamp, Timestamp) {
        let at = |r: Option<&HistoryRecord>| r.map_or(START, |r| r.at);
        (at(self.records.first()), at(self.records.last()))
    }
    fn mirrors(&self) -> bool {
        true
    }
    fn data_hash(&self) -> String {
        format!("{:016x}", self.records.len())
    }
    fn records(&self) -> Records<'_> {
        Box::new(self.records.iter().cloned().map(Ok))
    }
}

pub(crate) fn token(market: &str, side: &str) -> TokenId {
    TokenId::new(format!("{market}-{side}")).unwrap()
}

/// "Will Coin N be above $T on April 20?", without a rule text: what can be shown of it is presumed.
pub(crate) fn rung(coin: u64, threshold: u64) -> Market {
    let id = format!("{coin}{threshold:04}");
    Market {
        id: MarketId::new(id.clone()).unwrap(),
        condition: ConditionId::new(format!("c{id}")).unwrap(),
        yes: token(&id, "yes"),
        no: token(&id, "no"),
        question: format!("Will the price of Coin{coin} be above ${threshold} on April 20, 2026?"),
        description: None,
        resolution_source: None,
        group_title: None,
        event: None,
        neg_risk: None,
        start: None,
        end: Timestamp::parse("2026-04-20"),
        status: MarketStatus::Open,
        resolution: None,
        fee: Some(FeeSchedule::linear(40_000)),
        tick: Price::from_e4(100).unwrap(),
        min_size: Shares::whole(5),
        best_bid: None,
        best_ask: None,
        volume_usd: None,
        liquidity_usd: None,
        updated: None,
    }
}

/// A YES book around a middle in cents, three levels a side.
pub(crate) fn book(market: &Market, at: Timestamp, bid: u64, shares: u64) -> Book {
    let level = |cents: u64| Level {
        price: Price::from_e4(u16::try_from(cents * 100).unwrap()).unwrap(),
        size: Shares::whole(i64::try_from(shares).unwrap()),
    };
    let bids = (0..3).filter(|i| bid > *i).map(|i| level(bid - i));
    let asks = (1..4).filter(|i| bid + i < 100).map(|i| level(bid + i));
    Book::from_levels(market.yes.clone(), at, Depth::Full, bids, asks)
}

/// One history: `coins` ladders of three rungs, `steps` rounds of books ten seconds apart, then the ends of all markets a day later,
/// consistent with the ladder unless `broken`.
pub(crate) fn ladders(seed: u64, coins: u64, steps: u64, broken: bool) -> Feed {
    let mut dice = Dice(seed);
    let mut feed = Feed::empty();
    let ladders: Vec<[Market; 3]> = (1..=coins).map(|c| [100, 200, 300].map(|t| rung(c, t))).collect();
    for market in ladders.iter().flatten() {
        feed.push(START, HistoryEvent::Market(Box::new(MarketAsOf::new(market.clone(), START))));
    }
    // Beyond the first scan, so that the pairs are known.
    let begin = START.plus_millis(6 * 3_600_000);
    for step in 0..steps {
        for (c, ladder) in ladders.iter().enumerate() {
            let at = begin.plus_millis((step * 10_000) as i64 + c as i64);
            let base = 55 + dice.below(10);
            for (i, market) in ladder.iter().enumerate() {
                // Mostly in order, now and then a rung above stands too high.
                let low = (base - 15 * i as u64) + dice.below(4);
                let bid = if dice.below(12) == 0 { low + 20 } else { low };
                let shares = 5 + dice.below(200);
                feed.push(at, HistoryEvent::Book(book(market, at, bid, shares)));
            }
        }
    }
    let end = begin.plus_millis(86_400_000);
    for ladder in &ladders {
        // Above as many of the thresholds as drawn.
        let above = dice.below(4) as usize;
        for (i, market) in ladder.iter().enumerate() {
            let resolution = if (i < above) != broken { Resolution::Yes } else { Resolution::No };
            feed.push(end, HistoryEvent::Ended { market: market.id.clone(), ending: Ending::new(resolution, end) });
        }
    }
    // A later record, so that payouts fall within the data.
    let marker = rung(999, 100);
    let after = end.plus_millis(86_400_000);
    feed.push(after, HistoryEvent::Market(Box::new(MarketAsOf::new(marker, after))));
    feed
}
