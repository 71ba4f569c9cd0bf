//! How far a computation is, for people: a bar on a terminal, a line now and then for a pipe or a chat.

use betty_trading::backtest::Progress;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Shortest time between two drawings of the bar.
const DRAW_EVERY: Duration = Duration::from_millis(100);
/// Shortest time between two lines.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// Characters of the bar.
const BAR_CHARS: u64 = 24;
/// Before this share of the work is done, a guess at the rest says nothing; per cent.
const GUESS_FROM_PCT: u64 = 2;

/// When the work of one kind began and when something was last said about it.
#[derive(Debug, Clone, Copy)]
struct State {
    what: &'static str,
    began: Instant,
    said: Option<Instant>,
}

/// Turns progress into texts, not more often than wanted.
#[derive(Debug)]
pub struct Pace {
    every: Duration,
    state: Mutex<Option<State>>,
}

impl Pace {
    /// Says something at most this often, and at once when another kind of work begins.
    #[must_use]
    pub const fn new(every: Duration) -> Self {
        Self { every, state: Mutex::new(None) }
    }

    /// How long this kind of work has taken, when it is time to say something.
    pub fn due(&self, now: Instant, progress: Progress) -> Option<Duration> {
        let mut state = self.state.lock().ok()?;
        let known = state.filter(|s| s.what == progress.what);
        let began = known.map_or(now, |s| s.began);
        let last = progress.total > 0 && progress.done >= progress.total;
        let due = known
            .and_then(|s| s.said)
            .is_none_or(|said| last && self.every < LINE_EVERY || now.saturating_duration_since(said) >= self.every);
        let said = if due { Some(now) } else { known.and_then(|s| s.said) };
        *state = Some(State { what: progress.what, began, said });
        due.then(|| now.saturating_duration_since(began))
    }
}

/// Done of the whole, per cent; `None` when nobody knows.
fn percent(p: Progress) -> Option<u64> {
    let share = u128::from(p.done.min(p.total)) * 100;
    share.checked_div(u128::from(p.total)).and_then(|pct| u64::try_from(pct).ok())
}

/// `reading, 42%, about 12 s left`.
#[must_use]
pub fn words(p: Progress, took: Duration) -> String {
    match percent(p) {
        None => format!("{}, {} so far", p.what, p.done),
        Some(pct) => match left(p, took) {
            Some(left) => format!("{}, {pct}%, about {left} left", p.what),
            None => format!("{}, {pct}%", p.what),
        },
    }
}

/// A guess at the time left, at the speed so far.
fn left(p: Progress, took: Duration) -> Option<String> {
    let pct = percent(p)?;
    if p.done == 0 || p.done >= p.total || pct < GUESS_FROM_PCT {
        return None;
    }
    let ms = took.as_millis().saturating_mul(u128::from(p.total - p.done)).div_ceil(u128::from(p.done));
    let seconds = ms.div_ceil(1_000);
    Some(match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    })
}

fn bar(p: Progress, took: Duration) -> String {
    let full = percent(p).map_or(0, |pct| pct * BAR_CHARS / 100);
    let drawn: String = (0..BAR_CHARS).map(|i| if i < full { '█' } else { '░' }).collect();
    format!("{drawn} {}", words(p, took))
}

/// Shows progress on standard error: a bar on a terminal, plain lines elsewhere. Standard output stays the result's.
#[derive(Debug)]
pub struct Meter {
    terminal: bool,
    pace: Pace,
}

impl Meter {
    /// For this standard error.
    #[must_use]
    pub fn here() -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { terminal, pace: Pace::new(if terminal { DRAW_EVERY } else { LINE_EVERY }) }
    }

    /// Shows how far it is, when it is time to.
    pub fn show(&self, progress: Progress) {
        let Some(took) = self.pace.due(Instant::now(), progress) else { return };
        let mut err = std::io::stderr().lock();
        // A closed standard error is its owner's choice.
        let _ = if self.terminal {
            write!(err, "\r\x1b[2K{}", bar(progress, took))
        } else {
            writeln!(err, "{}", words(progress, took))
        };
        let _ = err.flush();
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        if self.terminal {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[2K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(done: u64, total: u64) -> Progress {
        Progress { done, total, what: "reading" }
    }

    #[test]
    fn the_time_left_is_guessed_at_the_speed_so_far() {
        let secs = Duration::from_secs;
        for (p, took, text) in [
            (at(0, 100), secs(5), "reading, 0%"),
            (at(1, 100), secs(5), "reading, 1%"),
            (at(25, 100), secs(4), "reading, 25%, about 12 s left"),
            (at(50, 100), secs(90), "reading, 50%, about 2 min left"),
            (at(10, 100), secs(3_600), "reading, 10%, about 9 h left"),
            (at(100, 100), secs(4), "reading, 100%"),
            (at(200, 100), secs(4), "reading, 100%"),
            (at(7, 0), secs(4), "reading, 7 so far"),
            (at(u64::MAX - 1, u64::MAX), secs(1), "reading, 99%, about 1 s left"),
        ] {
            assert_eq!(words(p, took), text);
        }
        assert_eq!(bar(at(1, 2), secs(0)).chars().filter(|c| *c == '█').count(), 12);
        assert_eq!(bar(at(0, 0), secs(0)).chars().filter(|c| *c == '░').count(), 24);
    }

    #[test]
    fn it_speaks_at_its_pace_and_at_once_of_other_work() {
        let pace = Pace::new(Duration::from_secs(10));
        let start = Instant::now();
        let at_second = |s, p| pace.due(start + Duration::from_secs(s), p);
        assert_eq!(at_second(0, at(0, 9)), Some(Duration::ZERO));
        assert_eq!(at_second(4, at(1, 9)), None);
        assert_eq!(at_second(11, at(2, 9)), Some(Duration::from_secs(11)));
        assert_eq!(at_second(12, at(9, 9)), None, "a pipe needs no line for the end: the result follows");
        assert_eq!(at_second(12, Progress { what: "trading", ..at(0, 9) }), Some(Duration::ZERO));
        let bar = Pace::new(DRAW_EVERY);
        assert!(bar.due(start, at(0, 9)).is_some() && bar.due(start, at(1, 9)).is_none());
        assert!(bar.due(start, at(9, 9)).is_some(), "a bar is drawn full");
    }
}
