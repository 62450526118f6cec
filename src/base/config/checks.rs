//! The checks of single settings, and the sentences that say what is wrong with one.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use url::Url;

/// Addresses that start alike (RFC 4632, RFC 4291 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub(super) start: IpAddr,
    pub(super) bits: u8,
}

impl Network {
    /// Tells that an address is in it. An IPv4 address that came in over IPv6 counts as what it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.start, address.to_canonical()) {
            (IpAddr::V4(start), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.bits);
                start.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(start), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.bits);
                start.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} {problem}. {fix}")]
pub struct BadSetting {
    setting: &'static str,
    problem: &'static str,
    fix: &'static str,
}

pub(super) fn bad(setting: &'static str, problem: &'static str, fix: &'static str) -> BadSetting {
    BadSetting { setting, problem, fix }
}

pub(super) const STAFF_FIX: &str =
    "Write the address staff type, as in https://desk.northshire.example; not the public one.";

pub(super) fn public_url(given: Option<&str>, address: SocketAddr) -> Result<Url, BadSetting> {
    const SETTING: &str = "PUBLIC_URL";
    const FIX: &str = "Write the address visitors type, as in https://www.northshire.example.";
    let text = given.map_or_else(
        || {
            if address.ip().is_unspecified() {
                format!("http://localhost:{}", address.port())
            } else {
                format!("http://{address}")
            }
        },
        ToOwned::to_owned,
    );
    site_url(SETTING, FIX, &text)
}

/// The address of a whole site.
pub(super) fn site_url(setting: &'static str, fix: &'static str, text: &str) -> Result<Url, BadSetting> {
    let url = Url::parse(text).map_err(|_| bad(setting, "is not an absolute address", fix))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad(setting, "is neither http nor https", fix));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(bad(setting, "has a path, a query or a fragment: the site fills the whole host", fix));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(setting, "has a user name or password", fix));
    }
    Ok(url)
}

/// The address of the mail server as lettre takes it. `?tls=none` is taken off: lettre sends in the clear without a query.
pub(super) fn smtp_url(given: Option<String>) -> Result<Option<String>, BadSetting> {
    const SETTING: &str = "SMTP_URL";
    const FIX: &str =
        "Write smtps://user:password@host, or smtp://host:587?tls=required; special characters percent-encoded.";
    let Some(text) = given else { return Ok(None) };
    let unknown = || bad(SETTING, "is not the address of a mail server", FIX);
    let mut url = Url::parse(&text).map_err(|_| unknown())?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(unknown)?;
    let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let parameters: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
    match (url.scheme(), &*parameters) {
        ("smtps", []) | ("smtp", [("tls", "required")]) => Ok(Some(text)),
        ("smtp", []) if is_this_machine(host) => Ok(Some(text)),
        ("smtp", [("tls", "none")]) => {
            url.set_query(None);
            Ok(Some(url.into()))
        }
        ("smtp", []) => Err(bad(
            SETTING,
            "would send messages in the clear, and set-up links among them",
            "Write smtps://host or smtp://host:587?tls=required. Where the way to the mail server is safe, write ?tls=none.",
        )),
        ("smtp" | "smtps", _) => Err(bad(SETTING, "has a parameter that is not known", FIX)),
        _ => Err(unknown()),
    }
}

/// Tells that a host is `localhost` or a loopback address.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

pub(super) fn mail_from(given: Option<String>, staff_url: &Url) -> Result<String, BadSetting> {
    let host = staff_url.host_str().unwrap_or("localhost");
    let from = given.unwrap_or_else(|| format!("bluelamp@{host}"));
    let plain = from.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    if plain && from.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(from)
    } else {
        Err(bad("MAIL_FROM", "is no email address", "Write it as website@northshire.example."))
    }
}

pub(super) fn quick_exit_url(text: &str, public_url: &Url) -> Result<Url, BadSetting> {
    const SETTING: &str = "QUICK_EXIT_URL";
    const FIX: &str = "Write the address of a well-known, harmless site, as in https://www.bbc.co.uk/weather.";
    let url = Url::parse(text).map_err(|_| bad(SETTING, "is not an absolute address", FIX))?;
    if url.scheme() != "https" || url.host_str().is_none_or(str::is_empty) {
        return Err(bad(SETTING, "is not an https address with a host", FIX));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(SETTING, "has a user name or password", FIX));
    }
    let own = public_url.host_str().map(|host| host.trim_end_matches('.'));
    if url.host_str().map(|host| host.trim_end_matches('.')) == own {
        return Err(bad(SETTING, "is on our own host: who leaves would be led back", FIX));
    }
    Ok(url)
}

/// Parameters of a database's address that are read.
const DATABASE_PARAMETERS: [&str; 16] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
];

pub(super) fn database_url(setting: &'static str, given: Option<&str>) -> Result<(), BadSetting> {
    const FIX: &str = "Write postgres://user:password@host/database; special characters of a password percent-encoded.";
    let Some(text) = given else { return Ok(()) };
    let several = bad(
        setting,
        "names several hosts, and only one can be asked",
        "Give one address that leads to the server that takes writes: a virtual address, a name that moves with it, or a proxy such \
         as HAProxy.",
    );
    let authority = text.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    if authority.rsplit('@').next().is_some_and(|hosts| hosts.contains(',')) {
        return Err(several);
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
    let url = url.ok_or_else(|| bad(setting, "is not the address of a Postgres database", FIX))?;
    for (name, value) in url.query_pairs() {
        match &*name {
            "host" | "hostaddr" | "port" if value.contains(',') => return Err(several),
            "target_session_attrs" | "load_balance_hosts" => return Err(several),
            "user" => {}
            // `options[search_path]`, one setting of the session.
            name if DATABASE_PARAMETERS.contains(&name) || name.starts_with("options[") => {}
            _ => {
                let fix = "Parameters are sslmode, sslrootcert, sslcert, sslkey, host, port, user, password, dbname and options.";
                return Err(bad(setting, "has a parameter that is not known", fix));
            }
        }
    }
    text.parse::<PgConnectOptions>().map(|_| ()).map_err(|_| {
        bad(
            setting,
            "cannot be read",
            "Look at its port, and at sslmode: disable, prefer, require, verify-ca or verify-full.",
        )
    })
}

/// Reads `250ms`, `10s`, `5m` or `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    const HELP: &str = "write a whole number and a unit, as in 250ms, 10s, 5m or 1h";
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).ok_or(HELP)?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(HELP),
    };
    let number: u64 = number.parse().map_err(|_| HELP)?;
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or(HELP)
}

/// Reads `10.0.0.0/8` or a single address.
pub(super) fn network(text: &str) -> Result<Network, &'static str> {
    const HELP: &str = "write addresses or networks with commas between, as in 10.0.0.0/8,::1";
    let (start, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(start, bits)| (start, Some(bits)));
    let start: IpAddr = start.parse().map_err(|_| HELP)?;
    let most = if start.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| HELP))?;
    if bits > most { Err(HELP) } else { Ok(Network { start, bits }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "5", "m", "5 m", "-5m", "1.5h", "99999999999999999999h", "5µ"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let net = network("10.1.0.0/16").unwrap();
        assert!(net.contains("10.1.255.1".parse().unwrap()));
        assert!(net.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!net.contains("10.2.0.1".parse().unwrap()));
        assert!(network("0.0.0.0/0").unwrap().contains("203.0.113.9".parse().unwrap()));
        assert!(network("::1").unwrap().contains("::1".parse().unwrap()));
        for wrong in ["", "10.0.0.0/33", "ten", "::/129"] {
            assert!(network(wrong).is_err(), "{wrong}");
        }
    }
}
