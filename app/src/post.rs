//! The ways out of the house (外发渠道), from the settings: what is set is open, and what is set wrongly stops the start with a
//! sentence instead of being noticed when the first letter should go.

use std::{collections::HashMap, sync::Arc};

use anyhow::{Context, anyhow, bail};
use notice::{Carrier, Channel, HookCarrier, Kind, MailCarrier, OpenChannel, Setup, SmsCarrier};

use crate::config::Settings;

/// How the installation sends, and with what.
pub struct Post {
    /// For the pages and for the courier.
    pub setup: Arc<Setup>,
    /// The open ways.
    pub carriers: HashMap<Channel, Arc<dyn Carrier>>,
}

/// The ways out of these settings.
///
/// # Errors
/// Names the setting that is wrong or missing.
pub fn ways(settings: &Settings, web: &web::Config) -> anyhow::Result<Post> {
    let mut carriers: HashMap<Channel, Arc<dyn Carrier>> = HashMap::new();
    let mut open = Vec::new();
    let mut kinds = Vec::new();
    if let Some(url) = &settings.mail_url {
        let from = settings.mail_from.as_deref().unwrap_or("linli@localhost");
        let mail = MailCarrier::new(url, from).map_err(|e| anyhow!("mail_url, mail_from: {e}"))?;
        carriers.insert(Channel::Mail, Arc::new(mail));
    }
    if let Some(url) = &settings.sms_url {
        let url = http_url("sms_url", url)?;
        let token = settings.sms_token.as_deref().unwrap_or_default();
        carriers.insert(Channel::Sms, Arc::new(SmsCarrier::new(url, token)));
    }
    if let Some(url) = &settings.hook_url {
        let url = http_url("hook_url", url)?;
        let secret = settings.hook_secret.as_deref().filter(|s| s.len() >= 16);
        let secret = secret.context("hook_secret: at least 16 characters are needed")?;
        kinds = hook_kinds(settings.hook_kinds.as_deref().unwrap_or_default())?;
        carriers.insert(Channel::Hook, Arc::new(HookCarrier::new(url, secret)));
    }
    for channel in Channel::OUT.into_iter().filter(|c| carriers.contains_key(c)) {
        let kinds = if channel == Channel::Hook { kinds.clone() } else { Vec::new() };
        open.push(OpenChannel { channel, kinds });
    }
    let quiet = settings.quiet_hours.as_deref().map(str::parse).transpose();
    let hours = settings.staff_hours.as_deref().map(str::parse).transpose();
    let setup = Setup {
        public_url: web.public_url.clone(),
        site_name: if web.site_name.is_empty() { "邻里".to_owned() } else { web.site_name.clone() },
        quiet: quiet.map_err(|e| anyhow!("quiet_hours: {e}"))?.unwrap_or_default(),
        hours: hours.map_err(|e| anyhow!("staff_hours: {e}"))?.unwrap_or_default(),
        open,
    };
    Ok(Post { setup: Arc::new(setup), carriers })
}

fn http_url<'a>(setting: &str, url: &'a str) -> anyhow::Result<&'a str> {
    if url.starts_with("https://") || url.starts_with("http://") {
        Ok(url)
    } else {
        bail!("{setting}: an address begins with https:// or http://")
    }
}

/// The kinds that a hook is told of: about offices only.
fn hook_kinds(text: &str) -> anyhow::Result<Vec<Kind>> {
    let codes = text.split(',').map(str::trim).filter(|c| !c.is_empty());
    let kind = |code: &str| match Kind::parse(code) {
        Some(kind) if kind.for_hooks() => Ok(kind),
        Some(_) => bail!("hook_kinds: {code} is told to residents and cannot be subscribed to"),
        None => bail!("hook_kinds: there is no kind {code}"),
    };
    let kinds = codes.map(kind).collect::<anyhow::Result<Vec<_>>>()?;
    if kinds.is_empty() {
        bail!("hook_kinds: at least one kind is needed");
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(change: impl FnOnce(&mut Settings)) -> Result<Vec<Channel>, String> {
        let mut settings = Settings::default();
        change(&mut settings);
        let post = ways(&settings, &web::Config::default()).map_err(|e| e.to_string())?;
        Ok(post.setup.open.iter().map(|o| o.channel).collect())
    }

    #[test]
    fn what_is_set_is_open_and_what_is_wrong_is_said_at_the_start() {
        let secret = || Some("0123456789abcdef".to_owned());
        assert_eq!(set(|_| ()), Ok(vec![]));
        assert_eq!(set(|s| s.mail_url = Some("smtp://127.0.0.1:2525".into())), Ok(vec![Channel::Mail]));
        let all = set(|s| {
            s.sms_url = Some("https://sms.example/send".into());
            s.hook_url = Some("https://board.example/in".into());
            s.hook_secret = secret();
            s.hook_kinds = Some("case.missed, supervision.listed".into());
        });
        assert_eq!(all, Ok(vec![Channel::Sms, Channel::Hook]));
        for (wrong, named) in [
            (set(|s| s.mail_url = Some("mail.example".into())), "mail_url"),
            (set(|s| s.sms_url = Some("ftp://x".into())), "sms_url"),
            (set(|s| s.hook_url = Some("https://x".into())), "hook_secret"),
            (set(|s| s.quiet_hours = Some("9-10".into())), "quiet_hours"),
            (set(|s| s.staff_hours = Some("always".into())), "staff_hours"),
        ] {
            assert!(wrong.as_ref().is_err_and(|e| e.contains(named)), "{named}: {wrong:?}");
        }
        for kinds in ["", "case.told_closed", "notice.trial", "person.moved"] {
            let wrong = set(|s| {
                s.hook_url = Some("https://x".into());
                s.hook_secret = secret();
                s.hook_kinds = Some(kinds.into());
            });
            assert!(wrong.is_err_and(|e| e.contains("hook_kinds")), "{kinds}");
        }
    }
}
