//! Log lines on standard error, without secrets, and panics as log lines.

use crate::config::Config;
use betty_bus::redact::redact;
use std::io::{self, Write};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Takes secrets out of each line before it leaves.
#[derive(Debug, Clone, Copy, Default)]
struct Redacting;

impl Write for Redacting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(redact(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for Redacting {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        *self
    }
}

/// Starts logging as configured; `RUST_LOG` is not read, so that one setting has one place. A second call changes nothing.
pub fn start(config: &Config) {
    let filter = config.text("log.filter").unwrap_or("warn");
    let (filter, bad) = match EnvFilter::try_new(filter) {
        Ok(parsed) => (parsed, None),
        Err(e) => (EnvFilter::new("warn"), Some(e.to_string())),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Redacting).with_ansi(false);
    let started = match config.text("log.format") {
        Some("json") => builder.json().try_init(),
        _ => builder.try_init(),
    };
    if started.is_ok() {
        if let Some(bad) = bad {
            tracing::warn!("log.filter cannot be read ({bad}); logging warnings");
        }
        // A panic ends as a value where it is caught; here it only leaves its place in the log.
        std::panic::set_hook(Box::new(|info| {
            let place = info.location().map_or_else(String::new, ToString::to_string);
            let text = super::super::runtime::supervisor::panic_text(info.payload());
            tracing::error!(place, "panic: {text}");
        }));
    }
}
