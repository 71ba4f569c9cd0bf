//! Evaluates the sets of a space on several threads. Results are taken in by number, so that the same bytes come out whatever the number
//! of threads and however often it was stopped.

use super::space::Space;
use super::tally::{Running, Scored, Tally, Trial};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};

/// Most sets handed to a thread at once.
const CHUNK_MAX: u64 = 256;
/// Chunks the whole sweep is cut into per thread, if it has that many sets: progress moves in steps of about one percent.
const CHUNKS_PER_THREAD: u64 = 64;
/// Chunks in flight per thread. A slow chunk holds back at most this many results of others, which bounds memory.
const IN_FLIGHT_PER_THREAD: u64 = 3;

/// How far a sweep is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Sets evaluated and taken in, those before a resume included.
    pub done: u64,
    /// All sets.
    pub total: u64,
}

/// A sweep: its space, and everything known so far. It is its own checkpoint: written out at any time and read back, it goes on where it
/// was and ends in the same bytes as one that never stopped. Its size depends on what is kept, not on the number of sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep<R> {
    space: Space,
    tally: Tally<R>,
}

impl<R: Scored + Send> Sweep<R> {
    /// A sweep that keeps the best `keep` sets, at least one.
    #[must_use]
    pub fn new(space: Space, keep: usize) -> Self {
        Self { space, tally: Tally::new(keep.max(1)) }
    }

    /// Evaluates what is left, in the order of the space, on `threads` threads; `progress` is called on this thread after each chunk of
    /// sets and may break off. Returns whether the sweep is finished. `evaluate` must be a pure function of the set.
    ///
    /// # Panics
    /// When `evaluate` does, with its message. The sweep then still holds everything taken in before.
    pub fn run(
        &mut self,
        threads: NonZeroUsize,
        evaluate: impl Fn(&[i64]) -> R + Sync,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> bool {
        self.run_in(threads, None, |sets| sets.iter().map(|set| evaluate(set)).collect(), progress)
    }

    /// The same with `batch` sets evaluated at a time: for work that serves several sets at once, such as one pass of the data.
    /// `evaluate` returns one result a set, in their order.
    ///
    /// # Panics
    /// When `evaluate` does, or returns another number of results than it was given sets.
    pub fn run_batches(
        &mut self,
        threads: NonZeroUsize,
        batch: NonZeroUsize,
        evaluate: impl Fn(&[Vec<i64>]) -> Vec<R> + Sync,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> bool {
        self.run_in(threads, Some(batch.get() as u64), evaluate, progress)
    }

    fn run_in(
        &mut self,
        threads: NonZeroUsize,
        batch: Option<u64>,
        evaluate: impl Fn(&[Vec<i64>]) -> Vec<R> + Sync,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> bool {
        let Self { space, tally } = self;
        let plan = Plan::new(tally.done..space.len(), threads, batch);
        let mut take = |results: Vec<R>| {
            for result in results {
                tally.push(result, |index| space.set(index));
            }
            progress(Progress { done: tally.done, total: space.len() })
        };
        let work = |sets: Range<u64>| {
            let sets: Vec<Vec<i64>> = sets.map(|index| space.set(index)).collect();
            let results = evaluate(&sets);
            assert_eq!(results.len(), sets.len(), "one result a set");
            results
        };
        if threads.get() == 1 {
            let _ = (0..plan.chunks).try_for_each(|chunk| take(work(plan.sets(chunk))));
        } else {
            plan.on_threads(threads, work, take);
        }
        self.is_finished()
    }

    /// The space.
    #[must_use]
    pub const fn space(&self) -> &Space {
        &self.space
    }

    /// How far it is. The sets that are done are those numbered below `done`.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        Progress { done: self.tally.done, total: self.space.len() }
    }

    /// Whether every set is done.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.tally.done >= self.space.len()
    }

    /// The best sets, best first; of equals the one with the lower number.
    #[must_use]
    pub fn best(&self) -> &[Trial<R>] {
        &self.tally.best
    }

    /// The best set alone.
    #[must_use]
    pub fn into_best(self) -> Option<Trial<R>> {
        self.tally.best.into_iter().next()
    }

    /// Sets whose objective was undefined, such as those that never traded.
    #[must_use]
    pub const fn undefined(&self) -> u64 {
        self.tally.undefined
    }

    /// Mean and variance of all defined objectives.
    #[must_use]
    pub const fn objectives(&self) -> &Running {
        &self.tally.objectives
    }

    /// Mean and variance of the Sharpe ratios per period of all sets that have one.
    #[must_use]
    pub const fn sharpes(&self) -> &Running {
        &self.tally.sharpes
    }
}

/// Sets cut into chunks.
struct Plan {
    all: Range<u64>,
    chunk: u64,
    chunks: u64,
}

impl Plan {
    fn new(all: Range<u64>, threads: NonZeroUsize, batch: Option<u64>) -> Self {
        let count = all.end.saturating_sub(all.start);
        let even = (count / (threads.get() as u64).saturating_mul(CHUNKS_PER_THREAD)).clamp(1, CHUNK_MAX);
        let chunk = batch.unwrap_or(even);
        Self { all, chunk, chunks: count.div_ceil(chunk) }
    }

    fn sets(&self, chunk: u64) -> Range<u64> {
        let start = self.all.start + chunk * self.chunk;
        start..(start + self.chunk).min(self.all.end)
    }

    /// `work` on the threads, `take` here and in the order of the chunks, until it breaks off.
    fn on_threads<T: Send>(
        &self,
        threads: NonZeroUsize,
        work: impl Fn(Range<u64>) -> T + Sync,
        mut take: impl FnMut(T) -> ControlFlow<()>,
    ) {
        let stop = AtomicBool::new(false);
        let (orders, queue) = mpsc::channel::<u64>();
        let queue = Mutex::new(queue);
        let (results, inbox) = mpsc::channel();
        let worker = |results: mpsc::Sender<_>| {
            loop {
                // A poisoned lock only means that another thread panicked, which is told below.
                let order = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
                let Ok(chunk) = order else { return };
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let done = catch_unwind(AssertUnwindSafe(|| work(self.sets(chunk))));
                if results.send((chunk, done)).is_err() {
                    return;
                }
            }
        };
        let in_flight_max = (threads.get() as u64).saturating_mul(IN_FLIGHT_PER_THREAD);
        std::thread::scope(|scope| {
            for _ in 0..threads.get() {
                let results = results.clone();
                scope.spawn(|| worker(results));
            }
            drop(results);
            // Owned here, so that it closes and the threads end however this closure is left.
            let orders = orders;
            let mut early = BTreeMap::new();
            let (mut ordered, mut next) = (0, 0);
            while next < self.chunks {
                while ordered < self.chunks && ordered - next < in_flight_max {
                    // The queue lives as long as this function.
                    let _ = orders.send(ordered);
                    ordered += 1;
                }
                if let Some(result) = early.remove(&next) {
                    next += 1;
                    if take(result).is_break() {
                        break;
                    }
                } else {
                    match inbox.recv() {
                        Ok((chunk, Ok(result))) => {
                            early.insert(chunk, result);
                        }
                        Ok((_, Err(panic))) => {
                            stop.store(true, Ordering::Relaxed);
                            resume_unwind(panic);
                        }
                        Err(_) => break,
                    }
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
}
