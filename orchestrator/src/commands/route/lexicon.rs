//! Verbs, nouns and the small words between them.

/// What the head of a sentence wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Scan,
    /// Find, show, list: something that exists.
    Show,
    Monitor,
    Analyze,
    Explain,
    Research,
    Review,
    Code,
    /// Enter a position.
    Enter,
    /// Leave a position.
    Leave,
    Settle,
    Cancel,
    /// Change how Betty runs or what she holds: always by typed command.
    Control,
    Help,
    /// What, who, how…: a question.
    Wh,
    /// "why".
    Why,
    /// "how much", "how big", "how many".
    HowMuch,
    /// Is, are, should…: a question for yes or no.
    YesNo,
    Negated,
}

/// Verbs as they begin a sentence; longer phrases before the shorter ones they begin with.
const VERBS: &[(&[&str], Verb)] = &[
    (&["how", "much"], Verb::HowMuch),
    (&["how", "big"], Verb::HowMuch),
    (&["how", "large"], Verb::HowMuch),
    (&["how", "many"], Verb::HowMuch),
    (&["what", "does"], Verb::HowMuch),
    (&["what", "would"], Verb::HowMuch),
    (&["tell", "me", "about"], Verb::Explain),
    (&["what", "about"], Verb::Explain),
    (&["walk", "me", "through"], Verb::Explain),
    (&["show", "me", "why"], Verb::Why),
    (&["tell", "me", "why"], Verb::Why),
    (&["explain", "why"], Verb::Why),
    (&["explain"], Verb::Explain),
    (&["why"], Verb::Why),
    (&["scan"], Verb::Scan),
    (&["rescan"], Verb::Scan),
    (&["run", "a", "scan"], Verb::Scan),
    (&["run", "a", "hedge", "scan"], Verb::Scan),
    (&["do", "a", "scan"], Verb::Scan),
    (&["start", "a", "scan"], Verb::Scan),
    (&["run", "the", "scanner"], Verb::Scan),
    (&["run", "scan"], Verb::Scan),
    (&["find", "out"], Verb::Research),
    (&["look", "into"], Verb::Research),
    (&["look", "up"], Verb::Research),
    (&["read", "up", "on"], Verb::Research),
    (&["do", "research", "on"], Verb::Research),
    (&["do", "some", "research", "on"], Verb::Research),
    (&["learn", "about"], Verb::Research),
    (&["search", "the", "web"], Verb::Research),
    (&["research"], Verb::Research),
    (&["investigate"], Verb::Research),
    (&["compare"], Verb::Research),
    (&["study"], Verb::Research),
    (&["summarize"], Verb::Research),
    (&["summarise"], Verb::Research),
    (&["google"], Verb::Research),
    (&["look", "for"], Verb::Show),
    (&["search", "for"], Verb::Show),
    (&["find"], Verb::Show),
    (&["show"], Verb::Show),
    (&["list"], Verb::Show),
    (&["display"], Verb::Show),
    (&["view"], Verb::Show),
    (&["print"], Verb::Show),
    (&["search"], Verb::Show),
    (&["get"], Verb::Show),
    (&["give"], Verb::Show),
    (&["see"], Verb::Show),
    (&["fetch"], Verb::Show),
    (&["browse"], Verb::Show),
    (&["monitor"], Verb::Monitor),
    (&["watch"], Verb::Monitor),
    (&["track"], Verb::Monitor),
    (&["reprice"], Verb::Monitor),
    (&["re-price"], Verb::Monitor),
    (&["check"], Verb::Monitor),
    (&["update"], Verb::Monitor),
    (&["refresh"], Verb::Monitor),
    (&["take", "a", "look", "at"], Verb::Analyze),
    (&["have", "a", "look", "at"], Verb::Analyze),
    (&["look", "at"], Verb::Analyze),
    (&["analyze"], Verb::Analyze),
    (&["analyse"], Verb::Analyze),
    (&["evaluate"], Verb::Analyze),
    (&["assess"], Verb::Analyze),
    (&["examine"], Verb::Analyze),
    (&["inspect"], Verb::Analyze),
    (&["do", "a", "code", "review"], Verb::Review),
    (&["code", "review"], Verb::Review),
    (&["review"], Verb::Review),
    (&["audit"], Verb::Review),
    (&["critique"], Verb::Review),
    (&["lint"], Verb::Review),
    (&["proofread"], Verb::Review),
    (&["set", "up"], Verb::Code),
    (&["setup"], Verb::Code),
    (&["implement"], Verb::Code),
    (&["build"], Verb::Code),
    (&["create"], Verb::Code),
    (&["write"], Verb::Code),
    (&["code"], Verb::Code),
    (&["develop"], Verb::Code),
    (&["fix"], Verb::Code),
    (&["refactor"], Verb::Code),
    (&["program"], Verb::Code),
    (&["debug"], Verb::Code),
    (&["add"], Verb::Code),
    (&["port"], Verb::Code),
    (&["rewrite"], Verb::Code),
    (&["make"], Verb::Code),
    (&["improve"], Verb::Code),
    (&["optimize"], Verb::Code),
    (&["optimise"], Verb::Code),
    (&["turn"], Verb::Control),
    (&["switch"], Verb::Control),
    (&["enable"], Verb::Control),
    (&["disable"], Verb::Control),
    (&["start"], Verb::Control),
    (&["pause"], Verb::Control),
    (&["resume"], Verb::Control),
    (&["halt"], Verb::Control),
    (&["shut"], Verb::Control),
    (&["kill"], Verb::Control),
    (&["load"], Verb::Control),
    (&["activate"], Verb::Control),
    (&["use"], Verb::Control),
    (&["delete"], Verb::Control),
    (&["remove"], Verb::Control),
    (&["save"], Verb::Control),
    (&["reset"], Verb::Control),
    (&["run"], Verb::Control),
    (&["schedule"], Verb::Control),
    (&["automate"], Verb::Control),
    (&["stop"], Verb::Control),
    (&["buy"], Verb::Enter),
    (&["open"], Verb::Enter),
    (&["trade"], Verb::Enter),
    (&["enter"], Verb::Enter),
    (&["place"], Verb::Enter),
    (&["bet"], Verb::Enter),
    (&["invest"], Verb::Enter),
    (&["take"], Verb::Enter),
    (&["execute"], Verb::Enter),
    (&["paper"], Verb::Enter),
    (&["long"], Verb::Enter),
    (&["short"], Verb::Enter),
    (&["go", "long"], Verb::Enter),
    (&["go", "short"], Verb::Enter),
    (&["put"], Verb::Enter),
    (&["purchase"], Verb::Enter),
    (&["sell"], Verb::Leave),
    (&["close"], Verb::Leave),
    (&["exit"], Verb::Leave),
    (&["liquidate"], Verb::Leave),
    (&["dump"], Verb::Leave),
    (&["unwind"], Verb::Leave),
    (&["settle"], Verb::Settle),
    (&["redeem"], Verb::Settle),
    (&["cancel"], Verb::Cancel),
    (&["abort"], Verb::Cancel),
    (&["what", "can", "you", "do"], Verb::Help),
    (&["who", "are", "you"], Verb::Help),
    (&["how", "do", "i"], Verb::Help),
    (&["how", "does", "this", "work"], Verb::Help),
    (&["help"], Verb::Help),
    (&["commands"], Verb::Help),
    (&["what"], Verb::Wh),
    (&["what's"], Verb::Wh),
    (&["whats"], Verb::Wh),
    (&["who"], Verb::Wh),
    (&["when"], Verb::Wh),
    (&["where"], Verb::Wh),
    (&["which"], Verb::Wh),
    (&["how"], Verb::Wh),
    (&["how's"], Verb::Wh),
    (&["who's"], Verb::Wh),
    (&["will"], Verb::YesNo),
    (&["is"], Verb::YesNo),
    (&["are"], Verb::YesNo),
    (&["was"], Verb::YesNo),
    (&["were"], Verb::YesNo),
    (&["do"], Verb::YesNo),
    (&["does"], Verb::YesNo),
    (&["did"], Verb::YesNo),
    (&["should"], Verb::YesNo),
    (&["would"], Verb::YesNo),
    (&["could"], Verb::YesNo),
    (&["can"], Verb::YesNo),
    (&["has"], Verb::YesNo),
    (&["have"], Verb::YesNo),
];

