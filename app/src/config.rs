//! The settings of an installation (配置): a file, then the environment, then flags; the later wins.
//! This is the only place that reads the environment. The table of all settings is
//! docs/configuration.md, and a test holds it to this file.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use serde::Deserialize;

/// What can be set by flag or environment; every one also stands in the file under the same name
/// with `_` for `-`.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// 数据库：sqlite:文件路径 或 postgres://用户:密码@主机/库名。Database address.
    #[arg(long, env = "LINLI_DATABASE", global = true, value_name = "URL")]
    pub database: Option<String>,
    /// 只读副本：postgres://…；统计页面从副本读取。A read-only copy, for the pages with figures.
    #[arg(long, env = "LINLI_REPLICA", global = true, value_name = "URL", hide_env_values = true)]
    pub replica: Option<String>,
    /// 监听地址。Address to listen on; 0 as the port picks a free one.
    #[arg(long, env = "LINLI_LISTEN", global = true, value_name = "IP:PORT")]
    pub listen: Option<SocketAddr>,
    /// 居民访问的网址，末尾不带斜杠。The address under which people reach the site.
    #[arg(long, env = "LINLI_PUBLIC_URL", global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// 密钥文件；首次启动自动生成，请单独备份。Key file, made at the first start; back it up apart.
    #[arg(long, env = "LINLI_KEYS", global = true, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// 存证日志的机构标识，如 linli.example/wuwei。Name of this installation in the journal.
    #[arg(long, env = "LINLI_ORIGIN", global = true, value_name = "NAME")]
    pub origin: Option<String>,
    /// 页眉显示的名称。Name in the header.
    #[arg(long, env = "LINLI_SITE_NAME", global = true, value_name = "TEXT")]
    pub site_name: Option<String>,
    /// 地区配置包目录；不填则用内置的武威示例包。Folder of the region's pack; the built-in Wuwei pack if unset.
    #[arg(long, env = "LINLI_PACK", global = true, value_name = "FOLDER")]
    pub pack: Option<PathBuf>,
    /// 工作人员是否必须使用动态口令（默认必须）。Whether staff need a second factor.
    #[arg(long, env = "LINLI_REQUIRE_TOTP", global = true, value_name = "true|false")]
    pub require_totp: Option<bool>,
    /// Cookie 是否要求 https（默认：非本机地址时要求）。Whether cookies demand https.
    #[arg(long, env = "LINLI_SECURE_COOKIES", global = true, value_name = "true|false")]
    pub secure_cookies: Option<bool>,
    /// 前面有几层可信的反向代理。How many trusted proxies stand in front.
    #[arg(long, env = "LINLI_PROXIES", global = true, value_name = "N")]
    pub proxies: Option<usize>,
    /// 读线程数。Threads that read the database.
    #[arg(long, env = "LINLI_READERS", global = true, value_name = "N")]
    pub readers: Option<usize>,
    /// 邮件服务器：smtps://用户:口令@主机:465；不填则不发邮件。Mail server; no e-mail if unset.
    #[arg(long, env = "LINLI_MAIL_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub mail_url: Option<String>,
    /// 邮件的发件人，如 邻里 <linli@example.org>。The sender of e-mail.
    #[arg(long, env = "LINLI_MAIL_FROM", global = true, value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// 短信网关网址；不填则不发短信。Gateway for text messages; none if unset.
    #[arg(long, env = "LINLI_SMS_URL", global = true, value_name = "URL")]
    pub sms_url: Option<String>,
    /// 短信网关的令牌。The word that the gateway lets us in with.
    #[arg(long, env = "LINLI_SMS_TOKEN", global = true, value_name = "TEXT", hide_env_values = true)]
    pub sms_token: Option<String>,
    /// 系统回调的网址；不填则不回调。Address of the signed webhook; none if unset.
    #[arg(long, env = "LINLI_HOOK_URL", global = true, value_name = "URL")]
    pub hook_url: Option<String>,
    /// 系统回调的签名密钥。The secret that the webhook is signed with.
    #[arg(long, env = "LINLI_HOOK_SECRET", global = true, value_name = "TEXT", hide_env_values = true)]
    pub hook_secret: Option<String>,
    /// 系统回调的通知类别，逗号分隔，如 case.missed,supervision.listed。Kinds that the webhook is told of.
    #[arg(long, env = "LINLI_HOOK_KINDS", global = true, value_name = "KINDS")]
    pub hook_kinds: Option<String>,
    /// 居民静默时段。Hours in which residents are left in peace.
    #[arg(long, env = "LINLI_QUIET_HOURS", global = true, value_name = "HH:MM-HH:MM")]
    pub quiet_hours: Option<String>,
    /// 工作日里给工作人员发邮件短信的时段。Hours of working days in which staff are reached.
    #[arg(long, env = "LINLI_STAFF_HOURS", global = true, value_name = "HH:MM-HH:MM,…")]
    pub staff_hours: Option<String>,
    /// 最多同时保持的连接数。Connections that are kept at once.
    #[arg(long, env = "LINLI_CONNECTIONS", global = true, value_name = "N")]
    pub connections: Option<usize>,
    /// 日志级别：error、warn、info、debug。Log level.
    #[arg(long, env = "LINLI_LOG", global = true, value_name = "LEVEL")]
    pub log: Option<String>,
}

macro_rules! later_wins {
    ($file:ident, $flags:ident: $($name:ident),*) => {
        Settings { $($name: $flags.$name.or($file.$name)),* }
    };
}

