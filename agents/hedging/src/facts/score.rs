//! Questions on the score of one match: who wins, by how much, how many goals, which score exactly. Each is a predicate over the two
//! sides' goals, so what holds between two of them is found by looking at every score.
//!
//! Names are read from the question's characters, not its items: a team may be called "Como 1907" or "1. FC Köln".

use crate::relation::Relation;

/// One of the two sides of a match, in the order a question names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    One,
    Two,
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::One => Self::Two,
            Self::Two => Self::One,
        }
    }
}

/// What a question asks of the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// "Will Lorn FC win on …?"
    Win(Side),
    /// "Lorn FC vs. Vane FC": YES stands for the first side, NO for the second; what a draw is, is not said.
    Moneyline(Side),
    /// "… end in a draw?"
    Draw,
    /// "Exact Score: Lorn FC 2 - 1 Vane FC?"
    Exact(u32, u32),
    /// "O/U 2.5": at least that many in all, the line rounded up.
    Total(u32),
    /// "Spread: Lorn FC (-1.5)": wins by at least that many.
    Margin(Side, u32),
    /// "Both Teams to Score".
    BothScore,
}

/// What a market pays in half dollars, at least and at most, where it is not known exactly.
pub(crate) type Worth = (u8, u8);

const NO: Worth = (0, 0);
const YES: Worth = (2, 2);
const OPEN: Worth = (0, 2);

const fn sure(yes: bool) -> Worth {
    if yes { YES } else { NO }
}

impl Claim {
    /// What it is worth at a score.
    pub(crate) fn worth(self, one: u32, two: u32) -> Worth {
        let (own, other) = match self {
            Self::Win(Side::Two) | Self::Moneyline(Side::Two) | Self::Margin(Side::Two, _) => (two, one),
            _ => (one, two),
        };
        match self {
            Self::Win(_) => sure(own > other),
            Self::Moneyline(_) if own == other => OPEN,
            Self::Moneyline(_) => sure(own > other),
            Self::Draw => sure(one == two),
            Self::Exact(a, b) => sure(one == a && two == b),
            Self::Total(least) => sure(one + two >= least),
            Self::Margin(_, least) => sure(own >= other + least),
            Self::BothScore => sure(one > 0 && two > 0),
        }
    }

    /// The same with the sides in the other order.
    pub(crate) const fn turned(self) -> Self {
        match self {
            Self::Win(side) => Self::Win(side.other()),
            Self::Moneyline(side) => Self::Moneyline(side.other()),
            Self::Margin(side, least) => Self::Margin(side.other(), least),
            Self::Exact(a, b) => Self::Exact(b, a),
            other => other,
        }
    }

    /// The largest number of goals, in all or between the sides, that it tells from a larger one.
    const fn reach(self) -> u32 {
        match self {
            Self::Win(_) | Self::Moneyline(_) | Self::Draw => 1,
            Self::BothScore => 2,
            Self::Exact(a, b) => a + b,
            Self::Total(least) | Self::Margin(_, least) => least,
        }
    }

    const fn is_total(self) -> bool {
        matches!(self, Self::Total(_))
    }

    const fn is_margin(self) -> bool {
        matches!(self, Self::Win(_) | Self::Moneyline(_) | Self::Draw | Self::Margin(..))
    }
}

/// Numbers of goals up to which every score is looked at. Beyond it (points of basketball) only claims on one and the same sum or
/// difference are compared.
const REACH_MAX: u32 = 24;
/// Lines beyond this are not read.
const LINE_MAX: u32 = 2_000;

/// The scores that tell two claims apart from each other in every way any score does.
///
/// With r the larger reach, a claim depends on the difference d up to r, on the sum s up to r, on whether a side has none, and an exact
/// score has a sum of at most r. Let a score lie beyond 2r + 2. If |d| ≤ r, both sides have more than r + 1: take the lower one down to
/// r + 1 and the other with it; d stays, s stays beyond r, neither becomes 0. If |d| > r, take the lower side down to r + 1 where it is
/// more, and the higher one to the lower and r + 1: d stays beyond r on its side, s stays beyond r, who has none stays. Either way every
/// claim says the same, and the score lies within 2r + 2.
pub(crate) fn scores(a: Claim, b: Claim) -> Option<Vec<(u32, u32)>> {
    let reach = a.reach().max(b.reach());
    if reach <= REACH_MAX {
        let most = 2 * reach + 2;
        return Some((0..=most).flat_map(|one| (0..=most).map(move |two| (one, two))).collect());
    }
    if a.is_total() && b.is_total() {
        return Some((0..=reach + 1).map(|sum| (sum, 0)).collect());
    }
    if a.is_margin() && b.is_margin() {
        return Some((0..=reach + 1).flat_map(|d| [(d, 0), (0, d)]).collect());
    }
    None
}