/// Words that turn what follows into its opposite.
const NEGATIONS: &[&str] = &[
    "don't",
    "dont",
    "never",
    "no",
    "not",
    "doesn't",
    "didn't",
    "won't",
    "cannot",
    "can't",
    "avoid",
    "without",
    "shouldn't",
    "mustn't",
    "nobody",
    "nothing",
    "refrain",
    "skip",
    "ignore",
];

/// The verb at the beginning and how many words it takes. Longest phrase first.
pub(super) fn verb(words: &[&str]) -> Option<(Verb, usize)> {
    let first = words.first()?;
    let negated = NEGATIONS.contains(first)
        || matches!(words, ["do" | "please" | "i" | "you" | "we", second, ..] if NEGATIONS.contains(second))
        || matches!(words, ["stop", second, ..] if second.ends_with("ing"));
    if negated {
        return Some((Verb::Negated, 1));
    }
    VERBS
        .iter()
        .filter(|(phrase, _)| words.starts_with(phrase))
        .max_by_key(|(phrase, _)| phrase.len())
        .map(|(p, v)| (*v, p.len()))
}

/// What a phrase is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noun {
    Hedge,
    Market,
    Position,
    Portfolio,
    Ledger,
    Strategy,
    Template,
    Task,
    Trade,
    Status,
    Code,
    Scan,
    Cost,
    Size,
    Dashboard,
    Exit,
    Trading,
    Help,
    Coverage,
    /// Money, a bet and other nouns that make a sentence a trade.
    Money,
}

