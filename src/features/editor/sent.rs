//! The editor's form as it arrives, and how it is saved.

use crate::base::error::AppError;
use crate::base::web::form::Problems;
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::features::drafts::saving::{Found, Outcome};
use crate::features::drafts::{DraftContent, NoticeDraft, saving};
use crate::features::editor::form::NoticeForm;
use crate::features::editor::{Opened, open};

/// The editor's form as it arrived, with the draft it makes and what is wrong with it.
pub(super) struct Sent {
    pub(super) opened: Opened,
    pub(super) typed: NoticeForm,
    pub(super) content: NoticeDraft,
    pub(super) problems: Problems,
}

/// Reads the form of a notice that is opened for it.
pub(super) async fn read_form(desk: &DeskNow, name: String, pairs: Vec<(String, String)>) -> Result<Sent, AppError> {
    let opened = open(desk, name).await?;
    let typed = NoticeForm::read(pairs);
    let (content, problems) = typed.draft(&opened.content, opened.name.as_str());
    Ok(Sent { opened, typed, content, problems })
}

/// Saves what was sent over the opened notice.
pub(super) async fn save_form(desk: &DeskNow, actor: &Actor, sent: &Sent, explicit: bool) -> Result<Outcome, AppError> {
    let Sent { opened, typed, content, .. } = sent;
    let subject = opened.subject();
    let [content, before] = [content, &opened.content].map(|content| DraftContent::Notice(content.clone()));
    let found = Found { is_drafted: opened.kept.is_some(), base: opened.base(), content: Some(&before) };
    let sent = saving::Sent { subject: &subject, content: &content, made_of: typed.made_of, explicit };
    saving::save(desk, actor, sent, found).await
}
