//! Finds recorded data, which tests and benchmarks read and the project never contains.

use std::path::{Path, PathBuf};

/// A file or folder of the recorded data, from `BETTY_TEST_DATA` or beside the workspace; `None`, said aloud, where there is none.
#[must_use]
pub fn find(relative: &str, who: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let roots = [
        std::env::var_os("BETTY_TEST_DATA").map(PathBuf::from),
        Some(here.join("../../shared/data")),
        Some(here.join("../../../shared/data")),
    ];
    let found = roots.into_iter().flatten().map(|root| root.join(relative)).find(|p| p.exists());
    if found.is_none() {
        eprintln!("skipped: recorded data not found ({who})");
    }
    found
}