impl Settings {
    /// The file's settings overlaid by those of flags and environment.
    fn over(self, file: Settings) -> Settings {
        let flags = self;
        later_wins!(file, flags: database, replica, listen, public_url, keys, origin, site_name, pack, require_totp,
            secure_cookies, proxies, readers, connections, mail_url, mail_from, sms_url, sms_token, hook_url, hook_secret,
            hook_kinds, quiet_hours, staff_hours, log)
    }

    /// Reads the file that was named, or `linli.toml` in the working folder if there is one.
    ///
    /// # Errors
    /// When the file cannot be read, or has a setting that does not exist: the message names the line.
    pub fn with_file(self, named: Option<&PathBuf>) -> anyhow::Result<Settings> {
        let path = match named {
            Some(path) => path.clone(),
            None if std::path::Path::new("linli.toml").exists() => PathBuf::from("linli.toml"),
            None => return Ok(self),
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|e| anyhow::anyhow!("配置文件 {} 无法读取 / cannot be read: {e}", path.display()))?;
        let file: Settings = toml::from_str(&text)
            .map_err(|e| anyhow::anyhow!("配置文件 {} 有误 / is wrong: {e}", path.display()))?;
        Ok(self.over(file))
    }

    /// The database's address; `sqlite:linli.db` in the working folder unless set.
    pub fn database(&self) -> String {
        self.database.clone().unwrap_or_else(|| "sqlite:linli.db".to_owned())
    }

    /// The key file: as set, or beside the SQLite file, or `linli.keys` in the working folder.
    pub fn keys(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| match self.database().strip_prefix("sqlite:") {
            Some(path) => PathBuf::from(path).with_extension("keys"),
            None => PathBuf::from("linli.keys"),
        })
    }

    /// Where to listen; 127.0.0.1:8420 unless set.
    pub fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8420)))
    }

    /// The journal's name for this installation.
    pub fn origin(&self) -> String {
        self.origin.clone().unwrap_or_else(|| "linli.local".to_owned())
    }

    /// How many connections are kept: as set, or as many as the process may have files beside those of the database.
    /// Behind a proxy all come from one address.
    pub fn connections(&self) -> web::Connections {
        let own = web::Connections::default();
        let files = std::fs::read_to_string("/proc/self/limits").ok().and_then(|text| open_files(&text));
        let room = files.map_or(own.all, |n| n.saturating_sub(KEPT_FILES).max(KEPT_FILES));
        let of_one = if self.proxies.unwrap_or(0) > 0 { 0 } else { own.of_one };
        web::Connections { all: self.connections.unwrap_or(own.all.min(room)), of_one }
    }

    /// How many threads read.
    pub fn readers(&self) -> usize {
        self.readers.unwrap_or(READERS)
    }

    /// The settings of the web side.
    pub fn web(&self, demo: bool, at: SocketAddr) -> web::Config {
        let public_url = self.public_url.clone().unwrap_or_else(|| format!("http://{at}"));
        web::Config {
            secure_cookies: self.secure_cookies.unwrap_or_else(|| !public_url.starts_with("http://")),
            public_url,
            site_name: self.site_name.clone().unwrap_or_default(),
            demo,
            require_totp: self.require_totp.unwrap_or(!demo),
            proxies: self.proxies.unwrap_or(0),
            load: web::Load { heavy: (self.readers() / 2).max(1), ..web::Load::default() },
            ..web::Config::default()
        }
    }
}

/// Threads that read unless set otherwise.
const READERS: usize = 4;
/// Files that are left for the database, the log and what is read.
const KEPT_FILES: usize = 128;

/// How many files the process may have open, as Linux tells it.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits.lines().find(|l| l.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn a_flag_wins_over_the_file_and_an_unknown_setting_is_refused() {
        let file: Settings = toml::from_str("database = 'sqlite:a.db'\nproxies = 1").unwrap();
        let flags = Settings { database: Some("sqlite:b.db".to_owned()), ..Settings::default() };
        let both = flags.over(file);
        assert_eq!((both.database(), both.proxies), ("sqlite:b.db".to_owned(), Some(1)));
        assert!(toml::from_str::<Settings>("databse = 'x'").is_err());
    }

    #[test]
    fn a_site_that_is_not_on_loopback_demands_https() {
        let at = "127.0.0.1:8420".parse().unwrap();
        assert!(!Settings::default().web(false, at).secure_cookies);
        let far = Settings { public_url: Some("https://linli.example".to_owned()), ..Settings::default() };
        assert!(far.web(false, at).secure_cookies);
        assert!(far.web(false, at).require_totp);
    }

    #[test]
    fn connections_leave_files_for_the_database() {
        let text = "Limit   Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files \n";
        assert_eq!(open_files(text), Some(1_024));
        let set = Settings { connections: Some(7), proxies: Some(1), ..Settings::default() };
        assert_eq!(set.connections(), web::Connections { all: 7, of_one: 0 });
        assert!(Settings::default().connections().all > 0);
    }

    #[test]
    fn the_table_of_settings_is_complete() {
        let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md"))
            .unwrap();
        let command = crate::cli::Cli::command();
        for arg in command.get_arguments().filter(|a| a.get_env().is_some()) {
            let flag = format!("`--{}`", arg.get_long().unwrap_or_default());
            let env = arg.get_env().unwrap_or_default().to_string_lossy().into_owned();
            assert!(
                table.contains(&flag) && table.contains(&env),
                "docs/configuration.md misses {flag} {env}"
            );
        }
    }
}
