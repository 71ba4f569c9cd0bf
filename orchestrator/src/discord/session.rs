//! What survives a restart of the gateway connection: the session, and how many identifies were spent.

use crate::front::Front;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot};
use twilight_gateway::Session;
use twilight_gateway::queue::Queue;

/// Where the session is kept.
pub(super) const SESSION_KEY: &str = "discord.session";
/// Where the identifies are counted.
pub(super) const IDENTIFIES_KEY: &str = "discord.identifies";
/// Most identifies in a day. Discord resets the token above 1,000; the rest is left for the operator's own starts.
const IDENTIFIES_MAX: u32 = 900;
/// The day they are counted in, in seconds.
const DAY_S: u64 = 24 * 60 * 60;
/// Discord allows one identify in 5 s; a little more, because the clocks differ.
const IDENTIFY_GAP_MS: u64 = 5_250;

/// Milliseconds since 1970.
pub(super) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) session: Session,
    pub(super) resume_url: String,
    /// The bot's own id: a resumed session does not tell it again.
    pub(super) own: Option<u64>,
    /// The gateway it belongs to; `None` is Discord's.
    pub(super) gateway: Option<String>,
}

impl Stored {
    /// Reads a stored session if it belongs to this gateway and resumes at an address that may get the token.
    pub(super) fn read(text: &str, gateway: Option<&str>) -> Option<Self> {
        let stored: Self = serde_json::from_str(text).ok()?;
        let own_host = match gateway {
            Some(gateway) => authority(gateway) == authority(&stored.resume_url),
            None => {
                stored.resume_url.starts_with("wss://")
                    && authority(&stored.resume_url).is_some_and(|host| host.ends_with(".discord.gg"))
            }
        };
        (stored.gateway.as_deref() == gateway && own_host).then_some(stored)
    }
}

fn authority(url: &str) -> Option<&str> {
    url.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// The identifies of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identifies {
    /// When the day began, in milliseconds since 1970.
    since_ms: u64,
    /// How many in it.
    count: u32,
    /// The last one.
    last_ms: u64,
}

impl Identifies {
    /// How long to wait before the next one, in milliseconds; 0 when it may go now.
    fn wait_ms(&self, now_ms: u64) -> u64 {
        // A clock that was set back must not lock the door for longer than the rule itself.
        let gap = (self.last_ms + IDENTIFY_GAP_MS).saturating_sub(now_ms).min(IDENTIFY_GAP_MS);
        let day_ms = DAY_S * 1_000;
        let day = (self.since_ms + day_ms).saturating_sub(now_ms).min(day_ms);
        if self.count >= IDENTIFIES_MAX { gap.max(day) } else { gap }
    }

    /// Counts one.
    fn spend(&mut self, now_ms: u64) {
        if now_ms >= self.since_ms.saturating_add(DAY_S * 1_000) || now_ms < self.since_ms {
            *self = Self { since_ms: now_ms, count: 0, last_ms: 0 };
        }
        self.count = self.count.saturating_add(1);
        self.last_ms = now_ms;
    }
}

/// Lets identifies through one at a time, spaced, counted across restarts.
#[derive(Debug)]
pub(super) struct IdentifyQueue(mpsc::UnboundedSender<oneshot::Sender<()>>);

impl IdentifyQueue {
    /// Starts the counter; it ends when the shard that owns this queue is dropped. It must not end before: a request that
    /// is dropped makes the shard ask again at once, without end.
    ///
    /// `budget_spent` tells that the day's number is used up and a shard waits.
    pub(super) fn start(front: Arc<dyn Front>, budget_spent: Arc<AtomicBool>) -> Self {
        // One shard asks once per connection, and connections are limited: the queue stays short.
        let (sender, mut asked) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
        tokio::spawn(async move {
            let mut spent: Identifies =
                front.load(IDENTIFIES_KEY).await.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            while let Some(mut next) = asked.recv().await {
                let wait = spent.wait_ms(unix_ms());
                budget_spent.store(wait > IDENTIFY_GAP_MS, Ordering::Relaxed);
                if wait > IDENTIFY_GAP_MS {
                    tracing::warn!(
                        "Discord: {IDENTIFIES_MAX} identifies were spent today; waiting {} min",
                        wait / 60_000 + 1
                    );
                }
                tokio::select! {
                    () = next.closed() => { // that connection is gone
                        budget_spent.store(false, Ordering::Relaxed);
                        continue;
                    }
                    () = tokio::time::sleep(Duration::from_millis(wait)) => {}
                }
                budget_spent.store(false, Ordering::Relaxed);
                spent.spend(unix_ms());
                if let Ok(text) = serde_json::to_string(&spent) {
                    front.store(IDENTIFIES_KEY, &text).await; // counted before it is sent
                }
                _ = next.send(());
            }
        });
        Self(sender)
    }
}

impl Queue for IdentifyQueue {
    fn enqueue(&self, _shard: u32) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        _ = self.0.send(sender);
        receiver
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifies_are_spaced_and_counted() {
        let mut spent = Identifies::default();
        let start = 1_800_000_000_000;
        assert_eq!(spent.wait_ms(start), 0);
        spent.spend(start);
        assert_eq!(spent.wait_ms(start + 1_000), 4_250);
        assert_eq!(spent.wait_ms(start + 5_250), 0);
        for i in 1..u64::from(IDENTIFIES_MAX) {
            assert_eq!(spent.wait_ms(start + i * 6_000), 0, "{i}");
            spent.spend(start + i * 6_000);
        }
        let hours_left = spent.wait_ms(start + 6_000 * 900) / 3_600_000;
        assert_eq!(hours_left, 22); // 900 at 6 s are 1.5 h
        let next_day = start + DAY_S * 1_000;
        assert_eq!(spent.wait_ms(next_day), 0);
        spent.spend(next_day);
        assert_eq!(spent.count, 1);
        assert!(spent.wait_ms(0) <= IDENTIFY_GAP_MS, "a clock that was set back");
    }

    #[test]
    fn a_session_resumes_only_where_it_belongs() {
        let text = |resume: &str, gateway: Option<&str>| {
            serde_json::to_string(&Stored {
                session: Session::new(7, "abc".to_owned()),
                resume_url: resume.to_owned(),
                own: Some(1),
                gateway: gateway.map(str::to_owned),
            })
            .unwrap()
        };
        let local = Some("ws://127.0.0.1:3501");
        assert!(Stored::read(&text("wss://gateway-us-east1-b.discord.gg", None), None).is_some());
        assert!(Stored::read(&text("ws://127.0.0.1:3501", local), local).is_some());
        for (resume, was, is) in [
            ("wss://evil.example", None, None),
            ("wss://evil.example/.discord.gg", None, None),
            ("ws://gateway.discord.gg", None, None),
            ("wss://gateway.discord.gg", None, local),
            ("ws://127.0.0.1:3501", local, None),
            ("ws://127.0.0.1:9", local, local),
        ] {
            assert_eq!(Stored::read(&text(resume, was), is), None, "{resume} {was:?} {is:?}");
        }
        assert_eq!(Stored::read("", None), None);
    }
}
