//! Who is heard, and who is an admin. A pure decision out of the event's own ids.

use super::config::DiscordConfig;

/// What an event says about a message, by id only: names are never compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sender {
    /// Absent in direct messages.
    pub(super) guild: Option<u64>,
    pub(super) channel: u64,
    pub(super) user: u64,
    /// A bot or a system account.
    pub(super) bot: bool,
    pub(super) webhook: bool,
    /// Roles of the guild member; absent in direct messages and for webhooks.
    pub(super) roles: Option<Vec<u64>>,
}

/// The decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Say nothing. The reason is for the log.
    Ignored(&'static str),
    /// Heard.
    Heard {
        /// May use admin commands.
        admin: bool,
    },
}

/// Decides at execution time. `own` is the bot's own user id.
pub(super) fn admit(config: &DiscordConfig, own: Option<u64>, sender: &Sender) -> Admission {
    if sender.webhook {
        return Admission::Ignored("webhook");
    }
    if sender.bot || own == Some(sender.user) {
        return Admission::Ignored("bot");
    }
    let Some(guild) = sender.guild else { return Admission::Ignored("direct message") };
    if !config.guilds.contains(&guild) {
        return Admission::Ignored("guild not allowed");
    }
    if !config.serves_channel(sender.channel) {
        return Admission::Ignored("channel not allowed");
    }
    // The role @everyone has the guild's own id. Every member has it, and Discord leaves it out of a member's roles.
    let has = |list: &std::collections::BTreeSet<u64>| {
        sender.roles.as_ref().is_some_and(|roles| list.contains(&guild) || roles.iter().any(|role| list.contains(role)))
    };
    let admin = config.admin_channel == Some(sender.channel) && has(&config.admin_roles);
    let open = config.users.is_empty() && config.roles.is_empty();
    if admin || open || config.users.contains(&sender.user) || has(&config.roles) {
        Admission::Heard { admin }
    } else {
        Admission::Ignored("person not allowed")
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::tests::token;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const OWN: u64 = 99;

    fn config() -> DiscordConfig {
        let mut config = DiscordConfig::new(token());
        config.guilds = BTreeSet::from([1]);
        config.channels = BTreeSet::from([10, 11]);
        config.admin_channel = Some(12);
        config.admin_roles = BTreeSet::from([50]);
        config
    }

    fn sender() -> Sender {
        Sender { guild: Some(1), channel: 10, user: 7, bot: false, webhook: false, roles: Some(vec![]) }
    }

    #[test]
    fn table() {
        use Admission::{Heard, Ignored};
        let admin = Sender { channel: 12, roles: Some(vec![50]), ..sender() };
        for (what, sender, expected) in [
            ("a member", sender(), Heard { admin: false }),
            ("an admin", admin.clone(), Heard { admin: true }),
            (
                "an admin role outside the admin channel",
                Sender { channel: 10, ..admin.clone() },
                Heard { admin: false },
            ),
            (
                "the admin channel without the role",
                Sender { roles: Some(vec![51]), ..admin.clone() },
                Heard { admin: false },
            ),
            (
                "the admin channel's id in another guild",
                Sender { guild: Some(2), ..admin.clone() },
                Ignored("guild not allowed"),
            ),
            ("no member in the event", Sender { roles: None, ..admin.clone() }, Heard { admin: false }),
            ("a direct message that claims roles", Sender { guild: None, ..admin.clone() }, Ignored("direct message")),
            ("a webhook that claims roles", Sender { webhook: true, ..admin.clone() }, Ignored("webhook")),
            ("a bot with the role", Sender { bot: true, ..admin.clone() }, Ignored("bot")),
            ("itself", Sender { user: OWN, ..admin.clone() }, Ignored("bot")),
            ("another channel", Sender { channel: 13, ..sender() }, Ignored("channel not allowed")),
            ("the role's id as user id", Sender { user: 50, channel: 12, ..sender() }, Heard { admin: false }),
            ("the guild's id as channel id", Sender { channel: 1, ..sender() }, Ignored("channel not allowed")),
        ] {
            assert_eq!(admit(&config(), Some(OWN), &sender), expected, "{what}");
        }
    }

    #[test]
    fn lists_of_people_narrow_it() {
        let mut config = config();
        config.users.insert(7);
        config.roles.insert(60);
        let heard = |s: &Sender| matches!(admit(&config, Some(OWN), s), Admission::Heard { .. });
        assert!(heard(&sender()));
        assert!(!heard(&Sender { user: 8, ..sender() }));
        assert!(heard(&Sender { user: 8, roles: Some(vec![3, 60]), ..sender() }));
        assert!(!heard(&Sender { user: 60, ..sender() }), "a role id is no user id");
        assert!(heard(&Sender { user: 8, channel: 12, roles: Some(vec![50]), ..sender() }), "admins are heard");
    }

    #[test]
    fn the_role_everyone_is_that_of_every_member() {
        let mut config = config();
        config.users.insert(8);
        let heard = |config: &DiscordConfig, s: &Sender| admit(config, Some(OWN), s);
        assert!(matches!(heard(&config, &sender()), Admission::Ignored(_)));
        config.roles.insert(1);
        assert_eq!(heard(&config, &sender()), Admission::Heard { admin: false });
        assert!(matches!(heard(&config, &Sender { roles: None, ..sender() }), Admission::Ignored(_)), "no member");
        config.admin_roles.insert(1);
        assert_eq!(heard(&config, &Sender { channel: 12, ..sender() }), Admission::Heard { admin: true });
        // Another served guild's @everyone is another role.
        config.guilds.insert(2);
        assert!(matches!(heard(&config, &Sender { guild: Some(2), ..sender() }), Admission::Ignored(_)));
    }

    #[test]
    fn default_is_closed() {
        let closed = DiscordConfig::new(token());
        assert!(!closed.serves_anything());
        let mut no_guild = config();
        no_guild.guilds.clear();
        let mut no_channel = config();
        no_channel.channels.clear();
        no_channel.admin_channel = None;
        for config in [closed, no_guild, no_channel] {
            assert!(matches!(admit(&config, Some(OWN), &sender()), Admission::Ignored(_)));
            assert!(config.notices()[0].contains("nobody is served"));
        }
    }

    proptest! {
        /// Whatever the event says, an admin has all three: guild, channel, role.
        #[test]
        fn an_admin_has_all_three(guild in prop::option::of(0u64..3), channel in 9u64..14, user in 0u64..100,
                                  bot: bool, webhook: bool, roles in prop::option::of(prop::collection::vec(48u64..53, 0..4))) {
            let sender = Sender { guild, channel, user, bot, webhook, roles: roles.clone() };
            let expected = guild == Some(1) && channel == 12 && roles.is_some_and(|r| r.contains(&50)) && !bot && !webhook && user != OWN;
            prop_assert_eq!(admit(&config(), Some(OWN), &sender) == Admission::Heard { admin: true }, expected);
        }
    }
}
