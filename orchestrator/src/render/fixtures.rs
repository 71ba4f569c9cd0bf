//! Reports for tests, made by the real logic: markets whose texts prove a date ladder, small books, a paper account.
//!
//! The worked example: NO of the earlier question at 0.71 × 80 and 0.72 × 300, YES of the later one at 0.26 × 120 and 0.275 × 200,
//! fee rate 4%. 120 shares of each leg cost 56.80 + 28.80 + 31.20 = 116.80 and fees of 0.65888 + 0.32256 + 0.92352 = 1.90496.

use super::End;
use betty_bus::effect::{LedgerRow, PostingRow, ScanRow, Verdict};
use betty_bus::port::DecisionCount;
use betty_bus::report::*;
use betty_bus::{
    AccountName, HedgeId, HedgePoint, PriceState, Report, Spend, StoredHedge, TaskError, TaskErrorKind, TaskId,
};
use betty_hedging::basket::FoundBasket;
use betty_hedging::calibration::{Basis, CaseEnd, Class, Tally, coverage};
use betty_hedging::{Hedge, RuleId, ScanConfig, ScanInput, analyze, scan};
use betty_market::{
    Book, BookSide, ConditionId, Depth, EventId, EventRef, FeeSchedule, Level, Market, MarketId, MarketStatus, NegRisk,
    NegRiskId, Outcome, Price, Resolution, Shares, SourceLabel, Timestamp, TokenId, Usdc,
};
use betty_trading::ledger::{AccountOpened, LedgerEvent, PositionEnd};
use betty_trading::paper::{self, ManualLeg, ManualOpen};
use betty_trading::portfolio::{Marks, positions};
use betty_trading::strategy::{diff, templates};
use betty_trading::{
    Account, Breakers, Candidate, Confidence, CostInputs, CostLeg, CostSettings, Desk, ExitReason, GasQuote, Group,
    LegMarket, Limits, OpenDecision, OpenRequest, Performance, Portfolio, PositionFilter, PositionId, PositionRow,
    SizeRequest, decide_entries, postings,
};
use std::collections::{BTreeMap, HashMap};

/// 2027-01-15.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

pub(crate) fn task() -> TaskId {
    TaskId::new(12).unwrap()
}

pub(crate) fn source() -> SourceLabel {
    SourceLabel::Simulated { seed: 7 }
}

pub(crate) fn hedge_id() -> HedgeId {
    HedgeId::new(3).unwrap()
}

fn market(id: &str, what: &str, date: &str, end: &str) -> Market {
    Market {
        id: MarketId::new(id).unwrap(),
        condition: ConditionId::new(format!("0x{id}")).unwrap(),
        yes: TokenId::new(format!("{id}-yes")).unwrap(),
        no: TokenId::new(format!("{id}-no")).unwrap(),
        question: format!("Will {what} happen by {date}, 2027?"),
        description: Some(format!(
            "This market will resolve to \"Yes\" if {what} happens by {date}, 2027, 11:59 PM ET. Otherwise, this market will resolve to \"No\"."
        )),
        resolution_source: None,
        group_title: Some(date.to_owned()),
        event: Some(EventRef {
            id: EventId::new("77").unwrap(),
            title: "When?".to_owned(),
            slug: "when".to_owned(),
            series: None,
            market_count: Some(2),
        }),
        neg_risk: None,
        start: None,
        end: Timestamp::parse(end),
        status: MarketStatus::Open,
        resolution: None,
        fee: Some(FeeSchedule::linear(40_000)),
        tick: Price::from_e4(10).unwrap(),
        min_size: Shares::whole(5),
        best_bid: Price::from_e4(2_800).ok(),
        best_ask: None,
        volume_usd: Some(12_345),
        liquidity_usd: None,
        updated: None,
    }
}

fn level(e4: u16, shares: i64) -> Level {
    Level { price: Price::from_e4(e4).unwrap(), size: Shares::whole(shares) }
}

