//! The console door: lines from a terminal or a pipe in, cards out. Progress is drawn on a terminal only.

use super::style_here;
use super::text::{Style, render};
use crate::front::{Asker, Front, Line, Submitted};
use crate::render::num::counted;
use betty_bus::TaskId;
use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The door's name in the journal.
pub const DOOR: &str = "console";
/// Lines read ahead of the one at work.
const LINES_AHEAD_MAX: usize = 64;
/// Longest line read, in bytes; the rest of a longer one is dropped and the line is refused by the parser.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Somebody at this machine: may do everything.
#[must_use]
pub fn local() -> Asker {
    Asker { id: "local".to_owned(), admin: true }
}

/// A line as this door hands it in.
#[must_use]
pub fn line(text: &str) -> Line {
    Line {
        door: DOOR,
        text: text.to_owned(),
        asker: local(),
        reply_to: serde_json::Value::Null,
        idempotency_key: None,
        said_at: None,
    }
}

/// Reads standard input on a thread of its own: a blocked read must not keep the program from ending.
fn lines() -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel(LINES_AHEAD_MAX);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut bytes = Vec::new();
            match std::io::Read::take(&mut input, LINE_BYTES_MAX as u64).read_until(b'\n', &mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(_) => {
                    if bytes.len() == LINE_BYTES_MAX && !bytes.ends_with(b"\n") {
                        skip_line(&mut input);
                    }
                    let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
                    if send.blocking_send(text).is_err() {
                        return;
                    }
                }
            }
        }
    });
    receive
}

/// Drops the rest of a line that was too long: its tail must not be taken for a line of its own.
fn skip_line(input: &mut impl BufRead) {
    loop {
        let (end, used) = match input.fill_buf() {
            Ok([]) | Err(_) => return,
            Ok(buffer) => match buffer.iter().position(|b| *b == b'\n') {
                Some(i) => (true, i + 1),
                None => (false, buffer.len()),
            },
        };
        input.consume(used);
        if end {
            return;
        }
    }
}

/// Lines that belong together: what stands between three backticks and three backticks is one line with line breaks, so that a text
/// such as a strategy can be pasted as it is.
#[derive(Debug, Default)]
struct Fence(String);

impl Fence {
    /// Takes a line. Gives it back, with those kept before it, unless a fence is open.
    fn add(&mut self, line: &str) -> Option<String> {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(line);
        let open = self.0.matches("```").count() % 2 == 1;
        // Beyond the limit the parser refuses it anyway.
        (!open || self.0.len() > LINE_BYTES_MAX).then(|| std::mem::take(&mut self.0))
    }

    /// What is left when the input ends inside a fence.
    fn rest(&mut self) -> Option<String> {
        (!self.0.is_empty()).then(|| std::mem::take(&mut self.0))
    }
}

struct Screen {
    style: Style,
    terminal: bool,
    drawn: bool,
}

impl Screen {
    fn new() -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self { style: style_here(), terminal: terminal && std::io::stdin().is_terminal(), drawn: false }
    }

    fn print(&mut self, text: &str) {
        self.clear();
        let mut out = std::io::stdout().lock();
        // A closed pipe is the reader's choice, not an error of ours.
        let _ = writeln!(out, "{text}");
        let _ = out.flush();
    }

    fn prompt(&mut self) {
        if self.terminal {
            let mut out = std::io::stdout().lock();
            let _ = write!(out, "betty> ");
            let _ = out.flush();
        }
    }

    /// Says that a fence is open.
    fn prompt_more(&mut self) {
        if self.terminal {
            let mut out = std::io::stdout().lock();
            let _ = write!(out, "  ... ");
            let _ = out.flush();
        }
    }

    fn progress(&mut self, text: &str) {
        if self.terminal {
            let mut out = std::io::stdout().lock();
            let _ = write!(out, "\r\x1b[2K… {}", crate::clean::clean_cut(text, 70));
            let _ = out.flush();
            self.drawn = true;
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let _ = write!(std::io::stdout().lock(), "\r\x1b[2K");
        }
    }
}

