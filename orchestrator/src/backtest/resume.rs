//! A sweep that goes on: its state in a file that is replaced as a whole, so that a kill leaves the last one or the one before.

use super::export::replace;
use super::failure::Failure;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Version of the file's form.
const VERSION: u32 = 1;
/// Largest file read, in bytes: a sweep keeps its best sets, not all of them.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// The first line: what the state belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    betty_sweep: u32,
    data_hash: String,
    experiment: String,
}

/// The file of one sweep.
#[derive(Debug)]
pub struct Resume {
    path: PathBuf,
    header: Header,
    /// The state it ended with before, as it was kept; `None` at the beginning.
    pub state: Option<String>,
}

impl Resume {
    /// Opens the file of a sweep, or begins it.
    ///
    /// # Errors
    /// [`Failure::Usage`] when it belongs to another sweep or to something else, or cannot be read or written.
    pub fn open(path: &Path, data_hash: &str, experiment: &str) -> Result<Self, Failure> {
        let told = |what: String| Failure::Usage(format!("{} {what}: name another file with --resume", path.display()));
        let header =
            Header { betty_sweep: VERSION, data_hash: data_hash.to_owned(), experiment: experiment.to_owned() };
        let resume = Self { path: path.to_owned(), header, state: None };
        match std::fs::metadata(path) {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                // Found out now and not after an hour of work.
                resume.keep("")?;
                return Ok(resume);
            }
            Err(e) => return Err(told(format!("cannot be read ({e})"))),
            Ok(m) if m.is_file() && m.len() <= FILE_BYTES_MAX => {}
            Ok(_) => return Err(told("is no file of a sweep".to_owned())),
        }
        let text = std::fs::read_to_string(path).map_err(|e| told(format!("cannot be read ({e})")))?;
        let (first, state) = text.split_once('\n').unwrap_or((&text, ""));
        match serde_json::from_str::<Header>(first) {
            Ok(found) if found == resume.header => {}
            Ok(_) => return Err(told("belongs to another sweep, with other data or other settings".to_owned())),
            Err(_) => return Err(told("is no file of a sweep".to_owned())),
        }
        Ok(Self { state: Some(state.to_owned()).filter(|s| !s.is_empty()), ..resume })
    }

    /// Keeps a state in place of the one before.
    ///
    /// # Errors
    /// [`Failure::Usage`] when the disk refuses it; the one before stays.
    pub fn keep(&self, state: &str) -> Result<(), Failure> {
        let header = serde_json::to_string(&self.header).unwrap_or_default();
        replace(&self.path, format!("{header}\n{state}").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_state_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sweep.json");
        assert_eq!(Resume::open(&path, "d", "e").unwrap().state, None);
        let resume = Resume::open(&path, "d", "e").unwrap();
        assert_eq!(resume.state, None, "begun and nothing kept yet");
        for state in ["{\"done\": 1}", "two\nlines"] {
            resume.keep(state).unwrap();
            assert_eq!(Resume::open(&path, "d", "e").unwrap().state.as_deref(), Some(state));
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_file_of_something_else_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        Resume::open(&path, "d", "e").unwrap().keep("state").unwrap();
        let before = std::fs::read(&path).unwrap();
        for (data, experiment) in [("x", "e"), ("d", "x")] {
            let told = Resume::open(&path, data, experiment).unwrap_err().to_string();
            assert!(told.contains("another sweep") && told.contains("--resume"), "{told}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
        for words in ["my notes\n", "my notes", "", "{\"json\": 1}\n"] {
            std::fs::write(&path, words).unwrap();
            let told = Resume::open(&path, "d", "e").unwrap_err().to_string();
            assert!(told.contains("no file of a sweep"), "{words:?}: {told}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), words);
        }
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(Resume::open(&path, "d", "e").is_err(), "no text");
        assert!(Resume::open(dir.path(), "d", "e").is_err(), "a folder");
        assert!(Resume::open(&dir.path().join("no/such/folder"), "d", "e").is_err());
    }
}
