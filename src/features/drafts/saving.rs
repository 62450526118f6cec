//! Saving what a form holds so that nobody's work is lost: a form that was made of an older state is refused, with what there is now.

use std::time::Duration;

use crate::base::error::AppError;
use crate::base::web::form::Fields;
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::features::drafts::model::{Draft, DraftContent, Written};
use crate::features::drafts::store;
use crate::features::drafts::store::SaveError;
use crate::site::subject::Subject;

/// The longest that a save waits for the database.
pub const LIMIT: Duration = Duration::from_secs(4);

/// The state that a form was made of, as its hidden fields say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MadeOf {
    /// Revision of the draft; 0 where there was none.
    pub revision: i64,
    /// Ledger entry that a new draft started from at that time; 0 for something new.
    pub base: i64,
}

impl MadeOf {
    /// The state as it is now.
    pub fn now(draft: Option<&Draft>, base: Option<i64>) -> Self {
        Self { revision: draft.map_or(0, |draft| draft.revision), base: base.unwrap_or(0) }
    }

    /// The state that a form names.
    pub fn read(fields: &Fields) -> Self {
        let number = |name| fields.get(name).parse().unwrap_or(0);
        Self { revision: number("revision"), base: number("base") }
    }
}

/// The content of a form, to be saved.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The subject of the draft.
    pub subject: &'a Subject,
    /// The content that was typed.
    pub content: &'a DraftContent,
    /// The state that it was made of.
    pub made_of: MadeOf,
    /// Set if a person asked for the save. Autosave is not recorded in the audit log.
    pub explicit: bool,
}

/// The state that the handler found.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// Set if there is a draft.
    pub is_drafted: bool,
    /// The ledger entry that a new draft would start from.
    pub base: Option<i64>,
    /// The content of that entry.
    pub content: Option<&'a DraftContent>,
}

/// The result of a save.
pub enum Outcome {
    /// The content is in the draft.
    Saved(Box<Draft>),
    /// The content is what a new draft would start from, so none was made.
    Unchanged,
    /// Another person has saved other content since, which this holds.
    Stale(Box<Draft>),
    /// The draft was published or deleted since, or another version was published. Holds the desk with the edition of that moment, since
    /// what is in force is shown beside what was typed.
    Overtaken(DeskNow),
}

/// Saves the content of a form, unless somebody else was first.
pub async fn save(desk: &DeskNow, actor: &Actor, sent: Sent<'_>, found: Found<'_>) -> Result<Outcome, AppError> {
    if !found.is_drafted {
        if sent.made_of != MadeOf::now(None, found.base) {
            return Ok(Outcome::Overtaken(DeskNow::of(desk)));
        }
        if found.content == Some(sent.content) {
            return Ok(Outcome::Unchanged);
        }
    }
    let (now, edition) = (desk.now(), &desk.edition);
    let written = Written { subject: sent.subject, content: sent.content, facts: &edition.facts };
    let saved = desk
        .database()
        .write(LIMIT, async |connection| {
            if found.is_drafted {
                return store::save(connection, actor, written, sent.made_of.revision, sent.explicit, now).await;
            }
            let draft = store::start(connection, actor, written, found.base, now).await?;
            // Another person may have started a draft a moment ago.
            if draft.content == *sent.content { Ok(draft) } else { Err(SaveError::Stale(Box::new(draft))) }
        })
        .await;
    outcome(desk, saved).await
}

/// The result of a save in a transaction of the caller's.
pub async fn outcome(desk: &DeskNow, saved: Result<Draft, SaveError>) -> Result<Outcome, AppError> {
    match saved {
        Ok(draft) => Ok(Outcome::Saved(Box::new(draft))),
        Err(SaveError::Stale(draft)) => Ok(Outcome::Stale(draft)),
        Err(SaveError::Gone) => {
            // The content in force is shown beside what was typed, so this node must know it.
            let _ = desk.site().refresh().await;
            Ok(Outcome::Overtaken(DeskNow::of(desk)))
        }
        Err(SaveError::Database(error)) => Err(error.into()),
        Err(error @ SaveError::Json(_)) => Err(AppError::Internal(error.into())),
    }
}
