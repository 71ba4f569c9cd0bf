//! The living part: actors under supervision, tasks under the journal.
//!
//! * [`supervisor`]: restarts an actor after a panic, with a restart intensity and backoff.
//! * [`dispatcher`]: the plain state machine that decides which task may run. [`attempt`]: one attempt as a value.
//! * [`roster`]: what every actor is doing. [`betty`]: Betty's actor. [`shell`]: the thin actor around each specialist.
//! * [`handle`]: starts all of it, and is what doors hold.
//!
//! This is the only folder that names actix.

pub mod attempt;
pub mod betty;
pub mod dispatcher;
pub mod handle;
pub mod roster;
pub mod shell;
pub mod supervisor;
