//! The command line. Exit codes: 0 done, 1 not done (for `verify`: the chain is broken), 2 not asked rightly (for `verify`: it
//! could not be checked).

mod cli;

use std::process::ExitCode;

use anyhow::Context as _;
use bluelamp::base::config::Settings;
use bluelamp::base::sealing::Keys;
use bluelamp::base::tlog;
use bluelamp::base::web::paths as shared;
use bluelamp::server;
use bluelamp::server::Sides;
use bluelamp::site::paths;

use crate::cli::common::{answer, full_message, in_transaction, logged, say};
use crate::cli::{Command, KeysCommand, ProofCommand, database, staff, texts, verify};

/// Most threads that answer requests: each keeps memory of its own, and this many fill a fast network.
const MOST_WORKERS: usize = 8;

fn main() -> ExitCode {
    let command = cli::read();
    let checking = matches!(command, Command::Verify { .. });
    let code = match run(command) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("bluelamp: {}", full_message(&error)));
            ExitCode::from(if checking { 2 } else { 1 })
        }
    };
    server::close_log();
    code
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let workers = std::thread::available_parallelism().map_or(2, |threads| threads.get().min(MOST_WORKERS));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .max_blocking_threads(8)
        .thread_stack_size(1024 * 1024)
        .enable_all()
        .build()
        .context("cannot start threads")?;
    // One task more, so that all the work is done on threads with the stack above.
    runtime.block_on(async { tokio::spawn(carry_out(command)).await? })
}

async fn carry_out(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { public_only, staff_only, settings, declared } => {
            let settings = Settings { declared, ..settings.check()? };
            server::start_log(&settings)?;
            server::serve(settings, Sides { public: !staff_only, staff: !public_only }).await?;
        }
        Command::Migrate { record_guards, settings } => database::migrate(record_guards, settings).await?,
        Command::Import { folder, drafts: _, email: Some(email), settings } => {
            answer(&texts::import_drafts(&folder, &email, settings).await?);
        }
        Command::Import { folder, settings, .. } => answer(&texts::import(&folder, settings).await?),
        Command::Export { folder, settings } => answer(&texts::export(&folder, settings).await?),
        Command::Verify { head, audit_head, settings } => return verify::verify(head, audit_head, settings).await,
        Command::Redact { entries, ground, settings } => answer(&texts::redact(&entries, &ground, settings).await?),
        Command::Proof(ProofCommand::Restart { reason, origin, settings }) => {
            let log = in_transaction(&logged(settings)?, async |connection| {
                Ok(tlog::restart::open_another(connection, origin.as_deref(), &reason).await?)
            })
            .await?;
            answer(&format!("The public log is {} from now on.", log.origin));
        }
        Command::Staff(command) => answer(&staff::staff(command).await?),
        Command::Health { staff_only, public_address, staff_address } => {
            let (address, path) =
                if staff_only { (staff_address, shared::HEALTHZ) } else { (public_address, paths::READYZ) };
            answer(&server::health::ask(address, path).await?);
        }
        Command::Keys(KeysCommand::New { file }) => {
            Keys::generate()?.write_new(&file)?;
            answer(&format!(
                "The keys are in {}. Set KEYS_FILE to where each node has them, and keep a copy apart from the database.",
                file.display()
            ));
        }
        Command::Keys(KeysCommand::Public { keys, file }) => {
            Keys::read(&keys)?.public().write_new(&file)?;
            answer(&format!(
                "The public half of the keys is in {}. Set PUBLIC_KEYS_FILE to where each node of the public site has it.",
                file.display()
            ));
        }
        Command::Database(command) => return database::run(command).await,
    }
    Ok(ExitCode::SUCCESS)
}