/// Three who exclude each other: NO of each asks 0.64 × 50, of the first two also 0.645 × 20. Two dollars are sure for a set of three, so
/// 50 of each cost 96 and fees of 3 × 50 × 0.04 × 0.64 × 0.36 = 1.3824, and pay 100.
pub(crate) fn basket(depth: Depth) -> FoundBasket {
    let mut markets = Vec::new();
    for id in ["301", "302", "303"] {
        let mut m = market(id, "the ceremony", "March 31", "2027-01-20");
        m.question = format!("Will {id} win the election of Lorn?");
        m.description = Some(format!("This market resolves to \"Yes\" if {id} wins the election of Lorn."));
        (m.group_title, m.event) = (None, None);
        m.neg_risk = Some(NegRisk { group: NegRiskId::new("lorn").unwrap(), augmented: false, other: false });
        m.best_bid = Price::from_e4(3_600).ok();
        markets.push(m);
    }
    let books = markets.iter().enumerate().map(|(i, m)| {
        let asks = [level(6_400, 50), level(6_450, 20)].into_iter().take(if i < 2 { 2 } else { 1 });
        (m.no.clone(), Book::from_levels(m.no.clone(), NOW.plus_millis(-3_000), depth, [level(6_300, 50)], asks))
    });
    let books: HashMap<TokenId, Book> = books.collect();
    let input = ScanInput { markets: &markets, books: &books, now: NOW, config: ScanConfig::default() };
    let mut found = scan(&input);
    assert_eq!(found.baskets.len(), 1, "{found:?}");
    found.baskets.remove(0)
}

/// Markets, their books, the hedge proven and priced from them, and an account.
pub(crate) struct Scene {
    pub(crate) markets: Vec<Market>,
    pub(crate) books: HashMap<TokenId, Book>,
    pub(crate) found: betty_hedging::ScanReport,
    pub(crate) account: Account,
    pub(crate) events: Vec<LedgerEvent>,
    pub(crate) costs: CostSettings,
    pub(crate) limits: Limits,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with("the Bridge ceremony", Depth::Full)
    }

    pub(crate) fn with(what: &str, depth: Depth) -> Self {
        let markets = vec![market("101", what, "March 31", "2027-03-31"), market("102", what, "June 30", "2027-06-30")];
        let book = |token: &TokenId, bids: Vec<Level>, asks: Vec<Level>| {
            (token.clone(), Book::from_levels(token.clone(), NOW.plus_millis(-3_000), depth, bids, asks))
        };
        let books = HashMap::from([
            book(&markets[0].no, vec![level(7_000, 500)], vec![level(7_100, 80), level(7_200, 300)]),
            book(&markets[1].yes, vec![level(2_500, 500)], vec![level(2_600, 120), level(2_750, 200)]),
        ]);
        let input = ScanInput { markets: &markets, books: &books, now: NOW, config: ScanConfig::default() };
        let found = scan(&input);
        let first = LedgerEvent::AccountOpened(AccountOpened {
            starting: Usdc::whole(1_000),
            source: source(),
            at: NOW.plus_millis(-1),
        });
        let account = Account::open(&first).unwrap();
        let costs = CostSettings::new(GasQuote::relayer());
        Self { markets, books, found, account, events: vec![first], costs, limits: Limits::default() }
    }

    pub(crate) fn hedge(&self) -> &Hedge {
        assert_eq!(self.found.hedges.len(), 1, "the texts prove one hedge: {:?}", self.found);
        &self.found.hedges[0]
    }

    pub(crate) fn legs(&self) -> Vec<LegMarket<'_>> {
        let legs = self.hedge().legs.iter();
        legs.map(|l| {
            let market = self.markets.iter().find(|m| m.id == l.market).unwrap();
            LegMarket { market, book: self.books.get(&l.token) }
        })
        .collect()
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        Desk { account: &self.account, limits: &self.limits, costs: &self.costs, now: NOW }
    }

    pub(crate) fn decide_open(&self) -> OpenDecision {
        let request = OpenRequest {
            confidence: Confidence::High,
            strategy: None,
            size: Some(SizeRequest::Capital(Usdc::whole(50))),
            reason: "asked for by a person in task 12".to_owned(),
            between: &[],
        };
        paper::open(&self.desk(), Some(3), self.hedge(), &self.legs(), &request).unwrap()
    }

    pub(crate) fn decide_manual(&self) -> OpenDecision {
        let leg = |i: usize, e4| ManualLeg {
            market: &self.markets[i],
            outcome: Outcome::Yes,
            price: Price::from_e4(e4).unwrap(),
        };
        let manual = ManualOpen {
            target: leg(0, 3_000),
            cover: leg(1, 3_000),
            coverage_ppm: 950_000,
            tier: betty_hedging::Tier::T1,
        };
        let request = OpenRequest {
            confidence: Confidence::Low,
            strategy: None,
            size: Some(SizeRequest::Capital(Usdc::whole(20))),
            reason: "typed".to_owned(),
            between: &[],
        };
        paper::open_manual(&self.desk(), &manual, &request).unwrap()
    }

    pub(crate) fn book(&mut self, event: LedgerEvent) {
        self.account.apply(&event).unwrap();
        self.events.push(event);
    }

    pub(crate) fn scan_report(&self) -> ScanReport {
        let refused = self.found.refused.iter().map(|(r, n)| (r.title().to_owned(), *n));
        let mut refused: BTreeMap<String, u64> = refused.collect();
        refused.insert("spread".to_owned(), 1_200);
        ScanReport {
            judged: None,
            source: source(),
            at: NOW,
            markets: 1_240,
            candidates: 1_201,
            hedges: vec![(hedge_id(), self.hedge().clone())],
            refused,
            baskets: Vec::new(),
            sets_priced: 0,
            sets_refused: BTreeMap::new(),
        }
    }

    /// The same scan with two sets looked at: one that pays, one that does not.
    pub(crate) fn scan_with_basket(&self, depth: Depth) -> ScanReport {
        ScanReport {
            baskets: vec![basket(depth)],
            sets_priced: 2,
            sets_refused: BTreeMap::from([("nothing_pays".to_owned(), 1)]),
            ..self.scan_report()
        }
    }

    pub(crate) fn stored(&self) -> StoredHedge {
        StoredHedge {
            id: hedge_id(),
            source: AccountName::new(source().account()).unwrap(),
            hedge: self.hedge().clone(),
            found_at: NOW,
            priced_at: NOW,
            gone: None,
        }
    }

    pub(crate) fn points(&self) -> Vec<HedgePoint> {
        vec![
            HedgePoint::unpriced(hedge_id(), NOW, PriceState::Waits),
            HedgePoint::of(hedge_id(), &self.hedge().quote, PriceState::Pays),
        ]
    }

    pub(crate) fn why(&self) -> WhyReport {
        let markets: Vec<&Market> = self.markets.iter().collect();
        WhyReport {
            source: source(),
            hedge: self.stored(),
            markets: self.markets.clone(),
            holds: self.hedge().certificate.still_holds(&markets),
            prices: self.points(),
        }
    }
}

