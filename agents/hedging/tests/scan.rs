//! A scan of the Gamma dump: what it lists, and that every pair is accounted for.

mod common;

use betty_hedging::{
    Evidence, RefusalReason, Relation, RuleId, ScanConfig, ScanInput, ScanReport, Tier, prove_all, scan, scan_proofs,
    tokens_to_price,
};
use betty_market::{Book, Depth, Market, Outcome, Timestamp, TokenId};
use common::{DUMP_AT, dump, top_books};
use std::collections::{HashMap, HashSet};

/// Shares assumed at the best prices: the dump tells none.
const ASSUMED_SHARES: i64 = 100;

fn report(markets: &[Market], books: &HashMap<TokenId, Book>, config: ScanConfig) -> ScanReport {
    scan(&ScanInput { markets, books, now: Timestamp::parse(DUMP_AT).unwrap(), config })
}

#[test]
fn lists_the_nested_hedges_of_that_day() {
    let Some(markets) = dump("lists_the_nested_hedges_of_that_day") else { return };
    let books = top_books(&markets, ASSUMED_SHARES);
    let report = report(&markets, &books, ScanConfig::default());

    // What must be there, from the texts and top prices alone: title bid above conference ask for the same team.
    let title = |m: &&Market| m.event.as_ref().is_some_and(|e| e.title == "2026 NBA Champion");
    let conference = |m: &&Market| {
        m.event.as_ref().is_some_and(|e| e.title.starts_with("NBA ") && e.title.ends_with("Conference Champion"))
    };
    let mut wanted = HashSet::new();
    for a in markets.iter().filter(title) {
        for b in markets.iter().filter(conference).filter(|b| b.group_title == a.group_title) {
            if let (Some(bid), Some(ask)) = (a.best_bid, b.best_ask)
                && bid > ask
            {
                wanted.insert((a.id.clone(), b.id.clone()));
            }
        }
    }
    assert!(!wanted.is_empty(), "the recorded day has such pairs");
    let listed: HashSet<_> = report
        .hedges
        .iter()
        .filter(|h| h.certificate.rule == RuleId::R9 && h.tier == Tier::T0 && h.quote.net_edge_ppm > 0)
        .map(|h| (h.legs[0].market.clone(), h.legs[1].market.clone()))
        .collect();
    assert!(wanted.is_subset(&listed), "missing: {:?}", wanted.difference(&listed));

    for h in &report.hedges {
        assert!(!h.quote.worst_case.is_negative() && h.quote.net_edge_ppm >= 0);
        assert_eq!(h.certificate.evidence, Evidence::Proven);
        assert!(h.quote.worst_case_void < h.quote.worst_case);
        // On that day trading was free; the profit is the gap of the best prices times the size.
        let asks = h.quote.legs.iter().map(|l| i64::from(l.best_ask.e4())).sum::<i64>();
        assert_eq!(h.quote.worst_case.micros(), (10_000 - asks) * 100 * h.quote.shares.micros() / 1_000_000);
        eprintln!(
            "{} {} net {} ppm, {} shares, {:?} days: {}",
            h.tier, h.key, h.quote.net_edge_ppm, h.quote.shares, h.quote.days, h.certificate.sentence
        );
    }
    eprintln!(
        "{} pairs, {} proven, {:?}, {:?}",
        report.scanned_pairs, report.proven, report.refused, report.obligations
    );
}

