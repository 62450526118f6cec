//! `/navigation`: the links around every page, in order.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts::saving::MadeOf;
use crate::features::drafts::{Draft, DraftContent};
use crate::features::structure::model as rules;
use crate::features::structure::model::{LISTS, REDIRECTS, link_field};
use crate::features::structure::shared::SECTION;
use crate::features::structure::shared::may_change;
use crate::features::structure::staff::deeds::Deeds;
use crate::features::structure::staff::{Clash, Outcome, Standing, draft_of, rearrange, save_form};
use crate::site::edition::Edition;
use crate::site::model::{Navigation, NavigationLink, Redirect};
use crate::site::subject::Subject;

const HERE: &str = paths::NAVIGATION;

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
}

struct List {
    name: &'static str,
    title: &'static str,
    rows: Vec<Shown>,
}

impl List {
    fn is_redirects(&self) -> bool {
        self.name == REDIRECTS
    }
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

impl Row {
    fn link(&self) -> NavigationLink {
        NavigationLink { label: self.label.trim().to_owned(), href: self.href.trim().to_owned() }
    }

    fn redirect(&self) -> Redirect {
        let from = rules::old_path(&self.label).unwrap_or_else(|_| self.label.trim().to_owned());
        Redirect { from, to: self.href.trim().to_owned() }
    }
}

/// The rows of all lists as they were typed, or as they are when the form is opened.
#[derive(Default)]
struct NavigationForm {
    made_of: MadeOf,
    lists: [Vec<Row>; 3],
    problems: Problems,
    clash: Option<Clash>,
}

impl NavigationForm {
    fn of(links: &Navigation, made_of: MadeOf) -> Self {
        let rows = |pairs: Vec<(&String, &String)>| {
            let placed = pairs.into_iter().zip(1..);
            let row = |((label, href), place): ((&String, &String), i32)| Row {
                label: label.clone(),
                href: href.clone(),
                place: place.to_string(),
            };
            placed.map(row).collect()
        };
        let of = |links: &'_ [NavigationLink]| rows(links.iter().map(|link| (&link.label, &link.href)).collect());
        let redirects = rows(links.redirects.iter().map(|redirect| (&redirect.from, &redirect.to)).collect());
        Self { made_of, lists: [of(&links.navigation), of(&links.footer), redirects], ..Self::default() }
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

pub(crate) async fn show(desk: DeskNow, actor: By<Reading>, RawQuery(query): RawQuery) -> Result<Response, AppError> {
    let draft = draft_of(&desk, &Subject::Navigation).await?;
    let edition = &desk.edition;
    let made_of = MadeOf::now(draft.as_ref(), edition.published.navigation.number_at(edition.at));
    let form = match draft.as_ref().map(|draft| &draft.content) {
        Some(DraftContent::Navigation(links)) => NavigationForm::of(links, made_of),
        _ => NavigationForm::of(&edition.navigation, made_of),
    };
    page(&desk, &actor, draft.as_ref(), form, query.as_deref())
}

fn page(
    desk: &DeskNow,
    actor: &Actor,
    draft: Option<&Draft>,
    mut form: NavigationForm,
    query: Option<&str>,
) -> Result<Response, AppError> {
    let edition = &desk.edition;
    let mut known: Vec<String> = edition.page_addresses().into_iter().map(crate::site::model::Address::path).collect();
    known.extend(edition.declared.navigation.iter().map(|path| (*path).to_owned()));
    known.sort();
    known.dedup();
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
                    .map(|(at, row)| Shown {
                        at,
                        label_id: link_field(name, "label", at),
                        href_id: link_field(name, "href", at),
                        row,
                    })
                    .collect(),
            })
            .collect(),
        paths: known,
        form,
    };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn save(desk: DeskNow, actor: By<Editing>, Form(sent): Form<Fields>) -> Result<Response, AppError> {
    let draft = draft_of(&desk, &Subject::Navigation).await?;
    let edition = &desk.edition;
    let mut form = NavigationForm::read(&sent);
    let links = match check(edition, &form, sent.get("press")) {
        Ok(links) => links,
        Err(problems) => {
            form.problems = problems;
            return page(&desk, &actor, draft.as_ref(), form, None);
        }
    };
    let mine = NavigationForm::of(&links, form.made_of);
    let content = DraftContent::Navigation(links);
    match save_form(&desk, &actor, &Subject::Navigation, &content, form.made_of, draft.is_some()).await? {
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
    let [navigation, footer, redirects] = &typed.lists;
    let [navigation, footer] = [navigation, footer].map(|rows| rows.iter().map(Row::link).collect());
    let redirects = redirects.iter().map(Row::redirect).collect();
    let mut links = Navigation { navigation, footer, redirects };
    let problems = rules::navigation_problems(edition, &links);
    if !problems.is_empty() {
        return Err(problems);
    }
    let [main, footer, redirects] = &typed.lists;
    let places = |rows: &'_ [Row]| rows.iter().map(|row| row.place.clone()).collect::<Vec<_>>().into_iter();
    rearrange(&mut links.navigation, "main", places(main), press);
    rearrange(&mut links.footer, "footer", places(footer), press);
    rearrange(&mut links.redirects, REDIRECTS, places(redirects), press);
    Ok(links)
}
