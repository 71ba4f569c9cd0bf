//! Settings of the Discord door, checked before anything connects.

use betty_bus::redact::{REDACTED, register_secret};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

/// Shortest and longest token, in bytes. Discord states no lengths; tokens seen so far have 59 to 72.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 50..=120;

/// What is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The token does not look like one.
    #[error(
        "the Discord token does not have the shape of a bot token (three parts joined by dots); copy it from the developer portal, page Bot, button Reset Token, without spaces or quotes"
    )]
    TokenShape,
    /// The token of another server cannot be sent.
    #[error(
        "the token for the server of discord.api must be one word of letters, digits and signs, without spaces or quotes"
    )]
    TokenWord,
    /// An address of our own was given for one side only.
    #[error(
        "BETTY_DISCORD_API and BETTY_DISCORD_GATEWAY go together: set both (a test server) or none (Discord itself)"
    )]
    HalfEndpoint,
    /// An address cannot be read.
    #[error("{name} is {value:?}, which is not {wanted}")]
    EndpointShape {
        /// The setting.
        name: &'static str,
        /// As given.
        value: String,
        /// What it has to look like.
        wanted: &'static str,
    },
    /// An address that is not this machine.
    #[error(
        "{name} points to {host:?}, which is not this machine; the bot token would be sent there. Use a loopback address, or allow foreign endpoints explicitly"
    )]
    ForeignEndpoint {
        /// The setting.
        name: &'static str,
        /// The host.
        host: String,
    },
    /// An id in a list is not a Discord id.
    #[error("{0:?} is not a Discord id (a number of 1 to 20 digits; switch on Developer Mode and use Copy ID)")]
    Id(String),
}

/// A bot token. Shown nowhere: `Debug` redacts it, it is never serialised, and it is registered as a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Checks the shape and registers the value as a secret of this process.
    ///
    /// # Errors
    /// [`ConfigError::TokenShape`]; the value is not part of the message.
    pub fn new(text: &str) -> Result<Self, ConfigError> {
        let text = text.trim();
        let text = text.strip_prefix("Bot ").unwrap_or(text);
        register_secret(text);
        let parts: Vec<&str> = text.split('.').collect();
        let word = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if parts.len() == 3 && parts.iter().all(word) && TOKEN_BYTES.contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ConfigError::TokenShape)
        }
    }

    /// A token of another server, a test server for instance, whose tokens may look like anything: one word is asked of it. Registered as
    /// a secret like Discord's own.
    ///
    /// # Errors
    /// [`ConfigError::TokenWord`]; the value is not part of the message.
    pub fn of_another_server(text: &str) -> Result<Self, ConfigError> {
        let text = text.trim();
        let text = text.strip_prefix("Bot ").unwrap_or(text);
        register_secret(text);
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\'') {
            Ok(Self(text.to_owned()))
        } else {
            Err(ConfigError::TokenWord)
        }
    }

    /// The value, for the two clients that authenticate with it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// Settings. Everything is closed by default: with no guild or no channel the door serves nobody.
#[derive(Debug, Clone)]
pub struct DiscordConfig {
    /// The bot's token.
    pub token: Token,
    /// Another REST server, as `host:port` (`BETTY_DISCORD_API`). Plain http when the gateway is `ws://`, else https.
    pub api: Option<String>,
    /// Another gateway, as `ws://host:port` (`BETTY_DISCORD_GATEWAY`).
    pub gateway: Option<String>,
    /// Lets `api` and `gateway` be other machines. They get the token.
    pub allow_foreign_endpoint: bool,
    /// Guilds that are served, by id.
    pub guilds: BTreeSet<u64>,
    /// Channels that are served, by id. The admin channel is served besides.
    pub channels: BTreeSet<u64>,
    /// Who may talk to Betty, by user id. With no users and no roles: everyone who may write in the served channels.
    pub users: BTreeSet<u64>,
    /// Who may talk to Betty, by role id.
    pub roles: BTreeSet<u64>,
    /// The channel where admin commands work.
    pub admin_channel: Option<u64>,
    /// Roles that may use admin commands there.
    pub admin_roles: BTreeSet<u64>,
}