/// The opened report of a decision, and the account after it.
pub(crate) fn opened(scene: &mut Scene, decision: OpenDecision) -> OpenedReport {
    let LedgerEvent::HedgeOpened(event) = &decision.event else { panic!("an open") };
    let event = (**event).clone();
    scene.book(decision.event);
    OpenedReport { opened: event, sizing: decision.sizing, notes: decision.notes, cash: scene.account.cash() }
}

pub(crate) fn closed(scene: &mut Scene, position: u64) -> ClosedReport {
    let id = PositionId::new(position);
    let legs: Vec<(Market, Book)> = scene.legs().iter().map(|l| (l.market.clone(), l.book.unwrap().clone())).collect();
    let legs: Vec<LegMarket<'_>> = legs.iter().map(|(m, b)| LegMarket { market: m, book: Some(b) }).collect();
    let decision = paper::close(&scene.desk(), id, &legs, ExitReason::Manual, "asked for by a person").unwrap();
    let LedgerEvent::HedgeClosed(event) = &decision.event else { panic!("a close") };
    let event = (**event).clone();
    scene.book(decision.event);
    let row = PositionRow::of(scene.account.position(id).unwrap(), None, NOW);
    ClosedReport { closed: event, row, cash: scene.account.cash() }
}

/// Settles a position with the earlier market void and the later one NO.
pub(crate) fn settled_void(scene: &mut Scene, position: u64) -> SettledReport {
    let ends = [(scene.markets[0].id.clone(), Resolution::Void), (scene.markets[1].id.clone(), Resolution::No)];
    let decision = paper::settle(&scene.desk(), PositionId::new(position), &ends).unwrap();
    let LedgerEvent::HedgeSettled(event) = &decision.event else { panic!("a settlement") };
    let event = (**event).clone();
    scene.book(decision.event);
    SettledReport {
        source: source(),
        settled: vec![event],
        waiting: vec![(9, "market 104 is still open".to_owned())],
        cash: scene.account.cash(),
    }
}

