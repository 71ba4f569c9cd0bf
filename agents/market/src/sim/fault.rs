//! Failures to order, for tests: what a real venue does on a bad day.

use std::sync::atomic::{AtomicU8, Ordering};

/// One way in which the venue misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Fault {
    /// Every REST answer is a 500.
    ServerError = 1,
    /// REST requests are accepted and never answered.
    Hang = 1 << 1,
    /// Websockets are closed, and closed again when they come back.
    DropWebsocket = 1 << 2,
    /// The websocket leaves out removals of levels; `best_bid` and `best_ask` still tell the truth.
    OmitRemovals = 1 << 3,
    /// Books are served with the best bid above the best ask.
    CrossedBook = 1 << 4,
    /// Books carry a time stamp one hour old.
    StaleBook = 1 << 5,
    /// JSON is cut off in the middle.
    MalformedJson = 1 << 6,
}

/// The faults in force. Shared between the handle and the server.
#[derive(Debug, Default)]
pub struct Faults(AtomicU8);

impl Faults {
    /// Starts a fault.
    pub fn start(&self, fault: Fault) {
        self.0.fetch_or(fault as u8, Ordering::SeqCst);
    }

    /// Ends a fault.
    pub fn stop(&self, fault: Fault) {
        self.0.fetch_and(!(fault as u8), Ordering::SeqCst);
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    /// Whether a fault is in force.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.0.load(Ordering::SeqCst) & fault as u8 != 0
    }
}
