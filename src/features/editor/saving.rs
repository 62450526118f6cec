//! Saving a draft so that nobody's text is lost: one that was made of an older state is refused with what there is now.

use std::time::Duration;

use crate::base::error::AppError;
use crate::desk::accounts::{Actor, Desk};
use crate::features::drafts;
use crate::features::drafts::store::SaveError;
use crate::features::drafts::{Draft, DraftContent, NoticeDraft, Written};
use crate::features::editor::Opened;
use crate::features::editor::form::NoticeForm;

/// A save waits no longer for the database.
pub(super) const LIMIT: Duration = Duration::from_secs(4);

/// What became of a save.
pub(super) enum Outcome {
    /// Kept.
    Saved(Box<Draft>),
    /// It says what is in force; there is no draft to keep.
    Unchanged,
    /// Somebody saved another text since.
    Stale(Box<Draft>),
    /// The draft was published or thrown away since, or something was published since the editor was opened.
    Overtaken,
}

/// Saves what was typed over an opened notice. `aloud` as for [`drafts::store::save`].
pub(super) async fn save(
    desk: &Desk,
    actor: &Actor,
    opened: &Opened,
    typed: &NoticeForm,
    content: NoticeDraft,
    aloud: bool,
) -> Result<Outcome, AppError> {
    if opened.kept.is_none() {
        if typed.revision > 0 || typed.base.parse().ok() != opened.base() {
            return Ok(Outcome::Overtaken);
        }
        if content == opened.content {
            return Ok(Outcome::Unchanged);
        }
    }
    let (subject, now, base) = (opened.subject(), desk.now(), opened.base());
    let content = DraftContent::Notice(content);
    let edition = desk.site().edition();
    let written = Written { content: &content, facts: &edition.facts };
    let saved = desk
        .database()
        .write(LIMIT, async |connection| {
            if typed.revision > 0 || opened.kept.is_some() {
                return drafts::store::save(connection, actor, &subject, written, typed.revision, aloud, now).await;
            }
            let draft = drafts::store::start(connection, actor, &subject, written, base, now).await?;
            // Somebody else may have started one a moment ago.
            if draft.content == content { Ok(draft) } else { Err(SaveError::Stale(Box::new(draft))) }
        })
        .await;
    match saved {
        Ok(draft) => Ok(Outcome::Saved(Box::new(draft))),
        Err(SaveError::Stale(draft)) => Ok(Outcome::Stale(draft)),
        Err(SaveError::Gone) => {
            // What there is now is shown beside what was typed, so this node must know it.
            let _ = desk.site().refresh().await;
            Ok(Outcome::Overtaken)
        }
        Err(SaveError::Database(error)) => Err(error.into()),
        Err(error @ SaveError::Json(_)) => Err(AppError::Internal(error.into())),
    }
}
