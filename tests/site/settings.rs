//! Settings that cannot be used: the program does not start, and says which one it is and what to write instead.

use crate::support::cluster::Scratch;
use crate::support::process::run;

/// A setting, a value that cannot be used, and words that help.
const WRONG: [(&str, &str, &str); 34] = [
    ("PUBLIC_ADDRESS", "8000", "--public-address"),
    ("PUBLIC_ADDRESS", "localhost", "--public-address"),
    ("PUBLIC_URL", "www.northshire.example", "https://www.northshire.example"),
    ("PUBLIC_URL", "ftp://northshire.example", "https://www.northshire.example"),
    ("PUBLIC_URL", "https://northshire.example/site", "the site fills the whole host"),
    ("PUBLIC_URL", "https://northshire.example/?a", "the site fills the whole host"),
    ("PUBLIC_URL", "https://a:b@northshire.example", "password"),
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
    ("DATABASE_OWNER_URL", "postgres://owner:hunter2@db/x", "Give both"),
    ("DATABASE_OWNER_URL", "nonsense", "postgres://user:password@host/database"),
    ("LOG", "xml", "json"),
    ("LOG_FILTER", "info,=,[", "info,sqlx=warn"),
    ("STARTER", "perhaps", "--starter"),
    ("BLUELAMP_POSTGRES_PROGRAMS", "/nowhere", "BLUELAMP_POSTGRES_PROGRAMS"),
    ("DATA_DIR", "/proc/nothing", "DATA_DIR"),
];

#[tokio::test]
async fn a_setting_that_cannot_be_used_is_named_with_what_to_write() {
    let scratch = Scratch::new();
    let data = scratch.data();
    for (setting, value, help) in WRONG {
        let mut settings = vec![("PUBLIC_ADDRESS", "127.0.0.1:0"), ("DATA_DIR", data.to_str().unwrap())];
        settings.retain(|(name, _)| *name != setting);
        settings.push((setting, value));
        let ended = run(&["serve"], &settings).await;
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
    let ended = run(&["serve"], &settings).await;
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && said.contains("PUBLIC_ADDRESS") && said.contains(&address), "{said}");
}

#[test]
fn every_setting_of_the_readme_is_tried_and_no_other_is_there() {
    let readme = include_str!("../../README.md");
    let table = readme.split("## Settings").nth(1).unwrap().split("## Running").next().unwrap();
    let mut told: Vec<&str> = Vec::new();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let first = line.split('|').nth(1).unwrap();
        told.extend(first.split('`').skip(1).step_by(2));
    }
    assert!(told.len() >= 16, "{told:?}");
    for setting in &told {
        assert!(WRONG.iter().any(|(tried, ..)| tried == setting), "{setting} is not tried");
    }
    for (tried, ..) in WRONG {
        assert!(told.contains(&tried), "{tried} is not in the README");
    }
}
