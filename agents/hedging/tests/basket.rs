//! Baskets: the worked example to the cent, the linear programme against brute force, and what must hold of any basket.

use betty_hedging::Relation;
use betty_hedging::basket::programme::{ProgrammeLevel, optimum};
use betty_hedging::basket::{
    Basket, BasketInput, BasketMarket, BasketRefusal, Constraint, Optimum, ProgrammeError, TooManyWorlds, solve,
    void_worlds, worlds,
};
use betty_market::{FeeSchedule, Level, Outcome, Price, Shares, Usdc};
use proptest::prelude::*;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

fn usd(text: &str) -> Usdc {
    text.parse().unwrap()
}

fn level(price: &str, shares: i64) -> Level {
    Level { price: price.parse().unwrap(), size: Shares::whole(shares) }
}

fn tie(relation: Relation, members: &[usize]) -> Constraint {
    Constraint { relation, members: members.to_vec() }
}

fn market<'a>(yes: &'a [Level], no: &'a [Level]) -> BasketMarket<'a> {
    BasketMarket { yes, no, fee: FeeSchedule::linear(40_000), min_size: Shares::whole(5) }
}

fn input<'a>(markets: Vec<BasketMarket<'a>>, constraints: Vec<Constraint>) -> BasketInput<'a> {
    BasketInput { markets, constraints, max_capital: None, gas: Usdc::ZERO, min_edge_ppm: 0 }
}

/// The worked example of the method, section 4: A implies B, fee rate 4%.
#[test]
fn the_worked_example_to_the_cent() {
    let no_a = [level("0.71", 80), level("0.72", 300)];
    let yes_b = [level("0.26", 120), level("0.275", 200)];
    let basket =
        solve(&input(vec![market(&[], &no_a), market(&yes_b, &[])], vec![tie(Relation::Implies, &[0, 1])])).unwrap();
    let [a, b] = &basket.legs[..] else { panic!("{:?}", basket.legs) };
    assert_eq!((a.market, a.outcome, a.shares), (0, Outcome::No, Shares::whole(120)));
    assert_eq!((b.market, b.outcome, b.shares), (1, Outcome::Yes, Shares::whole(120)));
    assert_eq!((a.best_ask(), a.marginal(), a.fills.len()), ("0.71".parse().ok(), "0.72".parse().ok(), 2));
    assert_eq!((b.marginal(), b.fills.len()), ("0.26".parse().ok(), 1));
    // 80 × 0.71 + 40 × 0.72 + 120 × 0.26 = 116.80, and 4% of shares × p × (1 − p): 0.65888 + 0.32256 + 0.92352.
    assert_eq!(basket.capital, usd("118.70496"));
    assert_eq!(basket.worst, usd("1.29504"));
    assert_eq!((basket.fee(), basket.gas()), (usd("1.90496"), Usdc::ZERO));
    assert_eq!((basket.capital.cents(), basket.worlds.len()), ("118.70".to_owned(), 3));
    // 1.29504 of 118.70496 is 1.09%.
    assert_eq!(basket.net_edge_ppm() / 100, 109);
    // One leg void pays a half, and the other may lose.
    assert_eq!(basket.worst_with_voids, Some(usd("60") - usd("118.70496")));
    // B alone is sure to pay twice: YES of B and NO of A.
    let both = basket.worlds.iter().find(|w| w.yes == [false, true]).unwrap();
    assert_eq!(both.pays, usd("240"));
}

#[test]
fn gas_and_a_cap_on_capital_are_kept() {
    let no_a = [level("0.71", 80)];
    let yes_b = [level("0.26", 120)];
    let of = |gas: &str, cap: Option<&str>| {
        let markets = vec![market(&[], &no_a), market(&yes_b, &[])];
        let ties = vec![tie(Relation::Implies, &[0, 1])];
        solve(&BasketInput { gas: usd(gas), max_capital: cap.map(usd), ..input(markets, ties) })
    };
    let free = of("0", None).unwrap();
    assert_eq!(of("0.5", None).unwrap().worst, free.worst - usd("0.5"));
    assert!(matches!(of("5", None), Err(BasketRefusal::TooSmall(_))));
    let capped = of("0", Some("50")).unwrap();
    assert!(capped.capital <= usd("50") && capped.capital > usd("49.9"), "{}", capped.capital);
    assert!(matches!(of("0", Some("4")), Err(BasketRefusal::TooSmall(_))), "under the smallest order of 5 shares");
}