impl DiscordConfig {
    /// Settings that serve nobody yet.
    #[must_use]
    pub const fn new(token: Token) -> Self {
        Self {
            token,
            api: None,
            gateway: None,
            allow_foreign_endpoint: false,
            guilds: BTreeSet::new(),
            channels: BTreeSet::new(),
            users: BTreeSet::new(),
            roles: BTreeSet::new(),
            admin_channel: None,
            admin_roles: BTreeSet::new(),
        }
    }

    /// Reads ids separated by commas or spaces.
    ///
    /// # Errors
    /// [`ConfigError::Id`] with the first one that is none.
    pub fn ids(text: &str) -> Result<BTreeSet<u64>, ConfigError> {
        text.split([',', ' ', '\n', '\t'])
            .filter(|part| !part.is_empty())
            .map(|part| match part.parse::<u64>() {
                Ok(id) if id > 0 && part.bytes().all(|b| b.is_ascii_digit()) => Ok(id),
                _ => Err(ConfigError::Id(part.to_owned())),
            })
            .collect()
    }

    /// Checks the addresses.
    ///
    /// # Errors
    /// [`ConfigError`] when one of two addresses is missing, unreadable, or not this machine.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.endpoint().map(drop)
    }

    /// True when some channel of some guild is served.
    #[must_use]
    pub fn serves_anything(&self) -> bool {
        !self.guilds.is_empty() && (!self.channels.is_empty() || self.admin_channel.is_some())
    }

    /// True when answers may be posted in this channel.
    #[must_use]
    pub fn serves_channel(&self, channel: u64) -> bool {
        !self.guilds.is_empty() && (self.channels.contains(&channel) || self.admin_channel == Some(channel))
    }

    /// What a person should know at start: one sentence each.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let mut out = Vec::new();
        if !self.serves_anything() {
            out.push(
                "Discord: no guild or no channel is allowed, so nobody is served; list guild and channel ids in the settings"
                    .to_owned(),
            );
            return out;
        }
        if self.users.is_empty() && self.roles.is_empty() {
            out.push("Discord: everyone who may write in the served channels may talk to Betty; list users or roles to narrow it".to_owned());
        }
        if self.admin_channel.is_none() || self.admin_roles.is_empty() {
            out.push("Discord: admin commands are off; they need an admin channel and an admin role".to_owned());
        }
        if let (Some(api), Some(gateway)) = (&self.api, &self.gateway) {
            out.push(format!("Discord: talking to {api} and {gateway} instead of Discord"));
        }
        out
    }

    pub(super) fn endpoint(&self) -> Result<Option<Endpoint>, ConfigError> {
        let (api, gateway) = match (&self.api, &self.gateway) {
            (None, None) => return Ok(None),
            (Some(api), Some(gateway)) => (api, gateway),
            _ => return Err(ConfigError::HalfEndpoint),
        };
        const API: (&str, &str) = ("BETTY_DISCORD_API", "host:port without a scheme");
        const GATEWAY: (&str, &str) = ("BETTY_DISCORD_GATEWAY", "an address like ws://host:port");
        let shape = |(name, wanted), value: &str| ConfigError::EndpointShape { name, value: value.to_owned(), wanted };
        let (plain, rest) = match (gateway.strip_prefix("ws://"), gateway.strip_prefix("wss://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(shape(GATEWAY, gateway)),
        };
        let authority = rest.split('/').next().unwrap_or_default();
        if rest.contains(['?', '#']) {
            return Err(shape(GATEWAY, gateway));
        }
        for (what, text, whole) in [(API, api.as_str(), api), (GATEWAY, authority, gateway)] {
            let host = host_of(text).ok_or_else(|| shape(what, whole))?;
            if !is_loopback(host) && !self.allow_foreign_endpoint {
                return Err(ConfigError::ForeignEndpoint { name: what.0, host: host.to_owned() });
            }
        }
        Ok(Some(Endpoint { api: api.clone(), gateway: gateway.trim_end_matches('/').to_owned(), plain }))
    }
}

/// Where the two clients go instead of Discord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) api: String,
    pub(super) gateway: String,
    pub(super) plain: bool,
}

