//! Date ladders, and the windows and source changes that only look like ladders.

use crate::sim::calendar::{deadline, eastern, long_date, month_end, month_name, plus_days, short_date};
use crate::sim::draft::{Category, EventDraft, FamilyDraft, MarketDraft, PairKind, Workshop};
use crate::sim::latent::Condition;
use crate::sim::names::{self, COUNTRIES, TOKENS_TO_COME};
use chrono::{Datelike, NaiveDate};

/// Something that may happen, in the words a question and a rule text need.
pub(crate) struct Happening {
    category: Category,
    /// "Will Valdoria call a snap election", to which " by March 31, 2026?" is added.
    question: String,
    /// "Valdoria calls a snap election".
    clause: String,
    /// What counts and what does not.
    definition: String,
    source: String,
}

/// How many kinds of happening there are.
const KINDS: u64 = 14;

const REPORTING: &str = "a consensus of credible reporting";

fn happening(shop: &mut Workshop<'_>) -> Happening {
    let rng = &mut *shop.rng;
    let nation = rng.pick(COUNTRIES);
    let rival = loop {
        let other = rng.pick(COUNTRIES);
        if other != nation {
            break other;
        }
    };
    // Between equals the order of the names says nothing: one order, one question.
    let (first, second) = (nation.min(rival), nation.max(rival));
    let person = names::person(rng);
    let company = names::company(rng);
    let (token, _) = names::token(rng, TOKENS_TO_COME);
    let (category, question, clause, definition, source) = match rng.below(KINDS) {
        0 => (
            Category::Geopolitics,
            format!("{first} x {second} ceasefire"),
            format!("there is an official ceasefire agreement, defined as a publicly announced and mutually agreed halt in military engagement, between {first} and {second}"),
            "If the agreement is officially reached before the resolution date, this market will resolve to \"Yes\", regardless of whether the ceasefire officially starts afterward. Humanitarian pauses and informal understandings will not count.".to_owned(),
            format!("official announcements from {first} and {second}, and {REPORTING}"),
        ),
        1 => (
            Category::Politics,
            format!("{person} out as Prime Minister of {nation}"),
            format!("{person} ceases to be Prime Minister of {nation} for any length of time"),
            format!("An announcement of {person}'s resignation or removal qualifies only once it has taken effect."),
            format!("the government of {nation} and {REPORTING}"),
        ),
        2 => (
            Category::Politics,
            format!("Will {nation} call a snap election"),
            format!("the government or head of state of {nation} formally calls a national parliamentary election ahead of schedule"),
            "A scheduled election does not count. The election itself need not have taken place.".to_owned(),
            format!("the government of {nation} and {REPORTING}"),
        ),
        3 => (
            Category::Tech,
            format!("Will {company} release its {token} model"),
            format!("{company} makes its next flagship model, under the name {token} or any other name, available to the general public"),
            "A closed beta or an invitation-only preview does not count as a release.".to_owned(),
            format!("official information from {company}"),
        ),
        4 => (
            Category::Crypto,
            format!("Will {token} perform an airdrop"),
            format!("{token} launches a token and performs an airdrop"),
            "For the purposes of this market \"locked\" tokens or non-swappable tokens will not suffice. Airdrops of collectibles will not qualify.".to_owned(),
            format!("on-chain information and official information from {token}"),
        ),
        5 => (
            Category::Finance,
            format!("{company} IPO"),
            format!("shares of {company} begin trading publicly on any stock exchange"),
            "A filing or a pricing announcement does not qualify before the first trade.".to_owned(),
            format!("the listing exchange and {REPORTING}"),
        ),
        6 => (
            Category::Economics,
            format!("Will the Central Bank of {nation} cut its policy rate"),
            format!("the Central Bank of {nation} announces a policy rate below the one in force on January 1, {}", shop.today.year()),
            "Emergency meetings count. A change of any size qualifies.".to_owned(),
            format!("the Central Bank of {nation}"),
        ),
        7 => (
            Category::Culture,
            format!("Will {person} release a new album"),
            format!("{person} releases a new studio album on a major streaming service"),
            "Live albums, re-recordings, compilations and extended plays do not count.".to_owned(),
            format!("official information from {person}"),
        ),
        8 => (
            Category::Geopolitics,
            format!("{nation} military action against {rival}"),
            format!("{nation} initiates a drone, missile, air or ground strike on the soil of {rival}"),
            "Cyberattacks, and strikes that are intercepted before crossing the border, will not qualify.".to_owned(),
            REPORTING.to_owned(),
        ),
        9 => (
            Category::Finance,
            format!("Will {company} announce a stock split"),
            format!("the board of {company} announces a forward stock split of any ratio"),
            "The split itself need not have taken effect.".to_owned(),
            format!("filings and official information from {company}"),
        ),
        10 => (
            Category::Politics,
            format!("Will {first} and {second} sign a trade agreement"),
            format!("{first} and {second} sign a bilateral trade agreement"),
            "A memorandum, a framework or a joint statement without signature will not qualify.".to_owned(),
            format!("official announcements from {first} and {second}"),
        ),
        11 => (
            Category::Tech,
            format!("Will {company} reach orbit with its {token} rocket"),
            format!("a {token} rocket of {company} reaches a stable orbit of the Earth"),
            "Suborbital flights do not count. A successful landing is not required.".to_owned(),
            format!("official information from {company} and {REPORTING}"),
        ),
        12 => (
            Category::Politics,
            format!("Will {nation} leave the {rival} Accord"),
            format!("{nation} formally withdraws from the {rival} Accord"),
            "Notice of withdrawal qualifies; a statement of intent does not.".to_owned(),
            format!("the government of {nation} and {REPORTING}"),
        ),
        _ => (
            Category::Culture,
            format!("{person} engaged"),
            format!("{person} is publicly announced to be engaged to be married"),
            "Rumours that neither party nor a representative confirms do not count.".to_owned(),
            REPORTING.to_owned(),
        ),
    };
    Happening { category, question, clause, definition, source }
}

