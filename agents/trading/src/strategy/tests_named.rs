//! Named conditions, authors, categories, and what differs between two strategies.

use super::*;
use crate::strategy::ExitCondition as C;
use proptest::prelude::{Strategy as Strategy2, prop, prop_assert, prop_assert_eq, proptest};
use std::fmt::Write as _;

/// A strategy with these exits and whatever follows the entry filters.
fn text(exits: &str, more: &str) -> String {
    format!(
        "name = \"mine\"\nauthor = \"Ada\"\nsize_pct = 5\nexits = {exits}\n{more}\n[entry]\nmax_tier = \"T2\"\nmin_coverage_pct = 95\n\
         min_net_edge_pct = 0.5\nmin_depth_shares = 10\ncategories = [\"crypto\", \"premier-league\"]\n"
    )
}

const NAMED: &str = r#"
[conditions.take]
type = "target_profit_pct"
pct = 15
[conditions.patient]
combined_and = [{ use = "take" }, { type = "time_based_exit", hours = 48 }]
"#;

#[test]
fn a_use_means_what_it_names_and_is_printed_written_out() {
    let take = C::TargetProfitPct { pct_ppm: 150_000 };
    let strategy = parse(&text("[{ use = \"patient\" }, { use = \"take\" }]", NAMED)).unwrap();
    let held = C::TimeBasedExit { held_ms: 48 * 3_600_000 };
    assert_eq!(strategy.exits, [C::CombinedAnd { of: vec![take.clone(), held] }, take]);
    assert_eq!(strategy.author.as_deref(), Some("Ada"));
    let printed = print(&strategy);
    assert!(!printed.contains("use =") && printed.contains("author = \"Ada\""), "{printed}");
    assert!(printed.contains("categories = [\"crypto\", \"premier-league\"]"), "{printed}");
    assert_eq!(parse(&printed), Ok(strategy));
}

#[test]
fn faults_of_names_are_named_by_their_path() {
    let leaf = |name: &str| format!("[conditions.{name}]\ntype = \"stop_loss\"\npct = 5\n");
    let uses = |name: &str, used: &str| format!("[conditions.{name}]\ncombined_or = [{{ use = \"{used}\" }}]\n");
    let use_a = "[{ use = \"a\" }]";
    let hold = "[{ type = \"hold_to_resolution\" }]";
    let cases = [
        (use_a, uses("a", "a"), "conditions.a.combined_or[0].use", "a cycle of conditions: a → a."),
        (use_a, "[conditions.a]\nuse = \"a\"\n".to_owned(), "conditions.a.use", "a cycle of conditions: a → a."),
        (
            use_a,
            uses("a", "b") + &uses("b", "c") + &uses("c", "b"),
            "conditions.c.combined_or[0].use",
            "a cycle of conditions: b → c → b.",
        ),
        // Even one that no exit reaches.
        (
            hold,
            uses("a", "b") + &uses("b", "a"),
            "conditions.b.combined_or[0].use",
            "a cycle of conditions: a → b → a.",
        ),
        (hold, leaf("spare"), "conditions.spare", "used nowhere"),
        ("[{ use = \"tak\" }]", leaf("take"), "exits[0].use", "did you mean \"take\""),
        (use_a, String::new(), "exits[0].use", "There is no [conditions.…]"),
        ("[{ use = \"a\", pct = 3 }]", leaf("a"), "exits[0].pct", "Known here: use"),
        ("[{ use = 3 }]", leaf("a"), "exits[0].use", "in quotes"),
        (use_a, "[conditions.a]\ntype = \"stop_loss\"\npct = -5\n".to_owned(), "conditions.a.pct", "from 0 to 100"),
        (use_a, "[conditions.a]\ntype = \"stop_los\"\n".to_owned(), "conditions.a.type", "did you mean \"stop_loss\""),
        (hold, "[conditions]\na = 5\n".to_owned(), "conditions", "must be a table such as"),
        (hold, "conditions = 5\n".to_owned(), "conditions", "table of named conditions"),
        (hold, "[conditions.\"No Name\"]\ntype = \"hold_to_resolution\"\n".to_owned(), "conditions.No Name", "no name"),
    ];
    for (exits, more, path, words) in cases {
        let error = parse(&text(exits, &more)).unwrap_err();
        assert!(error.path == path || error.path == format!("{path}.a"), "{error} is not at {path}");
        assert!(error.problem.contains(words), "{error} does not say {words}");
    }
}

#[test]
fn a_use_counts_towards_nesting_and_names_cannot_multiply_without_end() {
    let mut more = "[conditions.c0]\ntype = \"stop_loss\"\npct = 5\n".to_owned();
    for n in 1..=NESTING_MAX + 1 {
        write!(more, "[conditions.c{n}]\ncombined_and = [{{ use = \"c{}\" }}]\n", n - 1).unwrap();
    }
    let error = parse(&text(&format!("[{{ use = \"c{}\" }}]", NESTING_MAX + 1), &more)).unwrap_err();
    assert_eq!(error.path, "conditions.c1.combined_and", "{error}");
    assert!(error.problem.contains("nested deeper than 3"), "{error}");

    let uses = |name: &str| vec![format!("{{ use = \"{name}\" }}"); CONDITIONS_MAX].join(", ");
    let more = format!(
        "[conditions.a]\ntype = \"stop_loss\"\npct = 5\n[conditions.b]\ncombined_or = [{}]\n[conditions.c]\ncombined_or = [{}]\n",
        uses("a"),
        uses("b")
    );
    let error = parse(&text("[{ use = \"c\" }]", &more)).unwrap_err();
    assert!(error.problem.contains("more than 256 conditions"), "{error}");

    let many: String =
        (0..=CONDITIONS_NAMED_MAX).map(|n| format!("[conditions.n{n}]\nuse = \"n{}\"\n", n + 1)).collect();
    assert!(parse(&text("[{ use = \"n0\" }]", &many)).unwrap_err().problem.contains("33 names"));
}

