//! What a report must hold, whatever the numbers: every number, every reason, nothing that a hostile text could turn into markup or a
//! formula, and the same bytes every time.

mod support;

use betty_market::Usdc;
use betty_report::words::{self, Form};
use betty_report::{Section, Theme, charts, compare, data, html, page, text};
use betty_trading::backtest::report::{CaseName, RunReport};
use proptest::prelude::*;
use roxmltree::{Document, ParsingOptions};
use std::collections::BTreeSet;
use support::{HOSTILE, empty, few, hostile, recorded, simulated};

fn all() -> Vec<(&'static str, RunReport)> {
    vec![
        ("recorded", recorded()),
        ("simulated", simulated()),
        ("few", few()),
        ("empty", empty()),
        ("hostile", hostile()),
    ]
}

fn parsed(text: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).unwrap_or_else(|e| panic!("{e}"))
}

/// What a reader sees.
fn shown(document: &Document<'_>) -> String {
    document.descendants().filter(roxmltree::Node::is_text).filter_map(|n| n.text()).collect::<Vec<_>>().join("\n")
}

/// Every headline number, as it is written.
fn headline(report: &RunReport) -> Vec<String> {
    let s = &report.main_case().unwrap().summary;
    let mut out = vec![words::money(s.net), words::money(s.gross), words::signed_ppm(s.roi_ppm)];
    out.extend([betty_trading::dollars(s.starting), betty_trading::dollars(s.ending)]);
    out.extend([s.opened, s.ended, s.open, s.wins].map(words::count));
    for (figure, form) in [
        (&s.win_rate, Form::Rate),
        (&s.return_per_trade, Form::Return),
        (&s.sharpe, Form::Ratio),
        (&s.sortino, Form::Ratio),
        (&s.max_drawdown, Form::Rate),
        (&s.cagr, Form::Return),
        (&s.calmar, Form::Ratio),
        (&s.profit_factor, Form::Ratio),
        (&s.psr, Form::Rate),
        (&s.deflated_sharpe, Form::Rate),
    ] {
        out.extend([words::value(figure, form), words::count(figure.n)]);
        out.extend(words::why_undefined(figure).map(|why| words::one_line(&why)));
        if figure.interval.is_some() {
            out.push(words::interval(figure, form));
        }
    }
    out
}

#[test]
fn the_page_holds_every_number_and_every_reason() {
    for (name, report) in all() {
        let page = page(&report, &[]);
        let document = parsed(&page);
        let seen = shown(&document);
        for number in headline(&report) {
            assert!(seen.contains(&number), "{name}: {number}");
        }
        for reason in report.main_case().unwrap().exits.values() {
            assert!(seen.contains(&words::money(reason.net)), "{name}");
        }
        for (reason, n) in &report.main_case().unwrap().refused {
            assert!(seen.contains(&words::one_line(reason)) && seen.contains(&words::count(*n)), "{name}: {reason}");
        }
        for warning in &report.warnings {
            assert!(seen.contains(&words::one_line(warning)), "{name}");
        }
        // The verdict comes before every number.
        let verdict = seen.find(&words::one_line(&report.verdict)).expect("the verdict is there");
        assert!(verdict < seen.find("Net profit").unwrap(), "{name}");
    }
}

#[test]
fn the_terminal_has_every_number_and_keeps_its_width() {
    for (name, report) in all() {
        for width in [40, 60, 78, 120] {
            let lines = text::full(&report, width);
            for line in &lines {
                assert!(line.chars().count() <= width, "{name} at {width}: {line}");
                assert!(line.chars().all(|c| !words::is_deceptive(c)), "{name}: {line:?}");
            }
            // Wrapping moves words to other lines, so spaces do not count.
            let bare = |t: &str| t.split_whitespace().collect::<String>();
            let seen = bare(&lines.join(" "));
            for number in headline(&report) {
                assert!(seen.contains(&bare(&number)), "{name} at {width}: {number}");
            }
        }
    }
}

