//! `bluelamp migrate` and `bluelamp database`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use bluelamp::base::config::StoreArgs;
use bluelamp::base::database;
use bluelamp::base::database::roles;
use bluelamp::base::database::roles::{Names, Passwords};
use bluelamp::base::database::{Cluster, ClusterOptions, Programs};
use bluelamp::server;
use bluelamp::server::store::Store;

use crate::cli::DatabaseCommand;
use crate::cli::common::{answer, say};

/// Brings the schema to this release.
pub(crate) async fn migrate(record_guards: bool, settings: StoreArgs) -> anyhow::Result<()> {
    let settings = settings.check_to_migrate()?;
    server::start_log(&settings)?;
    let store = Store::find(&settings).await?;
    let applied = store.migrate().await?;
    answer(&format!("{applied} migrations applied; the schema is that of this release."));
    if record_guards {
        database::migrate::record_guards(&store.owner_url).await?;
        answer("The guards are recorded as they stand.");
    }
    store.close().await;
    Ok(())
}

/// Carries out a command on logins and databases.
pub(crate) async fn run(command: DatabaseCommand) -> anyhow::Result<ExitCode> {
    match command {
        DatabaseCommand::Init { superuser_url } => {
            let made = roles::init(&superuser_url, &Names::default(), Passwords::Fresh).await?;
            answer(&format!("DATABASE_OWNER_URL={}\nDATABASE_URL={}", made.owner_url, made.app_url));
            if !made.owner_is_new || !made.app_is_new {
                say("A login that was there already keeps its password, which is not shown.");
            }
            Ok(ExitCode::SUCCESS)
        }
        DatabaseCommand::Run { postgres_programs, command } => {
            let programs = Programs::find(postgres_programs.as_deref())?;
            let folder = std::env::temp_dir().join(format!("bluelamp-{}", uuid::Uuid::now_v7()));
            let code = run_beside_database(&programs, &folder, &command).await;
            let removed = tokio::fs::remove_dir_all(&folder).await;
            let code = code?;
            removed.with_context(|| format!("cannot remove {}", folder.display()))?;
            Ok(code)
        }
    }
}

async fn run_beside_database(programs: &Programs, folder: &Path, command: &[String]) -> anyhow::Result<ExitCode> {
    let (program, arguments) = command.split_first().context("no command was given")?;
    let options = ClusterOptions { durable: false, fallback: folder.to_owned(), ..ClusterOptions::default() };
    let cluster = Cluster::start(programs, folder, options).await?;
    let names = Names::default();
    database::migrate(&cluster.owner_url(), Some(&names.app)).await?;
    let status = tokio::process::Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", cluster.app_url())
        .env("DATABASE_OWNER_URL", cluster.owner_url())
        .env("DATABASE_SUPERUSER_URL", cluster.superuser_url())
        .status()
        .await;
    cluster.stop().await;
    let status = status.with_context(|| format!("cannot run {program}"))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
