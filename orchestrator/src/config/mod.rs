//! Configuration: one table of settings, resolved as flag > environment > file > default, with the origin of every value kept.
//!
//! * [`settings`]: the table. [`resolve`]: reads file and environment against it. This file: the typed view the program uses.
//!
//! Secrets come from the environment or from a file that a setting names, never from the configuration file itself.

pub mod resolve;
pub mod settings;

use resolve::bad_value;
pub use resolve::{ConfigError, Origin, Resolved, Sources};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Every setting with its value and where it came from.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) values: BTreeMap<&'static str, Resolved>,
}

impl Config {
    /// Resolves all settings.
    ///
    /// # Errors
    /// [`ConfigError`] naming the first key or value that cannot be used, and where it stands.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        resolve::resolve(sources)
    }

    fn raw(&self, key: &str) -> &Resolved {
        // A key that is not in the table is a defect of this program; a test asks for every key used here.
        self.values.get(key).unwrap_or_else(|| panic!("setting {key} is not in the table"))
    }

    /// A setting's text; `None` when it is empty.
    ///
    /// # Panics
    /// On a key that is not in the table.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        let value = self.raw(key).value.as_str();
        (!value.is_empty()).then_some(value)
    }

    /// A setting parsed; checked against its kind when it was resolved.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key when the text is not of the type asked for.
    pub fn get<T: std::str::FromStr>(&self, key: &str) -> Result<T, ConfigError> {
        let raw = self.raw(key);
        raw.value.parse().map_err(|_| bad_value(key, raw, "it is not of the expected form"))
    }

    /// A comma-separated list of ids.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key when an entry is not a number.
    pub fn ids(&self, key: &str) -> Result<Vec<u64>, ConfigError> {
        let raw = self.raw(key);
        raw.value
            .split(',')
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .map(|s| s.parse().map_err(|_| bad_value(key, raw, "ids are numbers, separated by commas")))
            .collect()
    }

    /// A secret from its environment variable, or from the file that `<key>_file` names. Registered for redaction.
    ///
    /// # Errors
    /// [`ConfigError`] when the file is named but cannot be read, or may be read by other users.
    pub fn secret(&self, key: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Option<String>, ConfigError> {
        let variable = settings::env_name(key);
        let found = match env(&variable).filter(|v| !v.trim().is_empty()) {
            Some(value) => Some(value),
            None => match self.text(&format!("{key}_file")) {
                Some(path) => Some(resolve::read_secret_file(&PathBuf::from(path))?),
                None => None,
            },
        };
        let found = found.map(|s| s.trim().to_owned()).filter(|s| !s.is_empty());
        if let Some(secret) = &found {
            betty_bus::redact::register_secret(secret);
        }
        Ok(found)
    }

    /// A setting that cannot be used as it stands, with the reason.
    pub(crate) fn bad(&self, key: &str, reason: &str) -> ConfigError {
        bad_value(key, self.raw(key), reason)
    }

    /// All settings in the order of the table: key, value, origin. Nothing in it is secret.
    pub fn all(&self) -> impl Iterator<Item = (&'static settings::Setting, &Resolved)> {
        settings::SETTINGS.iter().filter_map(|s| self.values.get(s.key).map(|v| (s, v)))
    }
}
