//! From the profit at the middle of the books, cost by cost, to what is left.

use super::{Chart, LABEL, mark, nothing, of_case};
use crate::draw::Tone;
use crate::draw::axis::{Scale, extent};
use crate::draw::scene::{Anchor, Scene, WIDTH};
use crate::words::{self, money};
use betty_market::Usdc;
use betty_trading::backtest::report::Waterfall;
use betty_trading::backtest::{Case, RunReport};

const LEFT: f64 = 24.0;
const RIGHT: f64 = 976.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 330.0;
const HEIGHT: f64 = 372.0;

/// The lines between the first and the last, by name.
pub(crate) fn costs(w: &Waterfall) -> [(&'static str, Usdc); 6] {
    [
        ("spread", w.spread),
        ("slippage", w.slippage),
        ("fees", w.fee),
        ("gas", w.gas),
        ("leg risk", w.leg_risk),
        ("other", w.other),
    ]
}

/// What the lines say is left, less what the report says is left: zero, or the report is wrong.
pub(crate) fn gap(w: &Waterfall) -> Usdc {
    let sum = costs(w).iter().fold(w.at_mid.micros(), |sum, (_, cost)| sum.saturating_add(cost.micros()));
    Usdc::from_micros(sum.saturating_sub(w.net.micros()))
}

/// The cost waterfall of a case.
#[must_use]
pub fn waterfall(report: &RunReport, case: &Case) -> Chart {
    let w = &case.waterfall;
    let title = "Where the profit goes".to_owned();
    if case.summary.ended == 0 {
        let why = "no trade has ended";
        return Chart::new(report, "waterfall", title, format!("— ({why})."), nothing(why));
    }
    let paid = costs(w).iter().fold(0_i64, |sum, (_, cost)| sum.saturating_add(cost.micros()));
    let most = costs(w).into_iter().filter(|(_, c)| c.is_negative()).min_by_key(|(_, c)| c.micros());
    let largest = most.map_or(String::new(), |(name, cost)| format!(", most of it {name} ({})", money(cost)));
    let mut summary = format!(
        "At the middle of the books {} would have made {}; costs come to {}{largest}, which leaves {} net{}.",
        words::counted(case.summary.ended, "ended trade"),
        money(w.at_mid),
        money(Usdc::from_micros(paid)),
        money(w.net),
        of_case(report, case),
    );
    if gap(w) != Usdc::from_micros(0) {
        summary.push_str(&format!(" The lines do not add up: {} is unaccounted for.", money(gap(w))));
    }
    Chart::new(report, "waterfall", title, summary, picture(report, w))
}

fn picture(report: &RunReport, w: &Waterfall) -> Scene {
    let mut scene = Scene::new(HEIGHT);
    mark(&mut scene, report, (LEFT, RIGHT), (TOP, BOTTOM));
    // Name, from, to, amount, total.
    let mut bars = vec![("at mid", 0.0, w.at_mid.to_f64(), w.at_mid, true)];
    let mut level = w.at_mid.to_f64();
    for (name, cost) in costs(w) {
        bars.push((name, level, level + cost.to_f64(), cost, false));
        level += cost.to_f64();
    }
    bars.push(("net", 0.0, w.net.to_f64(), w.net, true));
    let range = extent(bars.iter().flat_map(|b| [b.1, b.2]), 0.08);
    let up = Scale { from: range, to: (BOTTOM, TOP) };
    scene.line((LEFT, up.at(0.0)), (RIGHT, up.at(0.0)), Tone::Muted, 1.5);
    let slot = (WIDTH - 2.0 * LEFT) / bars.len() as f64;
    let wide = slot * 0.64;
    for (i, (name, from, to, amount, total)) in bars.iter().enumerate() {
        let x = LEFT + slot * i as f64 + (slot - wide) / 2.0;
        let (top, bottom) = (up.at(from.max(*to)), up.at(from.min(*to)));
        let tone = if amount.is_negative() { Tone::Orange } else { Tone::Blue };
        let tip = format!("{name}: {}", money(*amount));
        // A bar too thin to see is still a line.
        let tall = (bottom - top).max(2.0);
        scene.told((x, top), (wide, tall), tone, if *total { 1.0 } else { 0.62 }, tip);
        if i + 1 < bars.len() {
            let y = up.at(*to);
            scene.dashed(vec![(x + wide, y), (x + slot, y)], Tone::Muted, 1.2);
        }
        // Above a gain, below a cost, where no other bar is.
        let above = !amount.is_negative();
        let y = if above { top - 8.0 } else { (top + tall + 20.0).min(BOTTOM + 14.0) };
        scene.text((x + wide / 2.0, y), LABEL, Anchor::Middle, Tone::Text, money(*amount));
        scene.text((x + wide / 2.0, HEIGHT - 10.0), LABEL, Anchor::Middle, Tone::Muted, *name);
    }
    scene
}