#[test]
fn the_chat_gets_ten_lines_that_begin_with_mark_and_verdict() {
    for (name, report) in all() {
        let lines = text::summary(&report);
        assert!(lines.len() <= text::SUMMARY_LINES, "{name}");
        assert!(lines.iter().map(|l| l.chars().count() + 1).sum::<usize>() <= 2_000, "{name}: one message");
        assert!(lines[0].starts_with("PAPER · "), "{name}");
        let verdict = words::one_line(&report.verdict);
        assert!(verdict.starts_with(lines[1].trim_end_matches('…')), "{name}");
        let seen = lines.join("\n");
        assert!(seen.contains(&words::money(report.main_case().unwrap().summary.net)), "{name}");
        assert!(lines.iter().flat_map(|l| l.chars()).all(|c| !words::is_deceptive(c)), "{name}");
    }
    let seen = text::summary(&few()).join("\n");
    assert!(seen.contains("Sharpe — (under 30 days of history), n = 13"), "{seen}");
    let range = text::summary(&recorded()).join("\n");
    assert!(range.contains("pessimistic to") && range.contains("optimistic"), "{range}");
}

/// Untrusted text stays text: the page has exactly the elements and attributes it has with harmless texts.
#[test]
fn hostile_texts_change_no_markup() {
    let harmless = {
        let mut report = hostile();
        let calm = "calm".to_owned();
        report.run_id.clone_from(&calm);
        report.verdict.clone_from(&calm);
        report.warnings = vec![calm.clone(), calm.clone()];
        for trade in &mut report.cases[0].trades {
            trade.label.clone_from(&calm);
            trade.entry_reason.clone_from(&calm);
            trade.legs.iter_mut().for_each(|leg| leg.question.clone_from(&calm));
        }
        report
    };
    let elements = |report: &RunReport| {
        let page = page(report, &[]);
        let document = parsed(&page);
        let names = document.descendants().filter(roxmltree::Node::is_element);
        names
            .map(|n| {
                let attributes: Vec<String> = n.attributes().map(|a| a.name().to_owned()).collect();
                (n.tag_name().name().to_owned(), attributes)
            })
            .collect::<Vec<_>>()
    };
    let written = elements(&hostile());
    assert_eq!(written, elements(&harmless));
    let names: BTreeSet<&str> = written.iter().map(|(name, _)| name.as_str()).collect();
    for forbidden in ["script", "img", "iframe", "object", "link", "image", "use", "foreignObject", "form"] {
        assert!(!names.contains(forbidden), "{forbidden}");
    }
    for (name, attributes) in &written {
        assert!(attributes.iter().all(|a| a != "style" && !a.starts_with("on") && a != "src"), "{name} {attributes:?}");
    }
    let page = page(&hostile(), &[]);
    assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}') && !page.contains('\u{0}'));
}

#[test]
fn a_page_needs_nothing_else_and_keeps_to_its_policy() {
    let page = page(&recorded(), &[]);
    let document = parsed(&page);
    let policy = document.descendants().find(|n| n.attribute("http-equiv") == Some("Content-Security-Policy")).unwrap();
    assert_eq!(policy.attribute("content"), Some(html::content_security_policy().as_str()));
    let styles: Vec<_> = document.descendants().filter(|n| n.has_tag_name("style")).collect();
    assert_eq!(styles.len(), 1);
    assert_eq!(styles[0].text(), Some(html::STYLE));
    assert!(!html::STYLE.contains("url(") && !html::STYLE.contains("@import"));
    for node in document.descendants() {
        if let Some(target) = node.attribute("href") {
            let id = target.strip_prefix('#').expect("links stay in the page");
            assert!(document.descendants().any(|n| n.attribute("id") == Some(id)), "{target} leads nowhere");
        }
    }
    let ids: Vec<&str> = document.descendants().filter_map(|n| n.attribute("id")).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an id twice: {ids:?}");
}

