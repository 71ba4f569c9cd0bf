//! Facts read from a market's texts: dates, thresholds, sources, stages. Small, typed, and every fact knows its place.
//!
//! * `token` splits a text, `item` makes words, dates ([`date`]) and numbers ([`number`]) of it and lays two texts
//!   beside each other. `text` reads what surrounds them, [`stage`] reads competitions.
//!
//! Market text is data. Nothing in it is followed, and what cannot be read is left out, never guessed.

pub(crate) mod conjunction;
pub(crate) mod count;
pub mod date;
pub(crate) mod item;
pub(crate) mod match_text;
pub mod number;
pub(crate) mod price;
pub mod range;
pub(crate) mod score;
pub mod stage;
pub(crate) mod subject;
pub(crate) mod text;
pub(crate) mod token;

use crate::certificate::{Field, Span, TextHash};
use betty_market::Market;
use date::{DateFact, Deadline, When};
use item::Item;
use number::{Comparator, Number};
use price::{PriceQuestion, Window};
use score::MatchQuestion;
use serde::{Deserialize, Serialize};
use stage::Stage;
use std::cell::OnceCell;

/// Longest rule text read, in bytes; the venue's are a few thousand. Beyond it a text counts as absent.
pub const RULES_BYTES_MAX: usize = 65_536;

/// Days around the venue's end date within which it may lend a written day its year.
const END_DATE_SLACK_DAYS: i64 = 2;

/// Where a date's year comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YearFrom {
    /// Nothing says: the other date's year is assumed. Never enough for a proof.
    Assumed,
    /// The venue's end date falls within two days of that day: a fallback. A date ladder, whose order hangs on it, does not take it for a
    /// proof; questions on the price of one day do, since the venue never writes their year.
    EndDate,
    /// The rule text writes that day with its year.
    Rules,
    /// The question writes it.
    Question,
}

/// A market with its texts read. Rule texts are read when a rule first asks for them.
#[derive(Debug)]
pub struct Reading<'m> {
    /// The market.
    pub market: &'m Market,
    pub(crate) question: Vec<Item<'m>>,
    rules: OnceCell<Option<Vec<Item<'m>>>>,
    stage: OnceCell<Option<Stage>>,
    price: OnceCell<Option<(PriceQuestion, Option<Window>)>>,
    score: OnceCell<Option<MatchQuestion<'m>>>,
    pub(crate) hash: OnceCell<TextHash>,
}

impl<'m> Reading<'m> {
    /// Reads the question.
    #[must_use]
    pub fn of(market: &'m Market) -> Self {
        Self {
            market,
            question: item::items(&market.question),
            rules: OnceCell::new(),
            stage: OnceCell::new(),
            price: OnceCell::new(),
            score: OnceCell::new(),
            hash: OnceCell::new(),
        }
    }

    /// The rule text's items; `None` where the source carries none.
    pub(crate) fn rules(&self) -> Option<&[Item<'m>]> {
        self.rules
            .get_or_init(|| {
                let text = self.market.description.as_deref()?;
                let usable = !text.trim().is_empty() && text.len() <= RULES_BYTES_MAX;
                usable.then(|| item::items(text))
            })
            .as_deref()
    }

    /// The stage of a competition the question asks for.
    #[must_use]
    pub fn stage(&self) -> Option<&Stage> {
        self.stage.get_or_init(|| stage::of_question(&self.market.question, &self.question)).as_ref()
    }

