//! The rules of the workflow, and what can come of pressing its buttons.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::audit::model::Recorded;
use crate::base::characters::find_unfit;
use crate::base::database::DatabaseError;
use crate::base::ledger::store::LedgerError;
use crate::base::ledger::{Hash, ReadError};
use crate::desk::accounts::Actor;
use crate::desk::accounts::doubt::Doubted;
use crate::features::drafts::model::{Answer, Draft, ExactText, Person, SeenBy, State};
use crate::features::drafts::signatures::Signatures;
use crate::features::drafts::store::SaveError;
use crate::site::model::{Facts, WithdrawalContent};
use crate::site::published::Unreadable;

/// The shortest reason, in characters: a word explains nothing years later.
pub const SHORTEST_REASON: usize = 10;
/// The longest reason, note or comment, in characters.
pub const LONGEST_REASON: usize = 2000;

/// The sentence for a database that holds another chain than the one that this node knows.
const OTHER_CHAIN: &str = "The database was changed for another or for an older copy a moment ago, and this node reads it anew. \
    Nothing was published. Look at the text again in a few seconds: it may have changed.";

/// A reason why an action was refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// The draft is not the one that was on the screen; here it is.
    #[error("the draft was changed in the meantime")]
    Stale(Box<Draft>),
    /// The draft is the one that was on the screen, and facts that it uses are not.
    #[error("facts that the draft uses changed in the meantime")]
    NewFacts(Box<Draft>),
    /// The draft was published or thrown away; what became of it, as the audit log has it.
    #[error("the draft is gone")]
    Gone(Option<Box<Recorded>>),
    /// Nobody else has seen this text and no reason was given.
    #[error("two people must have seen the text, or a reason must say why not")]
    NeedsAnother,
    /// The problems to be put right first.
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
    /// The ledger does not hold.
    #[error(transparent)]
    Broken(ReadError),
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

impl From<SaveError> for WorkflowError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Stale(draft) => Self::Stale(draft),
            SaveError::Gone => Self::Gone(None),
            SaveError::Json(error) => error.into(),
            SaveError::Database(error) => error.into(),
        }
    }
}

impl From<ReadError> for WorkflowError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Database(error) => error.into(),
            ReadError::OtherChain(_) => Self::Refused(OTHER_CHAIN),
            ReadError::Broken { .. } => Self::Broken(error),
        }
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

/// A person who has seen exactly the text of a version before it was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Id of the account.
    pub id: Uuid,
    /// Their name at the time.
    pub name: String,
    /// `wrote`, `approved` or `published`.
    pub way: String,
    /// Set if their account did not count as a second person then (see [`crate::desk::accounts::doubt`]).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubted: bool,
}

impl Seen {
    /// Makes it of a person who has seen a text, and of whether their account counts.
    pub fn new(id: Uuid, name: &str, way: &str, doubted: &Doubted) -> Self {
        Self { id, name: name.to_owned(), way: way.to_owned(), doubted: doubted.holds(id) }
    }

    /// Everybody who has seen something once `publisher` publishes it, each once, whoever wrote it first.
    pub fn with_publisher(sights: &[SeenBy], publisher: &Actor, writer: Uuid, doubted: &Doubted) -> Vec<Self> {
        let way = |sight: &SeenBy| if sight.wrote { "wrote" } else { "approved" };
        let mut seen: Vec<Self> =
            sights.iter().map(|one| Self::new(one.person.id, &one.person.name, way(one), doubted)).collect();
        if seen.iter().all(|one| one.id != publisher.id()) {
            seen.push(Self::new(publisher.id(), publisher.name(), "published", doubted));
        }
        seen.sort_by_key(|one| one.id != writer);
        seen
    }

    /// Counts the people who count.
    pub fn count(seen: &[Self]) -> usize {
        seen.iter().filter(|one| !one.doubted).count()
    }
}

/// A draft and everybody who has seen its text. With other facts it is another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewState {
    /// The draft.
    pub draft: Draft,
    /// See [`DraftContent::facts_in`](crate::features::drafts::DraftContent::facts_in); those that it is served with now.
    pub facts: Option<Hash>,
    /// The people who have seen exactly what would be published now, each once.
    pub seen: Vec<SeenBy>,
    /// The people who saw it with other facts, and not since.
    pub before: Vec<Person>,
    /// Accounts that do not count as a second person.
    pub doubted: Doubted,
}

impl ReviewState {
    /// A draft with the sights of its fingerprint and the facts in force.
    pub fn new(draft: Draft, sights: Vec<SeenBy>, in_force: &Facts, doubted: Doubted) -> Self {
        let facts = draft.content.facts_in(in_force);
        let own = SeenBy { person: draft.saved_by.clone(), wrote: true, facts: draft.facts, at: draft.saved_at };
        let (now, then): (Vec<SeenBy>, Vec<SeenBy>) =
            [own].into_iter().chain(sights).partition(|sight| sight.facts == facts);
        let (mut seen, mut before) = (Vec::<SeenBy>::new(), Vec::<Person>::new());
        for sight in now {
            if seen.iter().all(|known| known.person.id != sight.person.id) {
                seen.push(sight);
            }
        }
        for SeenBy { person, .. } in then {
            let known = seen.iter().map(|sight| sight.person.id).chain(before.iter().map(|person| person.id));
            if known.into_iter().all(|id| id != person.id) {
                before.push(person);
            }
        }
        Self { draft, facts, seen, before, doubted }
    }

    /// Tells that a person has seen exactly what would be published now.
    pub fn has_seen(&self, actor: &Actor) -> bool {
        self.seen.iter().any(|sight| sight.person.id == actor.id())
    }