#[test]
fn tables_and_charts_can_be_read_without_seeing_them() {
    for (name, report) in all() {
        let page = page(&report, &[]);
        let document = parsed(&page);
        for table in document.descendants().filter(|n| n.has_tag_name("table")) {
            let caption = table.children().find(|n| n.has_tag_name("caption"));
            assert!(caption.and_then(|c| c.text()).is_some_and(|t| !t.is_empty()), "{name}: a table without caption");
            let heads = || table.descendants().filter(|n| n.attribute("scope") == Some("col"));
            assert!(heads().all(|h| h.text().is_some_and(|t| !t.is_empty())), "{name}: a column without a name");
            let columns = table.descendants().filter(|n| n.attribute("scope") == Some("col")).count();
            for row in table.descendants().filter(|n| n.has_tag_name("tbody")).flat_map(|b| b.children()) {
                let cells: Vec<_> = row.children().filter(roxmltree::Node::is_element).collect();
                if !cells.is_empty() {
                    assert_eq!(cells.len(), columns, "{name}: {:?}", caption.and_then(|c| c.text()));
                    assert_eq!(cells[0].attribute("scope"), Some("row"), "{name}");
                }
            }
        }
        for chart in document.descendants().filter(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "svg"))) {
            assert_eq!(chart.attribute("role"), Some("img"), "{name}");
            for id in chart.attribute("aria-labelledby").unwrap().split(' ') {
                let told = document.descendants().find(|n| n.attribute("id") == Some(id)).unwrap();
                assert!(told.text().is_some_and(|t| !t.is_empty()), "{name}: {id}");
            }
        }
    }
}

#[test]
fn later_parts_join_after_the_runs_own() {
    let more =
        Section { id: "held-out".into(), title: "Held-out <result>".into(), html: "<p>nothing yet</p>\n".into() };
    let page = page(&recorded(), &[more]);
    let document = parsed(&page);
    let seen = shown(&document);
    assert!(seen.contains("Held-out <result>") && seen.contains("nothing yet"));
    assert!(page.find("id=\"held-out\"").unwrap() > page.find("id=\"identity\"").unwrap());
}

#[test]
fn the_first_five_hundred_trades_are_listed_with_a_note() {
    let mut report = simulated();
    let trade = report.cases[0].trades[0].clone();
    report.cases[0].trades = vec![trade; html::TRADES_MOST + 77];
    let page = page(&report, &[]);
    let document = parsed(&page);
    let caption = document.descendants().find(|n| n.text().is_some_and(|t| t.contains("The first 500 of 577 trades")));
    let table = caption.expect("a note").ancestors().find(|n| n.has_tag_name("table")).unwrap();
    let rows = table.descendants().filter(|n| n.has_tag_name("tr")).count();
    assert_eq!(rows, html::TRADES_MOST + 1);
}

#[test]
fn every_chart_is_well_formed_marked_and_says_its_numbers() {
    for (name, report) in all() {
        for chart in charts(&report) {
            assert!(!chart.title.is_empty() && chart.summary.ends_with('.'), "{name}: {}", chart.summary);
            for theme in [Theme::Light, Theme::Dark] {
                let svg = chart.svg(theme);
                let seen = shown(&parsed(&svg));
                assert!(seen.contains("PAPER"), "{name}: {}", chart.id);
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}: {}", chart.id);
            }
            parsed(&chart.inline_svg());
        }
    }
    let report = recorded();
    let of = |id: &str| charts(&report).into_iter().find(|c| c.id == id).unwrap();
    let w = report.main_case().unwrap().waterfall;
    let svg = of("waterfall").svg(Theme::Light);
    for amount in [w.at_mid, w.spread, w.slippage, w.fee, w.gas, w.leg_risk, w.other, w.net] {
        assert!(svg.contains(&format!(">{}</text>", words::money(amount))), "{}", words::money(amount));
    }
    let equity = of("equity").svg(Theme::Light);
    for case in &report.cases {
        let change = Usdc::from_micros(case.summary.ending.micros() - case.summary.starting.micros());
        assert!(equity.contains(&case.name.to_string()) && equity.contains(&words::money(change)));
    }
    let exits = of("exits").svg(Theme::Light);
    for (reason, row) in &report.main_case().unwrap().exits {
        assert!(exits.contains(reason.title()) && exits.contains(&format!(">n = {}<", row.n)));
    }
    assert!(of("coverage").summary.contains("3 holes longer than a day"), "{}", of("coverage").summary);
}

