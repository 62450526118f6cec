//! The command line. Exit codes: 0 done, 1 not done (for `verify`: the chain is broken), 2 not asked rightly (for `verify`: it
//! could not be checked).

mod cli;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use bluelamp::base::audit;
use bluelamp::base::audit::Who;
use bluelamp::base::config::{Settings, StoreArgs};
use bluelamp::base::database;
use bluelamp::base::database::guards;
use bluelamp::base::database::guards::Guards;
use bluelamp::base::database::roles;
use bluelamp::base::database::roles::{Names, Passwords};
use bluelamp::base::database::{Cluster, ClusterOptions, Programs};
use bluelamp::base::ledger;
use bluelamp::base::ledger::Hash;
use bluelamp::base::sealing::Keys;
use bluelamp::base::tlog;
use bluelamp::desk::accounts;
use bluelamp::desk::accounts::invite;
use bluelamp::desk::accounts::invite::{InviteError, Newcomer};
use bluelamp::desk::accounts::letters;
use bluelamp::desk::accounts::letters::Post;
use bluelamp::desk::accounts::model::{email_address, person_name};
use bluelamp::features::archive::{export, import};
use bluelamp::features::publishing::redaction;
use bluelamp::server;
use bluelamp::server::Sides;
use bluelamp::server::store::Store;
use bluelamp::site::hours::Hours;
use bluelamp::site::subject::Subject;
use clap::Parser as _;

use self::cli::{Cli, Command, DatabaseCommand, KeysCommand, ProofCommand, StaffCommand};

/// Most threads that answer requests: each keeps memory of its own, and this many fill a fast network.
const MOST_WORKERS: usize = 8;

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

fn main() -> ExitCode {
    let cli = Cli::parse();
    let checking = matches!(cli.command, Command::Verify { .. });
    let code = match run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("bluelamp: {}", whole(&error)));
            ExitCode::from(if checking { 2 } else { 1 })
        }
    };
    server::close_log();
    code
}