#[test]
fn a_minimum_edge_leaves_the_dear_levels_and_then_the_whole() {
    let of = |min_edge_ppm| {
        let no_a = [level("0.71", 80), level("0.72", 300)];
        let yes_b = [level("0.26", 120), level("0.275", 200)];
        let ties = vec![tie(Relation::Implies, &[0, 1])];
        solve(&BasketInput { min_edge_ppm, ..input(vec![market(&[], &no_a), market(&yes_b, &[])], ties) })
    };
    // The first 80 shares cost 0.71 + 0.26 and fees of 0.008236 + 0.007696 a pair, which earns 1.43%; the next 40 cost 0.99576 and earn 0.43%.
    let basket = of(10_000).unwrap();
    assert!(basket.legs.iter().all(|l| l.shares == Shares::whole(80)), "{:?}", basket.legs);
    assert!(basket.net_edge_ppm() >= 10_000 && basket.worst < of(0).unwrap().worst);
    assert!(basket.worst.to_f64() <= basket.optimum + 1e-3 && basket.optimum - basket.worst.to_f64() < 0.01);
    assert_eq!(of(20_000), Err(BasketRefusal::NothingPays));
}

#[test]
fn three_that_exclude_each_other_need_all_three_noes() {
    // Any two NOs cost more than the dollar they are sure of; all three pay two dollars for 1.92.
    let no = [level("0.64", 50)];
    let markets = vec![market(&[], &no); 3];
    let all = [tie(Relation::Excludes, &[0, 1, 2])];
    let basket = solve(&input(markets.clone(), all.to_vec())).unwrap();
    assert_eq!(basket.legs.len(), 3);
    assert!(basket.legs.iter().all(|l| l.shares == Shares::whole(50)));
    // 2 × 50 − 3 × (32 + 50 × 0.04 × 0.64 × 0.36).
    assert_eq!(basket.worst, usd("2.6176"));
    let pair = [tie(Relation::Excludes, &[0, 1])];
    assert_eq!(solve(&input(markets[..2].to_vec(), pair.to_vec())), Err(BasketRefusal::NothingPays));
}

#[test]
fn forty_that_exclude_each_other_have_a_worst_case_with_voids() {
    let no = [level("0.96", 50)];
    let all: Vec<usize> = (0..40).collect();
    let markets = vec![BasketMarket { fee: FeeSchedule::linear(0), ..market(&[], &no) }; 40];
    let basket = solve(&input(markets, vec![tie(Relation::Excludes, &all)])).unwrap();
    // 39 × 50 for 40 × 48; one void pays 25, and all the others may resolve YES.
    assert_eq!((basket.worst, basket.worst_with_voids), (usd("30"), Some(usd("25") - usd("1920"))));
}

#[test]
fn what_cannot_be_bought_is_refused() {
    let some = [level("0.2", 50)];
    let none = [Level { price: "0.2".parse().unwrap(), size: Shares::ZERO }];
    let implies = || vec![tie(Relation::Implies, &[0, 1])];
    let refused = |markets, ties| solve(&input(markets, ties)).unwrap_err();
    assert_eq!(refused(vec![market(&some, &some)], vec![]), BasketRefusal::TooFew);
    assert_eq!(refused(vec![market(&[], &[]), market(&[], &[])], implies()), BasketRefusal::NothingPays);
    assert_eq!(refused(vec![market(&[], &none), market(&none, &[])], implies()), BasketRefusal::NothingPays);
    assert_eq!(refused(vec![market(&[], &some), market(&[], &[])], implies()), BasketRefusal::NothingPays, "one side");
    let far = vec![tie(Relation::Implies, &[0, 7])];
    assert_eq!(refused(vec![market(&some, &some); 2], far), BasketRefusal::UnknownMember(7, 2));
    let many = solve(&input(vec![market(&some, &some); 13], vec![])).unwrap_err();
    assert_eq!(many, BasketRefusal::Worlds(TooManyWorlds(4_096)));
    let never =
        vec![tie(Relation::Exhausts, &[0, 1]), tie(Relation::Equivalent, &[0, 1]), tie(Relation::Excludes, &[0, 1])];
    assert_eq!(refused(vec![market(&some, &some); 2], never), BasketRefusal::Programme(ProgrammeError::NoWorld));
}

