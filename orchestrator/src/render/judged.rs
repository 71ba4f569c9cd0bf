//! What a language model was asked in a scan, and what it took.

use super::num::{count, counted};
use super::words::quoted;
use betty_bus::report::JudgedReport;

/// The model's part of a scan, a paragraph each; nothing when none is configured.
pub(super) fn lines(judged: Option<&JudgedReport>) -> Vec<String> {
    let Some(r) = judged else { return Vec::new() };
    let mut out = format!(
        "{}: {} that no rule ties and that would pay if related, {} taken up; {} withstood every question, {} did not quite (never traded), {} rejected, {} unrelated.",
        quoted(&r.model),
        counted(r.paying, "pair", "pairs"),
        count(r.pairs),
        count(r.verified),
        count(r.hypotheses),
        count(r.rejected),
        count(r.unrelated),
    );
    out.push_str(&format!(
        " {} in store, {} judged now with {} for {} tokens and ${}; left: {} tokens and ${} of this scan, {} and ${} of today.",
        counted(r.known, "verdict", "verdicts"),
        count(r.judged),
        counted(r.calls, "call", "calls"),
        count(r.spent.tokens),
        r.spent.usd,
        count(r.left_scan.tokens),
        r.left_scan.usd,
        count(r.left_day.tokens),
        r.left_day.usd,
    ));
    if r.failed > 0 {
        out.push_str(&format!(
            " The questions about {} failed and are put again in the next scan.",
            counted(r.failed, "pair", "pairs")
        ));
    }
    if r.screened > 0 {
        let (what, them) = if r.screened == 1 {
            ("One market's text speaks", "it")
        } else {
            ("Texts of several markets speak", "them")
        };
        out.push_str(&format!(
            " {what} to its reader instead of stating rules: no model is shown {them} ({}).",
            count(r.screened)
        ));
    }
    let mut lines = vec![out];
    if let Some(why) = &r.stopped {
        lines.push(format!(
            "PARTIAL: {} were not asked about, because {}.",
            counted(r.left_out, "pair", "pairs"),
            quoted(why)
        ));
    }
    for conflict in &r.conflicts {
        lines.push(format!("Overruled: {}", quoted(conflict)));
    }
    lines
}
