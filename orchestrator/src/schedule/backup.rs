//! The daily backup: a copy of one moment of the database, looked through before it counts, and no more of them than are wanted.

use crate::app::start::prepare_data_dir;
use betty_market::Timestamp;
use betty_storage::{Store, StoreConfig};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a copy's name begins and ends with; the instant of its slot stands between, so names sort by age.
const PREFIX: &str = "betty-";
const SUFFIX: &str = ".db";
/// The end of the name of a copy that is not whole yet, or that a kill left behind.
const PART: &str = ".part";

/// Makes copies of a database.
#[derive(Debug, Clone)]
pub struct Backups {
    /// What is copied.
    pub store: Arc<Store>,
    /// Where copies go; made when it is missing, readable by its owner only.
    pub dir: PathBuf,
}

/// `betty-2026-02-07T030000Z.db`.
fn name(slot: Timestamp) -> String {
    format!("{PREFIX}{}{SUFFIX}", slot.to_string().replace(':', ""))
}

impl Backups {
    /// Copies the database, looks through the copy, and removes the oldest copies beyond `keep` (at least one stays). Says what was done.
    ///
    /// # Errors
    /// A sentence; then no copy of this slot counts and no older one was removed.
    pub async fn make(&self, slot: Timestamp, keep: u32) -> Result<String, String> {
        prepare_data_dir(&self.dir).map_err(|e| e.to_string())?;
        let whole = self.dir.join(name(slot));
        let part = self.dir.join(format!("{}{PART}", name(slot)));
        let failed = |e: io::Error| format!("{}: {e}", self.dir.display());
        for left in self.names(|n| n.contains(PART)).map_err(failed)? {
            fs::remove_file(self.dir.join(left)).map_err(failed)?;
        }
        self.store.backup_to(&part).await.map_err(|e| e.to_string())?;
        check(&part).await?;
        fs::rename(&part, &whole).map_err(failed)?;
        let bytes = fs::metadata(&whole).map_err(failed)?.len();
        let copies = self.names(|n| n.starts_with(PREFIX) && n.ends_with(SUFFIX)).map_err(failed)?;
        let keep = usize::try_from(keep).unwrap_or(usize::MAX).max(1);
        let old = copies.len().saturating_sub(keep);
        for copy in copies.iter().take(old) {
            fs::remove_file(self.dir.join(copy)).map_err(failed)?;
        }
        Ok(format!("{}, {} KiB, looked through; {} kept", whole.display(), bytes / 1_024, copies.len() - old))
    }

    /// Names in the folder that are wanted, in order.
    fn names(&self, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for file in fs::read_dir(&self.dir)? {
            names.extend(file?.file_name().into_string().ok().filter(|n| wanted(n)));
        }
        names.sort();
        Ok(names)
    }
}

/// Opens a copy as a start would, and looks through it.
async fn check(copy: &Path) -> Result<(), String> {
    let opened = Store::open(&StoreConfig::file(copy)).await.map_err(|e| format!("the copy cannot be opened: {e}"))?;
    let health = opened.health().await;
    // Closed before anything is said about it: the copy is one file again.
    opened.close().await.map_err(|e| e.to_string())?;
    match health {
        Ok(health) if health.problems.is_empty() => Ok(()),
        Ok(health) => Err(format!("the copy is damaged: {}", health.problems.join("; "))),
        Err(e) => Err(format!("the copy cannot be read: {e}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_bus::{Desk as _, Journal as _};

    fn slot(day: u32) -> Timestamp {
        Timestamp::parse(&format!("2026-02-{day:02}T03:00:00Z")).unwrap()
    }

    #[tokio::test]
    async fn copies_are_whole_private_and_no_more_than_wanted() {
        let home = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&StoreConfig::file(home.path().join("betty.db"))).await.unwrap());
        let backups = Backups { store: store.clone(), dir: home.path().join("backups") };
        for day in 1..=5 {
            store.set_setting("day", &day.to_string()).await.unwrap();
            let told = backups.make(slot(day), 3).await.unwrap();
            assert!(told.contains(&name(slot(day))) && told.ends_with(&format!("{} kept", day.min(3))), "{told}");
        }
        let names = backups.names(|_| true).unwrap();
        assert_eq!(names, [3, 4, 5].map(|d| name(slot(d))), "nothing else lies there");
        let copy = Store::open(&StoreConfig::file(backups.dir.join(&names[1]))).await.unwrap();
        assert_eq!(copy.setting("day").await.unwrap().as_deref(), Some("4"), "what was there then");
        copy.close().await.unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&backups.dir).unwrap().permissions().mode() & 0o777, 0o700);
            assert_eq!(fs::metadata(backups.dir.join(&names[0])).unwrap().permissions().mode() & 0o777, 0o600);
        }
        // What a kill left behind goes, files of others stay.
        fs::write(backups.dir.join(format!("{}{PART}", name(slot(9)))), "half").unwrap();
        fs::write(backups.dir.join("mine.db"), "x").unwrap();
        backups.make(slot(6), 0).await.unwrap();
        assert_eq!(backups.names(|_| true).unwrap(), [name(slot(6)), "mine.db".to_owned()], "one stays");
        // A place that cannot be used is told, and nothing is removed.
        let nowhere = Backups { store, dir: backups.dir.join("mine.db") };
        assert!(nowhere.make(slot(7), 1).await.is_err());
        assert_eq!(backups.names(|_| true).unwrap().len(), 2);
    }
}
