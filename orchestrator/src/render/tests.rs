//! What every card keeps to, and the numbers of the worked example.

use super::fixtures::{NOW, Scene, closed, every_error, every_report, judged, opened, settled_void, source, task};
use super::num::UNKNOWN;
use super::{End, card, exit_code};
use crate::card::{Card, Table, Tone};
use betty_bus::report::{LadderKind, PositionsReport, ScanReport, WhyReport};
use betty_bus::{Report, TaskErrorKind};
use betty_hedging::{Coverage, Evidence};
use betty_market::Depth;
use betty_trading::Portfolio;
use betty_trading::portfolio::{Marks, PositionFilter, positions};

fn render(report: Report) -> Card {
    card(task(), &Ok(report))
}

/// Every piece of a card that is read by itself, without its table.
fn pieces(card: &Card) -> Vec<String> {
    let fields = card.fields.iter().map(|(k, v)| format!("{k}: {v}"));
    let sections = card.below.iter().flat_map(|s| s.after.iter().chain([&s.title]));
    let lines = card.text.iter().chain(&card.after).chain(&card.hints).chain(sections).cloned();
    [card.title.clone(), card.footer.clone()].into_iter().chain(lines).chain(fields).collect()
}

fn tables(card: &Card) -> impl Iterator<Item = &Table> {
    card.table.iter().chain(card.below.iter().map(|s| &s.table))
}

fn all(card: &Card) -> String {
    let rows = tables(card).flat_map(|t| t.rows.iter().chain([&t.header]).flatten().cloned());
    pieces(card).into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

fn names_a_tier(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|w| matches!(w, "T0" | "T1" | "T2" | "T3" | "Watch"))
}

fn has_numbers(text: &str) -> bool {
    ["net edge", "size", "days"].iter().all(|w| text.contains(w))
}

fn tier_table_is_whole(table: &Table) -> bool {
    let has = |name: &str| table.header.iter().any(|h| h == name);
    if has("tier") {
        return has("net edge") && has("shares") && has("days");
    }
    !table.rows.iter().flatten().any(|cell| names_a_tier(cell))
}

#[test]
fn a_scan_shows_the_numbers_of_the_worked_example() {
    let card = render(Report::Scan(Scene::new().scan_report()));
    assert_eq!(card.title, "Scan: 1 hedge, best net edge +1.09%");
    assert_eq!(card.text[0], "1,240 markets → 1,201 candidates → 1 hedge");
    let table = card.table.as_ref().expect("a table");
    let cell = |name: &str| {
        let column = table.header.iter().position(|h| h == name).expect(name);
        table.rows[0][column].as_str()
    };
    // 120 − 118.70496 = 1.29504; 1.29504 / 118.70496 = 1.0909…%; 118.70496 / 120 = 0.989208.
    assert_eq!(cell("net edge"), "+1.09%");
    assert_eq!(cell("tier"), "T0");
    assert_eq!(cell("all-in per pair"), "0.9893");
    assert_eq!(cell("shares"), "120");
    assert_eq!(cell("cost"), "$118.70");
    assert_eq!(cell("worst case"), "+$1.30");
    // One leg void, the other lost: 60 − 118.70496.
    assert_eq!(cell("worst with voids"), "-$58.70");
    assert_eq!(cell("coverage"), "100% by proof");
    // The later question runs to the end of 2027-06-30, 167 days after 2027-01-15 08:00 rounded up, and two days of dispute buffer.
    assert_eq!(cell("days"), "169 d");
    let text = all(&card);
    for needed in ["NO “Will the Bridge", "at 0.71", "at 0.26", "worst case", "Refused: 1,200 × asks cost at least"]
    {
        assert!(text.contains(needed), "{needed}: {text}");
    }
    assert!(text.contains(&Scene::new().hedge().certificate.sentence));
    assert_eq!(card.hints, ["!paper_trade open 3", "!hedge_why 3"]);
    assert_eq!(card.footer, format!("PAPER · SIMULATED (seed 7) · market time {NOW} · task 12"));
}

#[test]
fn a_scan_that_finds_nothing_says_so_with_its_refusals() {
    let found = Scene::new().scan_report();
    let end = Ok(Report::Scan(ScanReport { hedges: Vec::new(), ..found }));
    let card = card(task(), &end);
    assert_eq!(card.title, "Scan: no hedge pays now");
    assert!(all(&card).contains("worst case") && all(&card).contains("1,200 × asks cost at least the worst payout"));
    assert_eq!(exit_code(&end), 0);
}

