//! `/navigation`: the links around every page, in order.

use askama::Template;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts::DraftContent;
use crate::features::structure::model as rules;
use crate::features::structure::model::{LISTS, REDIRECTS, link_field};
use crate::features::structure::shared::SECTION;
use crate::features::structure::shared::may_change;
use crate::features::structure::staff::actions::Actions;
use crate::features::structure::staff::site_wide::{Known, SiteWideForm, TypedForm};
use crate::features::structure::staff::{Standing, rearrange};
use crate::site::edition::Edition;
use crate::site::model::{Navigation, NavigationLink, Redirect};
use crate::site::subject::Subject;

#[derive(Template)]
#[template(path = "structure/navigation.html")]
struct NavigationPage {
    shell: StaffShell,
    may_change: bool,
    standing: Option<Standing>,
    actions: Actions,
    form: TypedForm<NavigationForm>,
    lists: Vec<List>,
    paths: Vec<String>,
}

struct List {
    name: &'static str,
    title: &'static str,
    rows: Vec<NumberedRow>,
}

impl List {
    fn is_redirects(&self) -> bool {
        self.name == REDIRECTS
    }
}

/// A link in the form, with the ids of its fields.
struct NumberedRow {
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
pub(crate) struct NavigationForm {
    lists: [Vec<Row>; 3],
}

impl SiteWideForm for NavigationForm {
    const SUBJECT: Subject = Subject::Navigation;
    const PATH: &'static str = paths::NAVIGATION;
    type Context = ();

    async fn read_context(_: &DeskNow) -> Result<(), AppError> {
        Ok(())
    }

    fn of(content: &DraftContent) -> Self {
        let DraftContent::Navigation(links) = content else { return Self::default() };
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
        Self { lists: [of(&links.navigation), of(&links.footer), redirects] }
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
        Self { lists }
    }

    fn check(&self, edition: &Edition, _: &Known<Self>, press: &str) -> Result<DraftContent, Problems> {
        let [navigation, footer, redirects] = &self.lists;
        let of = |rows: &[Row]| rows.iter().map(Row::link).collect();
        let mut links = Navigation {
            navigation: of(navigation),
            footer: of(footer),
            redirects: redirects.iter().map(Row::redirect).collect(),
        };
        let problems = rules::navigation_problems(edition, &links);
        if !problems.is_empty() {
            return Err(problems);
        }
        let places = |rows: &'_ [Row]| rows.iter().map(|row| row.place.clone()).collect::<Vec<_>>().into_iter();
        rearrange(&mut links.navigation, "main", places(navigation), press);
        rearrange(&mut links.footer, "footer", places(footer), press);
        rearrange(&mut links.redirects, REDIRECTS, places(redirects), press);
        Ok(DraftContent::Navigation(links))
    }

    fn page(
        desk: &DeskNow,
        actor: &Actor,
        known: &Known<Self>,
        mut form: TypedForm<Self>,
        query: Option<&str>,
    ) -> Result<Response, AppError> {
        let edition = &desk.edition;
        let mut own_paths: Vec<String> =
            edition.page_addresses().into_iter().map(crate::site::model::Address::path).collect();
        own_paths.extend(edition.declared.navigation.iter().map(|path| (*path).to_owned()));
        own_paths.sort();
        own_paths.dedup();
        let lists = LISTS.into_iter().zip(std::mem::take(&mut form.fields.lists));
        let page = NavigationPage {
            shell: desk.shell(Some(actor), "Navigation and footer", SECTION).saying(said(query)),
            may_change: may_change(actor),
            standing: known.draft.as_ref().map(Standing::of),
            actions: Actions::of(actor, Some(&edition.published.navigation), edition.at),
            lists: lists
                .map(|((name, title), rows)| List {
                    name,
                    title,
                    rows: rows
                        .into_iter()
                        .enumerate()
                        .map(|(at, row)| NumberedRow {
                            at,
                            label_id: link_field(name, "label", at),
                            href_id: link_field(name, "href", at),
                            row,
                        })
                        .collect(),
                })
                .collect(),
            paths: own_paths,
            form,
        };
        respond::form(&page, &page.form.problems)
    }
}
