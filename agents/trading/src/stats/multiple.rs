//! Many findings at once.

use super::estimate::Undefined;

/// A p-value among others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// As given.
    pub p: f64,
    /// The least false discovery rate at which this finding is kept.
    pub adjusted: f64,
    /// Whether it is kept at the asked rate.
    pub kept: bool,
}

/// The step-up procedure of Benjamini and Hochberg ("Controlling the False Discovery Rate", Journal of the Royal Statistical Society B
/// 57, 1995): with the p-values in ascending order, the findings up to the largest k with `p(k) ≤ k q / m` are kept. Results are in the
/// order of the input. Valid for independent or positively dependent findings.
///
/// # Errors
/// A p-value or the rate `q` is not between 0 and 1.
pub fn benjamini_hochberg(p_values: &[f64], q: f64) -> Result<Vec<Adjusted>, Undefined> {
    if p_values.iter().chain([&q]).any(|p| !(0.0..=1.0).contains(p)) {
        return Err(Undefined::Inconsistent("a probability outside 0 to 1"));
    }
    let m = p_values.len() as f64;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let kept = order.iter().enumerate().rfind(|(i, at)| p_values[**at] * m <= (*i as f64 + 1.0) * q);
    let last = kept.map(|(i, _)| i);
    let mut out = vec![Adjusted { p: 0.0, adjusted: 0.0, kept: false }; p_values.len()];
    let mut least = 1.0_f64;
    for (i, at) in order.iter().enumerate().rev() {
        // The quotient first: it is at least 1, so that rounding never leaves an adjusted value below the given one.
        least = least.min(p_values[*at] * (m / (i as f64 + 1.0)));
        out[*at] = Adjusted { p: p_values[*at], adjusted: least, kept: last.is_some_and(|k| i <= k) };
    }
    Ok(out)
}