#[test]
fn a_scan_tells_its_baskets_under_the_hedges_and_what_they_are_not() {
    let scene = Scene::new();
    let card = render(Report::Scan(scene.scan_with_basket(Depth::Full)));
    assert_eq!(card.title, "Scan: 1 hedge, best net edge +1.09%");
    let section = card.below.as_ref().expect("baskets");
    assert_eq!(section.title, "Baskets over more than two markets: 1 of 2 sets pays");
    let [row] = &section.table.rows[..] else { panic!("{:?}", section.table) };
    let cell = |name: &str| {
        let column = section.table.header.iter().position(|h| h == name).expect(name);
        row[column].as_str()
    };
    // 100 − 96 − 1.3824 = 2.6176; 2.6176 / 97.3824 = 2.687…%. A void member binds nobody: one pays a half, and both
    // others may resolve YES, so that their NOs are lost: 25 − 97.3824.
    for (name, value) in [
        ("basket", "A"),
        ("net edge", "+2.68%"),
        ("tier", "T0"),
        ("legs", "3 NO"),
        ("shares", "50"),
        ("capital", "$97.38"),
        ("guaranteed profit", "+$2.62"),
        ("worst with voids", "-$72.38"),
        ("days", "7 d"),
    ] {
        assert_eq!(cell(name), value, "{name}");
    }
    assert!(cell("what holds").starts_with("of 3 markets at most one resolves YES (R2, proven): “Will 301 win"));
    let text = section.after.join("\n");
    for needed in [
        "50 NO “Will 301 win the election of Lorn?” at 0.64 (market 301)",
        "guaranteed profit +$2.62 in each of 4 worlds",
        "Sets refused: 1 × the asks cost at least the worst payout",
        "not paper-traded: no command opens one",
        super::fixtures::basket(Depth::Full).certificate.sentence.as_str(),
    ] {
        assert!(text.contains(needed), "{needed}: {text}");
    }
    // A command that opens something opens the hedge.
    assert_eq!(card.hints, ["!paper_trade open 3", "!hedge_why 3"]);

    let alone = ScanReport { hedges: Vec::new(), ..scene.scan_with_basket(Depth::Unknown) };
    let card = render(Report::Scan(alone.clone()));
    assert_eq!((card.title.as_str(), card.tone), ("Scan: no hedge of two legs pays now, one basket does", Tone::Good));
    assert_eq!(card.below.as_ref().expect("baskets").table.rows[0][4], "50*");
    assert!(!all(&card).contains("!paper_trade open"), "there is nothing to open");

    let none = render(Report::Scan(ScanReport { baskets: Vec::new(), sets_priced: 1, ..alone.clone() }));
    assert!(none.below.is_none() && none.title == "Scan: no hedge pays now");
    let line =
        "1 set of more than two markets priced, none pays: 1 × the asks cost at least the worst payout, fees in.";
    assert!(none.text.contains(&line.to_owned()), "{:?}", none.text);
    let unpriced = ScanReport { baskets: Vec::new(), sets_priced: 0, ..scene.scan_with_basket(Depth::Full) };
    assert!(!all(&render(Report::Scan(unpriced))).contains("none pays"));
}

#[test]
fn every_end_has_a_title_and_says_paper() {
    let reports = every_report("the Bridge ceremony", Depth::Full).into_iter().map(Ok);
    let ends: Vec<End> = reports.chain(every_error().into_iter().map(|(_, e)| e)).collect();
    for end in &ends {
        let card = card(task(), end);
        assert!(!card.title.trim().is_empty(), "{end:?}");
        assert!(card.footer.starts_with("PAPER") && card.footer.contains("task 12"), "{}", card.footer);
        assert!(!card.text.is_empty() || !card.fields.is_empty() || card.table.is_some(), "{}", card.title);
        for table in tables(&card) {
            assert!(!table.rows.is_empty(), "{}", card.title);
            assert!(table.rows.iter().all(|r| r.len() == table.header.len()), "{}", card.title);
            assert!(table.right.iter().all(|i| *i < table.header.len()), "{}", card.title);
        }
        for hint in &card.hints {
            assert!(hint.starts_with('!'), "{hint}");
        }
        // What carries its source names it.
        let sourceless = matches!(
            end,
            Err(_)
                | Ok(Report::Closed(_)
                    | Report::Strategies(_)
                    | Report::Strategy(_)
                    | Report::Diff(_)
                    | Report::Note(_)
                    | Report::Backtests(_))
        );
        assert_eq!(card.footer.contains("SIMULATED (seed 7)"), !sourceless, "{}", card.title);
    }
}

