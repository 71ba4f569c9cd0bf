//! The linear programme over the levels of the books, solved by `microlp` through `good_lp`, and its dual.
//!
//! Primal, after section 4 of the method: maximise t subject to `Σ_l x_l·(payoff_l(s) − c_l) ≥ t` for every world s, `0 ≤ x_l ≤ size_l`,
//! `Σ_l x_l·c_l ≤ C`, with `c_l` the level's price and fee a share. Dual: minimise `Σ_l size_l·y_l + C·z` subject to `Σ_s q_s ≥ 1` and
//! `y_l + c_l·z ≥ Σ_s q_s·(payoff_l(s) − c_l)`. The q are the implied probabilities of the worlds: the prices under which no level that
//! was left is worth more than it costs. The solver gives no multipliers, so the dual is solved as a programme of its own; the two values
//! agree at an optimum and nowhere else, which is checked.
//!
//! Floats live here alone. Nothing of it is reported as money: see [`super::exact`].

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, constraint, microlp, variable};

/// Dollars by which the two programmes may disagree.
const GAP_MAX: f64 = 1e-6;

/// A level of a book, as the programme sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProgrammeLevel {
    /// Which token: two a market, YES first.
    pub token: usize,
    /// Dollars a share, fee included.
    pub cost: f64,
    /// Shares there.
    pub size: f64,
}

/// The best basket, in floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimum {
    /// Shares of each level.
    pub shares: Vec<f64>,
    /// Dollars gained in the worst world.
    pub worst: f64,
    /// The same by the dual: an upper bound for every basket there is.
    pub bound: f64,
    /// Implied probability of each world; they add up to one where anything can be gained.
    pub probabilities: Vec<f64>,
}

/// Why there is no optimum.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProgrammeError {
    /// There is no world at all: the relations contradict each other.
    #[error("the relations contradict each other: no joint outcome is left")]
    NoWorld,
    /// The solver failed.
    #[error("the linear programme could not be solved: {0}")]
    Solver(String),
    /// The two programmes disagree, so neither is trusted.
    #[error("the linear programme and its dual disagree by {0} dollars")]
    Gap(f64),
}

/// Whether a share of a token pays in a world.
const fn pays(token: usize, world: &[bool]) -> bool {
    world[token / 2] == token.is_multiple_of(2)
}

fn solver(e: &good_lp::ResolutionError) -> ProgrammeError {
    ProgrammeError::Solver(e.to_string())
}

/// Solves both programmes. Buying nothing gains nothing, so the worst world never loses.
///
/// # Errors
/// [`ProgrammeError`]; never an approximation.
///
/// # Panics
/// When a level's token lies beyond a world's markets.
pub fn optimum(
    levels: &[ProgrammeLevel],
    worlds: &[Vec<bool>],
    capital: Option<f64>,
) -> Result<Optimum, ProgrammeError> {
    if worlds.is_empty() {
        return Err(ProgrammeError::NoWorld);
    }
    if levels.is_empty() {
        return Ok(Optimum { shares: Vec::new(), worst: 0.0, bound: 0.0, probabilities: vec![0.0; worlds.len()] });
    }
    let (shares, worst) = primal(levels, worlds, capital)?;
    let (probabilities, bound) = dual(levels, worlds, capital)?;
    let gap = (worst - bound).abs();
    if gap.is_nan() || gap > GAP_MAX * (1.0 + worst.abs()) {
        return Err(ProgrammeError::Gap(gap));
    }
    Ok(Optimum { shares, worst, bound, probabilities })
}

fn primal(
    levels: &[ProgrammeLevel],
    worlds: &[Vec<bool>],
    capital: Option<f64>,
) -> Result<(Vec<f64>, f64), ProgrammeError> {
    let mut vars = ProblemVariables::new();
    let t = vars.add(variable().min(0.0));
    let x: Vec<Variable> = levels.iter().map(|l| vars.add(variable().min(0.0).max(l.size))).collect();
    let spent: Expression = x.iter().zip(levels).map(|(x, l)| *x * l.cost).sum();
    let mut problem = vars.maximise(t).using(microlp);
    for world in worlds {
        let paid: Expression =
            x.iter().zip(levels).filter(|(_, l)| pays(l.token, world)).map(|(x, _)| Expression::from(*x)).sum();
        problem = problem.with(constraint!(paid - spent.clone() - t >= 0.0));
    }
    if let Some(capital) = capital {
        problem = problem.with(constraint!(spent <= capital));
    }
    let solution = problem.solve().map_err(|e| solver(&e))?;
    Ok((x.iter().map(|x| solution.value(*x)).collect(), solution.value(t)))
}

fn dual(
    levels: &[ProgrammeLevel],
    worlds: &[Vec<bool>],
    capital: Option<f64>,
) -> Result<(Vec<f64>, f64), ProgrammeError> {
    let mut vars = ProblemVariables::new();
    let q: Vec<Variable> = worlds.iter().map(|_| vars.add(variable().min(0.0))).collect();
    let y: Vec<Variable> = levels.iter().map(|_| vars.add(variable().min(0.0))).collect();
    let z = capital.map(|_| vars.add(variable().min(0.0)));
    let mut value: Expression = y.iter().zip(levels).map(|(y, l)| *y * l.size).sum();
    if let (Some(z), Some(capital)) = (z, capital) {
        value += z * capital;
    }
    let mut problem = vars.minimise(value.clone()).using(microlp);
    let all: Expression = q.iter().map(|q| Expression::from(*q)).sum();
    problem = problem.with(constraint!(all >= 1.0));
    for (l, level) in levels.iter().enumerate() {
        let mut left = Expression::from(y[l]);
        if let Some(z) = z {
            left += z * level.cost;
        }
        for (q, world) in q.iter().zip(worlds) {
            left -= *q * (f64::from(u8::from(pays(level.token, world))) - level.cost);
        }
        problem = problem.with(constraint!(left >= 0.0));
    }
    let solution = problem.solve().map_err(|e| solver(&e))?;
    Ok((q.iter().map(|q| solution.value(*q)).collect(), solution.eval(&value)))
}
