//! Who runs here: each process holds a locked file, so that a start can tell a killed Betty from one that still works.

use betty_market::Timestamp;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// This process, as the journal names it. The lock ends with the process, however it ends.
#[derive(Debug)]
pub struct Owner {
    name: String,
    path: PathBuf,
    _lock: File,
}

fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("owners")
}

impl Owner {
    /// Registers this process in the data directory.
    ///
    /// # Errors
    /// When the folder or file cannot be made or locked.
    pub fn register(data_dir: &Path, now: Timestamp) -> io::Result<Self> {
        let folder = folder(data_dir);
        std::fs::create_dir_all(&folder)?;
        let name = format!("{}-{}", now.millis(), std::process::id());
        let path = folder.join(&name);
        // Locked before it has its name: nobody can see it unlocked and take this process for dead.
        let unnamed = folder.join(format!("{name}.new"));
        let lock = File::create(&unnamed)?;
        lock.lock()?;
        std::fs::rename(&unnamed, &path)?;
        Ok(Self { name, path, _lock: lock })
    }

    /// The name the journal stores with each attempt.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Left behind it would only be an unlocked file, which reads as dead.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether a process of that name is gone: its file is missing or nobody holds its lock.
#[must_use]
pub fn is_dead(data_dir: &Path, owner: &str) -> bool {
    // Names are made above; anything else did not come from here and cannot be alive.
    if !owner.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return true;
    }
    match File::open(folder(data_dir).join(owner)) {
        Ok(file) => match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(_)) => false,
        },
        Err(e) => e.kind() == io::ErrorKind::NotFound,
    }
}

/// Other processes that work in this data directory now. Removes the files of dead ones.
#[must_use]
pub fn others(data_dir: &Path, me: &Owner) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder(data_dir)) else { return Vec::new() };
    let mut alive = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == me.name || name.ends_with(".new") {
            continue;
        }
        if is_dead(data_dir, &name) {
            let _ = std::fs::remove_file(entry.path());
        } else {
            alive.push(name);
        }
    }
    alive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_living_from_the_dead() {
        let dir = tempfile::tempdir().unwrap();
        let one = Owner::register(dir.path(), Timestamp::from_millis(1)).unwrap();
        let two = Owner::register(dir.path(), Timestamp::from_millis(2)).unwrap();
        assert!(!is_dead(dir.path(), one.name()));
        assert_eq!(others(dir.path(), &two), [one.name()]);
        let name = one.name().to_owned();
        drop(one);
        assert!(is_dead(dir.path(), &name));
        // A killed process leaves its file without a lock.
        std::fs::write(folder(dir.path()).join("3-3"), "").unwrap();
        assert!(is_dead(dir.path(), "3-3"));
        assert!(others(dir.path(), &two).is_empty());
        assert!(is_dead(dir.path(), "../../etc/passwd"));
    }
}
