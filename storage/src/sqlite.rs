//! The SQLite file: making it, opening it, and looking at it before anything is written.

use crate::error::{StoreError, explain, sqlite_code};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a connection waits for another process's write, which normally takes milliseconds.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(15);
/// Pause between attempts to open a file that another process is just making; each takes milliseconds.
pub(crate) const OPEN_RETRY_PAUSE: Duration = Duration::from_millis(20);
/// How long a caller waits for its turn; more than [`BUSY_TIMEOUT`], so that the database's own message wins.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections that read. Reading is memory-bound and short; more would only hold more page caches.
pub(crate) const READERS_MAX: u32 = 4;
/// Bytes of the write-ahead log that stay on disk for reuse after one large write made it longer.
const LOG_BYTES_KEPT_MAX: u64 = 64 * 1024 * 1024;

/// How every SQLite file begins.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// The magic and the page size.
const HEADER_BYTES: usize = 18;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Looks at an existing file and changes no setting in it.
    Probe,
    /// The one that writes.
    Writer,
    /// Cannot write.
    Reader,
}

/// Makes the file, readable by its owner alone, unless it exists; returns whether it is empty.
///
/// SQLite gives its `-wal` and `-shm` files the mode of the database.
pub(crate) fn prepare(path: &Path) -> Result<bool, StoreError> {
    let unusable = |e: io::Error| StoreError::Unusable { path: path.to_owned(), cause: e.to_string() };
    if let Some(dir) = path.parent().filter(|d| !d.as_os_str().is_empty() && !d.exists()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(dir).map_err(unusable)?;
    }
    make_private_file(path).or_else(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => Ok(()),
        _ => Err(unusable(e)),
    })?;
    let meta = fs::metadata(path).map_err(unusable)?;
    if meta.is_dir() {
        return Err(StoreError::Unusable { path: path.to_owned(), cause: "it is a directory".to_owned() });
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if meta.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(unusable)?;
        }
    }
    Ok(meta.len() == 0)
}

/// Refuses a file that ends inside a page: a copy that broke off. SQLite itself would read the missing part as zeros.
///
/// A write-ahead log may still hold that page, so with one the file is left to SQLite.
pub(crate) fn refuse_cut_off(path: &Path) -> Result<(), StoreError> {
    let unusable = |e: io::Error| StoreError::Unusable { path: path.to_owned(), cause: e.to_string() };
    let mut header = Vec::with_capacity(HEADER_BYTES);
    let file = fs::File::open(path).map_err(unusable)?;
    let bytes = file.metadata().map_err(unusable)?.len();
    file.take(HEADER_BYTES as u64).read_to_end(&mut header).map_err(unusable)?;
    let logged = fs::metadata(log_of(path)).is_ok_and(|log| log.len() > 0);
    // What is shorter or begins otherwise is no SQLite file; SQLite says so itself.
    let [magic @ .., high, low] = header.as_slice() else { return Ok(()) };
    if logged || magic != MAGIC {
        return Ok(());
    }
    // https://www.sqlite.org/fileformat.html#page_size: one stands for 65536.
    let page_bytes = match u16::from_be_bytes([*high, *low]) {
        1 => 65_536,
        n => u64::from(n),
    };
    if page_bytes > 0 && bytes % page_bytes != 0 {
        let cause = format!("it breaks off after {bytes} bytes, inside a page of {page_bytes}");
        return Err(StoreError::Damaged { path: path.to_owned(), cause });
    }
    Ok(())
}

/// The write-ahead log beside a database file.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push("-wal");
    PathBuf::from(name)
}

/// Makes a new empty file of mode 600.
pub(crate) fn make_private_file(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Opens connections to the file. Settings that SQLite keeps per connection are part of the options, so every one has them.
pub(crate) async fn connect(path: &Path, role: Role) -> Result<DatabaseConnection, StoreError> {
    let file = path.to_owned();
    // The name in the URL is replaced below: a path may hold characters that mean something in a URL.
    let mut options = ConnectOptions::new("sqlite:betty.db");
    options
        .max_connections(if role == Role::Reader { READERS_MAX } else { 1 })
        .min_connections(u32::from(role != Role::Reader))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |o| {
            let o = o.filename(&file).create_if_missing(false).foreign_keys(true).busy_timeout(BUSY_TIMEOUT);
            match role {
                Role::Probe => o,
                Role::Writer => o
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    // On macOS a plain fsync does not reach the disk; elsewhere this changes nothing.
                    .pragma("fullfsync", "ON")
                    .pragma("journal_size_limit", LOG_BYTES_KEPT_MAX.to_string()),
                Role::Reader => o.pragma("query_only", "ON"),
            }
        });
    Database::connect(options).await.map_err(|e| opening(path, &e))
}

/// What went wrong while a file was opened, by SQLite's own code.
pub(crate) fn opening(path: &Path, e: &DbErr) -> StoreError {
    let path = path.to_owned();
    match sqlite_code(e) {
        Some(sqlite_code::NOTADB | sqlite_code::CORRUPT) => StoreError::Damaged { path, cause: e.to_string() },
        Some(sqlite_code::CANTOPEN | sqlite_code::READONLY | sqlite_code::IOERR | sqlite_code::FULL) => {
            StoreError::Unusable { path, cause: e.to_string() }
        }
        Some(sqlite_code::BUSY) => StoreError::Busy { path, cause: e.to_string() },
        _ => StoreError::Database(explain(e)),
    }
}