/// The host of `host:port`, `[v6]:port` or `host`. `None` for anything else, in particular with credentials in it.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        (host, after.strip_prefix(':'))
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
    (!host.is_empty() && host.bytes().all(name) && port.is_none_or(|p| p.parse::<u16>().is_ok())).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A token in pieces, so that no whole credential stands in the source.
    pub(in crate::discord) fn token() -> Token {
        Token::new(&["MTIzNDU2Nzg5MDEyMzQ1Njc4OQ", "GabcdE", "abcdefghijklmnopqrstuvwxyz01234"].join(".")).unwrap()
    }

    #[test]
    fn a_token_is_never_shown() {
        let token = token();
        let value = token.reveal().to_owned();
        let mut config = DiscordConfig::new(token);
        config.guilds.insert(1);
        for shown in [format!("{config:?}"), format!("{config:#?}")] {
            assert!(!shown.contains(&value) && shown.contains(REDACTED), "{shown}");
        }
        assert_eq!(betty_bus::redact::redact(&format!("it is {value}!")), format!("it is {REDACTED}!"));
    }

    #[test]
    fn a_wrong_token_is_refused_without_showing_it() {
        for bad in [
            "",
            "hunter2hunter2",
            "a.b",
            "a b.c.d",
            &"x".repeat(72),
            &format!("{}.b.{}", "a".repeat(30), "é".repeat(30)),
        ] {
            let error = Token::new(bad).unwrap_err();
            assert_eq!(error, ConfigError::TokenShape, "{bad:?}");
            assert!(bad.is_empty() || !error.to_string().contains(bad));
        }
        let value = token().reveal().to_owned();
        assert_eq!(Token::new(&format!("  Bot {value}\n")).unwrap().reveal(), value);
        // Another server's tokens have a shape of their own; what cannot stand in a header is refused there too.
        assert_eq!(Token::of_another_server(" a-test-token\n").unwrap().reveal(), "a-test-token");
        for bad in ["", "  ", "two words", "\"quoted\"", "tökén", "a\nb"] {
            assert_eq!(Token::of_another_server(bad).unwrap_err(), ConfigError::TokenWord, "{bad:?}");
        }
    }

    #[test]
    fn addresses_stay_on_this_machine_unless_allowed() {
        let with = |api: &str, gateway: &str, foreign: bool| {
            let mut config = DiscordConfig::new(token());
            config.api = Some(api.to_owned());
            config.gateway = Some(gateway.to_owned());
            config.allow_foreign_endpoint = foreign;
            config.endpoint()
        };
        for (api, gateway) in [
            ("127.0.0.1:3501", "ws://127.0.0.1:3501"),
            ("localhost:1", "ws://localhost:1/gateway"),
            ("[::1]:80", "wss://[::1]:443/"),
        ] {
            assert!(with(api, gateway, false).is_ok(), "{api} {gateway}");
        }
        for (api, gateway) in [
            ("discord.example:443", "ws://127.0.0.1:1"),
            ("127.0.0.1:1", "wss://gateway.discord.example"),
            ("127.0.0.1.evil.example:1", "ws://127.0.0.1:1"),
            ("10.0.0.1:1", "ws://127.0.0.1:1"),
        ] {
            assert!(matches!(with(api, gateway, false), Err(ConfigError::ForeignEndpoint { .. })), "{api} {gateway}");
            assert!(with(api, gateway, true).is_ok(), "{api} {gateway}");
        }
        for (api, gateway) in [
            ("http://127.0.0.1:1", "ws://127.0.0.1:1"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("127.0.0.1:1", "ws://127.0.0.1@evil.example"),
            ("127.0.0.1@evil.example:1", "ws://127.0.0.1:1"),
            ("127.0.0.1:99999", "ws://127.0.0.1:1"),
            ("", "ws://"),
        ] {
            assert!(matches!(with(api, gateway, true), Err(ConfigError::EndpointShape { .. })), "{api} {gateway}");
        }
        let mut half = DiscordConfig::new(token());
        half.api = Some("127.0.0.1:1".to_owned());
        assert_eq!(half.check(), Err(ConfigError::HalfEndpoint));
    }

    #[test]
    fn ids_are_numbers() {
        assert_eq!(DiscordConfig::ids("12, 7\n7").unwrap(), BTreeSet::from([7, 12]));
        assert_eq!(DiscordConfig::ids("").unwrap(), BTreeSet::new());
        for bad in ["general", "0", "-1", "+5", "99999999999999999999999", "<#12>"] {
            assert!(DiscordConfig::ids(bad).is_err(), "{bad}");
        }
    }
}