#[test]
fn every_pair_ends_somewhere() {
    let Some(mut markets) = dump("every_pair_ends_somewhere") else { return };
    let whole = top_books(&markets, ASSUMED_SHARES);
    let check = |markets: &[Market], books: &HashMap<TokenId, Book>, config: ScanConfig| {
        let report = report(markets, books, config);
        let refused: u64 = report.refused.values().sum();
        assert_eq!(report.hedges.len() as u64 + refused, report.scanned_pairs);
        assert_eq!(report.proven + report.presumed + report.obligations.values().sum::<u64>(), report.scanned_pairs);
        let keys: HashSet<_> = report.hedges.iter().chain(&report.watch).map(|h| &h.key).collect();
        assert_eq!(keys.len(), report.hedges.len() + report.watch.len(), "keys are unique");
        assert!(report.watch.iter().all(|h| h.tier == Tier::Watch));
        let sets: u64 = report.sets_refused.values().sum();
        assert_eq!(report.baskets.len() as u64 + sets, report.sets_priced);
        report
    };
    let all = check(&markets, &whole, ScanConfig::default());
    assert!(all.scanned_pairs > 100);

    // Half the books gone: those pairs have no book, and nothing is made up.
    let half: HashMap<_, _> = whole
        .iter()
        .filter(|(t, _)| t.as_str().ends_with(['0', '2', '4', '6', '8']))
        .map(|(t, b)| (t.clone(), b.clone()))
        .collect();
    let report = check(&markets, &half, ScanConfig::default());
    assert!(report.refused[&RefusalReason::NoBook] > 0);
    assert!(report.hedges.len() <= all.hedges.len());

    // Ten dollars of gas: nothing pays.
    let mut dear = ScanConfig::default();
    dear.quote.gas = betty_market::Usdc::whole(10);
    let report = check(&markets, &whole, dear);
    assert!(report.hedges.is_empty() && report.refused[&RefusalReason::Gas] > 0);

    // Order of the rows changes nothing.
    markets.reverse();
    let turned = check(&markets, &whole, ScanConfig::default());
    let keys = |r: &ScanReport| r.hedges.iter().map(|h| h.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&turned), keys(&all));
    assert_eq!(turned.refused, all.refused);
}

#[test]
fn only_the_needed_books_are_asked_for() {
    let Some(markets) = dump("only_the_needed_books_are_asked_for") else { return };
    let discovery = prove_all(&markets);
    let tokens = tokens_to_price(&discovery, &markets);
    let all = top_books(&markets, ASSUMED_SHARES);
    let needed: HashMap<_, _> = tokens.iter().map(|t| (t.clone(), all[t].clone())).collect();
    assert_eq!(needed.len(), tokens.len());
    assert!(tokens.len() < all.len() / 2, "{} of {}", tokens.len(), all.len());
    let input = |books| ScanInput {
        markets: &markets,
        books,
        now: Timestamp::parse(DUMP_AT).unwrap(),
        config: ScanConfig::default(),
    };
    assert_eq!(scan_proofs(&discovery, &input(&needed)), scan(&input(&all)));
}

#[test]
fn a_changed_rule_text_is_not_traded() {
    let Some(mut markets) = dump("a_changed_rule_text_is_not_traded") else { return };
    let books = top_books(&markets, ASSUMED_SHARES);
    let discovery = prove_all(&markets);
    let before = scan(&ScanInput {
        markets: &markets,
        books: &books,
        now: Timestamp::parse(DUMP_AT).unwrap(),
        config: ScanConfig::default(),
    });
    let first = &before.hedges[0];
    for m in &mut markets {
        if m.id == first.legs[0].market {
            m.description.as_mut().unwrap().push_str("\n\nClarification: another rule holds.");
        }
    }
    let after = scan_proofs(
        &discovery,
        &ScanInput {
            markets: &markets,
            books: &books,
            now: Timestamp::parse(DUMP_AT).unwrap(),
            config: ScanConfig::default(),
        },
    );
    assert!(after.hedges.iter().chain(&after.watch).all(|h| h.key != first.key));
    assert!(
        after.refused[&RefusalReason::LogicNotProven]
            > before.refused.get(&RefusalReason::LogicNotProven).copied().unwrap_or(0)
    );
}

#[test]
fn no_proof_without_rule_texts() {
    let Some(mut markets) = dump("no_proof_without_rule_texts") else { return };
    for m in &mut markets {
        m.description = None;
    }
    let discovery = prove_all(&markets);
    assert!(discovery.proofs.iter().all(|p| p.certificate.evidence == Evidence::Presumed));
    let books = top_books(&markets, ASSUMED_SHARES);
    let report = report(&markets, &books, ScanConfig::default());
    assert!(report.hedges.iter().all(|h| h.tier == Tier::Watch && h.coverage.n == 0));
    assert_eq!(report.proven, 0);
}

#[test]
fn legs_fit_their_relation() {
    let Some(markets) = dump("legs_fit_their_relation") else { return };
    for proof in prove_all(&markets).proofs {
        let sides = proof.legs.each_ref().map(|l| l.outcome);
        let want: &[[Outcome; 2]] = match proof.certificate.relation {
            Relation::Implies => &[[Outcome::No, Outcome::Yes]],
            Relation::Excludes => &[[Outcome::No, Outcome::No]],
            Relation::Exhausts | Relation::Partition => &[[Outcome::Yes, Outcome::Yes]],
            Relation::Equivalent | Relation::Union => &[[Outcome::No, Outcome::Yes], [Outcome::Yes, Outcome::No]],
        };
        assert!(want.contains(&sides), "{}", proof.key());
        assert_eq!(proof.certificate.markets[0], proof.legs[0].market);
    }
}

