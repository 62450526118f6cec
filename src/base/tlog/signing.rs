//! Signs checkpoints. Of all nodes that serve staff, one at a time signs the entries that are old enough and asks witnesses to cosign.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use url::Url;

use crate::base::database::{Database, DatabaseError};
use crate::base::ledger::Hash;
use crate::base::sealing::Keys;
use crate::base::tlog::checkpoint::{Checkpoint, PATH, last_signed};
use crate::base::tlog::held::PublicLog;
use crate::base::tlog::note::Signer;
use crate::base::tlog::tree::Tree;
use crate::base::tlog::witness::Witness;
use crate::base::tlog::{store, witness};

/// The interval between looks for entries to sign.
const EVERY: Duration = Duration::from_secs(15);
/// Entries read at a time, so that each reading fits its time limit over a slow link.
const BATCH: i64 = 5000;
/// The longest time for storing a checkpoint.
const LIMIT: Duration = Duration::from_secs(3);
/// The purpose under which the signing key is derived from a node's keys.
const PURPOSE: &str = "bluelamp checkpoint key 1";

/// The signing of a site's public log.
pub struct Signing {
    /// The database with the ledger and the checkpoints.
    pub database: Database,
    /// The node's keys.
    pub keys: Keys,
    /// The public log as this node knows it.
    pub log: PublicLog,
    /// The age at which an entry is signed.
    pub after: Duration,
    /// The witnesses to ask for cosignatures.
    pub witnesses: Vec<Witness>,
    /// The site's address, for the name of the first log.
    pub public_url: Url,
}

/// An error of signing.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The database is away or refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The ledger differs from what was signed before.
    #[error(
        "the ledger lacks entry {number} as it was signed for the public log: restore what is lost, or open another log with \
         `bluelamp proof restart`; nothing is signed until then"
    )]
    Lost {
        /// Number of the entry.
        number: i64,
    },
    /// The chain of the ledger is broken.
    #[error(
        "ledger entry {number} does not follow the one before it: run `bluelamp verify`; nothing is signed until then"
    )]
    Unlinked {
        /// Number of the entry.
        number: i64,
    },
    /// The name of the log is not valid in a signed note.
    #[error("nothing can be signed in the name {origin:?}")]
    Name {
        /// The name.
        origin: String,
    },
}

impl From<sqlx::Error> for SigningError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(DatabaseError::Sql(error))
    }
}

/// The name of a site's first log: its address without the scheme.
pub fn first_origin(public_url: &Url) -> String {
    let host = public_url.host_str().unwrap_or("localhost");
    public_url.port().map_or_else(|| format!("{host}{PATH}"), |port| format!("{host}:{port}{PATH}"))
}

/// Signs every few seconds the entries that are old enough, until `stop`.
pub async fn run(signing: Signing, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut timer = interval(EVERY);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = String::new();
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = timer.tick() => {}
        }
        let round = async {
            match signing.sign_due().await {
                Ok(_) => said.clear(),
                Err(SigningError::Database(DatabaseError::Away | DatabaseError::Busy)) => {}
                Err(SigningError::Database(error)) => {
                    tracing::warn!(%error, "entries wait to be signed for the public log");
                }
                Err(error) => {
                    let text = error.to_string();
                    if text != said {
                        tracing::error!(error = text, "nothing is signed for the public log");
                        said = text;
                    }
                }
            }
            signing.ask_witnesses().await;
        };
        tokio::select! {
            () = &mut stop => return,
            () = round => {}
        }
    }
}

