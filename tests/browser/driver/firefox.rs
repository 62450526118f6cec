//! Firefox, through WebDriver BiDi on its own port: no driver between, and none of the settings that a driver would make.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::program::{Program, first_of};
use super::sites::HOSTS;
use super::wire::Wire;

/// Starts a plain window with a profile of its own.
pub(super) async fn start(folder: &Path, display: &str, scripts: bool) -> (Program, Wire) {
    let profile = folder.join("profile");
    std::fs::create_dir(&profile).unwrap();
    let hosts = HOSTS.join(",");
    let settings = [
        // Back works as for everybody.
        ("remote.prefs.recommended", json!(false)),
        ("javascript.enabled", json!(scripts)),
        ("network.dns.localDomains", json!(hosts)),
        ("network.proxy.type", json!(0)),
        // No first-run pages, no questions, no calls home.
        ("app.update.auto", json!(false)),
        ("browser.aboutwelcome.enabled", json!(false)),
        ("browser.newtabpage.enabled", json!(false)),
        ("browser.shell.checkDefaultBrowser", json!(false)),
        ("browser.startup.homepage_override.mstone", json!("ignore")),
        ("browser.startup.page", json!(0)),
        ("browser.tabs.warnOnClose", json!(false)),
        ("datareporting.policy.dataSubmissionEnabled", json!(false)),
        ("network.captive-portal-service.enabled", json!(false)),
        ("network.connectivity-service.enabled", json!(false)),
        ("termsofuse.bypassNotification", json!(true)),
        ("toolkit.telemetry.enabled", json!(false)),
    ];
    let mut file = String::new();
    for (name, value) in settings {
        writeln!(file, "user_pref({}, {value});", json!(name)).unwrap();
    }
    std::fs::write(profile.join("user.js"), file).unwrap();
    // Firefox refuses a home that is not the user's own.
    let mut command = Command::new(first_of(&["firefox-esr", "firefox"]));
    command.env("DISPLAY", display).env("HOME", folder).arg("--no-remote").arg("--profile").arg(&profile);
    command.args(["--remote-debugging-port", "0", "--width", "1200", "--height", "850", "about:blank"]);
    let program = Program::start(folder.to_owned(), &command);
    let url = program
        .says("log", |log| {
            let (_, after) = log.split_once("WebDriver BiDi listening on ")?;
            Some(format!("{}/session", after.split_once('\n')?.0.trim()))
        })
        .await;
    let wire = Wire::connect(&url).await;
    wire.send("session.new", json!({ "capabilities": { "alwaysMatch": { "acceptInsecureCerts": true } } }), None).await;
    wire.send("session.subscribe", json!({ "events": ["browsingContext"] }), None).await;
    (program, wire)
}