/// Serves the console until `!quit`, the end of input, or `stop`. `first` is a task whose answer is awaited before the first line is
/// read. From a pipe, each line is answered before the next is read.
pub async fn run(front: Arc<dyn Front>, first: Option<TaskId>, stop: CancellationToken) {
    let mut screen = Screen::new();
    let mut changed = front.outbox_changed();
    let mut progress = front.progress();
    let mut input = lines();
    let mut pending: Vec<TaskId> = first.into_iter().collect();
    let mut open = true;
    let mut fence = Fence::default();
    loop {
        for delivery in front.waiting(DOOR).await {
            screen.print(&render(&delivery.card, screen.style));
            front.delivered(delivery.id).await;
            let ours = pending.iter().position(|t| *t == delivery.task);
            if let Some(i) = ours {
                pending.remove(i);
            }
            if pending.is_empty() {
                screen.prompt();
            }
        }
        // A paused Betty may never answer: then nobody is kept waiting, and the line that resumes her must be readable.
        let paused = !pending.is_empty() && front.paused().await;
        if !open && paused {
            let waiting = counted(pending.len() as u64, "task waits", "tasks wait");
            screen.print(&format!("{waiting}; the next start takes up what is left"));
        }
        if !open && (pending.is_empty() || paused) {
            return;
        }
        // On a terminal one may type on while a task runs, for instance to cancel it; a pipe is answered in order.
        let may_read =
            open && (pending.is_empty() || paused || (screen.terminal && first.is_none_or(|f| !pending.contains(&f))));
        tokio::select! {
            () = stop.cancelled() => return,
            _ = changed.recv() => {}
            // A signal can be missed when several answers come at once; looking again costs one query.
            () = tokio::time::sleep(std::time::Duration::from_millis(500)) => {}
            note = progress.recv() => {
                if let Ok(note) = note
                    && pending.contains(&note.task)
                {
                    screen.progress(&note.text);
                }
            }
            text = input.recv(), if may_read => {
                let whole = match text {
                    Some(line) => fence.add(&line),
                    None => match fence.rest() {
                        Some(rest) => Some(rest),
                        None => {
                            open = false;
                            continue;
                        }
                    },
                };
                // An open fence reads on; nothing is handed in yet.
                let Some(text) = whole else {
                    screen.prompt_more();
                    continue;
                };
                if text.trim().is_empty() {
                    screen.prompt();
                    continue;
                }
                match front.submit(line(&text)).await {
                    Submitted::Answer(card) => {
                        screen.print(&render(&card, screen.style));
                        screen.prompt();
                    }
                    Submitted::Accepted { task, ack } => {
                        screen.print(&ack);
                        pending.push(task);
                    }
                    Submitted::Nothing => {}
                    Submitted::Quit => open = false,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fenced_is_one_line() {
        let mut fence = Fence::default();
        assert_eq!(fence.add("!help").as_deref(), Some("!help"));
        assert_eq!(fence.add("").as_deref(), Some(""));
        assert_eq!(fence.add("one ```x``` line").as_deref(), Some("one ```x``` line"));
        for line in ["!auto_strategy save ```toml", "name = \"mine\"", "", "size_pct = 5"] {
            assert_eq!(fence.add(line), None, "{line}");
        }
        let whole = "!auto_strategy save ```toml\nname = \"mine\"\n\nsize_pct = 5\n```";
        assert_eq!(fence.add("```").as_deref(), Some(whole));
        // Input that ends inside a fence is handed in as it is, once.
        assert_eq!(fence.add("open ```"), None);
        assert_eq!(fence.rest().as_deref(), Some("open ```"));
        assert_eq!(fence.rest(), None);
        // A fence that is never closed does not swallow everything.
        let taken = (0..=LINE_BYTES_MAX).find_map(|n| fence.add(if n == 0 { "```" } else { "x" }));
        assert!(taken.is_some_and(|t| t.len() <= LINE_BYTES_MAX + 2));
    }
}
