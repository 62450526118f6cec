//! `/pages`: what stands on which page under which address, and in which order.

mod form;
pub(crate) mod new;
pub(crate) mod take_away;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;

use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path, Query};
use crate::base::web::form::{Fields, Problems};
use crate::base::web::paging::Paging;
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts::saving::MadeOf;
use crate::features::drafts::{Draft, DraftContent, titles};
use crate::features::structure::model as rules;
use crate::features::structure::shared::{all_drafts, may_change};
use crate::features::structure::staff::actions::Actions;
use crate::features::structure::staff::pages::form::{FirstText, PageForm, check};
use crate::features::structure::staff::{Outcome, Standing, save_form};
use crate::site::edition;
use crate::site::edition::Edition;
use crate::site::model::{Address, PageContent};
use crate::site::subject::Subject;
use crate::site::timeline::Timeline;
use crate::text::folding::sort_key;
use crate::text::markdown::deepen;

#[derive(Template)]
#[template(path = "structure/pages.html")]
struct ListPage {
    shell: StaffShell,
    may_change: bool,
    rows: Vec<Row>,
    paging: Paging,
}

/// The query of the list.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    page: String,
}

struct Row {
    name: String,
    title: String,
    /// The address at which visitors read it, if it is in force.
    path: Option<String>,
    notices: Vec<(String, String)>,
    /// The state of its draft, and the page where it is read.
    draft: Option<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "structure/page.html")]
struct EditPage {
    shell: StaffShell,
    may_change: bool,
    /// The name; none for a new page.
    name: Option<String>,
    action: String,
    standing: Option<Standing>,
    actions: Actions,
    in_force: Option<String>,
    fixed: bool,
    form: PageForm,
    /// What a new page brings along.
    first: FirstText,
    notices: Vec<OnPage>,
    /// Texts that are not on the page yet.
    others: Vec<(String, String)>,
}

struct OnPage {
    name: String,
    title: String,
    place: String,
    /// Set if anything of it is in force; a page shows nothing for others.
    there: bool,
}

#[derive(Template)]
#[template(path = "structure/preview.html")]
struct PreviewPage {
    shell: StaffShell,
    name: String,
    title: String,
    description: String,
    path: String,
    sections: Vec<(Option<String>, Option<String>)>,
}

/// The page in force, and the entry that made it so.
struct InForce {
    entry: i64,
    page: Arc<PageContent>,
}

/// The state that the handlers of one page read first.
struct Known {
    edition: Arc<Edition>,
    drafts: Vec<Draft>,
    name: Address,
    in_force: Option<InForce>,
    /// Still to come.
    coming: Option<Arc<PageContent>>,
    /// As it was before it was taken away.
    last: Option<Arc<PageContent>>,
}

impl Known {
    /// Reads the state; not found if there is neither a page nor a draft of that name.
    async fn read(desk: &DeskNow, name: &str) -> Result<Self, AppError> {
        // A name is an address that was once free; "notices" and the like never were.
        let name = Address::try_from(name.to_owned()).map_err(|_| AppError::NotFound)?;
        let edition = &desk.edition;
        let timeline = edition.published.pages.get(name.as_str());
        let in_force = timeline.and_then(|pages| {
            Some(InForce { entry: pages.number_at(edition.at)?, page: pages.at(edition.at)?.clone() })
        });
        let coming = timeline.and_then(|pages| coming(pages, edition.at)).cloned();
        let last = timeline.and_then(|pages| pages.up_to(edition.at).next_back()).cloned();
        let known =
            Self { drafts: all_drafts(desk).await?, name, in_force, coming, last, edition: Arc::clone(edition) };
        if known.page().is_err() { Err(AppError::NotFound) } else { Ok(known) }
    }

    fn draft(&self) -> Option<&Draft> {
        self.drafts.iter().find(|draft| matches!(&draft.subject, Subject::Page(name) if *name == self.name))
    }

