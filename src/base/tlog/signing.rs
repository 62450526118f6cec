//! Signing: a node that serves staff signs all entries of some age, once in the whole cluster, and asks witnesses to cosign.

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

/// How often to look for entries to sign.
const EVERY: Duration = Duration::from_secs(15);
/// Entries read at a time, so that each reading fits its time limit over a slow link.
const BATCH: i64 = 5000;
/// How long keeping a checkpoint may take.
const LIMIT: Duration = Duration::from_secs(3);
/// What the secret of the signing key is drawn from a node's keys for.
const PURPOSE: &str = "bluelamp checkpoint key 1";

/// What signs for the public log of a site.
pub struct Signing {
    /// Where the ledger and the checkpoints are.
    pub database: Database,
    /// The node's keys.
    pub keys: Keys,
    /// What this node remembers to be signed.
    pub log: PublicLog,
    /// How old an entry must be.
    pub after: Duration,
    /// Whom to ask for cosignatures.
    pub witnesses: Vec<Witness>,
    /// The site's address, for the name of the first log.
    pub public_url: Url,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The database is away or refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The ledger is not what was signed.
    #[error(
        "the ledger lacks entry {number} as it was signed for the public log: restore what is lost, or open another log with \
         `bluelamp proof restart`; nothing is signed until then"
    )]
    Lost {
        /// Number of the entry.
        number: i64,
    },
    /// The ledger itself does not hold together.
    #[error(
        "ledger entry {number} does not follow the one before it: run `bluelamp verify`; nothing is signed until then"
    )]
    Unlinked {
        /// Number of the entry.
        number: i64,
    },
    /// The name of the log cannot be signed in.
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

/// Signs what is due every few seconds until `stop`.
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
    ///
    /// # Errors
    /// When the database is away, or when the ledger is not what was signed before.
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
        let checkpoint = Checkpoint::sign(&origin, (size, tree.root(), head), now, &self.signers(&origin)?);
        let kept = self.database.write(LIMIT, async |connection| keep(connection, &checkpoint, signed).await).await?;
        Ok(kept.then_some(checkpoint))
    }

    /// The tree over the first entries of the database, whose links are checked on the way, and the hash of the last.
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

    /// One for each key of the file, so that whoever knows an older key can go on checking with it.
    fn signers(&self, origin: &str) -> Result<Vec<Signer>, SigningError> {
        let secrets = self.keys.derived(PURPOSE);
        let signers: Option<Vec<Signer>> = secrets.iter().map(|secret| Signer::new(origin, secret)).collect();
        signers.ok_or_else(|| SigningError::Name { origin: origin.to_owned() })
    }

    /// Asks each witness that has not cosigned the newest checkpoint yet. Nothing waits for them.
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

    /// The newest checkpoint, where a witness still lacks it, with its tree.
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

/// Keeps a checkpoint, unless another node signs or has signed since; says whether it was kept.
async fn keep(connection: &mut sqlx::PgConnection, checkpoint: &Checkpoint, signed: i64) -> Result<bool, SigningError> {
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
        // Another log was opened meanwhile.
        Some(_) => return Ok(false),
    }
    store::add(connection, checkpoint).await?;
    Ok(true)
}