/// The noun a word is, in singular or plural.
pub(super) fn noun(word: &str) -> Option<Noun> {
    let word = word.strip_suffix("'s").unwrap_or(word);
    Some(match word {
        "hedge" | "hedges" | "opportunity" | "opportunities" | "arbitrage" | "arbitrages" | "arb" | "arbs" => {
            Noun::Hedge
        }
        "market" | "markets" => Noun::Market,
        "position" | "positions" => Noun::Position,
        "portfolio" | "cash" | "balance" | "equity" | "bankroll" | "account" | "pnl" | "p&l" | "profit" | "profits" => {
            Noun::Portfolio
        }
        "ledger" => Noun::Ledger,
        "strategy" | "strategies" => Noun::Strategy,
        "template" | "templates" => Noun::Template,
        "task" | "tasks" => Noun::Task,
        "trade" | "trades" => Noun::Trade,
        "status" | "health" => Noun::Status,
        "code" | "repo" | "repository" | "diff" | "patch" | "commit" | "module" | "function" | "script" | "file"
        | "files" | "codebase" | "implementation" | "pr" | "source" | "bug" | "bugs" => Noun::Code,
        "scan" | "scans" => Noun::Scan,
        "cost" | "costs" | "fee" | "fees" | "slippage" => Noun::Cost,
        "size" | "sizing" => Noun::Size,
        "dashboard" => Noun::Dashboard,
        "exit" | "exits" => Noun::Exit,
        "trading" | "entries" | "autotrading" | "auto-trading" => Noun::Trading,
        "help" | "commands" => Noun::Help,
        "coverage" => Noun::Coverage,
        "money" | "bet" | "bets" | "order" | "orders" => Noun::Money,
        _ if is_code_file(word) => Noun::Code,
        _ => return None,
    })
}

fn is_code_file(word: &str) -> bool {
    word.rsplit_once('.').is_some_and(|(name, end)| {
        !name.is_empty()
            && matches!(
                end,
                "rs" | "py"
                    | "js"
                    | "ts"
                    | "go"
                    | "c"
                    | "h"
                    | "cpp"
                    | "java"
                    | "sh"
                    | "toml"
                    | "sql"
                    | "diff"
                    | "patch"
            )
    })
}

/// Words before a noun that say nothing about which.
pub(super) fn is_filler(word: &str) -> bool {
    matches!(
        word,
        "the"
            | "a"
            | "an"
            | "my"
            | "our"
            | "your"
            | "me"
            | "us"
            | "some"
            | "any"
            | "all"
            | "this"
            | "that"
            | "these"
            | "those"
            | "new"
            | "good"
            | "known"
            | "stored"
            | "saved"
            | "current"
            | "currently"
            | "existing"
            | "latest"
            | "best"
            | "top"
            | "available"
            | "active"
            | "possible"
            | "there"
            | "is"
            | "are"
            | "was"
            | "do"
            | "does"
            | "did"
            | "i"
            | "you"
            | "we"
            | "have"
            | "has"
            | "got"
            | "up"
            | "it"
            | "its"
            | "for"
            | "of"
            | "in"
            | "on"
            | "to"
            | "out"
            | "doing"
            | "going"
            | "now"
            | "right"
            | "please"
            | "thanks"
            | "thank"
            | "today"
            | "paper"
            | "hedging"
            | "betty"
            | "polymarket"
            | "again"
            | "there's"
            | "be"
            | "here"
            | "about"
            | "at"
            | "with"
            | "number"
            | "id"
            | "would"
            | "should"
            | "will"
            | "so"
            | "and"
    )
}

/// Words that end the noun phrase before them.
pub(super) fn is_breaker(word: &str) -> bool {
    matches!(
        word,
        "with"
            | "for"
            | "to"
            | "of"
            | "in"
            | "on"
            | "about"
            | "from"
            | "at"
            | "by"
            | "that"
            | "which"
            | "and"
            | "or"
            | "between"
            | "above"
            | "over"
            | "under"
            | "below"
            | "than"
            | "where"
            | "whose"
            | "as"
            | "into"
            | "against"
            | "regarding"
            | "mentioning"
            | "matching"
            | "concerning"
            | "using"
            | "limit"
            | "is"
            | "are"
            | "was"
            | "do"
            | "does"
            | "did"
            | "every"
            | "each"
            | "but"
            | "so"
            | "if"
            | "when"
            | "without"
            | "like"
            | "cost"
            | "look"
            | "have"
            | "be"
            | "get"
            | "doing"
    )
}

/// Prepositions that begin a query.
pub(super) fn is_about(word: &str) -> bool {
    matches!(word, "about" | "on" | "regarding" | "mentioning" | "matching" | "concerning")
}