    /// Tells that two people have seen exactly what would be published now, and nobody sent it back.
    pub fn is_approved(&self) -> bool {
        let many = self.seen.iter().filter(|sight| !self.doubted.holds(sight.person.id)).count();
        many > 1 && self.draft.state != State::Back
    }

    /// Tells that a person started this draft, saved it last, or wrote exactly this text.
    pub fn is_by(&self, actor: &Actor) -> bool {
        let draft = &self.draft;
        let wrote = self.seen.iter().filter(|sight| sight.wrote).map(|sight| sight.person.id);
        [draft.started_by.id, draft.saved_by.id].into_iter().chain(wrote).any(|id| id == actor.id())
    }

    /// Everybody who has seen it once `publisher` lets it out, each once, whoever wrote it first.
    pub fn seen_by(&self, publisher: &Actor) -> Vec<Seen> {
        Seen::with_publisher(&self.seen, publisher, self.draft.saved_by.id, &self.doubted)
    }
}

/// The private particulars of an entry that staff made: who stands for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// The writer.
    pub writer: String,
    /// Their account; none for imports.
    #[serde(default)]
    pub writer_id: Option<Uuid>,
    /// The second person who saw it before it was published; none where it was published alone.
    #[serde(default)]
    pub approver: Option<String>,
    /// Their account.
    #[serde(default)]
    pub approver_id: Option<Uuid>,
    /// The publisher.
    #[serde(default)]
    pub publisher: Option<String>,
    /// Their account.
    #[serde(default)]
    pub publisher_id: Option<Uuid>,
    /// Everybody who has seen exactly this text by then.
    #[serde(default)]
    pub seen: Vec<Seen>,
    /// The reason for publishing it alone, cancelling it, putting it back and so on.
    #[serde(default)]
    pub reason: Option<String>,
    /// Set if it was published without a second person.
    #[serde(default)]
    pub alone: bool,
    /// The change note, for entries whose content has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Answers to the law's list of a privacy notice.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub answers: std::collections::BTreeMap<String, Answer>,
    /// Signatures of data protection officers under these answers.
    #[serde(default, skip_serializing_if = "Signatures::is_empty")]
    pub signatures: Signatures,
}

impl Particulars {
    /// Particulars of a content that `seen` have seen and `publisher` publishes.
    pub fn new(seen: Vec<Seen>, publisher: &Actor, reason: Option<String>) -> Self {
        let writer = seen.first().map_or_else(|| publisher.name().to_owned(), |one| one.name.clone());
        let writer_id = seen.first().map_or_else(|| publisher.id(), |one| one.id);
        let alone = Seen::count(&seen) < 2;
        let mut others = seen.iter().filter(|one| one.id != writer_id && !one.doubted && !alone);
        let approver = others.clone().find(|one| one.id == publisher.id()).or_else(|| others.next()).cloned();
        Self {
            writer,
            writer_id: Some(writer_id),
            approver: approver.as_ref().map(|one| one.name.clone()),
            approver_id: approver.map(|one| one.id),
            publisher: Some(publisher.name().to_owned()),
            publisher_id: Some(publisher.id()),
            alone,
            seen,
            reason,
            note: None,
            answers: std::collections::BTreeMap::new(),
            signatures: Signatures::new(),
        }
    }

    /// Sets the writer, who may not have seen the text with the facts in force now.
    #[must_use]
    pub fn written_by(mut self, writer: &Person) -> Self {
        self.writer.clone_from(&writer.name);
        self.writer_id = Some(writer.id);
        self
    }

    /// Particulars of an action of one person, with the reason.
    pub fn by(actor: &Actor, reason: Option<&str>) -> Self {
        let seen = Seen::new(actor.id(), actor.name(), "published", &Doubted::default());
        Self::new(vec![seen], actor, reason.map(ToOwned::to_owned))
    }
}

/// A reason, comment or note as it was typed: trimmed, and none where it says too little or holds what cannot be shown.
pub fn reason(typed: &str) -> Option<String> {
    let trimmed = typed.trim();
    let length = trimmed.chars().count();
    let fits = (SHORTEST_REASON..=LONGEST_REASON).contains(&length) && find_unfit(trimmed).is_none();
    fits.then(|| trimmed.to_owned())
}

/// The draft that a button was pressed for: a draft that was saved since is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormToken {
    /// Its revision.
    pub revision: i64,
    /// The text that was on the screen; none for buttons that do not vouch for the text.
    pub text: Option<ExactText>,
}

impl FormToken {
    /// The draft, if it still is and still reads as it was shown. Errors: `Stale` or `NewFacts`.
    pub fn check_unchanged(&self, draft: Draft, in_force: &Facts) -> Result<Draft, WorkflowError> {
        if self.revision != draft.revision || self.text.is_some_and(|text| text.fingerprint != draft.fingerprint) {
            return Err(WorkflowError::Stale(Box::new(draft)));
        }
        if self.text.is_some_and(|text| text.facts != draft.content.facts_in(in_force)) {
            return Err(WorkflowError::NewFacts(Box::new(draft)));
        }
        Ok(draft)
    }
}

/// The result of a publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Its entry in the ledger.
    pub entry: i64,
    /// The time at which it comes into force.
    pub in_force_at: Timestamp,
    /// Set if it is scheduled.
    pub scheduled: bool,
}

/// A withdrawal that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalTerms {
    /// Told to the public.
    pub content: WithdrawalContent,
    /// When; none is now.
    pub in_force_at: Option<Timestamp>,
    /// Set if it only ends a banner.
    pub banner_only: bool,
    /// The reason of a person who does it alone.
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something() {
        assert_eq!(reason("  A name was wrong. ").as_deref(), Some("A name was wrong."));
        for too_little in ["", "fix", "         .         ", "A name \u{202E}was wrong."] {
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