#[test]
fn no_tier_without_net_edge_size_and_days() {
    let mut shown = 0;
    for report in every_report("the Bridge ceremony", Depth::Full) {
        // Words of rules and strategies name the tiers they accept.
        // So does what is known by counting: where they begin.
        if matches!(
            report,
            Report::Auto(_) | Report::Strategies(_) | Report::Strategy(_) | Report::Diff(_) | Report::Calibration(_)
        ) {
            continue;
        }
        let card = render(report);
        for piece in pieces(&card) {
            if names_a_tier(&piece) {
                shown += 1;
                assert!(has_numbers(&piece), "{}: {piece}", card.title);
            }
        }
        for table in tables(&card) {
            assert!(tier_table_is_whole(table), "{}: {table:?}", card.title);
        }
    }
    assert!(shown >= 5, "tiers are shown somewhere: {shown}");
}

#[test]
fn sizes_on_the_best_price_alone_say_so() {
    for report in every_report("the Bridge ceremony", Depth::Unknown) {
        let name = format!("{report:?}").chars().take(12).collect::<String>();
        let lists = match &report {
            Report::Scan(r) => !r.hedges.is_empty() || !r.baskets.is_empty(),
            Report::Hedges(r) => !r.hedges.is_empty(),
            Report::Opened(r) => !r.opened.snapshot.is_empty(),
            Report::Why(_) => true,
            _ => continue,
        };
        let text = all(&render(report));
        assert_eq!(text.contains("depth unknown: size is an assumption"), lists, "{name}: {text}");
    }
}

#[test]
fn the_full_reasoning_quotes_the_texts_and_walks_the_books() {
    let scene = Scene::new();
    let why = scene.why();
    assert!(why.holds);
    let card = render(Report::Why(Box::new(why.clone())));
    let text = all(&card);
    for needed in
        ["HOLDS", "80 at 0.71 = $56.80", "40 at 0.72 = $28.80", "120 at 0.26 = $31.20", "fees $1.90", "3 s old"]
    {
        assert!(text.contains(needed), "{needed}: {text}");
    }
    for obligation in &scene.hedge().certificate.obligations {
        assert!(text.contains(&format!("✓ {obligation}")), "{obligation}");
    }
    // Each place of the proof is quoted from the market's own text.
    let spans = &scene.hedge().certificate.spans;
    assert!(!spans.is_empty());
    for span in spans.iter().filter(|s| s.field == betty_hedging::certificate::Field::Question) {
        let market = scene.markets.iter().find(|m| m.id == span.market).expect("a market");
        assert!(text.contains(&format!("«{}»", &market.question[span.start..span.end])));
    }
    assert_eq!(card.table.expect("worlds").rows.len(), scene.hedge().worlds.len());

    let mut changed = why;
    changed.holds = false;
    // Shorter, and with no character boundary where the places were.
    for market in &mut changed.markets {
        market.question = "é".to_owned();
        market.description = None;
    }
    let end = Ok(Report::Why(Box::new(changed)));
    let card = super::card(task(), &end);
    assert_eq!((card.tone, exit_code(&end)), (Tone::Bad, 1));
    let text = all(&card);
    assert!(text.contains("does NOT hold") && text.contains("the text has changed"), "{text}");
    assert!(!text.contains("!paper_trade open"), "{text}");
}

#[test]
fn an_opened_position_shows_fills_costs_and_how_its_size_came_about() {
    let mut scene = Scene::new();
    let decision = scene.decide_open();
    let report = opened(&mut scene, decision);
    let (shares, words) = (report.opened.shares, report.sizing.words());
    let lines = report.opened.costs.lines.len();
    let card = render(Report::Opened(Box::new(report)));
    assert_eq!(card.title, "Position 1 opened");
    let text = all(&card);
    for needed in
        ["worst case: +$", "best case: +$", &words, "asked for $50.00", "← this bound", "market's own fee", "3 s"]
    {
        assert!(text.contains(needed), "{needed}: {text}");
    }
    assert!(text.contains(&format!("{shares} at 0.71")), "{text}");
    // Every line of the breakdown and the total.
    assert_eq!(card.table.expect("costs").rows.len(), lines + 1);
    assert_eq!(card.hints, ["!paper_trade portfolio", "!paper_trade close 1"]);
}

