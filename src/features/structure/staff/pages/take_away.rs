//! `/pages/{name}/take-away`: a page goes, and the form asks where its visitors and its texts go. Its links go in the same change set.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::Editing;
use crate::desk::shell::StaffShell;
use crate::features::change_sets::compose::{make as make_set, start_part};
use crate::features::change_sets::decide::{NewSet, part_of_withdrawal};
use crate::features::change_sets::model::LONGEST_TITLE;
use crate::features::change_sets::paths as sets;
use crate::features::change_sets::store::NewPart;
use crate::features::drafts::{Draft, DraftContent, titles};
use crate::features::publishing::model;
use crate::features::publishing::model::WorkflowError;
use crate::features::structure::model as rules;
use crate::features::structure::shared::all_drafts;
use crate::features::structure::staff::words;
use crate::site::edition::Edition;
use crate::site::model::{Address, Navigation, NavigationLink, PageContent, Redirect, WithdrawalContent, path_of};
use crate::site::subject::Subject;

#[derive(Template)]
#[template(path = "structure/take_away.html")]
struct TakeAwayPage {
    shell: StaffShell,
    name: String,
    title: String,
    path: String,
    texts: Vec<TextRow>,
    /// Other pages: name and title.
    pages: Vec<(String, String)>,
    /// Where visitors can be sent: path and title.
    places: Vec<(String, String)>,
    /// The links that go with the page, in words.
    links: Vec<String>,
    form: TakeAwayForm,
}

/// A text on the page.
struct TextRow {
    name: String,
    field: String,
    title: String,
    chosen: String,
}

/// Where visitors and texts of a page go.
#[derive(Default)]
struct TakeAwayForm {
    id: Uuid,
    note: String,
    /// Whether visitors are sent on.
    leads_on: bool,
    go_to: String,
    /// By the name of a text: `withdraw`, `alone`, or the name of a page after `page:`.
    texts: BTreeMap<String, String>,
    problems: Problems,
}

impl TakeAwayForm {
    fn read(sent: &Fields) -> Self {
        Self {
            id: sent.get("id").parse().unwrap_or_else(|_| Uuid::now_v7()),
            note: sent.get("note").to_owned(),
            leads_on: sent.get("visitors") != "gone",
            go_to: sent.get("go_to").to_owned(),
            texts: sent.starting("text:").map(|(name, to)| (name.to_owned(), to.to_owned())).collect(),
            problems: Problems::default(),
        }
    }
}

/// The page that is to go, as it is in force.
fn find(desk: &DeskNow, name: &str) -> Result<(Address, PageContent), AppError> {
    let edition = &desk.edition;
    let name = Address::try_from(name.to_owned()).map_err(|_| AppError::NotFound)?;
    let page = edition.published.pages.get(name.as_str()).and_then(|page| page.at(edition.at));
    let page = (**page.ok_or(AppError::NotFound)?).clone();
    Ok((name, page))
}

pub(crate) async fn show(desk: DeskNow, actor: By<Editing>, Path(name): Path<String>) -> Result<Response, AppError> {
    let (name, page) = find(&desk, &name)?;
    answer(&desk, &actor, &name, &page, TakeAwayForm { id: Uuid::now_v7(), leads_on: true, ..TakeAwayForm::default() })
}

fn answer(
    desk: &DeskNow,
    actor: &Actor,
    name: &Address,
    page: &PageContent,
    mut form: TakeAwayForm,
) -> Result<Response, AppError> {
    let edition = &desk.edition;
    if is_fixed(edition, page) && form.problems.is_empty() {
        form.problems.add("", words::PAGE_IS_NEEDED);
    }
    let texts = page.notices.iter().map(|notice| TextRow {
        field: format!("text-{notice}"),
        title: titles::of_notice(notice.as_str(), edition),
        chosen: form.texts.get(notice.as_str()).cloned().unwrap_or_default(),
        name: notice.to_string(),
    });
    let others = edition.published.pages.iter().filter(|(other, _)| *other != name.as_str());
    let others = others.filter_map(|(other, timeline)| Some((other.to_owned(), timeline.at(edition.at)?)));
    let (pages, places): (Vec<_>, Vec<_>) = others
        .map(|(other, there)| ((other, there.title.clone()), (there.address.path(), there.title.clone())))
        .unzip();
    let shown = TakeAwayPage {
        shell: desk.shell(Some(actor), &format!("Take away: {}", page.title), paths::PAGE),
        title: page.title.clone(),
        path: page.address.path(),
        texts: texts.collect(),
        pages,
        places,
        links: links_to(&edition.navigation, &[page.address.path()]),
        name: name.to_string(),
        form,
    };
    respond::form(&shown, &shown.form.problems)
}