fn ledger(scene: &Scene) -> LedgerReport {
    let row = |event: &LedgerEvent| LedgerRow {
        at: event.at(),
        kind: event.name().to_owned(),
        position: event.position().map(PositionId::get),
        event: serde_json::to_value(event).unwrap(),
        postings: postings(event)
            .into_iter()
            .map(|p| PostingRow { ledger: p.account.name().to_owned(), amount: p.amount })
            .collect(),
    };
    let rows: Vec<(u64, LedgerRow)> = (1..).zip(scene.events.iter().map(row)).collect();
    let sum = rows.iter().flat_map(|(_, r)| &r.postings).map(|p| p.amount).sum();
    LedgerReport { source: source(), entries: rows.len() as u64, rows, sum }
}

fn cost(scene: &Scene) -> CostReport {
    let hedge = scene.hedge();
    let legs: Vec<CostLeg> = hedge
        .legs
        .iter()
        .zip(scene.legs())
        .map(|(leg, m)| {
            let book = m.book.unwrap();
            CostLeg {
                label: leg.market.to_string(),
                side: BookSide::Ask,
                walk: book.take(BookSide::Ask, hedge.quote.shares, m.market.fee.unwrap()),
                best: book.best_ask().unwrap().price,
                opposite: book.best_bid().map(|l| l.price),
                book_at: book.at,
            }
        })
        .collect();
    let amount = legs.iter().map(|l| l.walk.amount).sum();
    let inputs = CostInputs { legs, settings: scene.costs.clone(), manual_prices: false };
    CostReport { source: source(), hedge: hedge_id(), shares: hedge.quote.shares, amount, costs: inputs.calculate(NOW) }
}

fn analysis(a: &Market, b: &Market) -> AnalysisReport {
    let found = analyze(a, b);
    AnalysisReport {
        source: source(),
        markets: [a, b].map(|m| (m.id.clone(), m.question.clone())).to_vec(),
        relation: found.relation.as_ref().map(|c| format!("{:?}", c.relation)),
        proofs: found.relation.iter().map(|c| c.sentence.clone()).collect(),
        failed: found.failed.iter().map(ToString::to_string).collect(),
    }
}

fn auto(scene: &Scene) -> AutoReport {
    let legs = scene.legs();
    let candidates = [Candidate { hedge_id: Some(3), hedge: scene.hedge(), legs: &legs, between: &[] }];
    let strategy = &templates()[1];
    let rows =
        decide_entries(strategy, Confidence::High, &candidates, &scene.account, &scene.limits, &scene.costs, NOW);
    AutoReport {
        source: source(),
        title: "1 of 1 stored hedges would be entered".to_owned(),
        strategy: strategy.reference().to_string(),
        entries_on: false,
        rows: rows
            .into_iter()
            .map(|d| AutoRow {
                about: "hedge 3".to_owned(),
                decision: "enter".to_owned(),
                reason: d.reason.to_string(),
                kind: d.reason.name().to_owned(),
            })
            .collect(),
        kill_switch: None,
        breakers: Breakers::of(&scene.account, &scene.limits).standings(NOW),
    }
}

