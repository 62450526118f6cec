//! Reads the chain on from an entry, in pieces that each fit the time limit of a query, and checks every link on the way.

use std::time::{Duration, Instant};

use sqlx::PgConnection;

use crate::base::database::{Database, DatabaseError};
use crate::base::ledger::model::{Entry, Hash};
use crate::base::ledger::store;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::ledger::verify::Fault;

/// Bytes of a first piece: a second's worth over a link of one megabit.
const FIRST_PIECE: i64 = 128 * 1024;
/// Bytes of the smallest piece. An entry that is longer is a piece by itself.
const SMALLEST_PIECE: i64 = 16 * 1024;
/// Bytes of the largest piece.
const LARGEST_PIECE: i64 = 4 * 1024 * 1024;
/// A piece that took less makes the next one larger.
const QUICK: Duration = Duration::from_millis(300);
/// A piece that took more makes the next one smaller.
const SLOW: Duration = Duration::from_secs(1);

/// An entry's number and hash: how far a chain was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of the entry; 0 before the first.
    pub number: i64,
    /// Its hash; [`Hash::ZERO`] before the first.
    pub hash: Hash,
}

impl Head {
    /// Before the first entry.
    pub const START: Self = Self { number: 0, hash: Hash::ZERO };

    /// Moves on to the next entry.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), Fault> {
        if entry.number != self.number + 1 {
            return Err(Fault::Missing);
        }
        if entry.previous_hash != self.hash {
            return Err(Fault::Unlinked);
        }
        if entry.computed_hash() != entry.hash {
            return Err(Fault::Edited);
        }
        *self = Self { number: entry.number, hash: entry.hash };
        Ok(())
    }
}

/// A reason why a chain could not be read on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database is away or refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The database holds another chain: the entry read last is not in it.
    #[error(
        "entry {0} of the ledger, which was read before, is not in the database: it holds another chain or an older copy"
    )]
    OtherChain(i64),
    /// An entry that does not hold.
    #[error("the chain in the database is broken at entry {number}: {fault}; \"bluelamp verify\" looks at all of it")]
    Broken {
        /// Its number.
        number: i64,
        /// The fault.
        fault: Fault,
    },
}

impl From<LedgerError> for ReadError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Sql(error) => Self::Database(error.into()),
            LedgerError::Unreadable { number, .. } => Self::Broken { number, fault: Fault::Unreadable },
            other @ LedgerError::Random(_) => Self::Database(other.into_sql().into()),
        }
    }
}

/// A reader of the chain at its present position.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    head: Head,
    /// Bytes of the next piece.
    piece: i64,
}

impl Reader {
    /// A reading that goes on after an entry.
    pub fn after(head: Head) -> Self {
        Self { head, piece: FIRST_PIECE }
    }

    /// The entry read last.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The next entries; none at the end of the chain. Asks in the same breath whether the entry read last is still in the
    /// database. After an error the same piece, made smaller if it took too long, is read again.
    pub async fn next(&mut self, database: &Database) -> Result<Vec<Kept>, ReadError> {
        let (head, piece) = (self.head, self.piece);
        let began = Instant::now();
        let read = database.read(async move |connection| read_piece(connection, head, piece).await).await;
        let took = began.elapsed();
        if took > SLOW {
            self.piece = (piece / 2).max(SMALLEST_PIECE);
        } else if took < QUICK {
            self.piece = (piece * 2).min(LARGEST_PIECE);
        }
        self.check_batch(read??)
    }

    /// Reads on over a connection, such as one whose transaction holds the ledger's lock.
    pub async fn next_on(&mut self, connection: &mut PgConnection) -> Result<Vec<Kept>, ReadError> {
        let read = read_piece(connection, self.head, LARGEST_PIECE).await.map_err(DatabaseError::from)?;
        self.check_batch(read?)
    }

    /// Checks that entries follow from the one read last.
    fn check_batch(&mut self, mut entries: Vec<Kept>) -> Result<Vec<Kept>, ReadError> {
        let head = self.head;
        let mut reached = head;
        for kept in &mut entries {
            let number = kept.entry.number;
            match reached.follow(&kept.entry) {
                // The chain became another between two questions.
                Err(Fault::Unlinked) if reached == head && number > 1 => {
                    return Err(ReadError::OtherChain(head.number));
                }
                followed => followed.map_err(|fault| ReadError::Broken { number, fault })?,
            }
            kept.check_content();
        }
        self.head = reached;
        Ok(entries)
    }
}

/// So many bytes of entries after one, if that is still in the database.
async fn read_piece(
    connection: &mut PgConnection,
    head: Head,
    piece: i64,
) -> Result<Result<Vec<Kept>, ReadError>, sqlx::Error> {
    let (own, length) = store::position(connection, head.number).await.map_err(LedgerError::into_sql)?;
    if head.number > 0 && own != Some(head.hash) {
        return Ok(Err(ReadError::OtherChain(head.number)));
    }
    if length <= head.number {
        return Ok(Ok(Vec::new()));
    }
    match store::entries_within(connection, head.number, piece).await {
        Err(LedgerError::Sql(error)) => Err(error),
        // An entry without its row of contents is none for a join.
        Ok(none) if none.is_empty() => {
            Ok(Err(ReadError::Broken { number: head.number + 1, fault: Fault::ContentMissing }))
        }
        read => Ok(read.map_err(ReadError::from)),
    }
}
