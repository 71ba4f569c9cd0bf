//! What travels between Betty and her specialists, and what is promised about it.
//!
//! * [`id`]: task, hedge and account identifiers. [`task`]: one typed task per specialist. [`report`]: one typed result each.
//! * [`error`]: how an attempt can end other than well. [`effect`]: writes that are applied in the transaction that ends a task.
//! * [`specialist`]: the trait a specialist implements and what it may reach. [`port`]: the read side of what is stored.
//! * [`knowledge`]: verdicts of a model and relations followed to their end. [`purse`]: what model calls may cost and did cost.
//! * [`journal`]: accept, claim, finish, recover: the contract storage implements.
//! * [`schedule`]: work by the clock, each slot of time taken once.
//! * [`envelope`], [`tap`], [`redact`]: every message is an envelope, every envelope passes the tap, secrets leave at the source.
//!
//! The guarantees are written down in `SEMANTICS.md` beside this crate. No actors, no database, no Discord here.

pub mod effect;
pub mod envelope;
pub mod error;
pub mod id;
pub mod journal;
pub mod knowledge;
pub mod port;
pub mod purse;
pub mod redact;
pub mod report;
pub mod schedule;
pub mod specialist;
pub mod tap;
pub mod task;

pub use effect::{DecisionRow, Effect, Verdict};
pub use envelope::{Envelope, MessageKind};
pub use error::{TaskError, TaskErrorKind};
pub use id::{AccountName, HedgeId, TaskId};
pub use journal::{Journal, JournalError};
pub use knowledge::{CaseCount, CaseEnded, CaseRow, VerdictRow};
pub use port::{BacktestRow, Desk, HedgePoint, PortError, PriceState, StoredHedge};
pub use purse::{CallRecord, Purse, Spend, Ticket};
pub use report::Report;
pub use schedule::{Claimed, Definition, Job, Missed, ScheduleRow, Schedules};
pub use specialist::{Attempt, Specialist, SpecialistKind};
pub use tap::Tap;
pub use task::Task;
