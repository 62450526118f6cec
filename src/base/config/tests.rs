//! The rules of settings.

use crate::base::config::flags::defaults;
use crate::base::config::{Args, Settings};

fn checked(args: Args) -> Settings {
    args.check().unwrap_or_else(|error| panic!("{error}"))
}

fn problem(args: Args) -> String {
    args.check().err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn the_defaults_hold() {
    let settings = checked(defaults::<Args>());
    assert_eq!(settings.public_url.as_str(), "http://127.0.0.1:8000/");
    assert_eq!(settings.public_origin(), "http://127.0.0.1:8000");
    assert!(settings.is_loopback());
    assert!(!settings.is_https());
}

#[test]
fn quick_exit_leaves_to_another_site_over_https() {
    for wrong in [
        "",
        "/weather",
        "http://www.bbc.co.uk/weather",
        "https://",
        "javascript:alert(1)",
        "https://www.northshire.example/x",
    ] {
        let args = Args {
            public_url: Some("https://www.northshire.example".to_owned()),
            quick_exit_url: wrong.to_owned(),
            ..defaults()
        };
        assert!(problem(args).starts_with("QUICK_EXIT_URL is "), "{wrong}");
    }
}

#[test]
fn the_public_url_is_a_whole_host() {
    for wrong in
        ["www.northshire.example", "ftp://northshire.example", "https://northshire.example/site", "https://a@b.example"]
    {
        let args = Args { public_url: Some(wrong.to_owned()), ..defaults() };
        assert!(problem(args).starts_with("PUBLIC_URL "), "{wrong}");
    }
}

#[test]
fn a_database_is_named_by_its_setting_and_never_repeated() {
    let mut args = defaults::<Args>();
    args.store.database_url = Some("mysql://user:hunter2@db/x".to_owned());
    let problem = problem(args);
    assert!(problem.starts_with("DATABASE_URL is not"), "{problem}");
    assert!(!problem.contains("hunter2"));
}
