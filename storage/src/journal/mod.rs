//! The journal on a database. Each write is one transaction; the guarantees are those of `bus/SEMANTICS.md`.

mod end;
mod read;
mod write;

pub(crate) use write::accept_in;

use crate::store::Store;
use async_trait::async_trait;
use betty_bus::journal::{AttemptEnd, Claim, DeadLetter, Finished, NewTask, OutboxRow, TaskRow};
use betty_bus::{Journal, JournalError, TaskId};
use betty_market::Timestamp;

#[async_trait]
impl Journal for Store {
    async fn accept(&self, new: NewTask) -> Result<(TaskId, bool), JournalError> {
        write::accept(self, new).await
    }

    async fn claim(&self, task: TaskId, owner: &str, at: Timestamp) -> Result<Option<Claim>, JournalError> {
        write::claim(self, task, owner, at).await
    }

    async fn finish(
        &self,
        task: TaskId,
        attempt: u32,
        end: AttemptEnd,
        at: Timestamp,
    ) -> Result<Finished, JournalError> {
        write::finish(self, task, attempt, end, at).await
    }

    async fn cancel(&self, task: TaskId, why: &str, at: Timestamp) -> Result<bool, JournalError> {
        write::cancel(self, task, why, at).await
    }

    async fn owners(&self) -> Result<Vec<String>, JournalError> {
        read::owners(self).await
    }

    async fn recover(&self, owner: &str, at: Timestamp) -> Result<Vec<TaskId>, JournalError> {
        write::recover(self, owner, at).await
    }

    async fn queued(&self, limit: u32) -> Result<Vec<TaskId>, JournalError> {
        read::queued(self, limit).await
    }

    async fn task(&self, id: TaskId) -> Result<Option<TaskRow>, JournalError> {
        read::task(self, id).await
    }

    async fn tasks(&self, asker: Option<&str>, limit: u32) -> Result<Vec<TaskRow>, JournalError> {
        read::tasks(self, asker, limit).await
    }

    async fn outbox(&self, door: &str, limit: u32) -> Result<Vec<OutboxRow>, JournalError> {
        read::outbox(self, door, limit).await
    }

    async fn delivered(&self, outbox_id: i64, at: Timestamp) -> Result<(), JournalError> {
        write::delivered(self, outbox_id, at).await
    }

    async fn set_setting(&self, key: &str, value: &str) -> Result<(), JournalError> {
        write::set_setting(self, key, value).await
    }

    async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, JournalError> {
        read::dead_letters(self, limit).await
    }
}
