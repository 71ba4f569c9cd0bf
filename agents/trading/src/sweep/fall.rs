//! The largest fall of equity that moves with the value of a pair while one is held, without visiting every bar.
//!
//! While held, equity is the value times a constant, so falls within a holding are ratios of two values, and runs of bars can be
//! summed up beforehand: their greatest and least value and their largest inner fall.

/// Bars summed up together.
const BLOCK: usize = 32;

/// A run of bars, summed up.
#[derive(Debug, Clone, Copy)]
struct Block {
    greatest: i32,
    least: i32,
    /// Largest `(high − low) / high` of a high before a low.
    fall: f64,
}

/// Values of a pair in mills, above zero, with their blocks.
#[derive(Debug, Clone)]
pub(super) struct Falls {
    values: Vec<i32>,
    blocks: Vec<Block>,
}

/// `(high − low) / high`, 0 when there is no fall.
fn fall(high: i32, low: i32) -> f64 {
    f64::from(high - low) / f64::from(high)
}

impl Falls {
    pub(super) fn new(values: Vec<i32>) -> Self {
        let block = |run: &[i32]| {
            let (mut high, mut worst) = (run[0], 0.0_f64);
            for v in run {
                high = high.max(*v);
                worst = worst.max(fall(high, *v));
            }
            let least = run.iter().copied().min().unwrap_or(high);
            Block { greatest: high, least, fall: worst }
        };
        let blocks = values.chunks(BLOCK).map(block).collect();
        Self { values, blocks }
    }

    pub(super) fn value(&self, bar: usize) -> i32 {
        self.values[bar]
    }
}

/// Equity of one parameter set: what it is between holdings, its highest so far, its largest fall so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Equity {
    pub(super) now: f64,
    pub(super) peak: f64,
    pub(super) fall: f64,
}

impl Equity {
    pub(super) const START: Self = Self { now: 1.0, peak: 1.0, fall: 0.0 };

    /// Holds the pair from bar `entered` to bar `left`, both included, valued on every bar. Before `left` the value is known to stay
    /// within `between`, which saves most of the visits.
    pub(super) fn hold(&mut self, falls: &Falls, entered: usize, left: usize, between: (i64, i64)) {
        // Entered on the last bar: nothing has moved, and a division and a multiplication would say that something did.
        if entered == left {
            return;
        }
        let (first, last) = (falls.value(entered), falls.value(left));
        let per_mill = self.now / f64::from(first);
        self.now = per_mill * f64::from(last);
        let low = between.0.clamp(1, i64::from(last.min(first))) as i32;
        let high = between.1.clamp(i64::from(last.max(first)), i64::from(i32::MAX)) as i32;
        let top = per_mill * f64::from(high);
        let worst = 1.0 - per_mill * f64::from(low) / top.max(self.peak);
        // Rounding must not skip a fall that is larger by a hair than what is held against it.
        const HAIR: f64 = 1e-12;
        if worst + HAIR <= self.fall && (top <= self.peak || high == last) {
            self.peak = self.peak.max(self.now);
        } else {
            self.visit(falls, entered, left, per_mill);
        }
    }

    fn visit(&mut self, falls: &Falls, entered: usize, left: usize, per_mill: f64) {
        // The high is the old peak until a value beats it; then it is a value, and falls are exact ratios.
        let mut run = Run { peak: self.peak, per_mill, high: None, low: i32::MAX, fall: self.fall };
        let mut bar = entered;
        while bar <= left {
            if bar.is_multiple_of(BLOCK) && bar + BLOCK <= left + 1 {
                run.block(falls.blocks[bar / BLOCK]);
                bar += BLOCK;
            } else {
                run.bar(falls.value(bar));
                bar += 1;
            }
        }
        run.settle();
        self.fall = run.fall;
        self.peak = run.high.map_or(self.peak, |h| per_mill * f64::from(h));
    }
}

/// A walk through bars: the high, and the low since.
struct Run {
    peak: f64,
    per_mill: f64,
    high: Option<i32>,
    low: i32,
    fall: f64,
}

impl Run {
    fn beats(&self, value: i32) -> bool {
        match self.high {
            Some(high) => value > high,
            None => self.per_mill * f64::from(value) > self.peak,
        }
    }

    /// Counts the fall from the high to the low since.
    fn settle(&mut self) {
        if self.low < i32::MAX {
            let fall = match self.high {
                Some(high) => fall(high, self.low),
                None => (self.peak - self.per_mill * f64::from(self.low)) / self.peak,
            };
            self.fall = self.fall.max(fall);
        }
    }

    fn bar(&mut self, value: i32) {
        if self.beats(value) {
            self.settle();
            (self.high, self.low) = (Some(value), value);
        } else {
            self.low = self.low.min(value);
        }
    }

    /// A fall from the high to the least of a block counts even when a higher value came between: the fall from that one is larger and
    /// among those of the block.
    fn block(&mut self, block: Block) {
        self.low = self.low.min(block.least);
        if self.beats(block.greatest) {
            self.settle();
            self.fall = self.fall.max(block.fall);
            (self.high, self.low) = (Some(block.greatest), block.greatest);
        }
    }
}
