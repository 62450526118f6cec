//! `/navigation`: the links around every page, in order.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Fields, Problems, Wrong};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By, Desk};
use crate::desk::flash::Flash;
use crate::desk::paths;
use crate::desk::permission::{Editing, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts::{Draft, DraftContent};
use crate::features::structure::model as rules;
use crate::features::structure::model::MOST_LINKS;
use crate::features::structure::shared::SECTION;
use crate::features::structure::shared::may_change;
use crate::features::structure::staff::deeds::Deeds;
use crate::features::structure::staff::{Clash, Difference, MadeOf, Outcome, Standing, draft_of, keep, reorder};
use crate::site::edition::Edition;
use crate::site::model::{Navigation, NavigationLink};
use crate::site::paths as public;
use crate::site::subject::Subject;

const HERE: &str = paths::NAVIGATION;

/// The two lists: their names in the form and for people.
const LISTS: [(&str, &str); 2] = [("main", "Main navigation"), ("footer", "Footer")];

#[derive(Template)]
#[template(path = "structure/navigation.html")]
struct NavigationPage {
    shell: StaffShell,
    may_change: bool,
    standing: Option<Standing>,
    deeds: Deeds,
    form: NavigationForm,
    lists: Vec<List>,
    paths: Vec<String>,
    differences: Vec<Difference>,
}

struct List {
    name: &'static str,
    title: &'static str,
    rows: Vec<Shown>,
}

/// A link in the form, with the ids of its fields.
struct Shown {
    at: usize,
    label_id: String,
    href_id: String,
    row: Row,
}

/// A link as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row {
    label: String,
    href: String,
    place: String,
}

/// The links of both lists as they were typed, or as they are when the form is opened.
#[derive(Default)]
struct NavigationForm {
    made_of: MadeOf,
    lists: [Vec<Row>; 2],
    problems: Problems,
    clash: Option<Clash>,
}

impl NavigationForm {
    fn of(links: &Navigation, made_of: MadeOf) -> Self {
        let rows = |links: &[NavigationLink]| {
            let placed = links.iter().zip(1..);
            placed
                .map(|(link, place)| Row {
                    label: link.label.clone(),
                    href: link.href.clone(),
                    place: i32::to_string(&place),
                })
                .collect()
        };
        Self { made_of, lists: [rows(&links.navigation), rows(&links.footer)], ..Self::default() }
    }

    /// Rows that hold nothing are left out: the last of each list is there to be filled in.
    fn read(sent: &Fields) -> Self {
        let lists =
            LISTS.map(|(list, _)| {
                let [label, href, place] = ["label", "href", "place"].map(|field| format!("{list}-{field}"));
                let rows = sent.all(&label).zip(sent.all(&href)).zip(sent.all(&place)).map(|((label, href), place)| {
                    Row { label: label.to_owned(), href: href.to_owned(), place: place.to_owned() }
                });
                rows.filter(|row| !row.label.trim().is_empty() || !row.href.trim().is_empty()).collect()
            });
        Self { made_of: MadeOf::read(sent), lists, ..Self::default() }
    }
}

fn in_force(edition: &Edition) -> Option<(i64, DraftContent)> {
    let number = edition.published.navigation.number_at(edition.at)?;
    Some((number, DraftContent::Navigation((*edition.navigation).clone())))
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    actor: By<Reading>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let draft = draft_of(&desk, &Subject::Navigation).await?;
    let edition = desk.site().edition();
    let made_of = MadeOf::now(draft.as_ref(), in_force(&edition).map(|(number, _)| number));
    let form = match draft.as_ref().map(|draft| &draft.content) {
        Some(DraftContent::Navigation(links)) => NavigationForm::of(links, made_of),
        _ => NavigationForm::of(&edition.navigation, made_of),
    };
    page(&desk, &actor, draft.as_ref(), form, query.as_deref())
}