/// What `review` shows of an account, and the empty forms.
fn reviews(account: &Account) -> Vec<Report> {
    let of = Performance::of(account, None);
    let section = |by: &str, groups: Vec<Group>| PerformanceSection { by: by.to_owned(), groups };
    let performance = PerformanceReport {
        source: source(),
        strategy: None,
        total: of.total,
        sections: vec![section("strategy", of.by_strategy), section("exit reason", of.by_exit)],
        open: of.open,
    };
    let none = Performance::of(account, Some("nobody"));
    let unknown = PerformanceReport {
        source: source(),
        strategy: Some("nobody".to_owned()),
        total: none.total,
        sections: vec![section("strategy", none.by_strategy)],
        open: none.open,
    };
    let rows: Vec<HistoryRow> = account
        .positions()
        .filter(|p| !p.is_open())
        .map(|p| HistoryRow { row: PositionRow::of(p, None, NOW), entry_reason: p.opened.entry_reason.clone() })
        .collect();
    let count = DecisionCount {
        strategy: Some("balanced@1".to_owned()),
        verdict: Verdict::Refuse,
        kind: "no_edge".to_owned(),
        n: 1_234,
        first_at: NOW,
        last_at: NOW,
    };
    let exit = DecisionCount { strategy: None, verdict: Verdict::Exit, kind: "void".to_owned(), n: 1, ..count.clone() };
    let lines = diff(&templates()[1], &templates()[4]);
    assert!(!rows.is_empty() && !lines.is_empty(), "the fixtures have content");
    vec![
        Report::Diff(DiffReport { left: "balanced@1".to_owned(), right: "swing@1".to_owned(), lines }),
        Report::Diff(DiffReport { left: "a@1".to_owned(), right: "a@2".to_owned(), lines: Vec::new() }),
        Report::Performance(Box::new(performance)),
        Report::Performance(Box::new(unknown)),
        Report::History(HistoryReport { source: source(), ended: rows.len() as u64, rows }),
        Report::History(HistoryReport { source: source(), rows: Vec::new(), ended: 0 }),
        Report::Reasons(ReasonsReport {
            source: source(),
            strategy: None,
            rows: vec![count, exit],
            kept_max: 100_000,
            after_events: Some((120, 7)),
        }),
        Report::Reasons(ReasonsReport {
            source: source(),
            strategy: None,
            rows: Vec::new(),
            kept_max: 100_000,
            after_events: None,
        }),
    ]
}

/// A status with every switch and breaker against entries.
fn halted(scene: &Scene, entered: &AutoReport) -> AutoReport {
    let limits = Limits { stop_streak: 1, ..scene.limits.clone() };
    let mut position = scene.account.positions().find(|p| !p.is_open()).expect("an ended trade").clone();
    if let Some(PositionEnd::Closed(closed)) = &mut position.end {
        closed.reason = ExitReason::StopLoss;
    }
    let mut breakers = Breakers::new(scene.account.starting(), &limits);
    breakers.ended(&position);
    AutoReport {
        entries_on: true,
        kill_switch: Some(format!("since {NOW} by local")),
        breakers: breakers.standings(NOW),
        ..entered.clone()
    }
}

fn link(scene: &Scene) -> Link {
    let c = scene.hedge().certificate.clone();
    Link { relation: "a_implies_b".to_owned(), evidence: c.evidence, rule: c.rule, sentence: c.sentence }
}

fn ladder(scene: &Scene) -> LadderReport {
    let rung = |i: usize, next| Rung {
        market: scene.markets[i].clone(),
        yes_ask: Price::from_e4(2_600).ok(),
        no_ask: None,
        next,
    };
    LadderReport {
        source: source(),
        at: NOW,
        market: scene.markets[0].id.clone(),
        kind: LadderKind::Chain,
        rungs: vec![rung(0, Some(link(scene))), rung(1, None)],
        left_out: 3,
    }
}

fn related(scene: &Scene) -> RelatedReport {
    let (market, question) = (scene.markets[1].id.clone(), scene.markets[1].question.clone());
    RelatedReport {
        source: source(),
        at: NOW,
        market: scene.markets[0].id.clone(),
        question: scene.markets[0].question.clone(),
        compared: 9,
        rows: vec![RelatedRow { market: market.clone(), question: question.clone(), link: link(scene) }],
        found: 2,
        unproven: vec![UnprovenRow { market, question, why: "R4 date ladder: same source".to_owned() }],
        failed: 1,
    }
}