/// Tells that the program leads people to a page itself.
fn is_fixed(edition: &Edition, page: &PageContent) -> bool {
    page.address.as_str() == "home" || edition.declared.is_own(page.address.as_str())
}

/// The links and redirects that lead to one of some paths, in words.
fn links_to(around: &Navigation, gone: &[String]) -> Vec<String> {
    let lists = [("main navigation", &around.navigation), ("footer", &around.footer)];
    let links = lists.into_iter().flat_map(|(list, links)| links.iter().map(move |link| (list, link)));
    links
        .filter(|(_, link)| leads_to(&link.href, gone))
        .map(|(list, link)| format!("“{}” in the {list}", link.label))
        .chain(
            around
                .redirects
                .iter()
                .filter(|to| leads_to(&to.to, gone))
                .map(|to| format!("the redirect from {}", to.from)),
        )
        .collect()
}

fn leads_to(href: &str, gone: &[String]) -> bool {
    href.split(['#', '?']).next().is_some_and(|path| gone.iter().any(|gone| gone == path))
}

/// The links around every page without those that lead to what is gone; redirects lead on with the page's visitors.
fn without(around: &Navigation, gone: &[String], go_to: Option<&str>) -> Navigation {
    let keep = |links: &[NavigationLink]| links.iter().filter(|link| !leads_to(&link.href, gone)).cloned().collect();
    let redirects = around.redirects.iter().filter_map(|redirect| {
        if !leads_to(&redirect.to, gone) {
            return Some(redirect.clone());
        }
        Some(Redirect { to: go_to?.to_owned(), ..redirect.clone() })
    });
    Navigation { navigation: keep(&around.navigation), footer: keep(&around.footer), redirects: redirects.collect() }
}

/// What a form asks for: drafts to be started, and withdrawals.
struct Asked {
    withdrawals: Vec<(Subject, WithdrawalContent)>,
    drafts: Vec<(Subject, DraftContent, Option<i64>)>,
    note: String,
}

