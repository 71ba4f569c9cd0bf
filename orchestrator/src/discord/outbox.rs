//! Brings waiting answers and progress notes to the channels' workers.

use super::Door;
use super::channel::{Job, Outcome};
use super::reply::ReplyTo;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, sleep_until};

/// The wait before an answer that could not be shown is tried again; doubles.
const RETRY_MIN: Duration = Duration::from_secs(2);
/// Longest such wait.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// Delivers until the door stops.
pub(super) async fn deliver(
    door: Arc<Door>,
    mut changed: broadcast::Receiver<()>,
    mut outcomes: mpsc::UnboundedReceiver<(i64, Outcome)>,
) {
    let mut on_the_way = HashSet::new();
    let mut parked = HashSet::new();
    let mut wait = RETRY_MIN;
    let mut retry_at: Option<Instant> = None;
    let mut open = true;
    let mut look = true; // at start: answers of the last run
    loop {
        if look {
            for delivery in door.front.waiting(super::DOOR).await {
                let id = delivery.id;
                if on_the_way.contains(&id) || parked.contains(&id) {
                    continue;
                }
                let to = serde_json::from_value::<ReplyTo>(delivery.reply_to.clone());
                match to {
                    Ok(to) if door.config.serves_channel(to.channel) => {
                        if door.hand(to.channel, Job::Answer(delivery)) {
                            on_the_way.insert(id);
                        } else {
                            retry_at.get_or_insert(Instant::now() + wait);
                        }
                    }
                    _ => {
                        tracing::warn!(task = %delivery.task, "Discord: an answer waits for a channel that is not served; it stays in the outbox");
                        parked.insert(id);
                    }
                }
            }
        }
        look = tokio::select! {
            () = door.stop.cancelled() => return,
            change = changed.recv(), if open => match change {
                Ok(()) | Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => { open = false; false }
            },
            Some((id, outcome)) = outcomes.recv() => {
                on_the_way.remove(&id);
                match outcome {
                    Outcome::Shown => wait = RETRY_MIN,
                    Outcome::Parked => { parked.insert(id); }
                    Outcome::Later => {
                        retry_at = Some(Instant::now() + wait);
                        wait = (wait * 2).min(RETRY_MAX);
                    }
                }
                false
            }
            () = sleep_until(retry_at.unwrap_or_else(Instant::now)), if retry_at.is_some() => {
                retry_at = None;
                true
            }
        };
    }
}

/// Follows progress until the door stops. A note that finds no room is dropped: the next one says more.
pub(super) async fn follow(door: Arc<Door>, mut notes: broadcast::Receiver<crate::front::ProgressNote>) {
    loop {
        let note = tokio::select! {
            () = door.stop.cancelled() => return,
            note = notes.recv() => note,
        };
        match note {
            Ok(note) => {
                if let Some(ack) = door.acks.get(note.task).await {
                    door.hand(ack.channel, Job::Progress(note));
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
