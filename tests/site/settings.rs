//! Settings that cannot be used: the program does not start, and says which one it is and what to write instead.

use std::collections::BTreeSet;

use bluelamp::features;
use clap::Command;

use crate::support::cluster::Scratch;
use crate::support::process::run;

/// A setting, a value that cannot be used, and words that help.
const WRONG: [(&str, &str, &str); 55] = [
    ("PUBLIC_ADDRESS", "8000", "--public-address"),
    ("PUBLIC_ADDRESS", "localhost", "--public-address"),
    ("PUBLIC_URL", "www.northshire.example", "https://www.northshire.example"),
    ("PUBLIC_URL", "ftp://northshire.example", "https://www.northshire.example"),
    ("PUBLIC_URL", "https://northshire.example/site", "the site fills the whole host"),
    ("PUBLIC_URL", "https://northshire.example/?a", "the site fills the whole host"),
    ("PUBLIC_URL", "https://a:b@northshire.example", "password"),
    ("STAFF_ADDRESS", "8001", "--staff-address"),
    ("STAFF_URL", "desk.northshire.example", "https://desk.northshire.example"),
    ("STAFF_URL", "http://127.0.0.1:0/", "the address of the public site"),
    ("KEYS_FILE", "/proc/nothing/keys.toml", "/proc/nothing/keys.toml"),
    ("PUBLIC_KEYS_FILE", "/", "bluelamp keys public"),
    ("SMTP_URL", "mail.northshire.example", "smtps://user:password@host"),
    ("SMTP_URL", "https://hunter2@mail.northshire.example", "smtps://user:password@host"),
    ("SMTP_URL", "smtp://user:hunter2@mail.northshire.example:25", "?tls=none"),
    ("SMTP_URL", "smtp://user:hunter2@mail.northshire.example?tls=opportunistic", "?tls=required"),
    ("SMTP_URL", "smtps://user:hunter2@mail.northshire.example?tls=none", "?tls=required"),
    ("MAIL_FROM", "website", "website@northshire.example"),
    ("QUICK_EXIT_URL", "", "https://www.bbc.co.uk/weather"),
    ("QUICK_EXIT_URL", "/weather", "https://www.bbc.co.uk/weather"),
    ("QUICK_EXIT_URL", "http://www.bbc.co.uk/weather", "https"),
    ("QUICK_EXIT_URL", "javascript:alert(1)", "https"),
    ("QUICK_EXIT_URL", "https://127.0.0.1/", "our own host"),
    ("QUICK_EXIT_URL", "https://a:b@www.bbc.co.uk/", "password"),
    ("QUICK_EXIT_LOCK", "5", "5m"),
    ("QUICK_EXIT_LOCK", "9s", "10 seconds"),
    ("QUICK_EXIT_LOCK", "2h", "an hour"),
    ("TRUSTED_PROXIES", "10.0.0.0/33", "10.0.0.0/8"),
    ("TRUSTED_PROXIES", "proxy.northshire.example", "10.0.0.0/8"),
    ("MAX_CONNECTIONS_HTTP", "0", "between 1 and 1,000,000"),
    ("MAX_CONNECTIONS_HTTP", "many", "--max-connections-http"),
    ("MAX_CONNECTIONS_PER_ADDRESS", "0", "between 1 and 1,000,000"),
    ("CONNECTION_TIMEOUT", "0s", "a second"),
    ("CONNECTION_TIMEOUT", "10", "10s"),
    ("REQUEST_TIMEOUT", "6m", "5 minutes"),
    ("REQUEST_TIMEOUT", "-1s", "--request-timeout"),
    ("DATABASE_URL", "mysql://user:hunter2@db/x", "postgres://user:password@host/database"),
    ("DATABASE_URL", "db.northshire.example", "postgres://user:password@host/database"),
    ("DATABASE_URL", "postgres://user:hunter2@one,two/x", "one address that leads to the server that takes writes"),
    (
        "DATABASE_URL",
        "postgres://user:hunter2@one:5432,two:5432/x",
        "one address that leads to the server that takes writes",
    ),
    (
        "DATABASE_URL",
        "postgres:///x?user=me&password=hunter2&host=one,two",
        "one address that leads to the server that takes writes",
    ),
    ("DATABASE_URL", "postgres://user:hunter2@db/x?target_session_attrs=primary", "one address that leads"),
    ("DATABASE_URL", "postgres://user:hunter2@db/x?ssl_mode=verify-full", "sslmode"),
    ("DATABASE_URL", "postgres://user:hunter2@db/x?sslmode=verify", "verify-full"),
    ("DATABASE_OWNER_URL", "postgres://owner:hunter2@db/x", "Give both"),
    ("DATABASE_OWNER_URL", "nonsense", "postgres://user:password@host/database"),
    ("METRICS_ADDRESS", "everywhere", "--metrics-address"),
    ("CHECKPOINT_AFTER", "25h", "a day"),
    ("CHECKPOINT_AFTER", "10", "10s"),
    ("WITNESSES", "https://witness.example/", "verifier key"),
    ("LOG", "xml", "json"),
    ("LOG_FILTER", "info,=,[", "info,sqlx=warn"),
    ("STARTER", "perhaps", "--starter"),
    ("BLUELAMP_POSTGRES_PROGRAMS", "/nowhere", "BLUELAMP_POSTGRES_PROGRAMS"),
    ("DATA_DIR", "/proc/nothing", "DATA_DIR"),
];