#[test]
fn what_checks_exits_is_said_with_when() {
    let reports = every_report("the Bridge ceremony", Depth::Full).into_iter();
    let mut seen = 0;
    for card in reports.filter(|r| matches!(r, Report::Auto(_))).map(render) {
        seen += 1;
        let text = all(&card);
        assert!(text.contains("Exits are checked in every round and by `!auto_trade check`."), "{text}");
        assert!(text.contains("`auto.book_events`") && !text.contains("always run"), "{text}");
    }
    assert!(seen > 0);
}

#[test]
fn what_stops_entries_is_shouted_with_its_numbers() {
    let mut reports = every_report("the Bridge ceremony", Depth::Full).into_iter();
    let halted = reports.find(|r| matches!(r, Report::Auto(a) if a.kill_switch.is_some())).expect("the switch is on");
    let card = render(halted);
    assert_eq!(card.tone, Tone::Bad);
    let text = all(&card);
    let switch = format!("KILL SWITCH on since {NOW} by local");
    for needed in [
        switch.as_str(),
        "`!resume` in the admin channel lifts it",
        "breaker: stops in a row: TRIPPED at ",
        "1 trades in a row ended by a stop, 1 are the limit; entries by rule again from ",
        "breaker: drawdown limit: realised equity ",
    ] {
        assert!(text.contains(needed), "{needed}: {text}");
    }
}

#[test]
fn no_trades_are_dashes_with_their_reason_and_rates_have_their_interval() {
    let value =
        |card: &Card, name: &str| card.fields.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()).expect("a field");
    let mut seen = [false; 2];
    for report in every_report("the Bridge ceremony", Depth::Full) {
        let Report::Performance(performance) = &report else { continue };
        let none = performance.total.n == 0;
        seen[usize::from(none)] = true;
        let card = render(report);
        for name in ["win rate", "return on capital", "mean return of a trade", "held on average"] {
            assert_eq!(value(&card, name) == UNKNOWN, none, "{name}");
        }
        assert_eq!(all(&card).contains("—: no trade has ended yet."), none);
        assert_eq!(value(&card, "win rate").contains("% ["), !none);
    }
    assert_eq!(seen, [true; 2]);
}

#[test]
fn manual_prices_are_shouted_wherever_the_trade_is_shown() {
    let mut scene = Scene::new();
    let decision = scene.decide_manual();
    let report = opened(&mut scene, decision);
    let card = render(Report::Opened(Box::new(report)));
    assert!(card.title.contains("MANUAL PRICES") && card.text[0].starts_with("MANUAL PRICES"));
    assert!(all(&card).contains("95% as stated, not proven"));
    // Not tiered, and no book: what the person stated stays in words.
    let text = all(&card);
    assert!(text.contains("tier Watch, net edge -100.00%") && text.contains("manual, stated T1"), "{text}");
    assert!(text.contains("typed price 0.3") && !text.contains("best ask"), "{text}");
    let rows = positions(&scene.account, PositionFilter::All, &Marks::new(), NOW);
    let card = render(Report::Positions(PositionsReport { source: source(), rows }));
    assert!(card.text[0].starts_with("MANUAL PRICES"));
    let row = &card.table.expect("rows").rows[0];
    assert!(row[1].contains("MANUAL") && row[4] == "Watch (stated T1)", "{row:?}");
}

#[test]
fn a_closed_position_leads_with_its_net_result() {
    let mut scene = Scene::new();
    let decision = scene.decide_open();
    opened(&mut scene, decision);
    let report = closed(&mut scene, 1);
    let net = report.row.real_pnl.expect("a result");
    // Bought at the asks and sold at the bids with two fees: a loss.
    assert!(net.is_negative() && net < report.row.gross_pnl.expect("a result"));
    let card = render(Report::Closed(Box::new(report)));
    assert_eq!((card.title, card.tone), (format!("Position 1 closed: net {}", super::num::pnl(net)), Tone::Bad));
    assert_eq!(card.fields[0].0, "net result");
}

