//! Files of a report: all of them are written under other names first and renamed at the end, so that none is ever half there.

use super::connect;
use super::failure::Failure;
use betty_trading::backtest::RunReport;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Which files to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// A folder that gets everything this build can write.
    pub out: Option<PathBuf>,
    /// The report as one HTML file.
    pub html: Option<PathBuf>,
    /// A folder that gets the tables as CSV.
    pub csv: Option<PathBuf>,
    /// The equity chart.
    pub png: Option<PathBuf>,
}

/// A file that is still under its other name.
struct Pending {
    from: PathBuf,
    to: PathBuf,
}

impl Drop for Pending {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove.
        let _ = fs::remove_file(&self.from);
    }
}

fn failed(path: &Path, e: &io::Error) -> Failure {
    Failure::Usage(format!(
        "{} cannot be written: {e}. Check the rights and the space, or name another place",
        path.display()
    ))
}

impl Exports {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Looks before the work begins whether its end could be written: minutes of computation are not lost to a mistyped folder.
    ///
    /// # Errors
    /// [`Failure`] naming the flag or the path.
    pub fn check(&self) -> Result<(), Failure> {
        for file in [&self.html, &self.png].into_iter().flatten() {
            let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if file.is_dir() || file.file_name().is_none() {
                return Err(Failure::Usage(format!("{} is a folder: name a file", file.display())));
            }
            if !folder.is_dir() {
                return Err(Failure::Usage(format!(
                    "the folder {} does not exist: make it, or name another file",
                    folder.display()
                )));
            }
        }
        for folder in [&self.out, &self.csv].into_iter().flatten() {
            if folder.exists() && !folder.is_dir() {
                return Err(Failure::Usage(format!("{} is a file: name a folder", folder.display())));
            }
        }
        Ok(())
    }

    /// Writes the files and says which. When one cannot be written, none is there.
    ///
    /// # Errors
    /// [`Failure::Usage`] naming the path.
    pub fn write(&self, report: &RunReport) -> Result<Vec<PathBuf>, Failure> {
        let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        let html = || connect::html(report).into_bytes();
        let csv = |folder: &Path| {
            connect::csv(report)
                .into_iter()
                .map(|(name, text)| (folder.join(name), text.into_bytes()))
                .collect::<Vec<_>>()
        };
        if let Some(folder) = &self.out {
            let value = crate::render::backtest_json(report);
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            files.push((folder.join("report.json"), format!("{text}\n").into_bytes()));
            files.push((folder.join("strategy.toml"), report.strategy_toml.clone().into_bytes()));
            files.push((folder.join("report.html"), html()));
            files.extend(connect::png(report).map(|bytes| (folder.join("equity.png"), bytes)));
            files.extend(csv(folder));
        }
        if let Some(file) = &self.html {
            files.push((file.clone(), html()));
        }
        if let Some(file) = &self.png {
            files.extend(connect::png(report).map(|bytes| (file.clone(), bytes)));
        }
        if let Some(folder) = &self.csv {
            files.extend(csv(folder));
        }
        for folder in [&self.out, &self.csv].into_iter().flatten() {
            fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
        }
        write_all(&files)?;
        Ok(files.into_iter().map(|(path, _)| path).collect())
    }
}

/// Puts a file into the place of another, whole or not at all.
///
/// # Errors
/// [`Failure::Usage`] naming the path.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_all(&[(path.to_owned(), bytes.to_vec())])
}

/// Writes files under other names, then renames them.
fn write_all(files: &[(PathBuf, Vec<u8>)]) -> Result<(), Failure> {
    let mut pending = Vec::with_capacity(files.len());
    for (to, bytes) in files {
        let name = to.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let from = to.with_file_name(format!(".{name}.{}.part", std::process::id()));
        pending.push(Pending { from: from.clone(), to: to.clone() });
        let written = File::create(&from).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(|e| failed(to, &e))?;
    }
    for file in &pending {
        fs::rename(&file.from, &file.to).map_err(|e| failed(&file.to, &e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_there_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("a"), "old").unwrap();
        write_all(&[(at("a"), b"new".to_vec()), (at("b"), b"b".to_vec())]).unwrap();
        assert_eq!(
            (names(dir.path()), fs::read_to_string(at("a")).unwrap()),
            (vec!["a".into(), "b".into()], "new".into())
        );
        // The second cannot be written: the first keeps what it had, and nothing else is left.
        let failure = write_all(&[(at("a"), b"newer".to_vec()), (at("no/such/c"), b"c".to_vec())]).unwrap_err();
        assert!(failure.to_string().contains("no/such/c"), "{failure}");
        assert_eq!(
            (names(dir.path()), fs::read_to_string(at("a")).unwrap()),
            (vec!["a".into(), "b".into()], "new".into())
        );
    }

    #[test]
    fn places_are_followed_before_the_work() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let told = Exports { out: Some(file), ..Exports::default() }.check().unwrap_err();
        assert!(told.to_string().contains("is a file"), "{told}");
        Exports { out: Some(dir.path().join("new/folder")), ..Exports::default() }.check().unwrap();
        let missing = || Some(dir.path().join("missing/x"));
        for exports in
            [Exports { html: missing(), ..Exports::default() }, Exports { png: missing(), ..Exports::default() }]
        {
            let told = exports.check().unwrap_err().to_string();
            assert!(told.contains("does not exist"), "{told}");
        }
    }
}