    fn page(&self) -> Result<&PageContent, AppError> {
        match (self.draft().map(|draft| &draft.content), &self.in_force, &self.coming) {
            (Some(DraftContent::Page(page)), _, _) => Ok(page),
            (_, Some(InForce { page, .. }), _) | (_, _, Some(page)) => Ok(page),
            _ => self.last.as_deref().ok_or(AppError::NotFound),
        }
    }

    fn base(&self) -> Option<i64> {
        self.in_force.as_ref().map(|in_force| in_force.entry)
    }
}

/// The last state of a page that is still to come.
fn coming(pages: &Timeline<Arc<PageContent>>, now: Timestamp) -> Option<&Arc<PageContent>> {
    pages.coming(now).filter_map(|state| state.content.as_ref()).next_back()
}

pub(crate) async fn list(
    desk: DeskNow,
    actor: By<Reading>,
    Query(asked): Query<Asked>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let drafts = all_drafts(&desk).await?;
    let edition = &desk.edition;
    let mut drafted: BTreeMap<&str, (&Draft, &PageContent)> = drafts
        .iter()
        .filter_map(|draft| match (&draft.subject, &draft.content) {
            (Subject::Page(name), DraftContent::Page(page)) => Some((name.as_str(), (draft, page))),
            _ => None,
        })
        .collect();
    let mut pages = Vec::new();
    for (name, timeline) in &edition.published.pages {
        if let Some(page) = timeline.at(edition.at) {
            let draft = drafted.remove(name).map(|(draft, _)| draft);
            pages.push(Listed { name, page, path: Some(page.address.path()), draft });
        } else if let (Some(page), None) = (coming(timeline, edition.at), drafted.get(name)) {
            pages.push(Listed { name, page, path: None, draft: None });
        }
    }
    let drafted = drafted.into_iter();
    pages.extend(drafted.map(|(name, (draft, page))| Listed { name, page, path: None, draft: Some(draft) }));
    pages.sort_by_cached_key(|listed| sort_key(&listed.page.title));
    let (paging, pages) = Paging::of(pages, &asked.page, paths::PAGES, &[]);
    let rows = pages.into_iter().map(|listed| row(edition, listed)).collect();
    let page = ListPage {
        shell: desk.shell(Some(&actor), "Pages and facts", paths::PAGES).saying(said(query.as_deref())),
        may_change: may_change(&actor),
        rows,
        paging,
    };
    respond::page(StatusCode::OK, &page)
}

/// A page in force, to come, or in a draft alone.
struct Listed<'a> {
    name: &'a str,
    page: &'a PageContent,
    path: Option<String>,
    draft: Option<&'a Draft>,
}

fn row(edition: &Edition, listed: Listed<'_>) -> Row {
    let Listed { name, page, path, draft } = listed;
    let title = |notice: &Address| titles::of_notice(notice.as_str(), edition);
    Row {
        name: name.to_owned(),
        title: page.title.clone(),
        path,
        notices: page.notices.iter().map(|notice| (notice.to_string(), title(notice))).collect(),
        draft: draft.map(|draft| (draft.state.words(), paths::draft_review(&draft.subject))),
    }
}

pub(crate) async fn show(
    desk: DeskNow,
    actor: By<Reading>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let known = match Known::read(&desk, &name).await {
        // A new page that was cancelled before it came.
        Err(AppError::NotFound) if let Some(said) = Flash::of(query.as_deref()) => {
            return respond::see_other(&said.at(paths::PAGES));
        }
        known => known?,
    };
    let form = PageForm::of(known.page()?, MadeOf::now(known.draft(), known.base()));
    edit(&desk, &actor, Some(&known), form, query.as_deref())
}

fn edit(
    desk: &DeskNow,
    actor: &Actor,
    known: Option<&Known>,
    form: PageForm,
    query: Option<&str>,
) -> Result<Response, AppError> {
    let page = edit_page(desk, actor, known, form, query);
    respond::form(&page, &page.form.problems)
}

