//! Reads file and environment against the table of settings.

use super::Config;
use super::settings::{Kind, SETTINGS, Setting, env_name};
use std::collections::BTreeMap;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag(String),
    /// An environment variable.
    Env(String),
    /// The configuration file.
    File(PathBuf),
    /// The table.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Env(variable) => write!(f, "environment {variable}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// As text.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// What to resolve from.
pub struct Sources<'a> {
    /// Configuration file; `None` or a missing file means none, unless `file_required`.
    pub file: Option<PathBuf>,
    /// The file was named by a person, so it must exist.
    pub file_required: bool,
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Values from flags: key, value, the flag.
    pub flags: Vec<(&'static str, String, String)>,
}

/// Why the configuration cannot be used. Says where, why and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {path} cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file is not TOML.
    #[error("the configuration file {path} is not valid TOML: {reason}")]
    Syntax {
        /// The file.
        path: String,
        /// Why, with line and column.
        reason: String,
    },
    /// A key that does not exist.
    #[error("{origin}: there is no setting {key:?}{}", suggestion.as_ref().map(|s| format!("; did you mean {s:?}?")).unwrap_or_default())]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands.
        origin: String,
        /// The nearest that exists.
        suggestion: Option<String>,
    },
    /// A secret in the file.
    #[error(
        "{path}: {key:?} must not stand in the configuration file; set the environment variable {variable}, or name a file of mode 600 with {key}_file"
    )]
    SecretInFile {
        /// The file.
        path: String,
        /// The key.
        key: String,
        /// Where it belongs.
        variable: String,
    },
    /// A value that cannot be used.
    #[error("{origin}: {key} = {value:?} cannot be used: {reason}")]
    BadValue {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// Where it stands.
        origin: String,
        /// Why.
        reason: String,
    },
}

pub(super) fn bad_value(key: &str, raw: &Resolved, reason: &str) -> ConfigError {
    ConfigError::BadValue {
        key: key.to_owned(),
        value: betty_bus::redact::redact(&raw.value),
        origin: raw.origin.to_string(),
        reason: reason.to_owned(),
    }
}

/// Keys whose value is a secret: refused in the file.
const SECRET_KEYS: &[&str] = &["discord.token", "llm.api_key"];

fn nearest(key: &str) -> Option<String> {
    SETTINGS
        .iter()
        .map(|s| (strsim::jaro_winkler(key, s.key), s.key))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k.to_owned())
}

fn file_values(path: &Path, required: bool) -> Result<BTreeMap<String, String>, ConfigError> {
    let shown = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        // A data directory that is a file is told when it is opened, with what to do about it.
        Err(e) if !required && matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(BTreeMap::new());
        }
        Err(e) => return Err(ConfigError::Unreadable { path: shown, reason: e.to_string() }),
    };
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| ConfigError::Syntax {
        path: shown.clone(),
        reason: e.to_string().trim().to_owned(),
    })?;
    let mut values = BTreeMap::new();
    for (section, body) in table {
        let toml::Value::Table(body) = body else {
            return Err(ConfigError::UnknownKey {
                key: section.clone(),
                origin: format!("file {shown}"),
                suggestion: nearest(&section),
            });
        };
        for (name, value) in body {
            let key = format!("{section}.{name}");
            if SECRET_KEYS.contains(&key.as_str()) {
                return Err(ConfigError::SecretInFile { path: shown, variable: env_name(&key), key });
            }
            if !SETTINGS.iter().any(|s| s.key == key) {
                return Err(ConfigError::UnknownKey {
                    origin: format!("file {shown}"),
                    suggestion: nearest(&key),
                    key,
                });
            }
            let text = match value {
                toml::Value::String(s) => s,
                toml::Value::Array(items) => items
                    .iter()
                    .map(|i| i.as_str().map_or_else(|| i.to_string(), str::to_owned))
                    .collect::<Vec<_>>()
                    .join(","),
                other => other.to_string(),
            };
            values.insert(key, text);
        }
    }
    Ok(values)
}

fn check(setting: &Setting, raw: &Resolved) -> Result<(), ConfigError> {
    let value = raw.value.as_str();
    let bad = |reason: String| Err(bad_value(setting.key, raw, &reason));
    match setting.kind {
        Kind::Text | Kind::Path => Ok(()),
        Kind::Address => {
            let ok =
                value.is_empty() || ["http://", "https://", "ws://", "wss://"].iter().any(|p| value.starts_with(p));
            if ok { Ok(()) } else { bad("it must begin with http://, https://, ws:// or wss://".to_owned()) }
        }
        Kind::Int(min, max) => match value.parse::<i64>() {
            Ok(n) if (min..=max).contains(&n) => Ok(()),
            _ => bad(format!("it must be a whole number from {min} to {max}")),
        },
        Kind::Decimal(min, max) => match value.parse::<f64>() {
            Ok(n) if (min..=max).contains(&n) => Ok(()),
            _ => bad(format!("it must be a number from {min} to {max}")),
        },
        Kind::Ids => {
            let ok = value.split(',').map(str::trim).all(|s| s.is_empty() || s.parse::<u64>().is_ok_and(|n| n > 0));
            if ok { Ok(()) } else { bad("ids are numbers, separated by commas; names are not accepted".to_owned()) }
        }
        Kind::Bool => match value {
            "true" | "false" => Ok(()),
            _ => bad("it must be true or false".to_owned()),
        },
        Kind::Choice(words) => {
            if words.contains(&value) {
                Ok(())
            } else {
                bad(format!("it must be one of {}", words.join(", ")))
            }
        }
        Kind::Source => match value.parse::<SourceChoice>() {
            Ok(_) => Ok(()),
            Err(reason) => bad(reason),
        },
    }
}

