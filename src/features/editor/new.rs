//! A notice or banner that is not there yet.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;

use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Problems, Wrong};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::Editing;
use crate::desk::shell::StaffShell;
use crate::features::drafts;
use crate::features::drafts::checks::LONGEST_TITLE;
use crate::features::drafts::saving::LIMIT;
use crate::features::drafts::store::SaveError;
use crate::features::drafts::{DraftContent, NoticeDraft, Written};
use crate::features::editor::words;
use crate::site::model::{Address, Banner, Level, NoticeKind};
use crate::site::subject::Subject;
use crate::text::folding;

/// The most banners that get a name from one title.
const MOST_OF_ONE_TITLE: u32 = 50;
/// The longest address that is made of a title, in characters.
const LONGEST_ADDRESS: usize = 60;

#[derive(Template)]
#[template(path = "editor/new.html")]
struct NewNoticePage {
    shell: StaffShell,
    form: NewForm,
}

#[derive(Template)]
#[template(path = "editor/new_banner.html")]
struct NewBannerPage {
    shell: StaffShell,
    form: NewForm,
    levels: [Level; 3],
}

/// The title of a new notice with its address, or of a new banner with its level.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewForm {
    title: String,
    address: String,
    level: String,
    #[serde(skip)]
    problems: Problems,
}

pub(crate) async fn notice(desk: DeskNow, actor: By<Editing>) -> Result<Response, AppError> {
    notice_page(&desk, &actor, NewForm::default(), Problems::default())
}

pub(crate) async fn banner(desk: DeskNow, actor: By<Editing>) -> Result<Response, AppError> {
    banner_page(&desk, &actor, NewForm::default(), Problems::default())
}

fn notice_page(desk: &DeskNow, actor: &Actor, form: NewForm, problems: Problems) -> Result<Response, AppError> {
    let shell = desk.shell(Some(actor), "New notice", paths::NOTICE_NEW);
    let page = NewNoticePage { shell, form: NewForm { problems, ..form } };
    respond::form(&page, &page.form.problems)
}

fn banner_page(desk: &DeskNow, actor: &Actor, form: NewForm, problems: Problems) -> Result<Response, AppError> {
    let shell = desk.shell(Some(actor), "New banner", paths::BANNER_NEW);
    let page = NewBannerPage { shell, form: NewForm { problems, ..form }, levels: Level::ALL };
    respond::form(&page, &page.form.problems)
}

/// Starts the draft of a new notice. Its address is also the name that stays when it moves.
pub(crate) async fn start_notice(
    desk: DeskNow,
    actor: By<Editing>,
    Form(typed): Form<NewForm>,
) -> Result<Response, AppError> {
    let mut problems = Problems::default();
    let title = title(&typed.title, &mut problems);
    let wanted = match typed.address.trim().trim_start_matches('/') {
        "" => from_title(&title),
        wanted => wanted.to_owned(),
    };
    let name = Address::try_from(wanted);
    if name.is_err() && !(title.is_empty() && typed.address.trim().is_empty()) {
        problems.add("address", words::BAD_ADDRESS);
    }
    if let (Ok(name), true) = (name, problems.is_empty()) {
        if !is_taken(&desk, &name) && begin(&desk, &actor, &name, &title, None).await? {
            return respond::see_other(&paths::notice_edit(&name));
        }
        problems.add("address", words::ADDRESS_TAKEN);
    }
    notice_page(&desk, &actor, typed, problems)
}

/// Starts the draft of a new banner. It is read at no address of its own, so its name is made of its title.
pub(crate) async fn start_banner(
    desk: DeskNow,
    actor: By<Editing>,
    Form(typed): Form<NewForm>,
) -> Result<Response, AppError> {
    let mut problems = Problems::default();
    let title = title(&typed.title, &mut problems);
    let level = Level::ALL.into_iter().find(|level| level.name() == typed.level);
    if level.is_none() {
        problems.add("level_information", words::NO_LEVEL);
    }
    if let (Some(level), true) = (level, problems.is_empty()) {
        let banner = Banner { level, pages: vec!["all".to_owned()], ends_at: None };
        let (edition, now) = (&desk.edition, desk.now());
        for name in banner_names(&title) {
            let free = !is_taken(&desk, &name) && edition.published.page_at(name.as_str(), now).is_none();
            if free && begin(&desk, &actor, &name, &title, Some(banner.clone())).await? {
                return respond::see_other(&paths::notice_edit(&name));
            }
        }
        problems.add("title", words::TITLE_TAKEN);
    }
    banner_page(&desk, &actor, typed, problems)
}

fn title(typed: &str, problems: &mut Problems) -> String {
    let title = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    match title.chars().count() {
        0 => problems.add("title", words::NO_TITLE),
        length if length > LONGEST_TITLE => {
            problems.add_named("title", "Title", Wrong::TooLong { most: LONGEST_TITLE, length });
        }
        _ => {}
    }
    title
}

/// Names to try for a banner, the plainest first.
fn banner_names(title: &str) -> impl Iterator<Item = Address> {
    let stem = Address::try_from(from_title(title)).map_or_else(|_| "banner".to_owned(), |name| name.to_string());
    let numbered = (2..=MOST_OF_ONE_TITLE).map({
        let stem = stem.clone();
        move |number| format!("{stem}-{number}")
    });
    std::iter::once(stem).chain(numbered).filter_map(|name| Address::try_from(name).ok())
}

/// Whether something published has an address, or had it: old addresses go on leading somewhere.
fn is_taken(desk: &DeskNow, name: &Address) -> bool {
    let edition = &desk.edition;
    let published = &edition.published;
    // A page's own name is free for the notice that will stand on it alone, unless it has one.
    published.notices.contains_key(name.as_str()) || published.notice_at(name.as_str(), desk.now()).is_some()
}

/// Starts the draft, unless there is another one of that name: says whether it is ours. The same form sent twice starts one draft.
async fn begin(
    desk: &DeskNow,
    actor: &Actor,
    name: &Address,
    title: &str,
    banner: Option<Banner>,
) -> Result<bool, AppError> {
    let kind = if banner.is_some() { NoticeKind::Banner } else { NoticeKind::Text };
    let draft = NoticeDraft {
        title: title.to_owned(),
        change_note: "First published.".to_owned(),
        banner,
        ..NoticeDraft::new(name.clone(), kind)
    };
    let (subject, content, now) = (Subject::Notice(name.clone()), DraftContent::Notice(draft), desk.now());
    let edition = &desk.edition;
    let written = Written { subject: &subject, content: &content, facts: &edition.facts };
    let started = desk
        .database()
        .write(LIMIT, async |connection| {
            let draft = drafts::store::start(connection, actor, written, None, now).await?;
            Ok(draft.started_by.id == actor.id() && draft.revision == 1 && draft.content == content)
        })
        .await;
    match started {
        Ok(started) => Ok(started),
        Err(SaveError::Database(error)) => Err(error.into()),
        Err(error) => Err(AppError::Internal(error.into())),
    }
}

/// An address made of a title's words.
fn from_title(title: &str) -> String {
    folding::slug(title, LONGEST_ADDRESS)
}

#[cfg(test)]
mod tests {
    use super::{banner_names, from_title};

    #[test]
    fn a_title_makes_an_address() {
        assert_eq!(from_title("What’s new: the 101 line!"), "whats-new-the-101-line");
        assert_eq!(from_title("Polisi Cŵn"), "polisi-cwn");
        assert_eq!(from_title("– –"), "");
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