fn page(
    desk: &Desk,
    actor: &Actor,
    draft: Option<&Draft>,
    mut form: NavigationForm,
    query: Option<&str>,
) -> Result<Response, AppError> {
    let edition = desk.site().edition();
    let mut known: Vec<String> = edition.page_addresses().into_iter().map(crate::site::model::Address::path).collect();
    known.extend([public::WEBCHAT, public::NOTICES, public::PROOF, public::SEARCH].map(str::to_owned));
    let differences = match form.clash.as_ref().map(|clash| &clash.theirs) {
        Some(DraftContent::Navigation(theirs)) => differences(&form, theirs),
        _ => Vec::new(),
    };
    let lists = LISTS.into_iter().zip(std::mem::take(&mut form.lists));
    let page = NavigationPage {
        shell: desk.shell(Some(actor), "Navigation and footer", SECTION).saying(said(query)),
        may_change: may_change(actor),
        standing: draft.map(Standing::of),
        deeds: Deeds::of(actor, Some(&edition.published.navigation), edition.at),
        lists: lists
            .map(|((name, title), rows)| List {
                name,
                title,
                rows: rows
                    .into_iter()
                    .enumerate()
                    .map(|(at, row)| Shown { at, label_id: id(name, "label", at), href_id: id(name, "href", at), row })
                    .collect(),
            })
            .collect(),
        paths: known,
        form,
        differences,
    };
    respond::form(&page, &page.form.problems)
}

/// The id of a field.
fn id(list: &str, field: &str, at: usize) -> String {
    format!("{list}-{field}-{at}")
}

fn differences(mine: &NavigationForm, theirs: &Navigation) -> Vec<Difference> {
    let words = |rows: &[Row]| {
        let links = rows.iter().map(|row| NavigationLink { label: row.label.clone(), href: row.href.clone() });
        rules::in_words(&links.collect::<Vec<_>>())
    };
    let theirs = [&theirs.navigation, &theirs.footer];
    let both = LISTS.iter().zip(&mine.lists).zip(theirs);
    both.map(|(((_, title), mine), theirs)| Difference {
        what: (*title).to_owned(),
        mine: words(mine),
        theirs: rules::in_words(theirs),
    })
    .filter(|difference| difference.mine != difference.theirs)
    .collect()
}

pub(crate) async fn save(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Form(sent): Form<Fields>,
) -> Result<Response, AppError> {
    let draft = draft_of(&desk, &Subject::Navigation).await?;
    let edition = desk.site().edition();
    let mut form = NavigationForm::read(&sent);
    let links = match check(&edition, &form, sent.get("press")) {
        Ok(links) => links,
        Err(problems) => {
            form.problems = problems;
            return page(&desk, &actor, draft.as_ref(), form, None);
        }
    };
    let mine = NavigationForm::of(&links, form.made_of);
    let content = DraftContent::Navigation(links);
    match keep(&desk, &actor, (&Subject::Navigation, &content), form.made_of, in_force(&edition)).await? {
        Outcome::Saved => respond::see_other(&Flash::Saved.at(HERE)),
        Outcome::Unchanged => respond::see_other(HERE),
        Outcome::Clash(clash) => {
            let (made_of, problems) = (clash.made_of, Problems::conflict());
            let form = NavigationForm { made_of, clash: Some(*clash), problems, ..mine };
            page(&desk, &actor, draft.as_ref(), form, None)
        }
    }
}

/// The links that a form describes.
fn check(edition: &Edition, typed: &NavigationForm, press: &str) -> Result<Navigation, Problems> {
    let mut problems = Problems::default();
    let mut links = LISTS.iter().zip(&typed.lists).map(|((list, title), rows)| {
        let mut links = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let mut keep = |field: &str, what: &str, read: Result<String, Wrong>| {
                let (id, what) = (id(list, field, at), format!("{title}, link {}, {what}", at + 1));
                problems.check(id, what, read).unwrap_or_default()
            };
            let label = keep("label", "words", rules::label(&row.label));
            let href = keep("href", "path", rules::href(edition, &row.href));
            links.push(((at, NavigationLink { label, href }), row.place.clone()));
        }
        if links.is_empty() {
            problems.add(format!("{list}-new-label"), format!("{title}: keep at least one link."));
        } else if links.len() > MOST_LINKS {
            problems.add(id(list, "label", MOST_LINKS), format!("{title}: keep at most {MOST_LINKS} links."));
        }
        let press = press.strip_prefix(&format!("{list}:")).unwrap_or_default();
        let ordered = reorder(links, press, |(at, _), which| at.to_string() == which);
        ordered.into_iter().map(|(_, link)| link).collect::<Vec<_>>()
    });
    let (navigation, footer) = (links.next().unwrap_or_default(), links.next().unwrap_or_default());
    drop(links);
    if problems.is_empty() { Ok(Navigation { navigation, footer }) } else { Err(problems) }
}
