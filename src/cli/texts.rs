//! `bluelamp import`, `export` and `redact`: texts that come in, go out and are removed.

use std::path::Path;

use anyhow::Context as _;
use bluelamp::base::characters::as_shown;
use bluelamp::base::config::StoreArgs;
use bluelamp::base::ledger;
use bluelamp::desk::accounts;
use bluelamp::desk::accounts::model::email_address;
use bluelamp::features;
use bluelamp::features::archive::{export, import};
use bluelamp::features::publishing::redaction;
use bluelamp::server;
use bluelamp::server::store::Store;
use bluelamp::site::hours::Hours;
use bluelamp::site::subject::Subject;

use crate::cli::common::{in_transaction, logged, say};

/// The most remarks on lines that are printed at once.
const MOST_REMARKS: usize = 50;
/// The most names of files that are printed at once.
const MOST_NAMES: usize = 20;

/// Loads a folder, and gives what to say.
pub(crate) async fn import(folder: &Path, settings: StoreArgs) -> anyhow::Result<String> {
    check_hours(folder)?;
    let imported = in_transaction(&logged(settings)?, async |connection| {
        Ok(import::by_command(connection, &features::for_site(), folder).await?)
    })
    .await?;
    say_left_out(&imported.left_out);
    say_remarks(&imported.remarks);
    Ok(format!("{} entries made, {} files said what is there already.", imported.entries, imported.unchanged))
}

/// Refuses hours that webchat could not read, before anything is imported.
fn check_hours(folder: &Path) -> anyhow::Result<()> {
    let file = folder.join("hours.toml");
    if !file.is_file() {
        return Ok(());
    }
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Hours::read(&text).map_err(|reason| anyhow::anyhow!("{} cannot be used: {reason}", file.display()))?;
    Ok(())
}

/// Makes drafts of a folder in the name of an account, and gives what to say.
pub(crate) async fn import_drafts(folder: &Path, email: &str, settings: StoreArgs) -> anyhow::Result<String> {
    let settings = logged(settings)?;
    let email = email_address(email).context("--as is no address: write it as ann@northshire.example")?;
    let drafted = in_transaction(&settings, async |connection| {
        let keys = server::keys::read(&settings)?;
        let now = ledger::store::now(connection).await?;
        let actor = accounts::store::writer_at_console(connection, &keys, &email).await?;
        let actor =
            actor.context("--as names no account that may write: give one with the role of editor or publisher")?;
        Ok(import::as_drafts(connection, &features::for_site(), folder, &actor, now).await?)
    })
    .await?;
    let list = |subjects: &[Subject]| subjects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if !drafted.in_the_way.is_empty() {
        say(&format!("Somebody works on these already, and their drafts stay: {}.", list(&drafted.in_the_way)));
    }
    if drafted.hours_left_out {
        say("hours.toml differs and was left out: hours have no drafts. Import it without --drafts.");
    }
    say_left_out(&drafted.left_out);
    say_remarks(&drafted.remarks);
    let made = if drafted.made.is_empty() { String::new() } else { format!(" ({})", list(&drafted.made)) };
    Ok(format!("{} drafts made{made}, {} files said what is there already.", drafted.made.len(), drafted.unchanged))
}

/// Names the files that an import did not read.
fn say_left_out(names: &[String]) {
    if names.is_empty() {
        return;
    }
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| as_shown(name.clone())).collect();
    let more = if names.len() > MOST_NAMES { format!(" and {} more", names.len() - MOST_NAMES) } else { String::new() };
    let list = shown.join(", ");
    say(&format!("Left out: {list}{more}. A text is read from notices/<notice>/<version>.md."));
}

/// Says which lines may not be shown as they were meant.
fn say_remarks(remarks: &[String]) {
    for remark in remarks.iter().take(MOST_REMARKS) {
        say(remark);
    }
    if remarks.len() > MOST_REMARKS {
        say(&format!("{} more lines may not be shown as they were meant.", remarks.len() - MOST_REMARKS));
    }
}

/// Writes all texts and the archive to a folder, and gives what to say.
pub(crate) async fn export(folder: &Path, settings: StoreArgs) -> anyhow::Result<String> {
    let store = Store::find(&logged(settings)?).await?;
    let entries = export::directory(&mut store.connect().await?, folder).await?;
    store.close().await;
    Ok(format!("{entries} entries written to {}.", folder.display()))
}

/// Destroys the texts of entries, and gives what to say.
pub(crate) async fn redact(entries: &[i64], ground: &str, settings: StoreArgs) -> anyhow::Result<String> {
    let discarded = in_transaction(&logged(settings)?, async |connection| {
        Ok(redaction::from_console(connection, entries, ground).await?)
    })
    .await?;
    for subject in discarded {
        say(&format!("The draft of {subject} started from such a text and was deleted."));
    }
    Ok(format!("{} texts destroyed; their entries say when and on what ground.", entries.len()))
}
