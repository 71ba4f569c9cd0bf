//! The order of questions about one pair. No I/O: an answer in, the next question or the verdict out.

use super::ask::{Answer, Ask, AskKind, WrongAnswer};
use super::claim::{Claim, Side};
use super::overrule::{doubt, overruled};
use super::verdict::{Doubt, Standing, Verdict, index, ordered};
use crate::certificate::TextHash;
use crate::facts::Reading;
use betty_market::{Market, Outcome};
use serde_json::Value;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask this.
    Ask(Ask),
    /// It is over.
    Done(Box<Verdict>),
}

/// A judgement under way. The same answers always lead to the same verdict.
#[derive(Debug, Clone)]
pub struct Judge<'m> {
    a: &'m Market,
    b: &'m Market,
    verdict: Verdict,
    /// Questions still to be asked, last one first.
    open: Vec<Ask>,
    over: bool,
}

impl<'m> Judge<'m> {
    /// Begins with two markets, in any order.
    #[must_use]
    pub fn new(a: &'m Market, b: &'m Market) -> Self {
        let [a, b] = ordered(a, b);
        let verdict = Verdict {
            markets: [a.id.clone(), b.id.clone()],
            hashes: [TextHash::of(a), TextHash::of(b)],
            claim: None,
            standing: Standing::None,
            reason: String::new(),
            world: None,
            doubts: Vec::new(),
            conflict: None,
            quotes: Vec::new(),
            questions: 0,
        };
        let open = vec![Ask { kind: AskKind::Propose, exchanged: false }];
        Self { a, b, verdict, open, over: false }
    }

    /// The markets in the order in which a question shows them.
    #[must_use]
    pub const fn shown(&self, ask: Ask) -> [&'m Market; 2] {
        if ask.exchanged { [self.b, self.a] } else { [self.a, self.b] }
    }

    /// What comes next.
    #[must_use]
    pub fn step(&self) -> Step {
        match self.open.last() {
            Some(ask) if !self.over => Step::Ask(*ask),
            _ => Step::Done(Box::new(self.verdict.clone())),
        }
    }

    /// Takes the answer to the question that [`Self::step`] named.
    ///
    /// # Errors
    /// [`WrongAnswer`] when it is not of the form asked for; the judgement stands where it stood.
    pub fn answer(&mut self, value: &Value) -> Result<(), WrongAnswer> {
        let Step::Ask(ask) = self.step() else { return Ok(()) };
        let answer = Answer::read(ask.kind, value)?;
        self.verdict.questions += 1;
        self.open.pop();
        match ask.kind {
            AskKind::Propose if !ask.exchanged => self.proposed(answer),
            AskKind::Propose => self.proposed_again(&answer),
            AskKind::Refute { .. } => {
                if answer.yes {
                    // Even without a quote a described world counts: the doubtful side is the one that costs money.
                    self.verdict.world = Some(answer.reason);
                    self.end(Standing::Rejected);
                }
            }
            AskKind::Must { expected, .. } => {
                if answer.yes != expected {
                    if !expected {
                        // "It forces YES, and it forces NO": who says both says nothing.
                        self.verdict.world = Some(format!("the model also says the opposite: {}", answer.reason));
                        self.end(Standing::Rejected);
                    } else {
                        self.doubt(Doubt::Contrapositive);
                        self.end(Standing::Hypothesis);
                    }
                }
            }
        }
        if self.open.is_empty() && !self.over {
            let standing = if self.verdict.doubts.is_empty() { Standing::Verified } else { Standing::Hypothesis };
            self.end(standing);
        }
        Ok(())
    }

    fn end(&mut self, standing: Standing) {
        self.verdict.standing = standing;
        self.over = true;
    }

    fn doubt(&mut self, doubt: Doubt) {
        if !self.verdict.doubts.contains(&doubt) {
            self.verdict.doubts.push(doubt);
        }
    }

    fn proposed(&mut self, answer: Answer) {
        let unfounded = answer.unfounded(self.a, self.b).len();
        let quotes: Vec<(u8, String)> =
            answer.quotes.iter().map(|q| (index(q.market, false), q.text.clone())).collect();
        self.verdict.reason = answer.reason;
        let Some(claim) = answer.relation else { return self.end(Standing::None) };
        self.verdict.claim = Some(claim);
        if let Some(conflict) = overruled(self.a, self.b, claim) {
            self.verdict.conflict = Some(conflict.0);
            return self.end(Standing::Rejected);
        }
        match (quotes.is_empty(), unfounded) {
            (true, _) => self.doubt(Doubt::NoQuote),
            (false, 0) => {}
            (false, _) => self.doubt(Doubt::Quote),
        }
        self.verdict.quotes = quotes;
        if [self.a, self.b].into_iter().any(|m| Reading::of(m).rules().is_none()) {
            self.doubt(Doubt::NoRules);
        }
        if let Some(found) = doubt(self.a, self.b, claim) {
            self.doubt(found);
        }
        // Last one first: the other order, the counter-examples, the question turned round and turned against itself.
        self.open = turned_round(claim);
        self.open.extend(
            claim.excluded().into_iter().rev().map(|world| Ask { kind: AskKind::Refute { world }, exchanged: false }),
        );
        self.open.push(Ask { kind: AskKind::Propose, exchanged: true });
    }

    fn proposed_again(&mut self, answer: &Answer) {
        let said = answer.relation.map(Claim::mirrored);
        if said != self.verdict.claim {
            self.doubt(Doubt::Order);
            // What is never traded is not worth further questions.
            self.end(Standing::Hypothesis);
        }
    }
}

/// The claim asked the other way round, and its opposite, which must be denied. Last one first.
fn turned_round(claim: Claim) -> Vec<Ask> {
    use Outcome::{No, Yes};
    let must = |given, then, expected| Ask { kind: AskKind::Must { given, then, expected }, exchanged: false };
    let (round, against) = match claim {
        Claim::AImpliesB | Claim::Equivalent => (((Side::B, No), No), ((Side::A, Yes), No)),
        Claim::BImpliesA => (((Side::A, No), No), ((Side::B, Yes), No)),
        Claim::MutuallyExclusive => (((Side::B, Yes), No), ((Side::A, Yes), Yes)),
        Claim::Exhaustive => (((Side::B, No), Yes), ((Side::A, No), No)),
    };
    vec![must(against.0, against.1, false), must(round.0, round.1, true)]
}
