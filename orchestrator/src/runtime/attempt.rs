//! One attempt as a value: whatever happens inside ends as `Done` or as a typed error.

use super::supervisor::panic_text;
use betty_bus::redact::redact;
use betty_bus::specialist::{Attempt, Done, Specialist};
use betty_bus::{Task, TaskError, TaskErrorKind};
use std::sync::Arc;
use std::time::Duration;

/// After a cancel or a deadline, how long an attempt may take to notice before it is dropped.
pub const GRACE: Duration = Duration::from_millis(500);

/// Runs one attempt under its deadline. Never panics and never hangs: the attempt runs as a task of its own, and when it does not
/// notice the end of its time within [`GRACE`] it is aborted.
pub async fn run_attempt(
    specialist: Arc<dyn Specialist>,
    attempt: Attempt,
    task: Task,
    deadline: Duration,
) -> Result<Done, TaskError> {
    let kind = specialist.kind();
    let number = attempt.task;
    let cancel = attempt.cancel.clone();
    let mut work = tokio::spawn(async move { specialist.run(&attempt, task).await });
    let ended = tokio::select! {
        biased;
        ended = &mut work => Some(ended),
        () = cancel.cancelled() => None,
        () = tokio::time::sleep(deadline) => {
            cancel.cancel();
            return late(&mut work, TaskError::new(
                TaskErrorKind::Deadline,
                format!("{kind} did not finish task {number} within {} s, so it was stopped; nothing was written. Ask for less at once, or raise the deadline", deadline.as_secs()),
            )).await;
        }
    };
    match ended {
        Some(Ok(result)) => result,
        Some(Err(join)) => match join.try_into_panic() {
            Ok(panic) => Err(TaskError::new(
                TaskErrorKind::Panic,
                format!(
                    "{kind} hit a defect in task {number} ({}). Nothing was written and the others go on; the task is kept as a dead letter",
                    redact(&panic_text(panic.as_ref()))
                ),
            )),
            Err(_) => Err(cancelled(number)),
        },
        None => late(&mut work, cancelled(number)).await,
    }
}

fn cancelled(task: betty_bus::TaskId) -> TaskError {
    TaskError::new(TaskErrorKind::Cancelled, format!("task {task} was cancelled; nothing was written"))
}

/// Gives the attempt its grace, then drops it. A result that arrives in time after all is not used: its time was over.
async fn late(
    work: &mut tokio::task::JoinHandle<Result<Done, TaskError>>,
    error: TaskError,
) -> Result<Done, TaskError> {
    if tokio::time::timeout(GRACE, &mut *work).await.is_err() {
        work.abort();
    }
    Err(error)
}
