//! Real answers of the venue, damaged field by field: nothing panics, and no damage makes a proof.

mod common;

use betty_hedging::{Evidence, Proof, ScanConfig, ScanInput, analyze, prove_all, scan};
use betty_market::gamma::parse_markets_value;
use betty_market::{Book, Depth, Level, Market, MarketId, Price, Shares, Timestamp, TokenId};
use common::recorded;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// Damaged sets that are tried.
const ROUNDS: u64 = 3_000;
/// Rows that stand together in one set.
const SET: usize = 8;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// What a field can become.
fn damaged(old: &Value, dice: &mut Dice) -> Option<Value> {
    let text = old.as_str().map_or_else(|| old.to_string(), str::to_owned);
    Some(match dice.below(18) {
        0 => return None,
        1 => Value::Null,
        2 => json!(""),
        3 => json!(0),
        4 => json!(-1),
        5 => json!(1e308),
        6 => json!(true),
        7 => json!([]),
        8 => json!({}),
        9 => json!([null, [old.clone()]]),
        10 => json!("\u{0}\u{202e}\u{feff}\u{1b}[2J"),
        // A number as text, a text as a number or as itself.
        11 => json!(text),
        12 => text.parse::<f64>().map_or(Value::Null, |n| json!(n)),
        13 => json!(format!("[{text}")),
        14 => json!(text.chars().rev().collect::<String>()),
        15 => json!("x".repeat(70_000)),
        16 => json!("9".repeat(400)),
        _ => json!("2026-13-45T99:99:99Z"),
    })
}

/// Everything proven; presumed pairs are left out: where a rule text is gone the question alone presumes.
fn proven(markets: &[Market]) -> Vec<Proof> {
    let mut found = prove_all(markets).proofs;
    found.retain(|p| p.certificate.evidence == Evidence::Proven);
    found
}

/// Whether the undamaged markets prove the same. Asked of the pair itself: a search looks at the members of a group with the highest
/// bids only, so damage to one can bring another into view.
fn holds_undamaged(proof: &Proof, clean: &[Market]) -> bool {
    let of = |id: &MarketId| clean.iter().find(|m| m.id == *id);
    let [Some(a), Some(b)] = proof.legs.each_ref().map(|l| of(&l.market)) else { return false };
    let relation = analyze(a, b).relation;
    relation.is_some_and(|c| c.evidence == Evidence::Proven && c.relation == proof.certificate.relation)
}

fn parsed(rows: &[Value]) -> Vec<Market> {
    parse_markets_value(&Value::Array(rows.to_vec())).map(|p| p.markets).unwrap_or_default()
}

fn books(markets: &[Market], dice: &mut Dice) -> HashMap<TokenId, Book> {
    let mut out = HashMap::new();
    for token in markets.iter().flat_map(|m| [&m.yes, &m.no]) {
        let bid = 100 + 100 * dice.below(90) as u16;
        let level = |e4: u16| Level { price: Price::from_e4(e4).unwrap(), size: Shares::whole(50) };
        let book = Book::from_levels(token.clone(), NOW, Depth::Full, [level(bid)], [level(bid + 100)]);
        out.insert(token.clone(), book);
    }
    out
}

const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

#[test]
fn damaged_answers_never_panic_and_never_prove() {
    const NAME: &str = "damaged_answers_never_panic_and_never_prove";
    let (Some(list), Some(event), Some(dump)) = (
        recorded("api-2026-10/clob/venue/gamma_markets.json", NAME),
        recorded("api-2026-10/clob/venue/gamma_event.json", NAME),
        recorded("gamma-2026-02-07/markets.json.gz", NAME),
    ) else {
        return;
    };
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("recorded JSON");
    let array = |value: Value| value.as_array().cloned().unwrap_or_default();
    let one = match read(&event) {
        Value::Array(mut events) => events.swap_remove(0),
        event => event,
    };
    let mut rows = array(read(&list));
    rows.extend(array(one["markets"].clone()));
    // The answers of October hold few relations; sets of the older dump hold many.
    rows.extend(array(read(&dump)).into_iter().take(120));
    assert!(rows.len() > 40, "{} rows", rows.len());
    let mut dice = Dice(20_261_126);
    let (mut kept, mut lost) = (0, 0);
    for round in 0..ROUNDS {
        let from = dice.below(rows.len() - SET);
        let mut set = rows[from..from + SET].to_vec();
        let clean = parsed(&set);
        let before = proven(&clean);
        let target = dice.below(SET);
        let fields: Vec<String> = set[target].as_object().expect("a row").keys().cloned().collect();
        let mut touched = Vec::new();
        for _ in 0..1 + dice.below(3) {
            let field = &fields[dice.below(fields.len())];
            let row = set[target].as_object_mut().expect("a row");
            match damaged(&row.get(field).cloned().unwrap_or_default(), &mut dice) {
                Some(value) => row.insert(field.clone(), value),
                None => row.remove(field),
            };
            touched.push(field.clone());
        }
        if round % 7 == 0 {
            // The same row twice, once damaged and once whole.
            set.push(rows[from + target].clone());
        }
        let markets = parsed(&set);
        let after = proven(&markets);
        if touched.iter().all(|f| f != "id") {
            let made = after.iter().find(|p| !holds_undamaged(p, &clean));
            assert!(made.is_none(), "{touched:?} made a proof: {made:?}");
        }
        let keys: BTreeSet<String> = after.iter().map(Proof::key).collect();
        kept += keys.len();
        lost += before.iter().filter(|p| !keys.contains(&p.key())).count();
        for market in markets.iter().skip(1) {
            let _ = analyze(&markets[0], market);
        }
        let books = books(&markets, &mut dice);
        let report = scan(&ScanInput { markets: &markets, books: &books, now: NOW, config: ScanConfig::default() });
        let refused: u64 = report.refused.values().sum();
        assert_eq!(report.hedges.len() as u64 + refused, report.scanned_pairs, "each candidate ends once");
    }
    eprintln!("{ROUNDS} damaged sets: {kept} proofs kept, {lost} lost, none made");
    assert!(kept > 0 && lost > 0, "{kept} kept and {lost} lost: the damage must matter");
}

/// Contradictions that no single field shows.
#[test]
fn contradictory_markets_prove_nothing() {
    let mut market = common::bare("1", "Will the price of Coin be above $200 on April 20, 2026?", None);
    market.no = market.yes.clone();
    assert!(analyze(&market, &market).relation.is_none(), "both outcomes are one token");
    let mut twin = common::bare("2", "Will the price of Coin be above $100 on April 20, 2026?", None);
    twin.condition = market.condition.clone();
    assert!(analyze(&market, &twin).relation.is_none(), "one condition in two markets");
    assert!(prove_all(&[market, twin]).proofs.is_empty());
}