/// Every variant of a report, each with content, and the empty form where there is one.
pub(crate) fn every_report(what: &str, depth: Depth) -> Vec<Report> {
    let mut scene = Scene::with(what, depth);
    let stored = scene.stored();
    let scan = scene.scan_report();
    let why = scene.why();
    let mut changed = why.clone();
    changed.markets[0].description = Some("Other rules é".to_owned());
    changed.markets.pop();
    changed.holds = false;
    let entered = auto(&scene);
    let sizing = scene.decide_open().sizing;
    let costs = cost(&scene);
    let proven = analysis(&scene.markets[0], &scene.markets[1]);
    let mut odd = scene.markets[1].clone();
    odd.question = "Will something else win?".to_owned();
    odd.group_title = None;
    let unproven = analysis(&scene.markets[0], &odd);
    let decision = scene.decide_open();
    let first = opened(&mut scene, decision);
    let with_one = Portfolio::of(&scene.account, &Marks::new());
    let closed = closed(&mut scene, 1);
    let decision = scene.decide_manual();
    let manual = opened(&mut scene, decision);
    let decision = scene.decide_open();
    let third = opened(&mut scene, decision);
    let listed = positions(&scene.account, PositionFilter::All, &Marks::new(), NOW);
    let settled = settled_void(&mut scene, 3);
    let status = StatusReport {
        source: source(),
        last_scan: Some(ScanRow {
            source: stored.source.clone(),
            at: NOW,
            markets: 2,
            candidates: 1,
            refused: scan.refused.clone(),
            hedges: 1,
        }),
        by_tier: BTreeMap::from([("T0".to_owned(), 1), ("T2".to_owned(), 4)]),
        hedges: vec![stored.clone()],
    };
    let empty_status = StatusReport { source: source(), last_scan: None, by_tier: BTreeMap::new(), hedges: Vec::new() };
    let monitor_row = |now_ppm| MonitorRow {
        id: hedge_id(),
        legs: stored.hedge.legs.iter().map(|l| format!("{} {}", l.outcome, l.question)).collect(),
        before_ppm: stored.hedge.quote.net_edge_ppm,
        now_ppm,
        why: vec![MonitorWhy::RulesChanged, MonitorWhy::PastThreshold],
        words: "past the threshold".to_owned(),
    };
    let monitor = MonitorReport {
        source: source(),
        at: NOW,
        threshold_ppm: 50_000,
        watched: 2,
        rows: vec![monitor_row(Some(60_000)), monitor_row(None)],
    };
    let strategies = StrategiesReport {
        active: "balanced".to_owned(),
        rows: templates().iter().map(|s| (s.name.to_string(), s.version, s.description.clone(), true)).collect(),
    };
    let list = |hedges: Vec<StoredHedge>, stored| HedgesReport {
        source: source(),
        title: "coverage at least 95%".to_owned(),
        hedges,
        stored,
    };
    let mut reports = vec![
        Report::Scan(ScanReport { hedges: Vec::new(), judged: Some(Box::new(judged())), ..scan.clone() }),
        Report::Scan(ScanReport { judged: Some(Box::new(judged())), ..scan.clone() }),
        Report::Scan(scene.scan_with_basket(depth)),
        Report::Scan(ScanReport { hedges: Vec::new(), ..scene.scan_with_basket(depth) }),
        Report::Scan(ScanReport { sets_priced: 1, baskets: Vec::new(), ..scene.scan_with_basket(depth) }),
        Report::Scan(scan),
        Report::Hedges(list(Vec::new(), 0)),
        Report::Hedges(list(vec![stored.clone()], 2)),
        Report::Why(Box::new(why)),
        Report::Why(Box::new(changed)),
        Report::Markets(MarketsReport { source: source(), markets: scene.markets.clone() }),
        Report::Markets(MarketsReport { source: source(), markets: Vec::new() }),
        Report::Market(Box::new(MarketReport {
            source: source(),
            at: NOW,
            market: scene.markets[0].clone(),
            books: None,
        })),
        Report::Market(Box::new(MarketReport {
            source: source(),
            at: NOW,
            market: scene.markets[0].clone(),
            books: Some(scene.books.values().map(|b| (Outcome::No, b.clone())).take(1).collect()),
        })),
        Report::Market(Box::new(MarketReport {
            source: source(),
            at: NOW,
            market: scene.markets[0].clone(),
            books: Some(Vec::new()),
        })),
        Report::Ladder(ladder(&scene)),
        Report::Ladder(LadderReport { kind: LadderKind::Alone, ..ladder(&scene) }),
        Report::Related(related(&scene)),
        Report::Related(RelatedReport { rows: Vec::new(), found: 0, ..related(&scene) }),
        Report::Prices(Box::new(PricesReport { source: source(), hedge: stored.clone(), points: scene.points() })),
        Report::Prices(Box::new(PricesReport { source: source(), hedge: stored.clone(), points: Vec::new() })),
        Report::Calibration(calibration()),
        Report::Calibration(CalibrationReport { rows: Vec::new(), followed: 0, ..calibration() }),
        Report::Analysis(proven),
        Report::Analysis(unproven),
        Report::Monitor(MonitorReport { rows: Vec::new(), ..monitor.clone() }),
        Report::Monitor(monitor),
        Report::Status(status),
        Report::Status(empty_status),
        Report::Opened(Box::new(first)),
        Report::Opened(Box::new(manual)),
        Report::Opened(Box::new(third)),
        Report::Closed(Box::new(closed)),
        Report::Settled(settled),
        Report::Settled(SettledReport { source: source(), settled: vec![], waiting: vec![], cash: Usdc::whole(1_000) }),
        Report::Portfolio(Box::new(with_one)),
        Report::Portfolio(Box::new(Portfolio::of(&Scene::new().account, &Marks::new()))),
        Report::Positions(PositionsReport { source: source(), rows: listed }),
        Report::Positions(PositionsReport { source: source(), rows: Vec::new() }),
        Report::Ledger(ledger(&scene)),
        Report::Ledger(LedgerReport { source: source(), rows: Vec::new(), entries: 0, sum: Usdc::ZERO }),
        Report::Cost(costs),
        Report::Size(SizeReport { source: source(), hedge: hedge_id(), sizing: Some(sizing), refusal: None }),
        Report::Size(SizeReport {
            source: source(),
            hedge: hedge_id(),
            sizing: None,
            refusal: Some("the proof no longer stands".to_owned()),
        }),
        Report::Auto(halted(&scene, &entered)),
        Report::Auto(entered),
        Report::Strategies(strategies),
        Report::Strategy(StrategyReport { name: "balanced".to_owned(), version: 0, toml: templates()[1].to_toml() }),
        Report::Note(NoteReport { title: "Entries by rule are on".to_owned(), text: what.to_owned() }),
    ];
    reports.extend(reviews(&scene.account));
    reports.extend(super::fixtures_backtest::every_backtest(what));
    reports
}

