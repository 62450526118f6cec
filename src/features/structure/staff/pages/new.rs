//! `/pages/new`: a page with its title, address, first text and place in the menu in one form, which one review looks at.

use axum::response::Response;
use sqlx::PgConnection;

use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::Editing;
use crate::features::change_sets::compose::{make as make_set, start_part};
use crate::features::change_sets::decide::NewSet;
use crate::features::change_sets::paths as sets;
use crate::features::drafts::begin::{FIRST, is_taken};
use crate::features::drafts::saving::MadeOf;
use crate::features::drafts::{Draft, DraftContent, NoticeDraft};
use crate::features::publishing::model::WorkflowError;
use crate::features::structure::model as rules;
use crate::features::structure::shared::all_drafts;
use crate::features::structure::staff::pages::form::{FirstText, PageForm, check};
use crate::features::structure::staff::pages::{edit, edit_page};
use crate::features::structure::staff::{Outcome, save_form};
use crate::site::edition::Edition;
use crate::site::model::{Navigation, NavigationLink, NoticeKind, PageContent};
use crate::site::subject::Subject;

pub(crate) async fn show(desk: DeskNow, actor: By<Editing>) -> Result<Response, AppError> {
    answer(&desk, &actor, PageForm::default(), FirstText { id: uuid::Uuid::now_v7(), ..FirstText::default() })
}

fn answer(desk: &DeskNow, actor: &Actor, form: PageForm, first: FirstText) -> Result<Response, AppError> {
    let page = super::EditPage { first, ..edit_page(desk, actor, None, form, None) };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn make(desk: DeskNow, actor: By<Editing>, Form(sent): Form<Fields>) -> Result<Response, AppError> {
    let drafts = all_drafts(&desk).await?;
    let edition = &desk.edition;
    let (mut form, first) = (PageForm::read(&sent), FirstText::read(&sent));
    let name = rules::address(&form.address).ok();
    let checked = check(edition, &drafts, name.as_ref(), &form, "", None).and_then(|page| {
        // The name of a page is its first address and stays when it moves.
        let known = edition.published.pages.contains_key(page.address.as_str())
            || drafts.iter().any(|draft| matches!(&draft.subject, Subject::Page(name) if *name == page.address));
        let taken = "There is a page of this address, or there was one. Choose another.";
        if known { Err(Problems::one("address", taken)) } else { Ok(page) }
    });
    let page = match checked {
        Ok(page) => page,
        Err(problems) => {
            form.problems = problems;
            return answer(&desk, &actor, form, first);
        }
    };
    if first.is_empty() {
        return make_alone(&desk, &actor, page, form).await;
    }
    let parts = match parts(&desk, &drafts, page, &first) {
        Ok(parts) => parts,
        Err(problems) => {
            form.problems = problems;
            return answer(&desk, &actor, form, first);
        }
    };
    let title = format!("New page: {}", form.title.trim());
    let new = NewSet { id: first.id, note: format!("{title}."), title };
    let asks = sent.get("press") != "save";
    let limit = desk.settings().request_timeout;
    let write =
        desk.database().write(limit, async |connection| begin(connection, &desk, &actor, &new, &parts, asks).await);
    match write.await {
        Ok(()) => respond::see_other(&sets::set(first.id)),
        Err(WorkflowError::InTheWay(draft)) => {
            let said = format!("{} began a draft of this a moment ago. Choose another address.", draft.started_by.name);
            form.problems = Problems::one("address", said);
            answer(&desk, &actor, form, first)
        }
        Err(WorkflowError::NotReady(sentences)) => {
            for sentence in sentences {
                form.problems.add("address", sentence);
            }
            answer(&desk, &actor, form, first)
        }
        Err(WorkflowError::Database(error)) => Err(error.into()),
        Err(other) => Err(anyhow::Error::from(other).into()),
    }
}

/// A page of texts that are there already is a draft by itself.
async fn make_alone(
    desk: &DeskNow,
    actor: &Actor,
    page: PageContent,
    mut form: PageForm,
) -> Result<Response, AppError> {
    let name = page.address.clone();
    let subject = Subject::Page(name.clone());
    match save_form(desk, actor, &subject, &DraftContent::Page(page), MadeOf::default(), false).await? {
        Outcome::Clash(clash) => {
            form.problems = Problems::one("address", format!("{}. Choose another address.", clash.who));
            edit(desk, actor, None, form, None)
        }
        _ => respond::see_other(&Flash::Saved.at(&paths::page(&name))),
    }
}

/// A draft to be started: its subject, its content, and the entry that it starts from.
type Start = (Subject, DraftContent, Option<i64>);

/// The drafts of a page with its first text and its link.
fn parts(desk: &DeskNow, drafts: &[Draft], mut page: PageContent, first: &FirstText) -> Result<Vec<Start>, Problems> {
    let (edition, name) = (&desk.edition, page.address.clone());
    let mut problems = Problems::default();
    let mut parts: Vec<Start> = Vec::new();
    let is_drafted = |subject: &Subject| drafts.iter().any(|draft| draft.subject == *subject);
    if !first.markdown.trim().is_empty() {
        let subject = Subject::Notice(name.clone());
        if is_taken(desk, &name) || is_drafted(&subject) {
            problems
                .add("address", "There is a notice of this name already. Choose another address, or add that notice.");
        }
        let text = NoticeDraft {
            title: page.title.clone(),
            markdown: first.markdown.replace("\r\n", "\n"),
            change_note: FIRST.to_owned(),
            about_harm: page.about_harm,
            ..NoticeDraft::new(name.clone(), NoticeKind::Text)
        };
        page.notices.insert(0, name.clone());
        parts.push((subject, DraftContent::Notice(text), None));
    }
    let link = link(edition, &page, first);
    if !first.menu.is_empty() {
        if is_drafted(&Subject::Navigation) {
            let said = "Somebody is changing the menu: there is a draft of it. Publish or delete that first, or leave the menu out.";
            problems.add("menu", said);
        }
        if let Some(navigation) = problems.check("label", "What the link says", link) {
            let base = edition.published.navigation.number_at(edition.at);
            parts.push((Subject::Navigation, DraftContent::Navigation(navigation), base));
        }
    }
    parts.push((Subject::Page(name), DraftContent::Page(page), None));
    if problems.is_empty() { Ok(parts) } else { Err(problems) }
}

/// The links around every page with one to a new page at the end of its list.
fn link(edition: &Edition, page: &PageContent, first: &FirstText) -> Result<Navigation, crate::base::web::form::Wrong> {
    let typed = if first.label.trim().is_empty() { &page.title } else { &first.label };
    let link = NavigationLink { label: rules::label(typed)?, href: page.address.path() };
    let mut navigation = (*edition.navigation).clone();
    if first.menu == "footer" { &mut navigation.footer } else { &mut navigation.navigation }.push(link);
    Ok(navigation)
}

async fn begin(
    connection: &mut PgConnection,
    desk: &DeskNow,
    actor: &Actor,
    new: &NewSet,
    parts: &[Start],
    asks: bool,
) -> Result<(), WorkflowError> {
    let mut taken = Vec::new();
    for (subject, content, base) in parts {
        let facts = &desk.edition.facts;
        taken.push(start_part(connection, desk, actor, (subject, content), *base, facts).await?);
    }
    make_set(connection, desk, actor, new, &taken, asks).await
}
