//! What the acceptance tests share: the program as its user runs it, in a home and a data directory of its own.

#![allow(dead_code, reason = "each test binary uses its part")]

use serde_json::Value;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) mod dump;

/// Longest any one run of the program may take before the test gives up on it.
pub(crate) const RUN_MAX: Duration = Duration::from_secs(180);
/// How often a waiting test looks again.
const LOOK: Duration = Duration::from_millis(5);

/// A home directory with a data directory in it, which does not exist yet.
pub(crate) struct Home {
    dir: TempDir,
    variables: Vec<(String, String)>,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary directory"), variables: Vec::new() }
    }

    /// With an environment variable set for every run.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where Betty keeps everything.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A path beside the data directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file beside the data directory.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file in the temporary directory");
        path
    }

    /// The data directory with a configuration file in it.
    pub(crate) fn configured(self, toml: &str) -> Self {
        std::fs::create_dir_all(self.data()).expect("the data directory");
        std::fs::write(self.data().join("betty.toml"), toml).expect("the configuration file");
        self
    }

    /// The program with these arguments, nothing of this process's environment but the path, and this data directory.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_betty"));
        command.args(args).arg("--data-dir").arg(self.data()).env_clear().env("HOME", self.dir.path());
        command.envs(self.variables.iter().map(|(n, v)| (n, v)));
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.current_dir(self.dir.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts it.
    pub(crate) fn spawn<S: AsRef<OsStr>>(&self, args: &[S]) -> Running {
        Running::new(&mut self.command(args))
    }

    /// Runs it to its end without input.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Ended {
        self.spawn(args).end()
    }

    /// Runs the console on these lines, to the end of input.
    pub(crate) fn console<S: AsRef<OsStr>>(&self, args: &[S], lines: &[&str]) -> Ended {
        let mut running = self.spawn(args);
        running.say(lines);
        running.end()
    }

    /// Runs it with `--json` and parses what it printed.
    pub(crate) fn json(&self, args: &[&str]) -> (i32, Value) {
        let ended = self.run(&[args, &["--json"]].concat());
        let value = serde_json::from_str(&ended.out);
        let value = value.unwrap_or_else(|e| panic!("{args:?} printed no JSON ({e}):\n{ended}"));
        (ended.code, value)
    }
}

/// The program while it runs. Killed when dropped.
pub(crate) struct Running {
    child: Child,
    input: Option<ChildStdin>,
    out: Arc<Mutex<Vec<u8>>>,
    err: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
    began: Instant,
}

fn follow(mut from: impl Read + Send + 'static, into: Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(n @ 1..) = from.read(&mut bytes) {
            into.lock().unwrap().extend_from_slice(&bytes[..n]);
        }
    })
}

impl Running {
    pub(crate) fn new(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let (out, err) = (Arc::default(), Arc::default());
        let readers = vec![
            follow(child.stdout.take().expect("piped"), Arc::clone(&out)),
            follow(child.stderr.take().expect("piped"), Arc::clone(&err)),
        ];
        let input = child.stdin.take();
        Self { child, input, out, err, readers, began: Instant::now() }
    }

    /// Types lines. A program that has ended already does not read them, which is not an error here.
    pub(crate) fn say(&mut self, lines: &[&str]) {
        let input = self.input.as_mut().expect("its input is open");
        for line in lines {
            let _ = writeln!(input, "{line}");
        }
        let _ = input.flush();
    }

    /// What it has printed so far.
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.out.lock().unwrap()).into_owned()
    }

    /// Waits until it has printed `text`, and says how long after its start that was.
    pub(crate) fn until(&mut self, text: &str) -> Duration {
        while !self.out().contains(text) {
            let gone = self.child.try_wait().expect("its state").is_some();
            assert!(!gone || self.out().contains(text), "it ended before it said {text:?}:\n{}", self.out());
            assert!(self.began.elapsed() < RUN_MAX, "it never said {text:?}:\n{}", self.out());
            std::thread::sleep(LOOK);
        }
        self.began.elapsed()
    }

    /// Kills it as the kernel would: no chance to clean up. False when it had ended by itself.
    pub(crate) fn kill(mut self) -> bool {
        let alive = self.child.try_wait().expect("its state").is_none();
        let _ = self.child.kill();
        let _ = self.child.wait();
        alive
    }

    /// Ends its input and waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        self.input = None;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                break status;
            }
            assert!(self.began.elapsed() < RUN_MAX, "it does not end:\n{}", self.out());
            std::thread::sleep(LOOK);
        };
        let took = self.began.elapsed();
        for reader in self.readers.drain(..) {
            reader.join().expect("a reader");
        }
        let err = String::from_utf8_lossy(&self.err.lock().unwrap()).into_owned();
        Ended { code: status.code().unwrap_or(-1), out: self.out(), err, took }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; -1 after a signal.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
    /// From start to end.
    pub(crate) took: Duration,
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "code {}\n--- out\n{}\n--- err\n{}", self.code, self.out, self.err)
    }
}

impl Ended {
    /// It ended with this code and without a trace of a panic.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self}");
        for trace in ["panic", "RUST_BACKTRACE", "stack backtrace", "unwrap()"] {
            assert!(!self.out.contains(trace) && !self.err.contains(trace), "{trace:?} in\n{self}");
        }
        self
    }

    /// Standard output holds all of these.
    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.out.contains(text), "{text:?} is not in\n{self}");
        }
        self
    }

    /// Standard error is one sentence from Betty that holds all of these.
    #[track_caller]
    pub(crate) fn complains(&self, texts: &[&str]) -> &Self {
        assert!(self.err.starts_with("betty: "), "{self}");
        for text in texts {
            assert!(self.err.contains(text), "{text:?} is not in\n{self}");
        }
        self
    }
}

/// A recorded file or folder, from `BETTY_TEST_DATA` or beside the workspace; `None`, said aloud, where there is none.
pub(crate) fn recorded(relative: &str, test: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let roots = [
        std::env::var_os("BETTY_TEST_DATA").map(PathBuf::from),
        Some(here.join("../../shared/data")),
        Some(here.join("../../../shared/data")),
    ];
    let found = roots.into_iter().flatten().map(|r| r.join(relative)).find(|p| p.exists());
    if found.is_none() {
        eprintln!("skipped: recorded data not found ({test})");
    }
    found
}

/// Every file below a folder with its bytes, to see that nothing changed.
pub(crate) fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("a file that is there");
                files.push((path, bytes));
            }
        }
    }
    files.sort();
    files
}