/// Three that exclude each other: no two NOs pay, all three do.
#[test]
fn a_set_that_pays_as_a_whole_is_found_and_one_that_changed_is_not() {
    let member = |i: usize, bid: &str, ask: &str| {
        let mut m = common::bare(&format!("{i}"), &format!("Will candidate {i} of Lorn win?"), None);
        m.description = Some("This market resolves to \"Yes\" if the candidate of the title wins.".to_owned());
        m.neg_risk = Some(betty_market::NegRisk {
            group: betty_market::NegRiskId::new("g").unwrap(),
            augmented: false,
            other: false,
        });
        m.fee = Some(betty_market::FeeSchedule::linear(40_000));
        m.end = Some(NOON.plus_millis(i64::try_from(i).unwrap() * 86_400_000));
        (m.best_bid, m.best_ask, m.updated) = (Some(bid.parse().unwrap()), Some(ask.parse().unwrap()), Some(NOON));
        m
    };
    const NOON: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    let run_with = |bids: [&str; 3], change: bool, gas: &str, min_edge_ppm| {
        let mut markets: Vec<_> = bids.iter().enumerate().map(|(i, bid)| member(i, bid, "0.40")).collect();
        let discovery = prove_all(&markets);
        let tokens = tokens_to_price(&discovery, &markets);
        let books = top_books(&markets, 50);
        if change {
            markets[1].description = Some("This market resolves to \"Yes\" if nobody wins.".to_owned());
        }
        let mut config = ScanConfig::default();
        (config.quote.gas, config.quote.min_edge_ppm) = (gas.parse().unwrap(), min_edge_ppm);
        let input = ScanInput { markets: &markets, books: &books, now: NOON, config };
        let report = scan_proofs(&discovery, &input);
        assert_eq!(report.baskets.len() as u64 + report.sets_refused.values().sum::<u64>(), report.sets_priced);
        (report, tokens.len())
    };
    let run = |bids, change| run_with(bids, change, "0", 0);
    let (found, tokens) = run(["0.36", "0.36", "0.36"], false);
    let [basket] = &found.baskets[..] else { panic!("{:?}", found.baskets) };
    assert_eq!((found.sets_priced, tokens), (1, 6));
    assert_eq!(basket.legs.iter().map(|l| l.outcome).collect::<Vec<_>>(), [Outcome::No; 3]);
    // 2 × 50 − 3 × (32 + 50 × 0.04 × 0.64 × 0.36).
    assert_eq!(basket.basket.worst, "2.6176".parse().unwrap());
    assert_eq!(basket.certificate.relation, Relation::Excludes);
    assert_eq!(basket.legs.len(), basket.basket.legs.len());
    // The last of the three ends two days after the first; two more for a dispute.
    assert_eq!((basket.tier, basket.days, basket.depth), (Tier::T0, Some(4), Depth::Unknown));
    // 2.6176 of 97.3824.
    assert_eq!(basket.basket.net_edge_ppm(), 26_879);
    let refused = |report: ScanReport| {
        assert!(report.baskets.is_empty());
        report.sets_refused.into_iter().map(|(why, n)| format!("{n} {why}")).collect::<Vec<_>>()
    };
    let dear = ["0.36"; 3];
    assert_eq!(refused(run(dear, true).0), ["1 not_proven"]);
    // Three markets are two pairs of orders.
    assert_eq!(refused(run_with(dear, false, "1.40", 0).0), ["1 too_small"]);
    assert_eq!(run_with(dear, false, "1.30", 0).0.baskets[0].basket.gas(), "2.60".parse().unwrap());
    assert_eq!(refused(run_with(dear, false, "0", 30_000).0), ["1 nothing_pays"]);
    assert_eq!(run_with(dear, false, "0", 26_000).0.baskets.len(), 1);
    assert_eq!(
        refused(run(["0.335"; 3], false).0),
        ["1 nothing_pays"],
        "under two dollars before fees, over them after"
    );
    let (none, tokens) = run(["0.30", "0.30", "0.30"], false);
    // By the listings three NOs cost 2.10 for 2.00: the other sides are not even read.
    assert_eq!((none.sets_priced, none.baskets.len(), tokens), (0, 0, 3));
}