/// Every kind of error.
pub(crate) fn every_error() -> Vec<(TaskErrorKind, End)> {
    use TaskErrorKind as K;
    let kinds = [
        K::Refused,
        K::NotConfigured,
        K::Unavailable,
        K::Conflict,
        K::Deadline,
        K::Cancelled,
        K::Panic,
        K::Crashed,
        K::Internal,
    ];
    kinds.map(|k| (k, Err(TaskError::new(k, "what happened, why, what to do")))).to_vec()
}

/// One class with every end, and one without a test.
fn calibration() -> CalibrationReport {
    let class = |rule, basis| Class { rule, basis };
    let tested = CalibrationRow {
        class: class(RuleId::R4, Basis::Presumed),
        pairs: CaseEnd::ALL.into_iter().zip([1_200, 80, 1, 12, 2]).collect(),
        tally: Tally { held: 59, failed: 1 },
        coverage: coverage(Tally { held: 59, failed: 1 }, 0.0),
    };
    let untested = CalibrationRow {
        class: class(RuleId::Model, Basis::Verified),
        pairs: vec![(CaseEnd::Open, 3)],
        tally: Tally::default(),
        coverage: None,
    };
    CalibrationReport { source: source(), at: NOW, rows: vec![tested, untested], followed: 4 }
}

/// A model's part of a scan that ended at its cap.
pub(crate) fn judged() -> JudgedReport {
    let spend = |tokens, micros| Spend { tokens, usd: Usdc::from_micros(micros) };
    JudgedReport {
        model: "test-model".to_owned(),
        weighed: 11_072,
        paying: 532,
        gated: 944,
        screened: 1,
        pairs: 60,
        known: 40,
        judged: 12,
        verified: 2,
        hypotheses: 3,
        rejected: 5,
        unrelated: 42,
        failed: 1,
        left_out: 7,
        calls: 31,
        spent: spend(48_000, 210_500),
        left_scan: spend(2_000, 289_500),
        left_day: spend(1_500_000, 1_400_000),
        stopped: Some("this task may take 50000 tokens and $0.50, and the next question does not fit".to_owned()),
        conflicts: vec!["b_implies_a was claimed, but by R4 (date ladder) a_implies_b is proven".to_owned()],
    }
}
