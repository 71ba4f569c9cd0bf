//! Hand-made markets, books and hedges for the tests of decisions.

use crate::cost::{CostSettings, GasQuote};
use crate::ledger::{Account, AccountOpened, LedgerEvent};
use crate::limits::{Confidence, Limits};
use crate::paper::{Desk, LegMarket, OpenRequest};
use betty_hedging::{Certificate, Coverage, Evidence, Hedge, HedgeQuote, Leg, Relation, RuleId, TextHash, Tier, World};
use betty_market::{
    Book, ConditionId, Depth, EventId, EventRef, FeeSchedule, Level, Market, MarketId, MarketStatus, Outcome, Price,
    Shares, SourceLabel, Timestamp, TokenId, Usdc,
};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

pub(crate) fn level(e4: u16, shares: i64) -> Level {
    Level { price: Price::from_e4(e4).unwrap(), size: Shares::whole(shares) }
}

pub(crate) fn market(id: &str, event: &str) -> Market {
    Market {
        id: MarketId::new(id).unwrap(),
        condition: ConditionId::new(format!("0x{id}")).unwrap(),
        yes: TokenId::new(format!("{id}-yes")).unwrap(),
        no: TokenId::new(format!("{id}-no")).unwrap(),
        question: format!("Will {id} happen?"),
        description: Some("The rules.".to_owned()),
        resolution_source: None,
        group_title: None,
        event: Some(EventRef {
            id: EventId::new(event).unwrap(),
            title: event.to_owned(),
            slug: event.to_owned(),
            series: None,
            market_count: None,
        }),
        neg_risk: None,
        start: None,
        end: Some(NOW.plus_millis(30 * 86_400_000)),
        status: MarketStatus::Open,
        resolution: None,
        fee: Some(FeeSchedule::linear(40_000)),
        tick: Price::from_e4(10).unwrap(),
        min_size: Shares::whole(5),
        best_bid: None,
        best_ask: None,
        volume_usd: None,
        liquidity_usd: None,
        updated: None,
    }
}

/// Markets, books and the hedge "A implies B": buy NO of A and YES of B.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) markets: Vec<Market>,
    pub(crate) books: Vec<Option<Book>>,
    pub(crate) hedge: Hedge,
    pub(crate) limits: Limits,
    pub(crate) costs: CostSettings,
    pub(crate) account: Account,
    pub(crate) now: Timestamp,
}

pub(crate) fn book(token: &TokenId, bids: Vec<Level>, asks: Vec<Level>) -> Book {
    Book::from_levels(token.clone(), NOW, Depth::Full, bids, asks)
}

pub(crate) fn opening(dollars: i64, source: SourceLabel) -> LedgerEvent {
    LedgerEvent::AccountOpened(AccountOpened { starting: Usdc::whole(dollars), source, at: NOW })
}

pub(crate) fn account(dollars: i64, source: SourceLabel) -> Account {
    Account::open(&opening(dollars, source)).unwrap()
}

impl Scene {
    /// The worked example of the method: asks NO(A) 0.71 × 80, 0.72 × 300; YES(B) 0.26 × 120, 0.275 × 200; fee rate 4%. No gas and
    /// no leg risk, so that its cents can be compared.
    pub(crate) fn worked_example() -> Self {
        Self::new(
            [vec![level(7_000, 500)], vec![level(2_500, 500)]],
            [vec![level(7_100, 80), level(7_200, 300)], vec![level(2_600, 120), level(2_750, 200)]],
        )
    }

    pub(crate) fn new(bids: [Vec<Level>; 2], asks: [Vec<Level>; 2]) -> Self {
        let markets = vec![market("a", "e1"), market("b", "e2")];
        let tokens = [markets[0].no.clone(), markets[1].yes.clone()];
        let [bids_a, bids_b] = bids;
        let [asks_a, asks_b] = asks;
        let books = vec![Some(book(&tokens[0], bids_a, asks_a)), Some(book(&tokens[1], bids_b, asks_b))];
        let world = |name: &str, micros, void| World { name: name.to_owned(), payoff: Usdc::from_micros(micros), void };
        let leg = |i: usize, outcome| Leg {
            market: markets[i].id.clone(),
            question: markets[i].question.clone(),
            outcome,
            token: tokens[i].clone(),
        };
        let hedge = Hedge {
            key: "R4:a:b".to_owned(),
            legs: vec![leg(0, Outcome::No), leg(1, Outcome::Yes)],
            certificate: Certificate {
                rule: RuleId::R4,
                relation: Relation::Implies,
                evidence: Evidence::Proven,
                markets: markets.iter().map(|m| m.id.clone()).collect(),
                parameters: std::collections::BTreeMap::new(),
                spans: Vec::new(),
                text_hashes: markets.iter().map(TextHash::of).collect(),
                obligations: Vec::new(),
                sentence: "A by March implies A by June.".to_owned(),
            },
            worlds: vec![
                world("A YES, B YES", 1_000_000, false),
                world("A NO, B YES", 2_000_000, false),
                world("A NO, B NO", 1_000_000, false),
                world("A void, B NO", 500_000, true),
                world("A YES, B void", 500_000, true),
                world("both void", 1_000_000, true),
            ],
            quote: HedgeQuote {
                shares: Shares::whole(120),
                legs: Vec::new(),
                fee: Usdc::ZERO,
                gas: Usdc::ZERO,
                cost: Usdc::ZERO,
                worst_case: Usdc::ZERO,
                worst_case_void: Usdc::ZERO,
                net_edge_ppm: 10_909,
                days: Some(32),
                edge_per_year_ppm: Some(120_000),
                max_shares: Shares::whole(120),
                at: NOW,
            },
            coverage: Coverage { point: 1.0, lower: 1.0, n: 0 },
            tier: Tier::T0,
        };
        let costs = CostSettings { leg_risk_ppm: 0, ..CostSettings::new(GasQuote::relayer()) };
        Self {
            markets,
            books,
            hedge,
            limits: Limits::default(),
            costs,
            account: account(1_000, SourceLabel::Live),
            now: NOW,
        }
    }

    /// No cap but the reserve stands in the way of a named size.
    pub(crate) fn without_caps(mut self) -> Self {
        self.limits = Limits {
            hedge_cap_pct: 100,
            cash_reserve_pct: 0,
            event_cap_pct: 100,
            date_cap_pct: 100,
            ..Limits::default()
        };
        self
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        Desk { account: &self.account, limits: &self.limits, costs: &self.costs, now: self.now }
    }

    pub(crate) fn legs(&self) -> Vec<LegMarket<'_>> {
        self.markets.iter().zip(&self.books).map(|(market, book)| LegMarket { market, book: book.as_ref() }).collect()
    }

    pub(crate) fn set_asks(&mut self, leg: usize, asks: Vec<Level>) {
        let old = self.books[leg].as_ref().unwrap();
        let bids = old.levels(betty_market::BookSide::Bid).to_vec();
        self.books[leg] = Some(book(&old.token.clone(), bids, asks));
    }

    pub(crate) fn set_bids(&mut self, leg: usize, bids: Vec<Level>) {
        let old = self.books[leg].as_ref().unwrap();
        let asks = old.levels(betty_market::BookSide::Ask).to_vec();
        self.books[leg] = Some(book(&old.token.clone(), bids, asks));
    }
}

pub(crate) fn request<'a>() -> OpenRequest<'a> {
    OpenRequest { confidence: Confidence::High, strategy: None, size: None, reason: "test".to_owned(), between: &[] }
}