    /// What the question asks of the score of a match whose two sides are known, from the question or else from its event.
    pub(crate) fn score(&self) -> Option<MatchQuestion<'m>> {
        *self.score.get_or_init(|| {
            let found = score::of_question(&self.market.question)?;
            match found.teams {
                [Some(_), Some(_)] => Some(found),
                _ => score::completed(found, &self.market.event.as_ref()?.title),
            }
        })
    }

    /// What the question asks of a price, and on which days.
    pub(crate) fn price(&self) -> Option<(PriceQuestion, Option<Window>)> {
        *self.price.get_or_init(|| {
            let found = price::of_question(&self.question)?;
            let window = match self.question.get(found.date) {
                Some(Item::Date(date, _)) => price::window(self, date),
                _ => None,
            };
            Some((found, window))
        })
    }

    /// The span of an item of the question or the rule text.
    pub(crate) fn span(&self, field: Field, (start, end): (usize, usize)) -> Span {
        Span { market: self.market.id.clone(), field, start, end }
    }

    /// A deadline with its year completed: from the question, else the rule text, else the venue's end date if it falls on
    /// that day.
    pub(crate) fn dated(&self, deadline: Deadline) -> (Deadline, YearFrom) {
        if deadline.year.is_some() {
            return (deadline, YearFrom::Question);
        }
        let mut years = self.rules().unwrap_or_default().iter().filter_map(|item| match item {
            Item::Date(DateFact { when: When::Day { year: Some(year), month, day }, .. }, _)
                if (*month, *day) == (deadline.month, deadline.day) =>
            {
                Some(*year)
            }
            _ => None,
        });
        if let Some(year) = years.next() {
            // Two years for one day: the text does not say which.
            let from = if years.all(|y| y == year) { YearFrom::Rules } else { YearFrom::Assumed };
            let year = (from == YearFrom::Rules).then_some(year);
            return (Deadline { year, ..deadline }, from);
        }
        match self.end_year(deadline) {
            Some(year) => (Deadline { year: Some(year), ..deadline }, YearFrom::EndDate),
            None => (deadline, YearFrom::Assumed),
        }
    }

    fn end_year(&self, deadline: Deadline) -> Option<i32> {
        use chrono::Datelike;
        let end = self.market.end?.to_datetime()?.date_naive();
        [end.year() - 1, end.year(), end.year() + 1].into_iter().find(|year| {
            chrono::NaiveDate::from_ymd_opt(*year, u32::from(deadline.month), u32::from(deadline.day))
                .is_some_and(|day| (day - end).num_days().abs() <= END_DATE_SLACK_DAYS)
        })
    }

    /// Everything read, with places, for people and for tests.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let rules = self.rules().unwrap_or_default();
        let description = self.market.description.as_deref().unwrap_or_default();
        let place = |field: Field, item: &Item<'_>| self.span(field, item.span());
        let mut facts = Facts {
            template: item::template_text(&self.market.question, &self.question),
            dates: Vec::new(),
            numbers: Vec::new(),
            stage: self.stage().cloned(),
            zones: text::zones(rules).into_iter().map(str::to_owned).collect(),
            sources: Vec::new(),
        };
        let group = self.market.group_title.as_deref().map(item::items).unwrap_or_default();
        let event = self.market.event.as_ref().map(|e| item::items(&e.title)).unwrap_or_default();
        let fields = [
            (Field::Question, self.question.as_slice()),
            (Field::GroupTitle, group.as_slice()),
            (Field::Description, rules),
            (Field::EventTitle, event.as_slice()),
        ];
        for (field, items) in fields {
            for (i, item) in items.iter().enumerate() {
                match item {
                    Item::Date(date, _) => facts.dates.push((*date, place(field, item))),
                    Item::Number(n) => facts.numbers.push((*n, number::comparator(items, i), place(field, item))),
                    Item::Word(_) => {}
                }
            }
        }
        for range in text::sources(rules) {
            let (start, end) = (rules[range.start].span().0, rules[range.end - 1].span().1);
            let sentence = description.get(start..end).unwrap_or_default().to_owned();
            facts.sources.push((sentence, self.span(Field::Description, (start, end))));
        }
        facts
    }
}

/// The facts of one market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The question with its dates and numbers left open.
    pub template: String,
    /// Dates of question, label, rule text and event title.
    pub dates: Vec<(DateFact, Span)>,
    /// Numbers of question, label, rule text and event title with the comparison they make.
    pub numbers: Vec<(Number, Option<Comparator>, Span)>,
    /// The stage of a competition the question asks for.
    pub stage: Option<Stage>,
    /// Time zones the rule text names.
    pub zones: Vec<String>,
    /// The sentences that say where the answer is read.
    pub sources: Vec<(String, Span)>,
}
