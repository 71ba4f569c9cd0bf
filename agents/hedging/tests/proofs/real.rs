//! The recorded questions: bare ones are never proven, and what the rule on twins shows in the dump can be counted.

use crate::common::{bare, dump, recorded};
use betty_hedging::{Evidence, Relation, RuleId, prove_all};
use betty_market::{Market, NegRisk, NegRiskId, Timestamp};
use std::collections::{BTreeMap, HashMap};

#[test]
fn every_twin_of_the_dump_has_one_text() {
    let Some(markets) = dump("every_twin_of_the_dump_has_one_text") else { return };
    let of = |id: &betty_market::MarketId| markets.iter().find(|m| m.id == *id).unwrap();
    for proof in prove_all(&markets).proofs.iter().filter(|p| p.certificate.rule == RuleId::R12) {
        let [a, b] = [0, 1].map(|i| of(&proof.certificate.markets[i]));
        eprintln!("{}", proof.certificate.sentence);
        assert_eq!((&a.description, a.end), (&b.description, b.end));
    }
}

/// The recorded questions without rule texts, in their groups.
fn questions(test: &str) -> Option<Vec<Market>> {
    let bytes = recorded("quotes-2026-03-22_04-11/markets.csv.gz", test)?;
    let rows = csv::Reader::from_reader(&bytes[..]).into_deserialize::<BTreeMap<String, String>>();
    let market = |row: BTreeMap<String, String>| {
        let mut m = bare(&row["market_id"], row["question"].trim(), Timestamp::parse(&row["end_date"]));
        let group = NegRiskId::new(&*row["neg_risk_group_id"]).ok();
        m.neg_risk = group.map(|group| NegRisk { group, augmented: false, other: false });
        m
    };
    Some(rows.map(|row| market(row.expect("a row"))).collect())
}

#[test]
fn bare_questions_are_never_proven_and_never_twins() {
    let Some(markets) = questions("bare_questions_are_never_proven_and_never_twins") else { return };
    // A group is the venue's word and needs no text.
    let of_texts = prove_all(&markets).proofs.into_iter().map(|p| p.certificate);
    let of_texts = of_texts.filter(|c| !matches!(c.rule, RuleId::R2 | RuleId::R3));
    for c in of_texts {
        assert!(c.evidence == Evidence::Presumed && c.rule != RuleId::R12, "{}", c.sentence);
    }
}

/// How far a bid may stand above what the relation allows before it counts as a contradiction, in ten-thousandths: stale books and the
/// time between two looks make a few cents.
const GROSS: i64 = 1_000;
/// Most looks of a rule that may contradict it so.
const GROSS_SHARE_MAX: f64 = 0.01;

/// Prices cannot prove a relation, but a rule that is wrong is contradicted by them all the time: what implies would be bid far above
/// the ask of what is implied.
#[test]
fn recorded_prices_do_not_contradict_the_rules_of_the_table() {
    const NAME: &str = "recorded_prices_do_not_contradict_the_rules_of_the_table";
    let (Some(markets), Some(bytes)) = (questions(NAME), recorded("quotes-2026-03-22_04-11/quotes.csv.gz", NAME))
    else {
        return;
    };
    let mut books: HashMap<String, BTreeMap<i64, [i64; 2]>> = HashMap::new();
    for row in csv::Reader::from_reader(&bytes[..]).into_deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        let price = |key: &str| row[key].parse::<f64>().ok().map(|p| (p * 10_000.0).round() as i64);
        if let (Ok(at), Some(bid), Some(ask)) = (row["ts"].parse(), price("yes_bid"), price("yes_ask")) {
            books.entry(row["market_id"].clone()).or_default().insert(at, [bid, ask]);
        }
    }
    let mut tally: BTreeMap<RuleId, [u32; 3]> = BTreeMap::new();
    for certificate in prove_all(&markets).proofs.into_iter().map(|p| p.certificate) {
        let counts = tally.entry(certificate.rule).or_default();
        counts[0] += 1;
        let [Some(a), Some(b)] = [0, 1].map(|i| books.get(certificate.markets[i].as_str())) else { continue };
        for (at, [bid, ask]) in a {
            let Some([other_bid, other_ask]) = b.get(at) else { continue };
            counts[1] += 1;
            // How far the prices would pay without cost: buying what cannot lose.
            let over = match certificate.relation {
                Relation::Implies => bid - other_ask,
                Relation::Excludes => bid + other_bid - 10_000,
                Relation::Exhausts => 10_000 - ask - other_ask,
                _ => 0,
            };
            if over > GROSS {
                counts[2] += 1;
                if counts[2] <= 3 {
                    eprintln!("{} {over}: {}", certificate.rule, certificate.sentence);
                }
            }
        }
    }
    eprintln!("pairs, looks at both at once, gross contradictions by rule: {tally:?}");
    for (rule, [_, looks, gross]) in tally {
        assert!(f64::from(gross) <= GROSS_SHARE_MAX * f64::from(looks.max(100)), "{rule}: {gross} of {looks}");
    }
}
