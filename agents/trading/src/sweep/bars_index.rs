//! An index over bars that finds the next one at or above a level, or below it, sixty-four bars at a time.
//!
//! Each level between the least and the greatest edge has one bit a bar: set where the edge is at or above the level. "At most L" is the
//! complement of "at least L + 1", so one family of bits answers both questions. It takes `levels × bars / 8` bytes: 285 kB for 20,000
//! bars over 114 levels.

use super::bars::BarExit;

/// Bars in a word.
const WORD: usize = 64;
/// Largest index: 256 MiB.
pub(super) const INDEX_BYTES_MAX: usize = 256 << 20;

#[derive(Debug, Clone)]
pub(super) struct EdgeIndex {
    /// The least edge, the level of the first row.
    least: i64,
    /// Rows: one for each level from the least edge to one above the greatest, whose row is empty.
    rows: usize,
    /// Words in a row.
    width: usize,
    bars: usize,
    bits: Vec<u64>,
}

impl EdgeIndex {
    /// Bytes the index of so many bars between these edges would take.
    pub(super) const fn bytes(bars: usize, least: i32, greatest: i32) -> usize {
        let rows = (greatest as i64 - least as i64 + 2) as usize;
        rows.saturating_mul(bars.div_ceil(WORD)).saturating_mul(8)
    }

    /// Of at least one edge, small enough by [`Self::bytes`].
    pub(super) fn new(edges: &[i32]) -> Self {
        let least = edges.iter().copied().min().unwrap_or(0);
        let greatest = edges.iter().copied().max().unwrap_or(0);
        let rows = (i64::from(greatest) - i64::from(least) + 2) as usize;
        let width = edges.len().div_ceil(WORD);
        let mut bits = vec![0_u64; rows * width];
        for (bar, edge) in edges.iter().enumerate() {
            let reached = (i64::from(*edge) - i64::from(least)) as usize;
            bits[reached * width + bar / WORD] |= 1 << (bar % WORD);
        }
        // A bar that reaches a level reaches every one below.
        for row in (0..rows - 1).rev() {
            let (low, high) = bits.split_at_mut((row + 1) * width);
            low[row * width..].iter_mut().zip(high).for_each(|(low, high)| *low |= *high);
        }
        Self { least: i64::from(least), rows, width, bars: edges.len(), bits }
    }

    /// Where the edge is at or above `level`.
    fn at_least(&self, level: i64) -> &[u64] {
        let row = level.saturating_sub(self.least).clamp(0, self.rows as i64 - 1) as usize;
        &self.bits[row * self.width..(row + 1) * self.width]
    }

    /// What the search for entries at or above `entry` needs.
    pub(super) fn entries(&self, entry: i64) -> Entries<'_> {
        Entries { row: self.at_least(entry) }
    }

    /// The exit of a position entered at `entered`: the first later bar whose edge is at most `target` or at least `stop`, else the
    /// bar `last` on which time is up; `None` when the bars end before.
    pub(super) fn exit(&self, entered: usize, target: i64, stop: i64, last: usize) -> Option<(usize, BarExit)> {
        let above_target = self.at_least(target.saturating_add(1));
        let at_stop = self.at_least(stop);
        let first = entered + 1;
        let end = self.bars.min(last.saturating_add(1));
        if first >= end {
            return None;
        }
        let (mut word, last_word) = (first / WORD, (end - 1) / WORD);
        let mut mask = u64::MAX << (first % WORD);
        while word <= last_word {
            let hits = (!above_target[word] | at_stop[word]) & mask;
            if hits != 0 {
                let bar = word * WORD + hits.trailing_zeros() as usize;
                if bar >= end {
                    break;
                }
                let on_target = above_target[word] >> (bar % WORD) & 1 == 0;
                return Some((bar, if on_target { BarExit::Target } else { BarExit::Stop }));
            }
            mask = u64::MAX;
            word += 1;
        }
        (last < self.bars).then_some((last, BarExit::Time))
    }
}

/// Bars on which a position may be entered.
pub(super) struct Entries<'a> {
    row: &'a [u64],
}

impl Entries<'_> {
    /// The first at or after `from`.
    pub(super) fn next(&self, from: usize) -> Option<usize> {
        let mut word = from / WORD;
        let mut bits = self.row.get(word)? & (u64::MAX << (from % WORD));
        while bits == 0 {
            word += 1;
            bits = *self.row.get(word)?;
        }
        Some(word * WORD + bits.trailing_zeros() as usize)
    }
}