/// Random levels: one or two a token, sizes whole, costs in cents, cheap enough that something pays now and then.
fn random_levels(dice: &mut Dice, tokens: usize, size_max: u64) -> Vec<ProgrammeLevel> {
    let mut out = Vec::new();
    for token in 0..tokens {
        let mut room = size_max;
        let mut cents = 10 + dice.below(70);
        for _ in 0..dice.below(3) {
            if room == 0 {
                break;
            }
            let size = 1 + dice.below(room);
            room -= size;
            #[allow(clippy::cast_precision_loss)]
            out.push(ProgrammeLevel { token, cost: cents as f64 / 100.0, size: size as f64 });
            cents += 1 + dice.below(20);
        }
    }
    out
}

/// The best gain over every way to hold a multiple of `1 / parts` shares of each token, by trying all of them.
///
/// Costs are the same in every world, so for a given least payoff the cheapest holding solves a covering problem with a matrix of zeros
/// and ones. In the order YES..YES, NO YES..YES, ... the worlds of a pair or of a ladder make every token's column a row of consecutive
/// ones, so its corners are whole; with three that partition they are halves.
fn brute_force(levels: &[ProgrammeLevel], worlds: &[Vec<bool>], tokens: usize, parts: usize) -> f64 {
    let costs: Vec<Vec<f64>> = (0..tokens)
        .map(|token| {
            let mut all = vec![0.0];
            for level in levels.iter().filter(|l| l.token == token) {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                for _ in 0..level.size as usize * parts {
                    #[allow(clippy::cast_precision_loss)]
                    all.push(all[all.len() - 1] + level.cost / parts as f64);
                }
            }
            all
        })
        .collect();
    let mut held = vec![0_usize; tokens];
    let mut best = 0.0_f64;
    loop {
        let least = worlds
            .iter()
            .map(|world| (0..tokens).filter(|t| world[t / 2] == t.is_multiple_of(2)).map(|t| held[t]).sum::<usize>());
        #[allow(clippy::cast_precision_loss)]
        let pays = least.min().unwrap() as f64 / parts as f64;
        best = best.max(pays - held.iter().zip(&costs).map(|(n, c)| c[*n]).sum::<f64>());
        let Some(next) = (0..tokens).find(|t| held[*t] + 1 < costs[*t].len()) else { return best };
        held[..next].fill(0);
        held[next] += 1;
    }
}

fn check_optimum(levels: &[ProgrammeLevel], found: &Optimum) {
    assert!((found.worst - found.bound).abs() < 1e-6);
    for (x, l) in found.shares.iter().zip(levels) {
        assert!(*x >= -1e-9 && *x <= l.size + 1e-9);
    }
    if found.worst > 1e-6 {
        let sum: f64 = found.probabilities.iter().sum();
        assert!(
            (sum - 1.0).abs() < 1e-6 && found.probabilities.iter().all(|q| *q >= -1e-9),
            "{:?}",
            found.probabilities
        );
    }
}

/// Ten thousand books: the programme finds what trying everything finds, no more and no less.
#[test]
fn the_programme_equals_brute_force() {
    use Relation::{Equivalent, Excludes, Exhausts, Implies, Partition};
    let mut dice = Dice(20_261_126);
    let mut paying = 0;
    for round in 0..10_000_u64 {
        let (markets, ties, size, parts) = match round % 10 {
            0..8 => {
                let relation = [Implies, Excludes, Exhausts, Partition, Equivalent][dice.below(5) as usize];
                (2, vec![tie(relation, &[0, 1])], 4, 1)
            }
            8 => (3, vec![tie(Implies, &[0, 1]), tie(Implies, &[1, 2])], 2, 1),
            _ => (3, vec![tie(Partition, &[0, 1, 2])], 1, 2),
        };
        let tokens = 2 * markets;
        let levels = random_levels(&mut dice, tokens, size);
        let worlds = worlds(markets, &ties, 64).unwrap();
        let found = optimum(&levels, &worlds, None).unwrap();
        let wanted = brute_force(&levels, &worlds, tokens, parts);
        assert!((found.worst - wanted).abs() < 1e-6, "{} against {wanted}: {ties:?} {levels:?}", found.worst);
        check_optimum(&levels, &found);
        paying += u32::from(wanted > 1e-6);
    }
    eprintln!("{paying} of 10000 books paid");
    assert!((1_000..9_900).contains(&paying), "{paying}: too few or too many pay for the test to mean something");
}