fn check(
    edition: &Edition,
    drafts: &[Draft],
    name: &Address,
    page: &PageContent,
    form: &TakeAwayForm,
) -> Result<Asked, Problems> {
    let mut problems = Problems::default();
    if is_fixed(edition, page) {
        problems.add("", words::PAGE_IS_NEEDED);
    }
    let subject = Subject::Page(name.clone());
    let is_drafted = |subject: &Subject| drafts.iter().any(|draft| draft.subject == *subject);
    if is_drafted(&subject) {
        problems.add("", words::page_is_drafted(&page.title));
    }
    let note = model::reason(&form.note);
    if note.is_none() {
        problems.add("note", words::NO_REASON);
    }
    let path = page.address.path();
    let go_to = if form.leads_on {
        let to = rules::href(edition, &form.go_to);
        if form.go_to.is_empty() {
            problems.add("go_to", words::NO_PLACE);
        } else if to.as_ref().is_ok_and(|to| leads_to(to, std::slice::from_ref(&path))) {
            problems.add("go_to", words::OWN_PLACE);
        } else {
            problems.check("go_to", "Where visitors go", to);
        }
        form.go_to.trim().to_owned()
    } else {
        String::new()
    };
    let told = WithdrawalContent { note: note.clone().unwrap_or_default(), go_to: go_to.clone() };
    let mut withdrawals = vec![(subject, told.clone())];
    let mut gone = vec![path];
    let mut grown: BTreeMap<&str, PageContent> = BTreeMap::new();
    for notice in &page.notices {
        let field = format!("text-{notice}");
        let published = edition.published.notices.get(notice.as_str());
        let in_force = published.is_some_and(|notice| notice.in_force(edition.at).is_some());
        let address = published.map(|notice| notice.address(edition.at));
        match form.texts.get(notice.as_str()).map(String::as_str) {
            Some("withdraw") => {
                if in_force {
                    withdrawals.push((Subject::Notice(notice.clone()), told.clone()));
                    gone.extend(address.map(path_of));
                }
            }
            Some("alone") => {
                if form.leads_on && address == Some(page.address.as_str()) {
                    problems.add(field, words::SAME_ADDRESS);
                }
            }
            Some(to) => {
                let other = to.strip_prefix("page:").filter(|other| *other != name.as_str());
                let known = other.and_then(|other| edition.published.pages.iter().find(|(known, _)| *known == other));
                match known.and_then(|(other, timeline)| Some((other, timeline.at(edition.at)?))) {
                    Some((other, there)) => {
                        let there = grown.entry(other).or_insert_with(|| (**there).clone());
                        if !there.notices.contains(notice) {
                            there.notices.push(notice.clone());
                        }
                    }
                    None => problems.add(field, words::NO_CHOICE),
                }
            }
            None => problems.add(field, words::NO_CHOICE),
        }
    }
    let mut starts = Vec::new();
    for (other, there) in grown {
        let Ok(other) = Address::try_from(other.to_owned()) else { continue };
        let base = edition.published.pages.get(other.as_str()).and_then(|page| page.number_at(edition.at));
        let subject = Subject::Page(other);
        if is_drafted(&subject) {
            problems.add("", words::page_is_drafted(&there.title));
        }
        starts.push((subject, DraftContent::Page(there), base));
    }
    let around = without(&edition.navigation, &gone, Some(go_to.as_str()).filter(|go_to| !go_to.is_empty()));
    if around != *edition.navigation {
        if is_drafted(&Subject::Navigation) {
            problems.add("", words::NAVIGATION_IS_DRAFTED);
        }
        let base = edition.published.navigation.number_at(edition.at);
        starts.push((Subject::Navigation, DraftContent::Navigation(around), base));
    }
    match note {
        Some(note) if problems.is_empty() => Ok(Asked { withdrawals, drafts: starts, note }),
        _ => Err(problems),
    }
}

pub(crate) async fn take_away(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    Form(sent): Form<Fields>,
) -> Result<Response, AppError> {
    let (name, page) = find(&desk, &name)?;
    let drafts = all_drafts(&desk).await?;
    let mut form = TakeAwayForm::read(&sent);
    let edition = &desk.edition;
    let asked = match check(edition, &drafts, &name, &page, &form) {
        Ok(asked) => asked,
        Err(problems) => {
            form.problems = problems;
            return answer(&desk, &actor, &name, &page, form);
        }
    };
    let title: String = format!("Take away: {}", page.title).chars().take(LONGEST_TITLE).collect();
    let new = NewSet { id: form.id, title, note: asked.note.chars().take(1000).collect() };
    let asks = sent.get("press") != "save";
    let made = desk
        .database()
        .write(desk.settings().request_timeout, async |connection| {
            let withdrawn = asked.withdrawals.iter().cloned();
            let mut parts: Vec<NewPart> =
                withdrawn.map(|(subject, told)| part_of_withdrawal(edition, subject, told)).collect();
            for (subject, content, base) in &asked.drafts {
                let start = (subject, content);
                parts.push(start_part(connection, &desk, &actor, start, *base, &edition.facts).await?);
            }
            make_set(connection, &desk, &actor, &new, &parts, asks).await
        })
        .await;
    match made {
        Ok(()) => respond::see_other(&sets::set(form.id)),
        Err(WorkflowError::InTheWay(draft)) => {
            form.problems.add("", format!("{} began a draft of a part of this a moment ago.", draft.started_by.name));
            answer(&desk, &actor, &name, &page, form)
        }
        Err(WorkflowError::NotReady(sentences)) => {
            for sentence in sentences {
                form.problems.add("", sentence);
            }
            answer(&desk, &actor, &name, &page, form)
        }
        Err(WorkflowError::Database(error)) => Err(error.into()),
        Err(other) => Err(anyhow::Error::from(other).into()),
    }
}