impl Signing {
    /// Signs every entry that is old enough, unless another node is signing. Says what was signed, if anything.
    pub async fn sign_due(&self) -> Result<Option<Checkpoint>, SigningError> {
        let (logs, stored, (now, size)) = self
            .database
            .read(async |connection| {
                let (logs, stored) = store::state(connection).await?;
                Ok((logs, stored, store::due(connection, self.after).await?))
            })
            .await?;
        let held = self.log.held();
        let last = last_signed(held.checkpoint.as_ref(), stored.as_ref(), &logs);
        if let Some(last) = last {
            let lost = SigningError::Lost { number: last.size };
            if !logs.is_empty() && logs.last().is_none_or(|log| log.origin != last.origin) {
                return Err(lost);
            }
            let number = last.size;
            let here = self.database.read(async |connection| store::entry_hash(connection, number).await).await?;
            if here != Some(last.head) {
                return Err(lost);
            }
        }
        let signed = last.map_or(0, |last| last.size);
        if size <= signed {
            return Ok(None);
        }
        let (tree, head) = self.read_tree(size).await?;
        if let Some(last) = last
            && tree.root_of(last.length()) != Some(last.root)
        {
            return Err(SigningError::Lost { number: last.size });
        }
        let origin = last.map(|last| last.origin.clone()).or_else(|| logs.last().map(|log| log.origin.clone()));
        let origin = origin.unwrap_or_else(|| first_origin(&self.public_url));
        let checkpoint = Checkpoint::sign(&origin, size, tree.root(), head, now, &self.signers(&origin)?);
        let kept = self
            .database
            .write(LIMIT, async |connection| store_checkpoint(connection, &checkpoint, signed).await)
            .await?;
        Ok(kept.then_some(checkpoint))
    }

    /// Builds the tree over the first entries of the database and checks their chain. Returns it with the hash of the last entry.
    async fn read_tree(&self, size: i64) -> Result<(Tree, Hash), SigningError> {
        let (mut tree, mut head, mut number) = (Tree::default(), Hash::ZERO, 0);
        while number < size {
            let limit = BATCH.min(size - number);
            let links =
                self.database.read(async move |connection| store::links_after(connection, number, limit).await).await?;
            if links.is_empty() {
                return Err(SigningError::Unlinked { number: number + 1 });
            }
            for link in links {
                number += 1;
                if link.number != number || link.previous_hash != head {
                    return Err(SigningError::Unlinked { number });
                }
                head = link.hash;
                tree.push(head);
            }
            tokio::task::yield_now().await;
        }
        Ok((tree, head))
    }

    /// A signer for each key of the file, so that signatures can still be checked by an older key.
    fn signers(&self, origin: &str) -> Result<Vec<Signer>, SigningError> {
        let secrets = self.keys.derived(PURPOSE);
        let signers: Option<Vec<Signer>> = secrets.iter().map(|secret| Signer::new(origin, secret)).collect();
        signers.ok_or_else(|| SigningError::Name { origin: origin.to_owned() })
    }

    /// Starts asking each witness that has not cosigned the newest checkpoint yet.
    pub async fn ask_witnesses(&self) {
        if self.witnesses.is_empty() {
            return;
        }
        match self.newest().await {
            Ok(Some((checkpoint, tree))) => {
                let asked = self.witnesses.iter().map(|to| witness::ask(&self.database, to, &checkpoint, &tree));
                futures_util::future::join_all(asked).await;
            }
            Ok(None) | Err(SigningError::Database(DatabaseError::Away | DatabaseError::Busy)) => {}
            Err(error) => tracing::warn!(%error, "witnesses were not asked"),
        }
    }

    /// The newest checkpoint with its tree, if a witness has not cosigned it yet.
    async fn newest(&self) -> Result<Option<(Checkpoint, Tree)>, SigningError> {
        let (_, newest) = self.database.read(async |connection| store::state(connection).await).await?;
        let Some(checkpoint) = newest else { return Ok(None) };
        if self.witnesses.iter().all(|to| to.has_cosigned(&checkpoint)) {
            return Ok(None);
        }
        let (tree, _) = self.read_tree(checkpoint.size).await?;
        Ok((tree.root() == checkpoint.root).then_some((checkpoint, tree)))
    }
}

/// Stores a checkpoint, unless another node is signing or has signed since. True if it was stored.
async fn store_checkpoint(
    connection: &mut sqlx::PgConnection,
    checkpoint: &Checkpoint,
    signed: i64,
) -> Result<bool, SigningError> {
    if !store::try_lock(connection).await? {
        return Ok(false);
    }
    let logs = store::logs(connection).await?;
    match logs.last() {
        None => store::open_log(connection, &checkpoint.origin, None).await?,
        Some(log) if log.origin == checkpoint.origin => {
            let newest = store::newest(connection, &log.origin).await?;
            if newest.is_some_and(|newest| newest.size > signed) {
                return Ok(false);
            }
        }
        // A new log was opened meanwhile.
        Some(_) => return Ok(false),
    }
    store::add(connection, checkpoint).await?;
    Ok(true)
}