fn check_exact(basket: &Basket, markets: &[BasketMarket<'_>], ties: &[Constraint]) -> Result<(), TestCaseError> {
    let spent: Usdc = basket.legs.iter().map(|l| l.cost + l.fee).sum();
    prop_assert_eq!(spent, basket.capital);
    let least = basket.worlds.iter().map(|w| w.pays).min().unwrap();
    prop_assert_eq!(least - basket.capital, basket.worst);
    prop_assert!(basket.worst.is_positive());
    // Over every world with a void market, one by one.
    let voids = void_worlds(markets.len(), ties, 100_000).unwrap();
    let paid = |w: &Vec<Option<bool>>| basket.legs.iter().map(|l| l.pays(w[l.market])).sum::<Usdc>();
    let least = voids.iter().map(paid).min().unwrap().min(least);
    prop_assert_eq!(basket.worst_with_voids, Some(least - basket.capital));
    // Rounding down loses a lot a leg at most; flooring fees gains less than a ten-thousandth of a dollar a level.
    prop_assert!(basket.worst.to_f64() <= basket.optimum + 1e-3, "{} above {}", basket.worst, basket.optimum);
    for leg in &basket.legs {
        let book = if leg.outcome == Outcome::Yes { markets[leg.market].yes } else { markets[leg.market].no };
        prop_assert!(leg.shares <= book.iter().map(|l| l.size).sum() && leg.shares >= Shares::whole(5));
        prop_assert_eq!(leg.shares, leg.shares.floor_to_lot());
        prop_assert_eq!(leg.marginal(), Some(book[leg.fills.len() - 1].price));
        prop_assert_eq!(leg.fills.iter().map(|f| f.shares).sum::<Shares>(), leg.shares);
        prop_assert_eq!(leg.fills.iter().map(|f| f.amount + f.fee).sum::<Usdc>(), leg.cost + leg.fee);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever the books, a basket that is given pays in every world what it says, by integers alone.
    #[test]
    fn a_basket_is_what_it_says(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let count = 2 + dice.below(4) as usize;
        let mut side = || {
            let mut e4 = 500 + dice.below(6_000);
            let mut levels = Vec::new();
            for _ in 0..dice.below(5) {
                let price = Price::from_e4(u16::try_from(e4).unwrap()).unwrap();
                levels.push(Level { price, size: Shares::from_micros(10_000 * (1 + dice.below(20_000)) as i64) });
                e4 += 1 + dice.below(500);
            }
            levels
        };
        let books: Vec<[Vec<Level>; 2]> = (0..count).map(|_| [side(), side()]).collect();
        let markets: Vec<BasketMarket<'_>> = books.iter().map(|[yes, no]| market(yes, no)).collect();
        let all: Vec<usize> = (0..count).collect();
        let relations = [Relation::Implies, Relation::Excludes, Relation::Exhausts, Relation::Partition, Relation::Union];
        let mut ties = vec![tie(relations[dice.below(5) as usize], &all)];
        // Now and then a second relation, so that the worlds with voids are listed.
        if dice.below(4) == 0 {
            ties.push(tie(Relation::Implies, &[0, 1]));
        }
        match solve(&input(markets.clone(), ties.clone())) {
            Ok(basket) => check_exact(&basket, &markets, &ties)?,
            Err(BasketRefusal::NothingPays | BasketRefusal::TooSmall(_)) => {}
            Err(BasketRefusal::Programme(ProgrammeError::NoWorld)) if ties.len() > 1 => {}
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