pub(super) fn resolve(sources: &Sources) -> Result<Config, ConfigError> {
    let file = match &sources.file {
        Some(path) => file_values(path, sources.file_required)?,
        None => BTreeMap::new(),
    };
    let mut values = BTreeMap::new();
    for setting in SETTINGS {
        let variable = env_name(setting.key);
        let raw = if let Some((_, value, flag)) = sources.flags.iter().find(|(k, ..)| *k == setting.key) {
            Resolved { value: value.clone(), origin: Origin::Flag(flag.clone()) }
        } else if let Some(value) = (sources.env)(&variable).filter(|v| !v.is_empty()) {
            Resolved { value, origin: Origin::Env(variable) }
        } else if let (Some(value), Some(path)) = (file.get(setting.key), &sources.file) {
            Resolved { value: value.clone(), origin: Origin::File(path.clone()) }
        } else {
            Resolved { value: setting.default.to_owned(), origin: Origin::Default }
        };
        check(setting, &raw)?;
        values.insert(setting.key, raw);
    }
    Ok(Config { values })
}

/// Reads a secret from a file that only its owner may read.
pub(super) fn read_secret_file(path: &Path) -> Result<String, ConfigError> {
    let shown = path.display().to_string();
    let unreadable = |reason: String| ConfigError::Unreadable { path: shown.clone(), reason };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(unreadable(format!("other users may read it (mode {:o}); run chmod 600 on it", mode & 0o777)));
        }
    }
    std::fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))
}

/// The value of `market.source`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceChoice {
    /// The embedded venue.
    Simulated(u64),
    /// A file or folder.
    Recorded(PathBuf),
    /// The venue itself.
    Live,
}

/// Seed of the simulated venue when none is named.
pub const SEED_DEFAULT: u64 = 7;

impl std::str::FromStr for SourceChoice {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "simulated" => Ok(Self::Simulated(SEED_DEFAULT)),
            None if text == "live" => Ok(Self::Live),
            Some(("simulated", seed)) => seed
                .parse()
                .map(Self::Simulated)
                .map_err(|_| format!("the seed {seed:?} is not a whole number from 0 up")),
            Some(("recorded", path)) if !path.is_empty() => Ok(Self::Recorded(PathBuf::from(path))),
            _ => Err("it must be simulated, simulated:SEED, recorded:PATH or live".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    fn load(
        file: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
        flags: Vec<(&'static str, String, String)>,
    ) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("betty.toml");
        if let Some(text) = file {
            std::fs::write(&path, text).unwrap();
        }
        Config::load(&Sources { file: Some(path), file_required: false, env, flags })
    }

    #[test]
    fn flag_wins_over_environment_over_file_over_default() {
        let file = "[market]\nsource = \"live\"\n[limits]\nopen_positions_max = 7\n[discord]\nguilds = [11, \"12\"]\n";
        let env = |name: &str| (name == "BETTY_MARKET_SOURCE").then(|| "simulated:3".to_owned());
        let config = load(Some(file), &env, vec![]).unwrap();
        assert_eq!(config.text("market.source"), Some("simulated:3"));
        assert_eq!(config.get::<u32>("limits.open_positions_max").unwrap(), 7);
        assert_eq!(config.ids("discord.guilds").unwrap(), [11, 12]);
        assert_eq!(config.raw("betty.name").origin, Origin::Default);
        let flags = vec![("market.source", "live".to_owned(), "--source".to_owned())];
        assert_eq!(load(Some(file), &env, flags).unwrap().raw("market.source").origin, Origin::Flag("--source".into()));
    }

    #[test]
    fn every_default_is_valid_and_every_environment_name_is_its_own() {
        load(None, &none, vec![]).unwrap();
        let mut names: Vec<_> = SETTINGS.iter().map(|s| env_name(s.key)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), SETTINGS.len());
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let message = |file: &str| load(Some(file), &none, vec![]).unwrap_err().to_string();
        assert!(message("[market]\nsuorce = \"live\"").contains("did you mean \"market.source\""));
        assert!(message("[limits]\nhedge_cap_pct = 400").contains("from 1 to 100"));
        assert!(message("[discord]\nguilds = \"my guild\"").contains("names are not accepted"));
        assert!(message("[discord]\ntoken = \"abc\"").contains("BETTY_DISCORD_TOKEN"));
        assert!(message("[market\n").contains("not valid TOML"));
        assert!(message("market = 3").contains("no setting"));
        assert!(message("[market]\nsource = \"recorded:\"").contains("recorded:PATH"));
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_file_must_be_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "a-secret-of-some-length\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read_secret_file(&path).unwrap_err().to_string().contains("chmod 600"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(read_secret_file(&path).unwrap().starts_with("a-secret"));
    }
}
