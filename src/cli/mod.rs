//! The commands and what each takes; the same words are its help.

pub(crate) mod common;
pub(crate) mod database;
pub(crate) mod staff;
pub(crate) mod texts;
pub(crate) mod verify;

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::http::Extensions;
use bluelamp::base::config::{Args, StoreArgs};
use bluelamp::base::ledger::Hash;
use bluelamp::desk::accounts::Role;
use bluelamp::features;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// Reads the command line. `serve` also takes the flags that features declare.
pub(crate) fn read() -> Command {
    let flags = || features::ALL.iter().filter_map(|feature| feature.flags);
    let command =
        Cli::command().mut_subcommand("serve", |serve| flags().fold(serve, |serve, flags| (flags.add)(serve)));
    let matches = command.get_matches();
    let read = || {
        let mut command = Cli::from_arg_matches(&matches)?.command;
        if let (Command::Serve { declared, .. }, Some((_, matches))) = (&mut command, matches.subcommand()) {
            flags().try_for_each(|flags| (flags.read)(matches, declared))?;
        }
        Ok(command)
    };
    read().unwrap_or_else(|error: clap::Error| error.exit())
}

/// A police force's public website in one binary.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve the public site and the staff site.
    Serve {
        /// Serve the public site only: this node needs the public half of the keys alone.
        #[arg(long, conflicts_with = "staff_only")]
        public_only: bool,
        /// Serve the staff site only.
        #[arg(long)]
        staff_only: bool,
        #[command(flatten)]
        settings: Box<Args>,
        /// The values of the flags that features declare.
        #[arg(skip)]
        declared: Extensions,
    },
    /// Ask the node of this machine whether it can serve. Ends with 0 where it can.
    Health {
        /// Ask the staff site, on a node that serves it alone.
        #[arg(long)]
        staff_only: bool,
        /// Address and port that the public site listens on.
        #[arg(long, env = "PUBLIC_ADDRESS", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8000")]
        public_address: SocketAddr,
        /// Address and port that the staff site listens on.
        #[arg(long, env = "STAFF_ADDRESS", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8001")]
        staff_address: SocketAddr,
    },
    /// Bring the database's schema to this release, as the owner of its tables.
    Migrate {
        /// Record functions, triggers, grants and views as they stand now, for `verify` to compare: somebody changed them on purpose.
        #[arg(long)]
        record_guards: bool,
        #[command(flatten)]
        settings: StoreArgs,
    },
    /// Load a folder of texts, or a whole archive into an empty database.
    Import {
        /// The folder.
        folder: PathBuf,
        /// Make drafts of what differs, for staff to review and publish, instead of versions.
        #[arg(long, requires = "email")]
        drafts: bool,
        /// The account that the drafts are made for: one that may write.
        #[arg(long = "as", id = "email", value_name = "EMAIL", requires = "drafts")]
        email: Option<String>,
        #[command(flatten)]
        settings: StoreArgs,
    },
    /// Write all texts and the whole archive to a folder.
    Export {
        /// The folder; it is made where it does not exist.
        folder: PathBuf,
        #[command(flatten)]
        settings: StoreArgs,
    },
    /// Check that nothing in the ledger or in the audit log was changed since it was written.
    Verify {
        /// A head of the ledger that somebody kept: it must still be in the chain.
        #[arg(long, value_name = "HASH")]
        head: Option<Hash>,
        /// A head of the audit log that somebody kept: it must still be in its chain.
        #[arg(long, value_name = "HASH")]
        audit_head: Option<Hash>,
        #[command(flatten)]
        settings: StoreArgs,
    },
    /// Destroy the texts of versions that must not have been published. Their entries stay and say so.
    Redact {
        /// Numbers of the versions' entries in the ledger.
        #[arg(required = true, value_name = "ENTRY")]
        entries: Vec<i64>,
        /// The legal ground, told to the public.
        #[arg(long, value_name = "TEXT")]
        ground: String,
        #[command(flatten)]
        settings: StoreArgs,
    },
    /// The public log that shows that the ledger only grew.
    #[command(subcommand)]
    Proof(ProofCommand),
    /// Accounts of staff.
    #[command(subcommand)]
    Staff(StaffCommand),
    /// The keys that open what the database keeps sealed.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Logins, and databases for development.
    #[command(subcommand)]
    Database(DatabaseCommand),
}

#[derive(Subcommand)]
pub(crate) enum ProofCommand {
    /// Open another public log, where the ledger lacks an entry that was signed. The public reads when and why.
    Restart {
        /// Why, told to the public.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The name that its checkpoints carry. By default the first one's with the time.
        #[arg(long, value_name = "NAME")]
        origin: Option<String>,
        #[command(flatten)]
        settings: StoreArgs,
    },
}

#[derive(Subcommand)]
pub(crate) enum StaffCommand {
    /// Make an account and print the one-time link by which its owner sets up their sign-in.
    Add {
        /// Their email address.
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// Their name, as colleagues know them.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// A role that they have; may be given several times.
        #[arg(long = "role", required = true, value_name = "ROLE")]
        roles: Vec<Role>,
        #[command(flatten)]
        settings: StoreArgs,
    },
    /// Unlock somebody's password after many wrong ones. It takes nothing away.
    Unlock {
        /// Their email address.
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        #[command(flatten)]
        settings: StoreArgs,
    },
    /// Give somebody these roles in place of those that they have. Every administrator is shown it.
    Roles {
        /// Their email address.
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// A role that they have; may be given several times.
        #[arg(long = "role", required = true, value_name = "ROLE")]
        roles: Vec<Role>,
        #[command(flatten)]
        settings: StoreArgs,
    },
    /// Say that an account belongs to the person it is for, although somebody else saw its set-up link. Every administrator is shown it.
    Vouch {
        /// Their email address.
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        #[command(flatten)]
        settings: StoreArgs,
    },
    /// Take away all that somebody signs in with, sign them out, and make a new one-time link, which is mailed to them, or printed where
    /// there is no mail server. Every administrator is shown it.
    Reset {
        /// Their email address.
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        #[command(flatten)]
        settings: StoreArgs,
    },
}

#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Make new keys in a new file.
    New {
        /// The file; it must not exist yet.
        #[arg(long, env = "KEYS_FILE", value_name = "FILE", default_value = "keys.toml")]
        file: PathBuf,
    },
    /// Write the public half of the keys to a new file, for nodes that serve the public site alone: it seals and opens nothing.
    Public {
        /// The file with the keys.
        #[arg(long = "keys", env = "KEYS_FILE", value_name = "FILE", default_value = "keys.toml")]
        keys: PathBuf,
        /// The new file; it must not exist yet.
        #[arg(long, env = "PUBLIC_KEYS_FILE", value_name = "FILE", default_value = "public-keys.toml")]
        file: PathBuf,
    },
}

#[derive(Subcommand)]
pub(crate) enum DatabaseCommand {
    /// Make the database with its two logins in a Postgres that is there, and print their addresses.
    Init {
        /// A login that may create roles and databases.
        #[arg(long, env = "DATABASE_SUPERUSER_URL", hide_env_values = true, value_name = "URL")]
        superuser_url: String,
    },
    /// Run a command with `DATABASE_URL` set to a new, migrated Postgres that is thrown away afterwards.
    Run {
        /// Folder of the Postgres programs, where they are not where distributions put them.
        #[arg(long, env = "BLUELAMP_POSTGRES_PROGRAMS", value_name = "FOLDER")]
        postgres_programs: Option<PathBuf>,
        /// The command and its arguments.
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
}