#[test]
fn a_waterfall_that_does_not_add_up_says_so() {
    let mut report = simulated();
    let honest = charts(&report).into_iter().find(|c| c.id == "waterfall").unwrap();
    assert!(!honest.summary.contains("unaccounted"), "{}", honest.summary);
    report.cases[0].waterfall.fee = Usdc::from_micros(report.cases[0].waterfall.fee.micros() + 1_230_000);
    let broken = charts(&report).into_iter().find(|c| c.id == "waterfall").unwrap();
    assert!(broken.summary.contains("+$1.23 is unaccounted for"), "{}", broken.summary);
}

#[test]
fn thin_cells_are_counted_and_hatched() {
    let report = recorded();
    let heat = charts(&report).into_iter().find(|c| c.id == "heat-exit").unwrap();
    let svg = heat.svg(Theme::Light);
    let document = parsed(&svg);
    let counts: Vec<u64> = document
        .descendants()
        .filter(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "text")))
        .filter_map(|n| n.text()?.strip_prefix("n = ")?.replace(',', "").parse().ok())
        .collect();
    assert_eq!(counts.iter().sum::<u64>(), report.main_case().unwrap().summary.ended);
    let thin = counts.iter().filter(|n| **n < words::THIN).count();
    assert!(thin > 0 && thin < counts.len(), "the sample has both kinds");
    let hatches = document
        .descendants()
        .filter(|n| n.attribute("stroke-width") == Some("1.5") && n.attribute("opacity") == Some("0.5"));
    assert_eq!(hatches.count(), thin);
    assert!(heat.summary.contains(&format!("{thin} of them with fewer than 20 trades")), "{}", heat.summary);
}

/// Pixels of a PNG.
fn decode(bytes: &[u8]) -> (usize, usize, Vec<[u8; 3]>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut buffer).unwrap();
    let pixels = buffer.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
    (info.width as usize, info.height as usize, pixels)
}

#[test]
fn the_line_of_the_equity_is_drawn_where_the_money_was() {
    let report = simulated();
    let chart = charts(&report).into_iter().find(|c| c.id == "equity").unwrap();
    for theme in [Theme::Light, Theme::Dark] {
        let (width, height, pixels) = decode(&chart.png(theme, 1).unwrap());
        assert_eq!(width, 1000);
        assert!((500..700).contains(&height), "{height}");
        // The main line as the SVG has it: the widest blue stroke.
        let svg = chart.svg(theme);
        let document = parsed(&svg);
        let line = document
            .descendants()
            .find(|n| n.attribute("class") == Some("s-blue") && n.attribute("stroke-width") == Some("3"))
            .and_then(|n| n.attribute("d"))
            .unwrap();
        let points: Vec<(f64, f64)> = line[1..]
            .split('L')
            .filter_map(|p| p.split_once(' '))
            .map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap()))
            .collect();
        assert_eq!(points.len(), report.cases[0].equity.len() + 1);
        let blue = betty_report::draw::Tone::Blue.rgb(theme);
        for (x, y) in points.iter().skip(1).take(points.len() - 2) {
            let near = (-2_i64..=2).any(|dy| pixels[(*y as i64 + dy) as usize * width + *x as usize] == blue);
            assert!(near, "no ink at {x} {y}");
        }
        // More money is higher up.
        let (low, high) = points.iter().enumerate().fold((0, 0), |(low, high), (i, p)| {
            (if p.1 > points[low].1 { i } else { low }, if p.1 < points[high].1 { i } else { high })
        });
        let equity = &report.cases[0].equity;
        let at = |i: usize| if i == 0 { report.cases[0].summary.starting } else { equity[i - 1].equity };
        assert_eq!(at(high), equity.iter().map(|p| p.equity).max().unwrap());
        assert!(at(low) < at(high));
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for (name, report) in all() {
        let again = report.clone();
        assert_eq!(page(&report, &[]), page(&again, &[]), "{name}");
        assert_eq!(data::json(&report).unwrap(), data::json(&again).unwrap(), "{name}");
        for (a, b) in charts(&report).iter().zip(charts(&again)) {
            assert_eq!(a.svg(Theme::Dark), b.svg(Theme::Dark), "{name}");
        }
    }
    let report = simulated();
    let drawn: Vec<Vec<u8>> = std::thread::scope(|s| {
        let threads: Vec<_> = (0..3).map(|_| s.spawn(|| charts(&report)[0].png(Theme::Dark, 1).unwrap())).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(drawn.windows(2).all(|w| w[0] == w[1]));
}

#[test]
fn tables_of_data_are_read_back_and_hold_no_formula() {
    let report = hostile();
    let csv_text = data::trades_csv(&report);
    let mut reader = csv::Reader::from_reader(csv_text.as_bytes());
    let head = reader.headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|h| h == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), report.cases[0].trades.len());
    let mut net = Usdc::from_micros(0);
    for (row, trade) in rows.iter().zip(&report.cases[0].trades) {
        assert_eq!(&row[column("leg2_question")], HOSTILE, "text is kept as it is");
        assert_eq!(row[column("net")].is_empty(), trade.net.is_none());
        if let Ok(amount) = row[column("net")].parse::<Usdc>() {
            net += amount;
        }
    }
    assert_eq!(net, report.cases[0].summary.net, "to the last micro-dollar");

    let mut report = simulated();
    report.cases[0].trades[0].legs[0].question = "=HYPERLINK(\"http://x\",\"pay\")".to_owned();
    report.cases[0].refused = [("@SUM(1)".to_owned(), 3)].into();
    let text = data::trades_csv(&report);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let first = reader.records().next().unwrap().unwrap();
    assert!(first.iter().any(|cell| cell == "'=HYPERLINK(\"http://x\",\"pay\")"));
    assert!(first.iter().all(|cell| !cell.starts_with(['=', '+', '@'])));
    assert!(data::refusals_csv(&report).contains("exact,'@SUM(1),3"));

    let text = data::equity_csv(&recorded());
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cases: Vec<String> = reader.records().map(|r| r.unwrap()[0].to_owned()).collect();
    assert_eq!(cases.len(), recorded().cases.iter().map(|c| c.equity.len()).sum::<usize>());
    assert_eq!(cases.iter().filter(|c| **c == CaseName::Pessimistic.to_string()).count(), 118);
}