/// An error with its causes, each said once: many of ours repeat theirs.
fn whole(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

#[expect(clippy::print_stderr, reason = "the command line speaks to whoever typed it")]
fn say(line: &str) {
    eprintln!("{line}");
}

#[expect(clippy::print_stdout, reason = "the command line speaks to whoever typed it")]
fn answer(line: &str) {
    println!("{line}");
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
        Command::Serve { public_only, staff_only, settings } => {
            let settings = settings.check()?;
            server::start_log(&settings)?;
            server::serve(settings, Sides { public: !staff_only, staff: !public_only }).await?;
        }
        Command::Migrate { record_guards, settings } => {
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
        }
        Command::Import { folder, drafts: _, email: Some(email), settings } => {
            answer(&import_drafts(&folder, &email, settings).await?);
        }
        Command::Import { folder, settings, .. } => {
            check_hours(&folder)?;
            let store = Store::find(&logged(settings)?).await?;
            let mut connection = store.connect().await?;
            let mut transaction = database::begin(&mut connection).await?;
            let imported = import::by_command(&mut transaction, &folder).await?;
            transaction.commit().await?;
            answer(&format!(
                "{} entries made, {} files said what is there already.",
                imported.entries, imported.unchanged
            ));
            store.close().await;
        }
        Command::Export { folder, settings } => {
            let store = Store::find(&logged(settings)?).await?;
            let entries = export::directory(&mut store.connect().await?, &folder).await?;
            answer(&format!("{entries} entries written to {}.", folder.display()));
            store.close().await;
        }
        Command::Verify { head, audit_head, settings } => return verify(head, audit_head, settings).await,
        Command::Redact { entries, ground, settings } => {
            let store = Store::find(&logged(settings)?).await?;
            let mut connection = store.connect().await?;
            let mut transaction = database::begin(&mut connection).await?;
            let discarded = redaction::from_console(&mut transaction, &entries, &ground).await?;
            transaction.commit().await?;
            for subject in discarded {
                say(&format!("The draft of {subject} started from such a text and was thrown away."));
            }
            answer(&format!("{} texts destroyed; their entries say when and on what ground.", entries.len()));
            store.close().await;
        }
        Command::Proof(ProofCommand::Restart { reason, origin, settings }) => {
            let store = Store::find(&logged(settings)?).await?;
            let mut connection = store.connect().await?;
            let mut transaction = database::begin(&mut connection).await?;
            let log = tlog::restart::open_another(&mut transaction, origin.as_deref(), &reason).await?;
            transaction.commit().await?;
            answer(&format!("The public log is {} from now on.", log.origin));
            store.close().await;
        }
        Command::Staff(command) => answer(&staff(command).await?),
        Command::Health { staff_only, public_address, staff_address } => {
            let (address, path) = if staff_only { (staff_address, "/healthz") } else { (public_address, "/readyz") };
            answer(&server::health::ask(address, path).await?);
        }
        Command::Keys(KeysCommand::New { file }) => {
            Keys::generate()?.write_new(&file)?;
            answer(&format!(
                "The keys are in {}. Set KEYS_FILE to where each node has them, and keep a copy apart from the database.",
                file.display()
            ));
        }
        Command::Database(DatabaseCommand::Init { superuser_url }) => {
            let made = roles::init(&superuser_url, &Names::default(), Passwords::Fresh).await?;
            answer(&format!("DATABASE_OWNER_URL={}\nDATABASE_URL={}", made.owner_url, made.app_url));
            if !made.owner_is_new || !made.app_is_new {
                say("A login that was there already keeps its password, which is not shown.");
            }
        }
        Command::Database(DatabaseCommand::Run { postgres_programs, command }) => {
            let programs = Programs::find(postgres_programs.as_deref())?;
            let folder = std::env::temp_dir().join(format!("bluelamp-{}", uuid::Uuid::now_v7()));
            let code = run_beside_database(&programs, &folder, &command).await;
            let removed = tokio::fs::remove_dir_all(&folder).await;
            let code = code?;
            removed.with_context(|| format!("cannot remove {}", folder.display()))?;
            return Ok(code);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks both chains, the public log and what guards them, all as of one moment, and says what was found.
async fn verify(head: Option<Hash>, audit_head: Option<Hash>, settings: StoreArgs) -> anyhow::Result<ExitCode> {
    let store = Store::find(&logged(settings)?).await?;
    let mut connection = store.connect().await?;
    let mut moment = database::begin_snapshot(&mut connection).await?;
    let ledger = ledger::verify::verify(&mut moment, head).await?;
    let log = audit::verify::verify(&mut moment, audit_head).await?;
    let signed = tlog::verify::verify(&mut moment).await?;
    let orphans = guards::orphans(&mut moment).await?;
    let guards = guards::judge(&mut moment).await?;
    moment.rollback().await?;
    drop(connection);
    store.close().await;
    let holds =
        [tell_ledger(&ledger), tell_log(&log), tell_public_log(&signed), tell_orphans(&orphans), tell_guards(&guards)];
    let holds = holds.iter().all(|holds| *holds);
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn import_drafts(folder: &Path, email: &str, settings: StoreArgs) -> anyhow::Result<String> {
    let settings = logged(settings)?;
    let email = email_address(email).context("--as is no address: write it as ann@northshire.example")?;
    let store = Store::find(&settings).await?;
    let mut connection = store.connect().await?;
    let mut transaction = database::begin(&mut connection).await?;
    let keys = server::keys(&settings)?;
    let now = ledger::store::now(&mut transaction).await?;
    let actor = accounts::store::writer_at_console(&mut transaction, &keys, &email).await?;
    let actor = actor.context("--as names no account that may write: give one with the role of editor or publisher")?;
    let drafted = import::as_drafts(&mut transaction, folder, &actor, now).await?;
    transaction.commit().await?;
    store.close().await;
    let list = |subjects: &[Subject]| subjects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if !drafted.in_the_way.is_empty() {
        say(&format!("Somebody works on these already, and their drafts stay: {}.", list(&drafted.in_the_way)));
    }
    if drafted.hours_left_out {
        say("hours.toml differs and was left out: hours have no drafts. Import it without --drafts.");
    }
    let made = if drafted.made.is_empty() { String::new() } else { format!(" ({})", list(&drafted.made)) };
    Ok(format!("{} drafts made{made}, {} files said what is there already.", drafted.made.len(), drafted.unchanged))
}

async fn staff(command: StaffCommand) -> anyhow::Result<String> {
    let (StaffCommand::Add { email, settings, .. }
    | StaffCommand::Roles { email, settings, .. }
    | StaffCommand::Vouch { email, settings }
    | StaffCommand::Unlock { email, settings }
    | StaffCommand::Reset { email, settings }) = &command;
    let settings = logged(settings.clone())?;
    let email = email_address(email).context("--email is no address: write it as ann@northshire.example")?;
    let store = Store::find(&settings).await?;
    let mut connection = store.connect().await?;
    let mut transaction = database::begin(&mut connection).await?;
    let keys = server::keys(&settings)?;
    let now = ledger::store::now(&mut transaction).await?;
    let known = accounts::store::id_by_address(&mut transaction, &keys, &email).await?;
    let (said, link) = match &command {
        StaffCommand::Add { name, roles, .. } => {
            let name = person_name(name, "the").map_err(|wrong| anyhow::anyhow!("--name cannot be used: {wrong}"))?;
            let newcomer = Newcomer { name: &name, email: &email, roles };
            let made = invite::add(&mut transaction, &keys, Who::CONSOLE, &newcomer, now).await?;
            (format!("{name} has an account."), Some(made))
        }
        StaffCommand::Roles { roles, .. } => {
            let staff = known.ok_or(InviteError::NoAccount)?;
            let post = Post { keys: &keys, staff_url: &settings.staff_url, now };
            invite::give_roles(&mut transaction, post, staff, roles).await?;
            ("They have these roles now, and sign in again.".to_owned(), None)
        }
        StaffCommand::Unlock { .. } => {
            let unlocked = invite::unlock(&mut transaction, known.ok_or(InviteError::NoAccount)?).await?;
            let said = if unlocked { "The password counts again" } else { "The password was not locked" };
            (format!("{said}. Nothing was taken away."), None)
        }
        StaffCommand::Vouch { .. } => {
            let staff = known.ok_or(InviteError::NoAccount)?;
            let post = Post { keys: &keys, staff_url: &settings.staff_url, now };
            anyhow::ensure!(
                invite::vouch(&mut transaction, post, staff).await?,
                "there is nothing to vouch for: the account counts already, or its owner has not set it up yet"
            );
            (
                "You have vouched for the account. It counts as a second person 24 hours after its set-up.".to_owned(),
                None,
            )
        }
        StaffCommand::Reset { .. } => {
            let staff = known.ok_or(InviteError::NoAccount)?;
            let secret = invite::reset(&mut transaction, Who::CONSOLE, staff, now).await?;
            let post = Post { keys: &keys, staff_url: &settings.staff_url, now };
            letters::tell_owner(&mut transaction, post, staff, "The sign-in was reset", Who::CONSOLE).await?;
            ("The sign-in is reset.".to_owned(), Some((staff, secret)))
        }
    };
    let shown = match &link {
        Some((staff, secret)) => {
            invite::hand_over(&mut transaction, &keys, &settings, Who::CONSOLE, (*staff, secret), now).await?
        }
        None => None,
    };
    transaction.commit().await?;
    store.close().await;
    Ok(match (shown, link.is_some()) {
        (Some(link), _) => {
            format!("{said} Give this link to them and to nobody else; it works once, within 72 hours:\n  {link}")
        }
        (None, true) => format!("{said} A link to set it up is mailed to them by a node that serves the staff site."),
        (None, false) => said,
    })
}

/// Says what was found; whether the chain holds.
fn tell_ledger(verdict: &ledger::verify::Verdict) -> bool {
    match verdict {
        ledger::verify::Verdict::Holds { length, head } => {
            answer(&format!("The chain holds: {length} entries, head {head}."));
            true
        }
        ledger::verify::Verdict::Broken { number, fault } => {
            answer(&format!("The chain is broken at entry {number}: {fault}."));
            false
        }
    }
}

/// The same for the audit log.
fn tell_log(verdict: &audit::verify::Verdict) -> bool {
    match verdict {
        audit::verify::Verdict::Holds { length, head, tail } => {
            answer(&format!("The audit log holds: {length} rows, head {head}."));
            if let Some(tail) = tail {
                answer(&format!(
                    "{} rows are not sealed yet, the first is row {} of {}. A running node seals within seconds; rows that stay \
                     unsealed while one runs mean that seals were cut off or cannot be written.",
                    tail.rows, tail.first, tail.since
                ));
            }
            let overdue = tail.as_ref().is_some_and(|tail| tail.overdue);
            if overdue {
                answer(
                    "A node that seals ran for over a minute since, and did not: somebody or something kept it from that.",
                );
            }
            !overdue
        }
        audit::verify::Verdict::Broken { position, row, fault } => {
            let row = row.map_or_else(String::new, |row| format!(" (row {row})"));
            answer(&format!("The audit log is broken at place {position}{row}: {fault}."));
            false
        }
    }
}

/// The same for rows whose owner is gone.
fn tell_orphans(orphans: &[String]) -> bool {
    for orphan in orphans {
        answer(&format!("Written behind the rules of the tables: {orphan}."));
    }
    orphans.is_empty()
}

/// The same for what guards the tables.
fn tell_guards(guards: &Guards) -> bool {
    match guards {
        Guards::Hold(many) => {
            answer(&format!(
                "The guards hold: {many} functions, triggers, grants, views and rules are as they were migrated."
            ));
            true
        }
        Guards::Differ(differences) => {
            for difference in differences {
                answer(&format!("The guards do not hold: {difference}."));
            }
            answer("If you changed that on purpose, run `bluelamp migrate --record-guards` with the owner's login.");
            false
        }
        Guards::NotJudged(reason) => {
            answer(&format!("Guards not judged: {reason}."));
            true
        }
    }
}

/// The same for the public log.
fn tell_public_log(verdict: &tlog::verify::Verdict) -> bool {
    match verdict {
        tlog::verify::Verdict::Holds { checkpoints, size, earlier } => {
            answer(&format!("The public log holds: {checkpoints} checkpoints, the newest over {size} entries."));
            for (origin, count) in earlier {
                answer(&format!(
                    "{count} checkpoints of the earlier log {origin} cover entries that the chain does not hold; another log was \
                     opened since."
                ));
            }
            true
        }
        tlog::verify::Verdict::Broken { origin, size, fault } => {
            answer(&format!("The public log {origin} is broken at its checkpoint over {size} entries: {fault}."));
            false
        }
    }
}

fn logged(settings: StoreArgs) -> anyhow::Result<Settings> {
    let settings = settings.check()?;
    server::start_log(&settings)?;
    Ok(settings)
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