/// What holds between two markets over worlds with what each pays there, and whether the second comes first in it.
pub(crate) fn relation(worlds: &[(Worth, Worth)]) -> Option<(Relation, bool)> {
    let all = |test: fn(Worth, Worth) -> bool| worlds.iter().all(|(a, b)| test(*a, *b));
    let (forth, back) = (all(|a, b| a.1 <= b.0), all(|a, b| b.1 <= a.0));
    let (excludes, exhausts) = (all(|a, b| a.1 + b.1 <= 2), all(|a, b| a.0 + b.0 >= 2));
    Some(match (forth, back, excludes, exhausts) {
        (true, true, ..) => (Relation::Equivalent, false),
        (true, ..) => (Relation::Implies, false),
        (_, true, ..) => (Relation::Implies, true),
        (.., true, true) => (Relation::Partition, false),
        (.., true, false) => (Relation::Excludes, false),
        (.., false, true) => (Relation::Exhausts, false),
        _ => return None,
    })
}

/// A question on the score of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MatchQuestion<'t> {
    /// The sides, as far as the question names them.
    pub(crate) teams: [Option<&'t str>; 2],
    pub(crate) claim: Claim,
    /// The day the question names.
    pub(crate) day: Option<(i32, u8, u8)>,
}

impl<'t> MatchQuestion<'t> {
    /// The side that the claim is on, and the other: the first and the second where it is on both.
    pub(crate) const fn own(&self) -> [Option<&'t str>; 2] {
        let [one, two] = self.teams;
        match self.claim {
            Claim::Win(Side::Two) | Claim::Moneyline(Side::Two) | Claim::Margin(Side::Two, _) => [two, one],
            _ => [one, two],
        }
    }
}

fn team(text: &str) -> Option<&str> {
    let name = text.trim();
    (!name.is_empty() && !name.contains(" vs. ") && !name.contains(':')).then_some(name)
}

fn teams(text: &str) -> Option<[&str; 2]> {
    let (one, two) = text.split_once(" vs. ")?;
    let (one, two) = (team(one)?, team(two)?);
    (!one.eq_ignore_ascii_case(two)).then_some([one, two])
}

/// A line of halves, rounded up: "2.5" is at least 3. Whole lines can be a push and are not read.
fn line(text: &str) -> Option<u32> {
    let whole = text.strip_suffix(".5")?;
    let digits = (1..=4).contains(&whole.len()) && whole.bytes().all(|b| b.is_ascii_digit());
    let least = digits.then(|| whole.parse::<u32>().ok()).flatten()? + 1;
    (least <= LINE_MAX).then_some(least)
}

fn goals(text: &str) -> Option<u32> {
    ((1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn day(text: &str) -> Option<(i32, u8, u8)> {
    let mut parts = text.split('-');
    let (y, m, d) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = parts.next().is_none() && y.len() == 4 && m.len() == 2 && d.len() == 2;
    fits.then(|| Some((y.parse().ok()?, m.parse().ok()?, d.parse().ok()?))).flatten()
}

fn of_both<'t>([one, two]: [&'t str; 2], claim: Claim) -> Option<MatchQuestion<'t>> {
    Some(MatchQuestion { teams: [Some(one), Some(two)], claim, day: None })
}