#[test]
fn a_void_market_says_fifty_cents() {
    let mut scene = Scene::new();
    let decision = scene.decide_open();
    opened(&mut scene, decision);
    let report = settled_void(&mut scene, 1);
    let text = all(&render(Report::Settled(report)));
    assert!(text.contains("VOID: 0.50 a share") && text.contains("waits: market 104 is still open"), "{text}");
}

#[test]
fn what_is_not_known_is_a_dash_and_never_nothing() {
    let mut scene = Scene::new();
    let decision = scene.decide_open();
    opened(&mut scene, decision);
    let value =
        |card: &Card, name: &str| card.fields.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()).expect("a field");
    let card = render(Report::Portfolio(Box::new(Portfolio::of(&scene.account, &Marks::new()))));
    assert!(card.title.contains("Portfolio"));
    for name in ["equity at the bids", "unrealised at the bids", "worth at the bids"] {
        assert_eq!(value(&card, name), UNKNOWN, "{name}");
    }
    let marks = Marks::from([(betty_trading::PositionId::new(1), Some(scene.account.positions_at_cost()))]);
    let card = render(Report::Portfolio(Box::new(Portfolio::of(&scene.account, &marks))));
    assert_eq!(value(&card, "unrealised at the bids"), "+$0.00");
    assert_eq!(value(&card, "equity at the bids"), format!("${}", scene.account.bankroll().cents()));
}

#[test]
fn the_ledger_states_its_balance_and_shouts_when_it_is_off() {
    let balanced = every_report("the Bridge ceremony", Depth::Full).into_iter().find_map(|r| match r {
        Report::Ledger(l) if l.entries > 0 => Some(l),
        _ => None,
    });
    let mut report = balanced.expect("a ledger");
    let end = Ok(Report::Ledger(report.clone()));
    assert!(all(&card(task(), &end)).contains("sum of all postings: 0.00, balanced"));
    assert_eq!(exit_code(&end), 0);
    report.sum = betty_market::Usdc::from_micros(1);
    let end = Ok(Report::Ledger(report));
    let card = card(task(), &end);
    assert!(all(&card).contains("sum of all postings: 0.000001, NOT BALANCED"));
    assert_eq!((card.tone, exit_code(&end)), (Tone::Bad, 1));
}

#[test]
fn errors_say_what_kind_and_exit_by_kind() {
    use TaskErrorKind as K;
    for (kind, end) in every_error() {
        let (title, code) = match kind {
            K::Refused => ("Refused", 1),
            K::NotConfigured => ("Not configured", 2),
            K::Unavailable => ("Unavailable", 3),
            K::Conflict => ("Changed meanwhile", 1),
            K::Deadline => ("Timed out", 3),
            K::Cancelled => ("Cancelled", 1),
            K::Panic | K::Crashed | K::Internal => ("A defect", 1),
        };
        let card = card(task(), &end);
        assert_eq!((card.title.as_str(), exit_code(&end)), (title, code));
        assert_eq!(card.text[0], "What happened, why, what to do");
        assert!(matches!(card.tone, Tone::Refused | Tone::Bad));
        assert_eq!(card.hints.contains(&"!inspect task 12".to_owned()), kind.is_dead_letter());
    }
}

#[test]
fn negative_verdicts_exit_with_one() {
    for report in every_report("the Bridge ceremony", Depth::Full) {
        let negative = match &report {
            Report::Analysis(r) => r.relation.is_none(),
            Report::Why(r) => !r.holds,
            Report::Market(r) => r.books.as_ref().is_some_and(Vec::is_empty),
            Report::Ladder(r) => r.kind == LadderKind::Alone,
            Report::Related(r) => r.rows.is_empty(),
            Report::Size(r) => r.sizing.is_none(),
            Report::Comparison(r) => r.unlike.is_some(),
            Report::Sweep(r) => !r.usable,
            Report::WalkForward(r) => !r.usable,
            _ => false,
        };
        let end = Ok(report);
        assert_eq!(exit_code(&end), u8::from(negative), "{}", card(task(), &end).title);
    }
}

