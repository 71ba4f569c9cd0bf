//! A sweep that goes on: one line of JSON for every set that was tried, appended as it comes. A line cut off by a kill is left out.

use super::failure::Failure;
use betty_bus::report::SweepRow;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Version of the file's form.
const VERSION: u32 = 1;
/// Longest line read, in bytes; a longer one is none of ours.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// The first line: what the rows belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    betty_sweep: u32,
    data_hash: String,
    experiment: String,
}

/// An open file.
#[derive(Debug)]
pub struct Resume {
    path: PathBuf,
    file: Mutex<File>,
    /// Sets that were tried before, by number.
    pub done: BTreeMap<u64, SweepRow>,
}

impl Resume {
    /// Opens the file of a sweep, or begins it. What follows the last whole line is cut off.
    ///
    /// # Errors
    /// [`Failure::Usage`] when it belongs to another sweep, or cannot be read or written.
    pub fn open(path: &Path, data_hash: &str, experiment: &str) -> Result<Self, Failure> {
        let failed = |e: std::io::Error| {
            Failure::Usage(format!("{} cannot be used: {e}. Name another file with --resume", path.display()))
        };
        let other = |what: &str| Failure::Usage(format!("{} {what}: name another file with --resume", path.display()));
        let header =
            Header { betty_sweep: VERSION, data_hash: data_hash.to_owned(), experiment: experiment.to_owned() };
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
        let mut lines = BufReader::new(&file);
        let (mut whole, mut done) = (0_u64, BTreeMap::new());
        let mut first = true;
        loop {
            let mut line = Vec::new();
            let read =
                std::io::Read::take(&mut lines, LINE_BYTES_MAX as u64).read_until(b'\n', &mut line).map_err(failed)?;
            if read == 0 || !line.ends_with(b"\n") {
                // A file without a single whole line is a beginning only when it is one of ours, or empty.
                if first && read > 0 && !line.starts_with(b"{\"betty_sweep\"") {
                    return Err(other("is no file of a sweep"));
                }
                break;
            }
            if first {
                match serde_json::from_slice::<Header>(&line) {
                    Ok(found) if found == header => {}
                    Ok(_) => return Err(other("belongs to another sweep, with other data or other settings")),
                    Err(_) => return Err(other("is no file of a sweep")),
                }
                first = false;
            } else {
                let Ok(row) = serde_json::from_slice::<SweepRow>(&line) else { break };
                done.insert(row.set, row);
            }
            whole += read as u64;
        }
        file.set_len(whole).map_err(failed)?;
        let resume = Self { path: path.to_owned(), file: Mutex::new(file), done };
        if first {
            resume.append(&header)?;
        }
        Ok(resume)
    }

    fn append(&self, value: &impl Serialize) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(value).unwrap_or_default();
        line.push(b'\n');
        let written = match self.file.lock() {
            Ok(mut file) => file.write_all(&line).and_then(|()| file.sync_data()),
            Err(_) => Ok(()),
        };
        written.map_err(|e| Failure::Usage(format!("{} cannot be written: {e}", self.path.display())))
    }

    /// Keeps a set that was tried.
    ///
    /// # Errors
    /// [`Failure::Usage`] when the disk refuses it.
    pub fn keep(&self, row: &SweepRow) -> Result<(), Failure> {
        self.append(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use betty_market::Usdc;

    fn row(set: u64) -> SweepRow {
        SweepRow {
            set,
            parameters: vec![("size_pct".to_owned(), set.to_string())],
            roi_ppm: 7,
            net: Usdc::from_micros(-1),
            ended: 3,
            sharpe: Some(0.5),
            max_drawdown_ppm: None,
            held_out_roi_ppm: Some(-4),
            neighbours_roi_ppm: None,
        }
    }

    #[test]
    fn rows_come_back_wherever_the_file_was_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sweep.jsonl");
        let resume = Resume::open(&path, "d", "e").unwrap();
        assert!(resume.done.is_empty());
        for set in 0..3 {
            resume.keep(&row(set)).unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        let lines = |bytes: &[u8]| bytes.iter().filter(|b| **b == b'\n').count();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            match Resume::open(&path, "d", "e") {
                Ok(again) => {
                    assert_eq!(again.done.len(), lines(&whole[..cut]).saturating_sub(1), "{cut}");
                    assert!(again.done.iter().all(|(n, r)| *r == row(*n)));
                    // What is added stands on a line of its own.
                    again.keep(&row(9)).unwrap();
                    assert_eq!(Resume::open(&path, "d", "e").unwrap().done[&9], row(9), "{cut}");
                }
                // Less than the name of the form says nothing about whose file it is.
                Err(e) => assert!(cut < 14 && e.to_string().contains("no file of a sweep"), "{cut}: {e}"),
            }
        }
    }

    #[test]
    fn a_file_of_something_else_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        Resume::open(&path, "d", "e").unwrap().keep(&row(0)).unwrap();
        let before = std::fs::read(&path).unwrap();
        for (data, experiment) in [("x", "e"), ("d", "x")] {
            let told = Resume::open(&path, data, experiment).unwrap_err().to_string();
            assert!(told.contains("another sweep") && told.contains("--resume"), "{told}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
        for words in ["my notes\n", "my notes", "{\"json\": 1}\n"] {
            std::fs::write(&path, words).unwrap();
            assert!(Resume::open(&path, "d", "e").unwrap_err().to_string().contains("no file of a sweep"));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), words);
        }
        assert!(Resume::open(dir.path(), "d", "e").is_err(), "a folder");
    }
}