impl Happening {
    fn title(&self) -> String {
        format!("{} by...?", self.question)
    }

    /// A question with its rule text: `ask` completes the question ("by March 31, 2026"), `rule` the clause.
    fn market(&self, ask: &str, rule: &str, group_title: String, end: i64, condition: Condition) -> MarketDraft {
        MarketDraft {
            question: format!("{} {ask}?", self.question),
            description: format!(
                "This market will resolve to \"Yes\" if {} {rule}. Otherwise, this market will resolve to \"No\".\n\n{}\n\nThe resolution source for this market will be {}.",
                self.clause, self.definition, self.source
            ),
            group_title,
            source: String::new(),
            end,
            conditions: vec![condition],
            other: false,
        }
    }
}

fn by(date: NaiveDate) -> String {
    format!("by {}, 11:59 PM ET", long_date(date))
}

fn event(title: String, category: Category, fine_tick: bool, markets: Vec<MarketDraft>) -> EventDraft {
    EventDraft { title, category, series: None, neg_risk: false, augmented: false, fine_tick, markets }
}

/// The spans between consecutive deadlines, from the opening on.
fn spans(opens: i64, dates: &[NaiveDate]) -> Vec<(i64, i64)> {
    let ends = dates.iter().map(|d| deadline(*d));
    let starts = std::iter::once(opens).chain(ends.clone());
    starts.zip(ends).collect()
}

/// Prior of "happens in span k" and "never", with spans weighted by their length.
#[allow(clippy::cast_precision_loss)]
fn prior(shop: &mut Workshop<'_>, spans: &[(i64, i64)]) -> Vec<f64> {
    let happens = 0.12 + 0.7 * shop.rng.unit();
    let total = spans.iter().map(|(a, b)| (b - a) as f64).sum::<f64>();
    // Likelier early than late, as news usually is.
    let lean = 0.4 + 0.5 * shop.rng.unit();
    let weights: Vec<f64> =
        spans.iter().enumerate().map(|(k, (a, b))| (b - a) as f64 / total + if k == 0 { lean } else { 0.0 }).collect();
    let sum: f64 = weights.iter().sum();
    let mut prior: Vec<f64> = weights.iter().map(|w| happens * w / sum).collect();
    prior.push(1.0 - happens);
    prior
}

/// A real ladder: cumulative wording, one source, one time zone.
pub(crate) fn date_ladder(shop: &mut Workshop<'_>) -> FamilyDraft {
    let what = happening(shop);
    let rungs = shop.rng.between(3, 5) as usize;
    let dates = shop.month_ends(rungs);
    let spans = spans(shop.opens(), &dates);
    let prior = prior(shop, &spans);
    let variable = shop.during(prior, spans);
    let markets: Vec<MarketDraft> = dates
        .iter()
        .enumerate()
        .map(|(k, d)| {
            let ask = format!("by {}", long_date(*d));
            let condition = Condition { variable: 0, mask: (2 << k) - 1 };
            what.market(&ask, &by(*d), long_date(*d), deadline(*d), condition)
        })
        .collect();
    let pairs = (1..dates.len()).map(|k| (k - 1, k, PairKind::DateLadder)).collect();
    let fine = shop.rng.chance(0.2);
    FamilyDraft {
        topic: what.question.clone(),
        listed: shop.listed,
        variables: vec![variable],
        events: vec![event(what.title(), what.category, fine, markets)],
        pairs,
    }
}