fn edit_page(desk: &DeskNow, actor: &Actor, known: Option<&Known>, form: PageForm, query: Option<&str>) -> EditPage {
    let edition = &desk.edition;
    let name = known.map(|known| known.name.to_string());
    let action = name.as_ref().map_or_else(|| paths::PAGE_NEW.to_owned(), paths::page);
    let heading = known.map_or_else(
        || "New page".to_owned(),
        |known| known.page().map_or_else(|_| known.name.to_string(), |page| page.title.clone()),
    );
    let on_page = |name: &str| form.notices.iter().any(|(known, _)| known == name);
    let texts = rules::texts(edition);
    let others: Vec<(String, String)> = texts.iter().filter(|(name, _)| !on_page(name)).cloned().collect();
    let notices = form.notices.iter().map(|(name, place)| OnPage {
        there: texts.iter().any(|(known, _)| known == name),
        title: titles::of_notice(name, edition),
        name: name.clone(),
        place: place.clone(),
    });
    let draft = known.and_then(Known::draft);
    EditPage {
        shell: desk.shell(Some(actor), &heading, &action).saying(said(query)),
        may_change: may_change(actor),
        action,
        standing: draft.map(Standing::of),
        actions: Actions::of(actor, name.as_ref().and_then(|name| edition.published.pages.get(name)), edition.at),
        in_force: known.and_then(|known| known.in_force.as_ref()).map(|in_force| in_force.page.address.path()),
        fixed: known.is_some_and(|known| edition.declared.is_own(known.name.as_str())),
        name,
        notices: notices.collect(),
        others,
        form,
        first: FirstText::default(),
    }
}

pub(crate) async fn save(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(sent): Form<Fields>,
) -> Result<Response, AppError> {
    let known = Known::read(&desk, &name).await?;
    let mut form = PageForm::read(&sent);
    let current = known.page()?;
    let page = match check(&known.edition, &known.drafts, Some(&known.name), &form, sent.get("press"), Some(current)) {
        Ok(page) => page,
        Err(problems) => {
            form.problems = problems;
            return edit(&desk, &actor, Some(&known), form, None);
        }
    };
    let subject = Subject::Page(known.name.clone());
    let content = DraftContent::Page(page);
    match save_form(&desk, &actor, &subject, &content, form.made_of, known.draft().is_some()).await? {
        Outcome::Saved => respond::see_other(&Flash::Saved.at(&paths::page(&known.name))),
        Outcome::Unchanged => respond::see_other(&paths::page(&known.name)),
        Outcome::Clash(clash) => {
            let mine = match &content {
                DraftContent::Page(page) => PageForm::of(page, clash.made_of),
                _ => form,
            };
            let form = PageForm { clash: Some(*clash), problems: Problems::conflict(), ..mine };
            edit(&desk, &actor, Some(&known), form, None)
        }
    }
}

pub(crate) async fn preview(desk: DeskNow, actor: By<Reading>, Path(name): Path<String>) -> Result<Response, AppError> {
    let known = Known::read(&desk, &name).await?;
    let page = known.page()?;
    let sections = edition::sections(&known.edition.published, page, known.edition.at);
    let single = sections.len() == 1;
    let shown = sections.iter().map(|section| {
        let text = section.version.as_ref().and_then(|version| version.text.as_ref());
        let title = text.filter(|_| !single).map(|text| text.title.clone());
        // Under the headings of this page the texts stand one level deeper than in public.
        let html = text.map(|text| if single { deepen(&text.html) } else { deepen(&deepen(&text.html)) });
        (title, html)
    });
    let preview = PreviewPage {
        shell: desk.shell(Some(&actor), &format!("Preview: {}", page.title), &paths::page_preview(&name)),
        title: match sections.first().and_then(|section| section.version.as_ref()?.text.as_ref()) {
            Some(text) if single && page.title.is_empty() => text.title.clone(),
            _ => page.title.clone(),
        },
        description: page.description.clone(),
        path: page.address.path(),
        sections: shown.collect(),
        name,
    };
    respond::page(StatusCode::OK, &preview)
}
