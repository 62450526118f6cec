//! Every kind of page is valid HTML, by html-validate.

use std::process::Command;

use crate::driver::{folder, sites};
use crate::pages::{BARE, PAGES};

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");

#[tokio::test]
async fn every_kind_of_page_is_valid_html() {
    let sites = sites().await;
    let folder = folder();
    for (at, (method, path)) in PAGES.iter().map(|(_, path)| ("GET", *path)).chain(BARE).enumerate() {
        let source = sites.source(method, path).await;
        assert!(source.starts_with("<!DOCTYPE html>"), "{path}: {source}");
        let name = path.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
        std::fs::write(folder.join(format!("{at:02}{name}.html")), source).unwrap();
    }
    let mut command = Command::new("node");
    command.current_dir(HERE).args([
        "node_modules/html-validate/bin/html-validate.mjs",
        "--config",
        "htmlvalidate.mjs",
    ]);
    let output = command.arg(&folder).output().expect("node runs: it is in the package nodejs");
    let [said, wrong] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(output.status.success(), "{said}{wrong}\nWhere html-validate is missing: run \"npm ci\" in tests/browser");
}