/// Windows: "in February" does not imply "in March". Each month has its own variable.
pub(crate) fn month_windows(shop: &mut Workshop<'_>) -> FamilyDraft {
    let what = happening(shop);
    let mut variables = Vec::new();
    let mut markets = Vec::new();
    for k in 0..3_u32 {
        let last = month_end(shop.today, k + 1);
        let first = last.with_day(1).unwrap_or(last);
        let (from, to) = (eastern(first, 0, 0), deadline(last));
        let p = 0.08 + 0.4 * shop.rng.unit();
        variables.push(shop.during(vec![p, 1.0 - p], vec![(from.max(shop.opens()), to)]));
        let month = format!("{} {}", month_name(last), last.year());
        let rule = format!("between {}, 12:00 AM ET and {}, 11:59 PM ET", long_date(first), long_date(last));
        let ask = format!("in {month}");
        markets.push(what.market(
            &ask,
            &rule,
            month_name(last).to_owned(),
            to,
            Condition { variable: k as usize, mask: 1 },
        ));
    }
    let title = format!("{} in...?", what.question);
    FamilyDraft {
        topic: what.question.clone(),
        listed: shop.listed,
        variables,
        events: vec![event(title, what.category, false, markets)],
        pairs: Vec::new(),
    }
}

/// "By" in the question, but the second window starts where the first ends: only the rule text tells.
pub(crate) fn shifted_starts(shop: &mut Workshop<'_>) -> FamilyDraft {
    let what = happening(shop);
    let dates = shop.month_ends(2);
    let mut variables = Vec::new();
    let mut markets = Vec::new();
    let mut opens = shop.opens();
    let mut first = shop.today;
    for (k, d) in dates.iter().enumerate() {
        let p = 0.1 + 0.4 * shop.rng.unit();
        variables.push(shop.during(vec![p, 1.0 - p], vec![(opens, deadline(*d))]));
        let rule = format!("between {}, 12:00 AM ET and {}, 11:59 PM ET", long_date(first), long_date(*d));
        let ask = format!("by {}", long_date(*d));
        markets.push(what.market(&ask, &rule, short_date(*d), deadline(*d), Condition { variable: k, mask: 1 }));
        opens = deadline(*d);
        first = plus_days(*d, 1);
    }
    FamilyDraft {
        topic: what.question.clone(),
        listed: shop.listed,
        variables,
        events: vec![event(what.title(), what.category, false, markets)],
        pairs: Vec::new(),
    }
}

/// The same question read from two sources: each source makes up its own mind.
pub(crate) fn two_sources(shop: &mut Workshop<'_>) -> FamilyDraft {
    let mut what = happening(shop);
    let dates = shop.month_ends(2);
    let paper = format!("the {} Gazette", shop.rng.pick(names::CITIES));
    let agency = format!("the {} News Agency", shop.rng.pick(names::CITIES));
    let mut variables = Vec::new();
    let mut markets = Vec::new();
    for (k, (d, source)) in dates.iter().zip([paper, agency]).enumerate() {
        let p = 0.2 + 0.3 * shop.rng.unit();
        let opens = shop.opens();
        variables.push(shop.during(vec![p, 1.0 - p], vec![(opens, deadline(*d))]));
        let rule = format!("{}, as first reported by {source}", by(*d));
        let ask = format!("by {}", long_date(*d));
        what.source = format!("{source} alone; reports of other outlets will not be considered");
        markets.push(what.market(&ask, &rule, long_date(*d), deadline(*d), Condition { variable: k, mask: 1 }));
    }
    FamilyDraft {
        topic: what.question.clone(),
        listed: shop.listed,
        variables,
        events: vec![event(what.title(), what.category, false, markets)],
        pairs: Vec::new(),
    }
}

/// One question with one deadline.
pub(crate) fn lone_deadline(shop: &mut Workshop<'_>) -> FamilyDraft {
    let what = happening(shop);
    let date = shop.month_ends(1)[0];
    let p = 0.05 + 0.9 * shop.rng.unit();
    let spans = vec![(shop.opens(), deadline(date))];
    let variable = shop.during(vec![p, 1.0 - p], spans);
    let ask = format!("by {}", long_date(date));
    let market = what.market(&ask, &by(date), String::new(), deadline(date), Condition { variable: 0, mask: 1 });
    let title = market.question.clone();
    let fine = shop.rng.chance(0.3);
    FamilyDraft {
        topic: what.question.clone(),
        listed: shop.listed,
        variables: vec![variable],
        events: vec![event(title, what.category, fine, vec![market])],
        pairs: Vec::new(),
    }
}