#[test]
fn runs_beside_each_other_show_numbers_differences_and_rules() {
    let (a, b) = (recorded(), simulated());
    let c = compare(&[&a, &b]);
    let entry = |name: &str, run: usize| c.metrics.iter().find(|m| m.name == name).unwrap().entries[run].clone();
    let (net_a, net_b) = (a.main_case().unwrap().summary.net, b.main_case().unwrap().summary.net);
    assert_eq!(entry("net profit", 0).value, words::money(net_a));
    assert_eq!(entry("net profit", 0).delta, None);
    assert_eq!(entry("net profit", 1).delta, Some(words::money(net_b - net_a)));
    // Less drawdown is better, fewer trades are neither.
    let fall = |r: &RunReport| r.main_case().unwrap().summary.max_drawdown.value.unwrap();
    assert!(fall(&b) < fall(&a));
    assert_eq!(entry("largest drawdown", 1).better, 1);
    assert_eq!(entry("trades ended", 1).better, 0);
    let rule = |name: &str| c.differences.iter().find(|d| d.name == name).map(|d| d.values.clone());
    let some = |t: &str| Some(t.to_owned());
    assert_eq!(rule("strategy.entry.min_net_edge"), Some(vec![some("0.01"), some("0.015")]));
    assert_eq!(rule("strategy.entry.max_days"), Some(vec![some("120"), None]));
    assert_eq!(rule("settings.latency"), Some(vec![some("800 ms"), some("1600 ms")]));
    assert_eq!(rule("strategy.entry.min_depth"), None, "what is the same is not shown");
    assert!(c.warnings.iter().any(|w| w.contains("different data")));

    // An undefined number has no difference.
    let c = compare(&[&recorded(), &few()]);
    let sharpe = c.metrics.iter().find(|m| m.name.starts_with("Sharpe")).unwrap();
    assert_eq!(sharpe.entries[1].delta, None);
    assert!(sharpe.entries[1].value.starts_with("— (under 30 days"));

    let same = compare(&[&a, &a]);
    assert!(same.differences.is_empty() && same.warnings.is_empty());
    assert!(same.metrics.iter().all(|m| m.entries[1].better == 0));
    assert!(compare::text(&same, 80).join("\n").contains("The rules are the same."));
    assert_eq!(compare(&[]).runs.len(), 0);
}

