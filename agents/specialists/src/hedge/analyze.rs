//! What holds between two markets, and why or why not.

use super::HedgeSpecialist;
use betty_bus::report::AnalysisReport;
use betty_bus::specialist::{Attempt, Done};
use betty_bus::{Report, TaskError};
use betty_hedging::discover::analyze;
use betty_market::{Market, MarketId};

impl HedgeSpecialist {
    pub(super) async fn analyze(attempt: &Attempt, a: MarketId, b: MarketId) -> Result<Done, TaskError> {
        let (a, b) = (attempt.market.market(&a).await?, attempt.market.market(&b).await?);
        let analysis = analyze(&a, &b);
        let relation = analysis.relation.as_ref().map(|c| relation_words(c, &a, &b));
        let proofs = analysis
            .relation
            .iter()
            .map(|c| format!("{} {}, {:?}: {}", c.rule, c.rule.title(), c.evidence, c.sentence))
            .collect();
        let failed = analysis
            .failed
            .iter()
            .map(|f| format!("{} {}: {} ({})", f.rule, f.rule.title(), f.obligation, f.detail))
            .collect();
        Ok(Done::read(Report::Analysis(AnalysisReport {
            source: attempt.market.label(),
            markets: vec![(a.id, a.question), (b.id, b.question)],
            relation,
            proofs,
            failed,
        })))
    }
}

pub(super) fn relation_words(certificate: &betty_hedging::Certificate, a: &Market, b: &Market) -> String {
    use betty_hedging::Relation as R;
    let first = certificate.markets.first();
    match certificate.relation {
        R::Implies if first == Some(&a.id) => "a_implies_b".to_owned(),
        R::Implies if first == Some(&b.id) => "b_implies_a".to_owned(),
        R::Implies => "none".to_owned(),
        R::Excludes => "mutually_exclusive".to_owned(),
        R::Exhausts | R::Partition => "exhaustive".to_owned(),
        R::Equivalent | R::Union => "equivalent".to_owned(),
    }
}
