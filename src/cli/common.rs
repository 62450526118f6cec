//! Functions that several commands share, for output and for the database.

use bluelamp::base::config::{Settings, StoreArgs};
use bluelamp::base::database;
use bluelamp::server;
use bluelamp::server::store::Store;
use sqlx::PgConnection;

/// Checks the settings of a command and starts the log.
pub(crate) fn logged(settings: StoreArgs) -> anyhow::Result<Settings> {
    let settings = settings.check()?;
    server::start_log(&settings)?;
    Ok(settings)
}

/// Does work in one transaction on the database that the settings name.
pub(crate) async fn in_transaction<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&mut PgConnection) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let store = Store::find(settings).await?;
    let mut connection = store.connect().await?;
    let mut transaction = database::begin(&mut connection).await?;
    let done = work(&mut transaction).await?;
    transaction.commit().await?;
    store.close().await;
    Ok(done)
}

/// An error with its causes, each said once: many of ours repeat theirs.
pub(crate) fn full_message(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// Writes a line about what went wrong or is to be minded.
#[expect(clippy::print_stderr, reason = "the command line speaks to whoever typed it")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// Writes a line of the answer.
#[expect(clippy::print_stdout, reason = "the command line speaks to whoever typed it")]
pub(crate) fn answer(line: &str) {
    println!("{line}");
}