/// Settings that features declare: `serve --help` explains them.
fn declared() -> Vec<String> {
    let flags = features::ALL.iter().filter_map(|feature| feature.flags);
    let command = flags.fold(Command::new("serve"), |command, flags| (flags.add)(command));
    command.get_arguments().filter_map(|flag| Some(flag.get_env()?.to_str()?.to_owned())).collect()
}

#[tokio::test]
async fn a_setting_that_cannot_be_used_is_named_with_what_to_write() {
    let scratch = Scratch::new();
    let data = scratch.data();
    let declared = declared();
    let declared = declared.iter().map(|setting| (setting.as_str(), "?", ""));
    for (setting, value, help) in WRONG.into_iter().chain(declared) {
        let mut settings = vec![
            ("PUBLIC_ADDRESS", "127.0.0.1:0"),
            ("STAFF_ADDRESS", "127.0.0.1:0"),
            ("DATA_DIR", data.to_str().unwrap()),
        ];
        settings.retain(|(name, _)| *name != setting);
        settings.push((setting, value));
        // A node without the staff site needs no keys.
        let side = if setting == "KEYS_FILE" { "--staff-only" } else { "--public-only" };
        let ended = run(&["serve", side], &settings).await;
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success(), "{setting}={value}");
        let flag = format!("--{}", setting.to_lowercase().replace('_', "-"));
        assert!(said.contains(setting) || said.contains(&flag), "{setting}={value}: {said}");
        assert!(said.contains(help), "{setting}={value}: {said}");
        assert!(!said.contains("hunter2"), "{setting}: a password is repeated");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_told() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let scratch = Scratch::new();
    let data = scratch.data();
    let settings = [
        ("PUBLIC_ADDRESS", address.as_str()),
        ("DATA_DIR", data.to_str().unwrap()),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
    ];
    let ended = run(&["serve", "--public-only"], &settings).await;
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && said.contains("PUBLIC_ADDRESS") && said.contains(&address), "{said}");
}

#[tokio::test]
async fn every_setting_is_in_the_readme_and_tried_here() {
    let readme = include_str!("../../README.md");
    let table = readme.split("## Settings").nth(1).unwrap().split("## Running").next().unwrap();
    let mut told = BTreeSet::new();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let first = line.split('|').nth(1).unwrap();
        told.extend(first.split('`').skip(1).step_by(2));
    }
    let help = run(&["serve", "--help"], &[]).await;
    let help = String::from_utf8(help.stdout).unwrap();
    let known: BTreeSet<&str> =
        help.split("[env: ").skip(1).map(|rest| rest.split(['=', ']']).next().unwrap()).collect();
    assert!(known.len() >= 20, "{known:?}");
    let declared = declared();
    let declared = || declared.iter().map(String::as_str);
    told.extend(declared());
    assert_eq!(told, known, "the README has other settings than the program");
    let tried: BTreeSet<&str> = WRONG.iter().map(|(setting, ..)| *setting).chain(declared()).collect();
    assert_eq!(tried, known, "a setting is not tried");
}
