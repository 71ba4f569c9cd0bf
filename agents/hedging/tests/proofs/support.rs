//! Markets and checks that every rule's tests use.

use crate::common::bare;
use betty_hedging::{Certificate, Evidence, Obligation, Relation, RuleId, analyze, prove_all};
use betty_market::{EventId, EventRef, Market, NegRisk, NegRiskId, Timestamp};

/// A market that ends with the year 2026.
pub(crate) fn market(id: &str, question: &str, description: &str) -> Market {
    let mut m = bare(id, question, Timestamp::parse("2026-12-31"));
    m.description = Some(description.to_owned());
    m
}

pub(crate) fn in_event(mut m: Market, id: &str, title: &str) -> Market {
    m.event = Some(EventRef {
        id: EventId::new(id).unwrap(),
        title: title.to_owned(),
        slug: title.to_lowercase().replace(' ', "-"),
        series: None,
        market_count: None,
    });
    m
}

pub(crate) fn in_group(mut m: Market, group: &str) -> Market {
    m.neg_risk = Some(NegRisk { group: NegRiskId::new(group).unwrap(), augmented: false, other: false });
    m
}

/// A market with a piece of its question and rule text replaced wherever it stands; it must stand somewhere.
pub(crate) fn with(m: &Market, from: &str, to: &str) -> Market {
    let mut m = m.clone();
    let text = m.description.take().unwrap_or_default();
    assert!(text.contains(from) || m.question.contains(from), "{from}");
    m.question = m.question.replace(from, to);
    m.description = Some(text.replace(from, to));
    m
}

/// The same in the question alone.
pub(crate) fn with_question(m: &Market, from: &str, to: &str) -> Market {
    assert!(m.question.contains(from), "{from}");
    Market { question: m.question.replace(from, to), ..m.clone() }
}

/// The same in the rule text alone.
pub(crate) fn with_rules(m: &Market, from: &str, to: &str) -> Market {
    let mut m = m.clone();
    let text = m.description.take().unwrap_or_default();
    assert!(text.contains(from), "{from}");
    m.description = Some(text.replace(from, to));
    m
}

pub(crate) fn without_rules(m: &Market) -> Market {
    Market { description: None, ..m.clone() }
}

#[track_caller]
pub(crate) fn shown(a: &Market, b: &Market, rule: RuleId) -> Certificate {
    let analysis = analyze(a, b);
    let found = analysis.relation.unwrap_or_else(|| panic!("nothing shown: {:#?}", analysis.failed));
    assert_eq!(found.rule, rule, "{}", found.sentence);
    // The search over many finds what the analysis of two finds.
    let searched = prove_all(&[a.clone(), b.clone()]).proofs;
    assert!(searched.iter().any(|p| p.certificate == found), "not found by the search: {}", found.sentence);
    assert!(found.still_holds(&[a, b]) && !found.obligations.is_empty() && !found.spans.is_empty());
    for span in &found.spans {
        let m = if span.market == a.id { a } else { b };
        let text = match span.field {
            betty_hedging::certificate::Field::Question => m.question.as_str(),
            _ => m.description.as_deref().unwrap(),
        };
        assert!(text.get(span.start..span.end).is_some_and(|t| !t.trim().is_empty()), "{span:?}");
    }
    found
}

/// Proven both ways round, with the first market named first where the relation has a direction.
#[track_caller]
pub(crate) fn proven(a: &Market, b: &Market, rule: RuleId, relation: Relation) -> Certificate {
    let found = shown(a, b, rule);
    assert_eq!((found.relation, found.evidence), (relation, Evidence::Proven), "{}", found.sentence);
    let mirrored = shown(b, a, rule);
    assert_eq!(mirrored.relation, relation);
    if relation == Relation::Implies {
        assert_eq!(found.markets, [a.id.clone(), b.id.clone()], "{}", found.sentence);
        assert_eq!(mirrored.markets, found.markets, "the order is found, not given");
    }
    found
}

/// Nothing is shown, and the rule names this obligation.
#[track_caller]
pub(crate) fn refused(a: &Market, b: &Market, rule: RuleId, obligation: Obligation) {
    for (x, y) in [(a, b), (b, a)] {
        let analysis = analyze(x, y);
        assert!(analysis.relation.is_none(), "shown: {:?}", analysis.relation);
        let failure = analysis.failed.iter().find(|f| f.rule == rule).expect("the rule was tried");
        assert_eq!(failure.obligation, obligation, "{failure}");
        assert!(prove_all(&[x.clone(), y.clone()]).proofs.is_empty(), "the search shows what the analysis refuses");
    }
}
