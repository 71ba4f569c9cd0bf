//! Whether Discord is served, and why not.

use super::env;
use crate::config::Config;
use crate::discord::{DiscordConfig, Token};

/// What to do about Discord.
pub(super) enum Plan {
    /// Serve it.
    On(Box<DiscordConfig>),
    /// Do not, for this reason.
    Off(String),
    /// It was asked for, or half configured, and cannot be: start nothing and say why.
    Wrong(String),
}

impl Plan {
    /// For the line that says what is on and what is off.
    pub(super) fn words(&self) -> String {
        match self {
            Self::On(config) if config.serves_anything() => "on".to_owned(),
            Self::On(_) => "on, but serves nobody: set discord.guilds and discord.channels".to_owned(),
            Self::Off(why) | Self::Wrong(why) => format!("off ({why})"),
        }
    }
}

/// Reads the Discord settings. A token alone switches it on; `asked` makes a missing token an error.
pub(super) fn plan(config: &Config, asked: bool) -> Plan {
    let token = match config.secret("discord.token", &env) {
        Ok(Some(token)) => token,
        Ok(None) if asked => {
            return Plan::Wrong(
                "no token: set BETTY_DISCORD_TOKEN, or name a file of mode 600 with discord.token_file".to_owned(),
            );
        }
        Ok(None) => return Plan::Off("no token: set BETTY_DISCORD_TOKEN".to_owned()),
        Err(e) => return Plan::Wrong(e.to_string()),
    };
    match settings(config, &token) {
        Ok(settings) => Plan::On(Box::new(settings)),
        Err(why) => Plan::Wrong(why),
    }
}

fn settings(config: &Config, token: &str) -> Result<DiscordConfig, String> {
    let ids = |key: &str| config.ids(key).map_err(|e| e.to_string());
    let (api, gateway) = (config.text("discord.api"), config.text("discord.gateway"));
    // Discord's tokens have a shape that tells a slip of the clipboard; those of a test server have their own.
    let token = if api.is_some() && gateway.is_some() { Token::of_another_server(token) } else { Token::new(token) };
    let mut settings = DiscordConfig::new(token.map_err(|e| e.to_string())?);
    settings.api = api.map(str::to_owned);
    settings.gateway = gateway.map(str::to_owned);
    settings.allow_foreign_endpoint = config.get("discord.allow_foreign_endpoint").map_err(|e| e.to_string())?;
    settings.guilds = ids("discord.guilds")?.into_iter().collect();
    settings.channels = ids("discord.channels")?.into_iter().collect();
    settings.users = ids("discord.users")?.into_iter().collect();
    settings.roles = ids("discord.roles")?.into_iter().collect();
    settings.admin_channel = ids("discord.admin_channel")?.first().copied();
    settings.admin_roles = ids("discord.admin_roles")?.into_iter().collect();
    settings.check().map_err(|e| e.to_string())?;
    Ok(settings)
}
