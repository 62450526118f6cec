//! Checks the whole chain and names the first entry that does not hold.

use std::collections::HashSet;

use sqlx::{Connection as _, PgConnection};

use crate::base::database;
use crate::base::ledger::model::{Hash, Kind, Sealed};
use crate::base::ledger::store;
use crate::base::ledger::store::{Kept, LedgerError};

/// Entries read at a time, so that a long chain does not fill the memory.
const BATCH: i64 = 500;

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry holds; the number and hash of the head.
    Holds {
        /// The number of entries.
        length: i64,
        /// Hash of the last one ([`Hash::ZERO`] for an empty chain).
        head: Hash,
    },
    /// An entry that does not hold.
    Broken {
        /// Its number.
        number: i64,
        /// The fault.
        fault: Fault,
    },
}

/// A fault of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The number is not the next one.
    #[error("an entry is missing here, or entries were reordered")]
    Missing,
    /// It does not name the hash of the entry before it.
    #[error("it does not follow from the entry before it: that one was changed, removed or moved")]
    Unlinked,
    /// Its own hash is not the hash of its fields.
    #[error("it was edited: its hash is not that of its fields")]
    Edited,
    /// Its content is not what it committed to.
    #[error("its content was edited")]
    ContentEdited,
    /// Its content is gone and no redaction says so.
    #[error("its content is missing and no redaction says so")]
    ContentMissing,
    /// A redaction says that its content is gone, and it is there.
    #[error("a redaction speaks of it and its content is still there")]
    ContentKept,
    /// Its particulars are not what it committed to.
    #[error("its particulars were edited or are missing")]
    ParticularsEdited,
    /// The chain ends before the head that was given.
    #[error("the chain was cut: it does not hold the head that was given")]
    TailCut,
    /// The row cannot be read at all.
    #[error("its row cannot be read")]
    Unreadable,
}

/// Checks the chain from the first entry; `kept_head` is a hash that somebody kept and that must still be in it. All of it is
/// checked as of one moment: that of the caller's transaction, or else one of its own.
pub async fn verify(connection: &mut PgConnection, kept_head: Option<Hash>) -> Result<Verdict, LedgerError> {
    if connection.is_in_transaction() {
        return check(connection, kept_head).await;
    }
    let mut moment = database::begin_snapshot(connection).await?;
    let verdict = check(&mut moment, kept_head).await?;
    moment.rollback().await?;
    Ok(verdict)
}

async fn check(connection: &mut PgConnection, kept_head: Option<Hash>) -> Result<Verdict, LedgerError> {
    let redacted = redacted(connection).await?;
    let mut checker =
        Checker { next: 1, previous: Hash::ZERO, redacted, seen_head: kept_head.is_none_or(|h| h == Hash::ZERO) };
    loop {
        let after = checker.next - 1;
        let entries = match store::entries_after(connection, after, BATCH).await {
            Ok(entries) => entries,
            Err(LedgerError::Unreadable { number, .. }) => {
                return Ok(Verdict::Broken { number, fault: Fault::Unreadable });
            }
            Err(error) => return Err(error),
        };
        let particulars = store::particulars_after(connection, after, BATCH).await?;
        if entries.is_empty() {
            break;
        }
        for kept in &entries {
            let own = particulars.iter().find(|(entry, _)| *entry == kept.entry.number).map(|(_, sealed)| sealed);
            if let Err((number, fault)) = checker.check(kept, own) {
                return Ok(Verdict::Broken { number, fault });
            }
            checker.seen_head |= kept_head == Some(kept.entry.hash);
        }
    }
    // A content row that was deleted hides its entry from the join above.
    if let Some((length, _)) = store::head(connection).await?
        && length >= checker.next
    {
        return Ok(Verdict::Broken { number: checker.next, fault: Fault::ContentMissing });
    }
    if !checker.seen_head {
        return Ok(Verdict::Broken { number: checker.next, fault: Fault::TailCut });
    }
    Ok(Verdict::Holds { length: checker.next - 1, head: checker.previous })
}

async fn redacted(connection: &mut PgConnection) -> Result<HashSet<i64>, LedgerError> {
    let targets = sqlx::query_scalar!(r#"select target as "target!" from ledger_entry where kind = 'redaction'"#)
        .fetch_all(connection)
        .await?;
    Ok(targets.into_iter().collect())
}

struct Checker {
    next: i64,
    previous: Hash,
    redacted: HashSet<i64>,
    seen_head: bool,
}

impl Checker {
    fn check(&mut self, kept: &Kept, particulars: Option<&Sealed>) -> Result<(), (i64, Fault)> {
        let entry = &kept.entry;
        let number = entry.number;
        let fault = |fault| Err((number, fault));
        if number != self.next {
            return Err((self.next, Fault::Missing));
        }
        if entry.previous_hash != self.previous {
            return fault(Fault::Unlinked);
        }
        if entry.computed_hash() != entry.hash {
            return fault(Fault::Edited);
        }
        match (&kept.content, self.redacted.contains(&number)) {
            (Some(sealed), false) if sealed.commitment() != entry.content_commitment => {
                return fault(Fault::ContentEdited);
            }
            (None, false) => return fault(Fault::ContentMissing),
            (Some(_), true) => return fault(Fault::ContentKept),
            (Some(_), false) | (None, true) => {}
        }
        if particulars.is_none_or(|sealed| sealed.commitment() != entry.particulars_commitment) {
            return fault(Fault::ParticularsEdited);
        }
        debug_assert!(entry.kind != Kind::Redaction || entry.target.is_some());
        self.next += 1;
        self.previous = entry.hash;
        Ok(())
    }
}
