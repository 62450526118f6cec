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
use crate::features::drafts::{NoticeDraft, begin};
use crate::features::editor::words;
use crate::site::model::{Address, Banner, Level, NoticeKind};

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
        "" => begin::address_of(&title),
        wanted => wanted.to_owned(),
    };
    let name = Address::try_from(wanted);
    if name.is_err() && !(title.is_empty() && typed.address.trim().is_empty()) {
        problems.add("address", words::BAD_ADDRESS);
    }
    if let (Ok(name), true) = (name, problems.is_empty()) {
        let draft = NoticeDraft { title, ..NoticeDraft::new(name.clone(), NoticeKind::Text) };
        if !begin::is_taken(&desk, &name) && begin::begin(&desk, &actor, &name, draft).await?.is_some() {
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
        if let Some(draft) = begin::begin_banner(&desk, &actor, &title, "", &banner).await? {
            return respond::see_other(&paths::edit(&draft.subject));
        }
        problems.add("title", drafts::words::TITLE_TAKEN);
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