/// What a question asks of the score of a match; `None` where it has another form.
pub(crate) fn of_question(text: &str) -> Option<MatchQuestion<'_>> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("Exact Score: ") {
        let (left, right) = rest.strip_suffix('?')?.split_once(" - ")?;
        let (one, a) = left.trim().rsplit_once(' ')?;
        let (b, two) = right.trim().split_once(' ')?;
        let named = [team(one)?, team(two)?];
        return of_both(named, Claim::Exact(goals(a)?, goals(b)?)).filter(|_| !named[0].eq_ignore_ascii_case(named[1]));
    }
    if let Some(rest) = text.strip_prefix("Spread: ") {
        let (name, margin) = rest.strip_suffix(')')?.rsplit_once(" (-")?;
        let claim = Claim::Margin(Side::One, line(margin)?);
        return Some(MatchQuestion { teams: [Some(team(name)?), None], claim, day: None });
    }
    if let Some(rest) = text.strip_prefix("Will ").and_then(|t| t.strip_suffix('?')) {
        if let Some(named) = rest.strip_suffix(" end in a draw") {
            return of_both(teams(named)?, Claim::Draw);
        }
        let (name, on) = rest.rsplit_once(" win on ")?;
        let day = Some(day(on)?);
        return Some(MatchQuestion { teams: [Some(team(name)?), None], claim: Claim::Win(Side::One), day });
    }
    if !text.contains(" vs. ") || text.ends_with('?') {
        return None;
    }
    let Some((named, asked)) = text.rsplit_once(": ") else {
        return of_both(teams(text)?, Claim::Moneyline(Side::One));
    };
    match asked.strip_prefix("O/U ") {
        Some(least) => of_both(teams(named)?, Claim::Total(line(least)?)),
        None if asked == "Both Teams to Score" => of_both(teams(named)?, Claim::BothScore),
        None => None,
    }
}

/// A question that names one side, with the other from the title of its event ("Lorn FC vs. Vane FC - More Markets"). A side and a day
/// are not enough: the venue lists fixtures that are not settled yet, and then one side plays twice on a day.
pub(crate) fn completed<'t>(found: MatchQuestion<'t>, title: &'t str) -> Option<MatchQuestion<'t>> {
    let [Some(name), None] = found.teams else { return Some(found) };
    let [one, two] = teams(title.rsplit_once(" - ").map_or(title, |(named, _)| named))?;
    let claim = match (name.eq_ignore_ascii_case(one), name.eq_ignore_ascii_case(two)) {
        (true, false) => found.claim,
        (false, true) => found.claim.turned(),
        _ => return None,
    };
    Some(MatchQuestion { teams: [Some(one), Some(two)], claim, ..found })
}

/// Two claims on one match with the sides in the order of the first question, and their names.
pub(crate) struct Frame<'t> {
    pub(crate) teams: [Option<&'t str>; 2],
    pub(crate) claims: [Claim; 2],
}

