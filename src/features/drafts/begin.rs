//! Drafts of notices and banners that are not there yet: what they are called, and how they are started.

use crate::base::error::AppError;
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::features::drafts::saving::LIMIT;
use crate::features::drafts::store::SaveError;
use crate::features::drafts::{Draft, DraftContent, NoticeDraft, Written, store};
use crate::site::model::{Address, Banner, NoticeKind};
use crate::site::subject::Subject;
use crate::text::folding;

/// The most banners that get a name from one title.
const MOST_OF_ONE_TITLE: u32 = 50;
/// The longest address that is made of a title, in characters.
const LONGEST_ADDRESS: usize = 60;
/// The change note of a first version, until somebody writes another.
pub const FIRST: &str = "First published.";

/// Tells whether something published has an address, or had it: old addresses go on leading somewhere.
pub fn is_taken(desk: &DeskNow, name: &Address) -> bool {
    let edition = &desk.edition;
    let published = &edition.published;
    // A page's own name is free for the notice that will stand on it alone, unless it has one.
    published.notices.contains_key(name.as_str()) || published.notice_at(name.as_str(), desk.now()).is_some()
}

/// Starts the draft of a new notice, unless there is another one of that name. The same form sent twice starts one draft.
pub async fn begin(
    desk: &DeskNow,
    actor: &Actor,
    name: &Address,
    draft: NoticeDraft,
) -> Result<Option<Draft>, AppError> {
    let draft = NoticeDraft { change_note: FIRST.to_owned(), ..draft };
    let (subject, content, now) = (Subject::Notice(name.clone()), DraftContent::Notice(draft), desk.now());
    let edition = &desk.edition;
    let written = Written { subject: &subject, content: &content, facts: &edition.facts };
    let started = desk
        .database()
        .write(LIMIT, async |connection| {
            let draft = store::start(connection, actor, written, None, now).await?;
            let is_ours = draft.started_by.id == actor.id() && draft.revision == 1 && draft.content == content;
            Ok(is_ours.then_some(draft))
        })
        .await;
    started.map_err(|error| match error {
        SaveError::Database(error) => error.into(),
        error => AppError::Internal(error.into()),
    })
}

/// Starts the draft of a new banner. It is read at no address of its own, so its name is made of its title. None where that many banners
/// have this title already.
pub async fn begin_banner(
    desk: &DeskNow,
    actor: &Actor,
    title: &str,
    markdown: &str,
    banner: &Banner,
) -> Result<Option<Draft>, AppError> {
    let (edition, now) = (&desk.edition, desk.now());
    for name in banner_names(title) {
        let draft = NoticeDraft {
            title: title.to_owned(),
            markdown: markdown.to_owned(),
            banner: Some(banner.clone()),
            ..NoticeDraft::new(name.clone(), NoticeKind::Banner)
        };
        let is_free = !is_taken(desk, &name) && edition.published.page_at(name.as_str(), now).is_none();
        if is_free && let Some(started) = begin(desk, actor, &name, draft).await? {
            return Ok(Some(started));
        }
    }
    Ok(None)
}

/// Names to try for a banner, the plainest first.
fn banner_names(title: &str) -> impl Iterator<Item = Address> {
    let stem = Address::try_from(address_of(title)).map_or_else(|_| "banner".to_owned(), |name| name.to_string());
    let numbered = (2..=MOST_OF_ONE_TITLE).map({
        let stem = stem.clone();
        move |number| format!("{stem}-{number}")
    });
    std::iter::once(stem).chain(numbered).filter_map(|name| Address::try_from(name).ok())
}

/// An address made of a title's words.
pub fn address_of(title: &str) -> String {
    folding::slug(title, LONGEST_ADDRESS)
}

#[cfg(test)]
mod tests {
    use super::{address_of, banner_names};

    #[test]
    fn a_title_makes_an_address() {
        assert_eq!(address_of("What’s new: the 101 line!"), "whats-new-the-101-line");
        assert_eq!(address_of("Polisi Cŵn"), "polisi-cwn");
        assert_eq!(address_of("– –"), "");
    }

    #[test]
    fn a_banner_always_finds_a_name() {
        let first = |title: &str| banner_names(title).take(2).map(|name| name.to_string()).collect::<Vec<_>>();
        assert_eq!(first("Flood: keep away"), ["flood-keep-away", "flood-keep-away-2"]);
        for nothing in ["– –", "大雨", "notices"] {
            assert_eq!(first(nothing), ["banner", "banner-2"], "{nothing}");
        }
    }
}
