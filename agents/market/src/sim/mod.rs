//! The simulated venue: nothing in it is real, and everything it says can be said again from its seed.
//!
//! * `world`: markets, hidden truths, the calendar. `latent`: why prices are consistent and calibrated.
//! * `quotes`: books. `spells`: mispricings that come and go.
//! * `catalogue`, `topics`, `names`, `draft`, `calendar`: which questions are asked when, in which words.
//! * `gamma`, `clob`, `socket`: the venue's JSON over REST and websocket. `venue`: the server. `clock`, `fault`: its switches.
//! * `history`: the world as recorded history, for replays.
//! * `source`: the venue and the real client pointed at it, as one market source.
//!
//! There is no dice but the seed and no clock but [`SimClock`]: what a book says at an instant follows from the two, however the
//! world got there. That is what makes a restart cheap and a replay exact.

mod calendar;
mod catalogue;
mod clob;
mod clock;
mod draft;
mod fault;
mod gamma;
mod history;
mod latent;
mod names;
mod quotes;
mod rng;
mod socket;
mod source;
mod spells;
mod topics;
mod venue;
#[cfg(test)]
mod venue_tests;
mod world;
#[cfg(test)]
mod world_tests;

pub use clock::{SPEED_MAX, SimClock};
pub use fault::{Fault, Faults};
pub use history::{DAYS_MAX, STEP_MS_MIN, SimHistory};
pub use source::SimulatedSource;
pub use venue::{MARK, MARK_HEADER, SimConfig, SimVenue};
pub use world::{Announcement, MarketIx, VenueEvent, World};