/// Lays two questions on one match beside each other; `None` where the names do not show that they speak of one pair of sides.
pub(crate) fn frame<'t>(a: &MatchQuestion<'t>, b: &MatchQuestion<'t>) -> Option<Frame<'t>> {
    let same = |x: Option<&str>, y: Option<&str>| x.zip(y).is_some_and(|(x, y)| x.eq_ignore_ascii_case(y));
    let straight = same(a.teams[0], b.teams[0]) && same(a.teams[1], b.teams[1]);
    let crossed = same(a.teams[0], b.teams[1]) && same(a.teams[1], b.teams[0]);
    match (straight, crossed) {
        (true, false) => Some(Frame { teams: a.teams, claims: [a.claim, b.claim] }),
        (false, true) => Some(Frame { teams: a.teams, claims: [a.claim, b.claim.turned()] }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_the_venues_questions() {
        for (text, teams, claim) in [
            ("Will Lorn 1907 win on 2026-03-22?", ["Lorn 1907", ""], Claim::Win(Side::One)),
            ("Will Lorn FC vs. 1. FC Vane end in a draw?", ["Lorn FC", "1. FC Vane"], Claim::Draw),
            ("Lorn FC vs. Vane 1995: O/U 2.5", ["Lorn FC", "Vane 1995"], Claim::Total(3)),
            ("Lorn FC vs. Vane 1995: Both Teams to Score", ["Lorn FC", "Vane 1995"], Claim::BothScore),
            ("Exact Score: Lorn 1907 2 - 1 1. FC Vane?", ["Lorn 1907", "1. FC Vane"], Claim::Exact(2, 1)),
            ("Spread: Lorn FC (-1.5)", ["Lorn FC", ""], Claim::Margin(Side::One, 2)),
            ("Lorn Owls vs. Vane Kings", ["Lorn Owls", "Vane Kings"], Claim::Moneyline(Side::One)),
            ("76ers vs. Vane Kings: O/U 221.5", ["76ers", "Vane Kings"], Claim::Total(222)),
        ] {
            let found = of_question(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.teams.map(Option::unwrap_or_default), found.claim), (teams, claim), "{text}");
        }
    }

    #[test]
    fn leaves_everything_else_alone() {
        for text in [
            "Lorn vs. Vane: 1H O/U 112.5",
            "Lorn vs. Vane: Set 1 Games O/U 8.5",
            "Lorn vs. Vane: O/U 10.5 Total Corners",
            "Lorn vs. Vane: O/U 3",
            "Lorn vs. Vane: Draw at halftime?",
            "Lorn FC leading at halftime?",
            "Exact Score: Any Other Score?",
            "Exact Score: Lorn 2 - 1?",
            "Spread: Lorn (+1.5)",
            "Will Lorn win?",
            "Will Lorn win on Monday?",
            "Will the match end in a draw?",
            "Lorn vs. Lorn: O/U 2.5",
            "Cup: Lorn vs. Vane",
            "A vs. B vs. C",
            "",
        ] {
            assert_eq!(of_question(text), None, "{text}");
        }
    }

    fn claim() -> impl Strategy<Value = Claim> {
        let side = prop_oneof![Just(Side::One), Just(Side::Two)];
        prop_oneof![
            side.clone().prop_map(Claim::Win),
            side.clone().prop_map(Claim::Moneyline),
            Just(Claim::Draw),
            (0_u32..5, 0_u32..5).prop_map(|(a, b)| Claim::Exact(a, b)),
            (1_u32..9).prop_map(Claim::Total),
            (side, 1_u32..7).prop_map(|(s, n)| Claim::Margin(s, n)),
            Just(Claim::BothScore),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        /// Far beyond the scores looked at, nothing else happens.
        #[test]
        fn what_holds_on_the_scores_holds_on_all(a in claim(), b in claim()) {
            let worlds = |scores: &mut dyn Iterator<Item = (u32, u32)>| -> Vec<_> {
                scores.map(|(x, y)| (a.worth(x, y), b.worth(x, y))).collect()
            };
            let near = relation(&worlds(&mut scores(a, b).unwrap().into_iter()));
            let far = relation(&worlds(&mut (0..80).flat_map(|x| (0..80).map(move |y| (x, y)))));
            prop_assert_eq!(near, far);
        }

        /// The narrow list for large numbers says what the whole grid says.
        #[test]
        fn large_lines_are_compared_as_small_ones(m in 1_u32..8, n in 1_u32..8, kinds in (0_u8..5, 0_u8..5)) {
            let made = |kind: u8, n: u32| match kind {
                0 => Claim::Win(Side::Two),
                1 => Claim::Moneyline(Side::One),
                2 => Claim::Margin(Side::One, n),
                3 => Claim::Margin(Side::Two, n),
                _ => Claim::Total(n),
            };
            let raised = |c: Claim| match c {
                Claim::Margin(s, n) => Claim::Margin(s, n + 100),
                Claim::Total(n) => Claim::Total(n + 100),
                other => other,
            };
            let found = |a: Claim, b: Claim| scores(a, b).and_then(|s| relation(&s.into_iter().map(|(x, y)| (a.worth(x, y), b.worth(x, y))).collect::<Vec<_>>()));
            let (a, b) = (made(kinds.0, m), made(kinds.1, n));
            // Raised alike, what was related stays related; only a sum against a margin of 1 says less.
            if a.is_total() == b.is_total() {
                prop_assert_eq!(found(raised(a), raised(b)).is_some(), found(a, b).is_some());
            } else {
                prop_assert_eq!(found(raised(a), raised(b)), None);
            }
        }

        #[test]
        fn turning_the_sides_changes_nothing(a in claim(), one in 0_u32..9, two in 0_u32..9) {
            prop_assert_eq!(a.worth(one, two), a.turned().worth(two, one));
        }
    }
}
