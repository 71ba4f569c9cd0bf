//! Finds the recorded data that tests read and the project never contains.

use std::path::{Path, PathBuf};

/// A file or folder of the recorded data, from `BETTY_TEST_DATA` or beside the workspace; `None`, said aloud, where there is none.
pub(crate) fn find(relative: &str, test: &str) -> Option<PathBuf> {
    let roots = [
        std::env::var_os("BETTY_TEST_DATA").map(PathBuf::from),
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data")),
        Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data")),
    ];
    let found = roots.into_iter().flatten().map(|root| root.join(relative)).find(|p| p.exists());
    if found.is_none() {
        eprintln!("skipped: recorded data not found ({test})");
    }
    found
}

/// The text of a recorded file, unpacked when its name ends in `.gz`.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).expect("recorded file");
    if path.extension().is_some_and(|e| e == "gz") {
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut plain).expect("recorded gzip");
        plain
    } else {
        bytes
    }
}
