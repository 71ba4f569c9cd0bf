//! Why trades ended: a bar for each reason, its length the number of trades.

use super::{Chart, LABEL, mark, nothing, of_case};
use crate::draw::axis::Scale;
use crate::draw::scene::{Anchor, Scene};
use crate::draw::{Tone, glyphs};
use crate::words::{self, Form, money};
use betty_trading::backtest::report::GroupRow;
use betty_trading::backtest::{Case, RunReport};
use betty_trading::exit::ExitReason;

const LEFT: f64 = 210.0;
const BAR: f64 = 400.0;
const ROW: f64 = 44.0;

/// Exit reasons with their counts, the most frequent first.
#[must_use]
pub fn exits(report: &RunReport, case: &Case) -> Chart {
    let title = format!("Why trades ended{}", of_case(report, case));
    let mut rows: Vec<(ExitReason, &GroupRow)> = case.exits.iter().map(|(reason, row)| (*reason, row)).collect();
    rows.sort_by(|a, b| b.1.n.cmp(&a.1.n).then(a.0.cmp(&b.0)));
    let total: u64 = rows.iter().map(|(_, r)| r.n).sum();
    let Some((first, row)) = rows.first().filter(|_| total > 0) else {
        let why = "no trade has ended";
        return Chart::new(report, "exits", title, format!("— ({why})."), nothing(why));
    };
    #[allow(clippy::cast_precision_loss)]
    let share = row.n as f64 / total as f64;
    let stops: u64 = rows.iter().filter(|(r, _)| r.stop_kind().is_some()).map(|(_, r)| r.n).sum();
    let summary = format!(
        "Of {} ended, {} ({}) ended by {}; {} by a stop.",
        words::counted(total, "trade"),
        words::count(row.n),
        words::percent(share),
        first.title(),
        words::count(stops),
    );
    Chart::new(report, "exits", title, summary, picture(report, &rows))
}

fn picture(report: &RunReport, rows: &[(ExitReason, &GroupRow)]) -> Scene {
    let height = ROW * rows.len() as f64 + 12.0;
    let mut scene = Scene::new(height);
    mark(&mut scene, report, (LEFT + BAR / 2.0, 976.0), (height / 2.0, height));
    let most = rows.iter().map(|(_, r)| r.n).max().unwrap_or(1);
    #[allow(clippy::cast_precision_loss)]
    let across = Scale { from: (0.0, most as f64), to: (0.0, BAR) };
    scene.line((LEFT, 0.0), (LEFT, height), Tone::Muted, 1.5);
    for (i, (reason, row)) in rows.iter().enumerate() {
        let y = 6.0 + ROW * i as f64;
        let base = y + ROW / 2.0 + 6.0;
        #[allow(clippy::cast_precision_loss)]
        let long = across.at(row.n as f64).max(2.0);
        let loss = row.net.is_negative();
        let tone = if loss { Tone::Orange } else { Tone::Blue };
        let name = match reason.stop_kind() {
            Some(kind) => format!("{} ({})", reason.title(), kind.to_string().replace(" stop", "")),
            None => reason.title().to_owned(),
        };
        let net = money(row.net);
        let tip = format!("{name}: n = {}, net {net}, wins {}", row.n, words::figure(&row.win_rate, Form::Rate));
        scene.told((LEFT, y + 7.0), (long, ROW - 14.0), tone, 0.7, tip);
        if row.n < words::THIN {
            scene.hatch((LEFT, y + 7.0), (long, ROW - 14.0), Tone::Paper, 0.75);
        }
        scene.text((LEFT - 12.0, base), LABEL, Anchor::End, Tone::Text, glyphs::cut(&name, LABEL, LEFT - 20.0));
        let label = format!("n = {}", words::count(row.n));
        let x = LEFT + long + 12.0;
        scene.text((x, base), LABEL, Anchor::Start, Tone::Text, label.clone());
        let x = x + glyphs::width(&label, LABEL) + 18.0;
        if row.net.micros() != 0 {
            scene.arrow((x, base), LABEL, !loss);
        }
        scene.text((x + 16.0, base), LABEL, Anchor::Start, Tone::Text, format!("net {net}"));
        let x = x + 16.0 + glyphs::width(&format!("net {net}"), LABEL) + 18.0;
        if let Some(rate) = row.win_rate.value.filter(|r| r.is_finite()) {
            scene.text((x, base), LABEL, Anchor::Start, Tone::Muted, format!("{} won", words::percent(rate)));
        }
    }
    scene
}