#[test]
fn comparisons_are_well_formed_and_keep_the_width() {
    let (a, b, h, f) = (recorded(), simulated(), hostile(), few());
    for runs in [vec![&a, &b], vec![&a, &b, &h, &f], vec![&h, &h], vec![]] {
        let c = compare(&runs);
        let page = html::compare_page(&c);
        let document = parsed(&page);
        assert!(document.descendants().all(|n| !n.has_tag_name("script") && !n.has_tag_name("img")));
        let seen = shown(&document);
        for metric in &c.metrics {
            assert!(metric.entries.iter().all(|e| seen.contains(&e.value)), "{}", metric.name);
        }
        for width in [40, 80, 200] {
            for line in compare::text(&c, width) {
                assert!(line.chars().count() <= width, "{line}");
                assert!(line.chars().all(|c| !words::is_deceptive(c)), "{line:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Wild numbers and texts: nothing panics, everything stays well-formed.
    #[test]
    fn wild_values_never_break_a_report(
        micros in proptest::collection::vec(any::<i64>(), 12),
        figures in proptest::collection::vec((proptest::option::of(any::<f64>()), any::<u64>()), 3),
        words_in in any::<String>(),
        instants in proptest::collection::vec(any::<i64>(), 4),
    ) {
        let mut report = few();
        let usd = |i: usize| Usdc::from_micros(micros[i]);
        let instant = |i: usize| betty_market::Timestamp::from_millis(instants[i]);
        report.verdict.clone_from(&words_in);
        report.strategy_toml.clone_from(&words_in);
        report.coverage.from = instant(0);
        report.coverage.to = instant(1);
        report.coverage.holes = vec![(instant(2), micros[0]), (instant(3), micros[1])];
        let case = &mut report.cases[0];
        let s = &mut case.summary;
        (s.starting, s.ending, s.net, s.gross) = (usd(0), usd(1), usd(2), usd(3));
        s.roi_ppm = micros[4];
        for (figure, (value, n)) in [&mut s.sharpe, &mut s.win_rate, &mut s.max_drawdown].into_iter().zip(&figures) {
            (figure.value, figure.n) = (*value, *n);
            figure.interval = value.map(|v| (-v, v));
        }
        let w = &mut case.waterfall;
        (w.at_mid, w.spread, w.fee, w.net) = (usd(5), usd(6), usd(7), usd(8));
        for (i, point) in case.equity.iter_mut().enumerate() {
            point.equity = usd(i % 12);
            point.drawdown_ppm = micros[(i + 3) % 12];
            point.at = instant(i % 4);
        }
        for (i, trade) in case.trades.iter_mut().enumerate() {
            trade.net = Some(usd(i % 12));
            trade.roi_ppm = Some(micros[(i + 1) % 12]);
            trade.opened_at = instant(i % 4);
            trade.ended_at = Some(instant((i + 1) % 4));
            trade.label.clone_from(&words_in);
        }
        parsed(&page(&report, &[]));
        for chart in charts(&report) {
            let svg = chart.svg(Theme::Dark);
            parsed(&svg);
            prop_assert!(!svg.contains("NaN") && !svg.contains("\"inf"), "{}", chart.id);
        }
        // Drawing is slow without optimisation: the two pictures with most of the wild numbers stand for all.
        for chart in charts(&report).iter().filter(|c| ["equity", "results"].contains(&c.id)) {
            prop_assert!(chart.png(Theme::Dark, 1).is_ok());
        }
        prop_assert!(text::summary(&report).len() <= text::SUMMARY_LINES);
        prop_assert!(text::full(&report, 50).iter().all(|l| l.chars().count() <= 50));
        prop_assert_eq!(compare(&[&report, &recorded()]).runs.len(), 2);
        prop_assert!(data::trades_csv(&report).lines().count() > report.cases[0].trades.len());
    }
}
