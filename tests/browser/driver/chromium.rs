//! Chromium, through its DevTools protocol.

use std::path::Path;
use std::process::Command;

use super::program::{Program, first_of};
use super::wire::Wire;

/// Starts a plain window with a profile of its own.
pub(super) async fn start(folder: &Path, display: &str, scripts: bool) -> (Program, Wire) {
    let profile = folder.join("profile");
    if !scripts {
        // As a visitor switches scripts off in the browser's settings.
        std::fs::create_dir_all(profile.join("Default")).unwrap();
        let preferences = r#"{"profile":{"default_content_setting_values":{"javascript":2}}}"#;
        std::fs::write(profile.join("Default/Preferences"), preferences).unwrap();
    }
    let mut command = Command::new(first_of(&["chromium", "chromium-browser", "google-chrome"]));
    command.env("DISPLAY", display).args([
        "--no-sandbox",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-sync",
        "--password-store=basic",
        "--lang=en-GB",
        "--window-position=0,0",
        "--window-size=1200,850",
        "--remote-debugging-port=0",
        "--ignore-certificate-errors",
        "--host-resolver-rules=MAP * 127.0.0.1",
    ]);
    command.arg(format!("--user-data-dir={}", profile.display())).arg("about:blank");
    let program = Program::start(folder.to_owned(), &command);
    let url = program
        .says("profile/DevToolsActivePort", |file| {
            let (port, path) = file.split_once('\n')?;
            path.starts_with('/').then(|| format!("ws://127.0.0.1:{port}{path}"))
        })
        .await;
    (program, Wire::connect(&url).await)
}