#[test]
fn hostile_text_stays_in_its_place() {
    let long = "é\u{202e}".repeat(5_000);
    for what in ["the Bridge\u{1b}[2J\r\n@everyone `x` ceremony", long.as_str()] {
        let mut scene = Scene::new();
        for market in &mut scene.markets {
            market.question = what.to_owned();
        }
        let mut scan = scene.scan_with_basket(Depth::Full);
        let hedged = scan.hedges.iter_mut().flat_map(|(_, h)| &mut h.legs);
        for leg in hedged.chain(scan.baskets.iter_mut().flat_map(|b| &mut b.legs)) {
            leg.question = what.to_owned();
        }
        scan.baskets[0].certificate.sentence = what.to_owned();
        scan.sets_refused.insert(what.to_owned(), 1);
        let mut why = scene.why();
        why.hedge.hedge = scan.hedges[0].1.clone();
        let markets = betty_bus::report::MarketsReport { source: source(), markets: scene.markets.clone() };
        for report in [Report::Scan(scan), Report::Why(Box::new(why)), Report::Markets(markets)] {
            let card = render(report);
            for piece in pieces(&card).iter().chain(tables(&card).flat_map(|t| t.rows.iter().flatten())) {
                assert!(!piece.chars().any(char::is_control), "{piece:?}");
                assert!(piece.chars().count() < 2_000, "{}", piece.chars().count());
            }
        }
    }
}

#[test]
fn a_scan_tells_what_a_model_was_asked_and_what_is_left() {
    let scene = Scene::new();
    for hedges in [scene.scan_report().hedges, Vec::new()] {
        let report = ScanReport { judged: Some(Box::new(judged())), hedges, ..scene.scan_report() };
        let text = all(&render(Report::Scan(report)));
        for words in [
            "test-model: 532 pairs",
            "60 taken up",
            "2 withstood every question",
            "3 did not quite (never traded)",
            "48,000 tokens and $0.2105",
            "left: 2,000 tokens and $0.2895 of this scan",
            "PARTIAL: 7 pairs were not asked about",
            "Overruled: b_implies_a was claimed",
        ] {
            assert!(text.contains(words), "{words} in {text}");
        }
    }
}

#[test]
fn a_digest_names_what_is_new_and_leaves_the_rest_out() {
    let scene = Scene::new();
    let report = scene.scan_with_basket(Depth::Full);
    let new: Vec<_> = report.hedges.iter().map(|(id, h)| (*id, h)).collect();
    let told = super::scan_digest(task(), &report, &new);
    assert!(told.title.starts_with("Scan by the clock: 1 new hedge, best net edge "), "{}", told.title);
    assert_eq!(told.table.as_ref().map(|t| t.rows.len()), Some(1));
    assert!(all(&told).contains("PAPER") && all(&told).len() < all(&render(Report::Scan(report.clone()))).len());
    let baskets = super::scan_digest(task(), &report, &[]);
    assert_eq!((baskets.title.as_str(), baskets.table.is_none()), ("Scan by the clock: 1 basket pays", true));
    assert!(baskets.below.is_some(), "the basket itself");
}

#[test]
fn a_relation_that_is_no_proof_tells_what_a_leak_would_cost() {
    let scene = Scene::new();
    let why = |evidence, coverage| {
        let mut hedge = scene.stored();
        (hedge.hedge.certificate.evidence, hedge.hedge.coverage) = (evidence, coverage);
        let report =
            WhyReport { source: source(), hedge, markets: scene.markets.clone(), holds: true, prices: Vec::new() };
        (all(&render(Report::Why(Box::new(report.clone())))), super::json(task(), &Ok(Report::Why(Box::new(report)))))
    };
    let counted = Coverage { point: 1.0, lower: 0.95, n: 59 };
    let (text, value) = why(Evidence::Proven, Coverage { point: 1.0, lower: 1.0, n: 0 });
    assert!(!text.contains("Leak:") && value["with_leak"].is_null());
    let (text, value) = why(Evidence::Verified, Coverage { point: 0.0, lower: 0.0, n: 0 });
    assert!(text.contains("not known") && value["with_leak"].is_null(), "{text}");
    // 120 shares for 118.70 gain 1.295 in the worst world: 0.95 × 1.295 − 0.05 × 118.70 = −4.70.
    let (text, value) = why(Evidence::Verified, counted);
    assert!(text.contains("59 events") && text.contains("4.70"), "{text}");
    let told: f64 = value["with_leak"].as_str().unwrap().parse().unwrap();
    assert!((told + 4.704_8).abs() < 0.01, "{told}");
}
