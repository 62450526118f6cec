//! Checks the chain over the audit log and names the first row that does not hold.

use sqlx::PgConnection;

use crate::base::audit::model::{Sealed, Tail};
use crate::base::audit::store;
use crate::base::ledger::Hash;

/// Seals read at a time, so that a long log does not fill the memory.
const BATCH: i64 = 1000;

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every sealed row holds.
    Holds {
        /// The number of sealed rows.
        length: i64,
        /// The last seal's hash ([`Hash::ZERO`] for an empty log).
        head: Hash,
        /// Rows that no seal holds yet.
        tail: Option<Tail>,
    },
    /// A place of the chain that does not hold.
    Broken {
        /// The place, from 1.
        position: i64,
        /// The row there, where one is.
        row: Option<i64>,
        /// The fault.
        fault: Fault,
    },
}

/// A fault at a place of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no seal in this place.
    #[error("the seal of this place is missing")]
    SealMissing,
    /// The row that the seal holds is gone.
    #[error("the row that was sealed here was deleted")]
    RowMissing,
    /// The seal does not name the hash of the one before it.
    #[error("its seal does not follow from the one before it: seals were changed or reordered")]
    Unlinked,
    /// The row is not what was sealed.
    #[error("the row was edited, or another one was put in its place")]
    Edited,
    /// The chain ends before the head that was given.
    #[error("the log was cut: it does not hold the head that was given")]
    TailCut,
    /// A row has a number that the database never gives.
    #[error("its number was chosen by somebody, so that it is never sealed: it did not come from this site")]
    Misnumbered,
    /// The seal cannot be read at all.
    #[error("the seal cannot be read")]
    Unreadable,
}

/// Checks the chain from the first seal; `kept_head` is a hash that somebody kept and that must still be in it.
pub async fn verify(connection: &mut PgConnection, kept_head: Option<Hash>) -> Result<Verdict, sqlx::Error> {
    let (mut length, mut head) = (0, Hash::ZERO);
    let mut seen = kept_head.is_none_or(|kept| kept == Hash::ZERO);
    loop {
        let seals = store::seals_after(connection, length, BATCH).await?;
        if seals.is_empty() {
            break;
        }
        for seal in &seals {
            match check(seal, length + 1, head) {
                Ok(hash) => (length, head) = (seal.position, hash),
                Err(fault) => {
                    let row = (fault != Fault::SealMissing).then_some(seal.entry);
                    return Ok(Verdict::Broken { position: length + 1, row, fault });
                }
            }
            seen |= kept_head == Some(head);
        }
    }
    if !seen {
        return Ok(Verdict::Broken { position: length + 1, row: None, fault: Fault::TailCut });
    }
    if let Some(row) = store::misnumbered(connection).await? {
        return Ok(Verdict::Broken { position: length + 1, row: Some(row), fault: Fault::Misnumbered });
    }
    Ok(Verdict::Holds { length, head, tail: store::tail(connection).await? })
}

fn check(seal: &Sealed, position: i64, previous: Hash) -> Result<Hash, Fault> {
    if seal.position != position {
        return Err(Fault::SealMissing);
    }
    let (Some(named), Some(hash)) = (seal.previous, seal.hash) else { return Err(Fault::Unreadable) };
    if named != previous {
        return Err(Fault::Unlinked);
    }
    let row = seal.row.as_ref().ok_or(Fault::RowMissing)?;
    if row.hash(position, previous) == hash { Ok(hash) } else { Err(Fault::Edited) }
}
