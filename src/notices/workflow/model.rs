//! The rules of the workflow, and what can come of pressing its buttons.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::drafts::model::{Answer, Draft, Person, Sight};
use super::super::published::Unreadable;
use crate::accounts::Actor;
use crate::audit::model::Recorded;
use crate::database::DatabaseError;
use crate::ledger::Hash;
use crate::ledger::store::LedgerError;

/// The shortest reason, in characters: a word explains nothing years later.
pub const SHORTEST_REASON: usize = 10;
/// The longest reason, note or comment, in characters.
pub const LONGEST_REASON: usize = 2000;

/// Why something was not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// The draft is not the one that was on the screen; here it is.
    #[error("the draft was changed in the meantime")]
    Stale(Box<Draft>),
    /// The draft was published or thrown away; what became of it, as the audit log has it.
    #[error("the draft is gone")]
    Gone(Option<Box<Recorded>>),
    /// Nobody else has seen this text and no reason was given.
    #[error("two people must have seen the text, or a reason must say why not")]
    NeedsAnother,
    /// What must be put right first.
    #[error("it is not ready to be published")]
    NotReady(Vec<String>),
    /// There is a draft in the way.
    #[error("there is another draft")]
    InTheWay(Box<Draft>),
    /// Too late, done already, or not to be done by this person; a sentence for them.
    #[error("{0}")]
    Refused(&'static str),
    /// There is no such thing.
    #[error("there is no such thing")]
    NotFound,
    /// The database is away or refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(LedgerError),
    /// Something of the ledger does not read as its kind says.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A content cannot be read or written as JSON.
    #[error("cannot read or write as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<sqlx::Error> for WorkflowError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<LedgerError> for WorkflowError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Sql(error) => error.into(),
            other => Self::Ledger(other),
        }
    }
}

/// Somebody who has seen exactly the text of a version before it was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Id of the account.
    pub id: Uuid,
    /// Their name at the time.
    pub name: String,
    /// `wrote`, `approved` or `published`.
    pub way: String,
}

/// Everybody who has seen exactly this text once `publisher` lets it out, each once, whoever wrote it first.
#[must_use]
pub fn seen_by(saved_by: &Person, sights: &[Sight], publisher: &Actor) -> Vec<Seen> {
    let mut seen = vec![Seen { id: saved_by.id, name: saved_by.name.clone(), way: "wrote".to_owned() }];
    let sights = sights.iter().map(|sight| Seen {
        id: sight.person.id,
        name: sight.person.name.clone(),
        way: if sight.wrote { "wrote" } else { "approved" }.to_owned(),
    });
    let last = Seen { id: publisher.id(), name: publisher.name().to_owned(), way: "published".to_owned() };
    for one in sights.chain([last]) {
        if seen.iter().all(|known| known.id != one.id) {
            seen.push(one);
        }
    }
    seen
}

/// The private particulars of an entry that staff made: who stands for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// Who wrote it.
    pub writer: String,
    /// Their account; none for imports.
    #[serde(default)]
    pub writer_id: Option<Uuid>,
    /// The second person who saw it before it was let out; none where it was published alone.
    #[serde(default)]
    pub approver: Option<String>,
    /// Their account.
    #[serde(default)]
    pub approver_id: Option<Uuid>,
    /// Who let it out.
    #[serde(default)]
    pub publisher: Option<String>,
    /// Their account.
    #[serde(default)]
    pub publisher_id: Option<Uuid>,
    /// Everybody who has seen exactly this text by then.
    #[serde(default)]
    pub seen: Vec<Seen>,
    /// Why it was published alone, cancelled, put back and so on.
    #[serde(default)]
    pub reason: Option<String>,
    /// Whether only one person stood for it.
    #[serde(default)]
    pub alone: bool,
    /// What changed, for entries whose content holds no change note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Answers to the law's list of a privacy notice.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub answers: std::collections::BTreeMap<String, Answer>,
}

impl Particulars {
    /// Of something that `seen` stand for and `publisher` lets out.
    #[must_use]
    pub fn new(seen: Vec<Seen>, publisher: &Actor, reason: Option<String>) -> Self {
        let writer = seen.first().map_or_else(|| publisher.name().to_owned(), |one| one.name.clone());
        let writer_id = seen.first().map_or_else(|| publisher.id(), |one| one.id);
        let other = |id: Uuid| seen.iter().find(|one| one.id == id && one.id != writer_id);
        let approver = other(publisher.id()).or_else(|| seen.iter().find(|one| one.id != writer_id)).cloned();
        Self {
            writer,
            writer_id: Some(writer_id),
            approver: approver.as_ref().map(|one| one.name.clone()),
            approver_id: approver.map(|one| one.id),
            publisher: Some(publisher.name().to_owned()),
            publisher_id: Some(publisher.id()),
            alone: seen.len() < 2,
            seen,
            reason,
            note: None,
            answers: std::collections::BTreeMap::new(),
        }
    }

    /// Of a deed that one person does for a reason.
    #[must_use]
    pub fn by(actor: &Actor, reason: Option<&str>) -> Self {
        let seen = Seen { id: actor.id(), name: actor.name().to_owned(), way: "published".to_owned() };
        Self::new(vec![seen], actor, reason.map(ToOwned::to_owned))
    }
}

/// A reason, comment or note as it was typed: trimmed, and none where it says too little.
#[must_use]
pub fn reason(typed: &str) -> Option<String> {
    let trimmed = typed.trim();
    let length = trimmed.chars().count();
    (SHORTEST_REASON..=LONGEST_REASON).contains(&length).then(|| trimmed.to_owned())
}

/// Which draft a button was pressed for: a draft that was saved since is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its revision.
    pub revision: i64,
    /// Its fingerprint; none for buttons that do not vouch for the text.
    pub fingerprint: Option<Hash>,
}

impl Shown {
    /// Whether a draft is still the one that was shown.
    #[must_use]
    pub fn is(&self, draft: &Draft) -> bool {
        self.revision == draft.revision && self.fingerprint.is_none_or(|fingerprint| fingerprint == draft.fingerprint)
    }
}

/// What was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Its entry in the ledger.
    pub entry: i64,
    /// When it comes into force.
    pub in_force_at: Timestamp,
    /// Whether that is still to come.
    pub scheduled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something() {
        assert_eq!(reason("  A name was wrong. ").as_deref(), Some("A name was wrong."));
        for too_little in ["", "fix", "         .         "] {
            assert_eq!(reason(too_little), None, "{too_little:?}");
        }
        assert_eq!(reason(&"x".repeat(LONGEST_REASON + 1)), None);
    }

    #[test]
    fn particulars_of_an_import_can_be_read() {
        let read: Particulars =
            serde_json::from_str(r#"{"writer":"bluelamp import","approver":null,"reason":null}"#).unwrap();
        assert!(read.seen.is_empty() && !read.alone);
    }
}