#[test]
fn authors_and_categories_are_checked() {
    let good = text("[{ type = \"hold_to_resolution\" }]", "");
    for (from, to, path, words) in [
        ("\"Ada\"", "\"A\\nB\"", "author", "one line"),
        ("\"Ada\"", "5", "author", "in quotes"),
        ("[\"crypto\", \"premier-league\"]", "[]", "entry.categories", "leave it out"),
        ("[\"crypto\", \"premier-league\"]", "\"crypto\"", "entry.categories", "must be a list"),
        ("\"premier-league\"", "\"crypto\"", "entry.categories[1]", "given twice"),
        ("\"premier-league\"", "\"Premier League\"", "entry.categories[1]", "no category"),
        ("\"premier-league\"", "7", "entry.categories[1]", "in quotes"),
    ] {
        let error = parse(&good.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.path, path, "{error}");
        assert!(error.problem.contains(words), "{error} does not say {words}");
    }
    assert!(parse(&good.replacen("\"Ada\"", &format!("\"{}\"", "x".repeat(65)), 1)).is_err());
}

fn line(path: &str, left: Option<&str>, right: Option<&str>) -> Difference {
    Difference { path: path.to_owned(), left: left.map(str::to_owned), right: right.map(str::to_owned) }
}

#[test]
fn a_diff_names_each_line_in_the_strategys_own_terms() {
    let mut left = template("balanced").unwrap();
    let mut right = left.clone();
    right.version = 9;
    assert_eq!(diff(&left, &right), [], "a version alone is no difference");
    right.size_ppm = 75_000;
    right.author = Some("Ada".to_owned());
    right.entry.max_days = Some(30);
    right.entry.max_tier = Tier::T1;
    right.exits.remove(1);
    right.exits.push(C::TrailingStop { pct_ppm: 50_000 });
    right.exits.push(C::HoldToResolution);
    assert_eq!(
        diff(&left, &right),
        [
            line("author", None, Some("Ada")),
            line("size_pct", Some("10%"), Some("7.5%")),
            line("entry.max_tier", Some("T2 at worst"), Some("T1 at worst")),
            line("entry.max_days", None, Some("at most 30 days")),
            line("exits", Some("-15% stop loss"), Some("5% trailing stop")),
            line("exits", None, Some("hold to resolution")),
        ]
    );
    // Order is meaning: the first exit that holds decides.
    left.exits = vec![C::HoldToResolution, C::StopLoss { pct_ppm: 1 }];
    right = left.clone();
    right.exits.reverse();
    assert_eq!(diff(&left, &right).len(), 2);
}

fn leaves() -> impl Strategy2<Value = Vec<C>> {
    prop::collection::vec((1_i64..4).prop_map(|p| C::StopLoss { pct_ppm: p * 10_000 }), 1..7)
}

proptest! {
    /// The lines of a diff are exactly what must go from the left and come on the right: no fewer, and the rest is common.
    #[test]
    fn a_diff_is_empty_only_for_equal_exits_and_balances(a in leaves(), b in leaves()) {
        let mut left = template("swing").unwrap();
        let mut right = left.clone();
        left.exits = a.clone();
        right.exits = b.clone();
        let lines = diff(&left, &right);
        prop_assert_eq!(lines.is_empty(), a == b);
        let went = lines.iter().filter(|d| d.left.is_some()).count();
        let came = lines.iter().filter(|d| d.right.is_some()).count();
        prop_assert_eq!(a.len() - went, b.len() - came, "what stays is on both sides");
        // No longer common part exists: brute force over all subsequences of the left.
        let best = (0_u32..1 << a.len())
            .filter(|mask| {
                let kept = (0..a.len()).filter(|i| mask & (1 << i) != 0).map(|i| &a[i]);
                let mut rest = b.iter();
                kept.into_iter().all(|k| rest.any(|r| r == k))
            })
            .map(u32::count_ones)
            .max();
        prop_assert_eq!(best, Some((a.len() - went) as u32));
        let back = diff(&right, &left);
        prop_assert_eq!(back.iter().filter(|d| d.left.is_some()).count(), came, "seen from the other side");
    }

    /// Any tree of names ends as a strategy or as a fault, and never hangs.
    #[test]
    fn any_web_of_names_ends(edges in prop::collection::vec((0_usize..8, 0_usize..8), 0..20)) {
        let mut more = String::new();
        for n in 0..8 {
            let of: Vec<String> =
                edges.iter().filter(|(from, _)| *from == n).map(|(_, to)| format!("{{ use = \"n{to}\" }}")).collect();
            let body = if of.is_empty() { "type = \"hold_to_resolution\"".to_owned() } else { format!("combined_or = [{}]", of.join(", ")) };
            write!(more, "[conditions.n{n}]\n{body}\n").unwrap();
        }
        match parse(&text("[{ use = \"n0\" }]", &more)) {
            Ok(strategy) => prop_assert_eq!(parse(&print(&strategy)), Ok(strategy)),
            Err(e) => prop_assert!(e.path.starts_with("conditions") || e.path.starts_with("exits"), "{}", e),
        }
    }
}
