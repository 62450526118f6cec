//! `/facts`: the force's names, addresses and numbers, where each is used, and a form that changes them.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::fields;
use crate::base::web::fields::{Fields, Problem};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By, Desk};
use crate::desk::flash::Flash;
use crate::desk::paths;
use crate::desk::permission::{Editing, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts::{Draft, DraftContent};
use crate::features::structure::facts as rules;
use crate::features::structure::facts::{MOST_FACTS, Use};
use crate::features::structure::shared::SECTION;
use crate::features::structure::shared::all_drafts;
use crate::features::structure::shared::may_change;
use crate::features::structure::staff::deeds::Deeds;
use crate::features::structure::staff::{Clash, Difference, MadeOf, Outcome, Standing, keep};
use crate::site::edition::Edition;
use crate::site::fact_names as called;
use crate::site::model::Facts;
use crate::site::subject::Subject;

const HERE: &str = paths::FACTS;

#[derive(Template)]
#[template(path = "structure/facts.html")]
struct Page {
    shell: StaffShell,
    may_change: bool,
    standing: Option<Standing>,
    deeds: Deeds,
    affected: usize,
    made_of: MadeOf,
    rows: Vec<Row>,
    new_name: String,
    new_value: String,
    problems: Vec<Problem>,
    clash: Option<String>,
    differences: Vec<Difference>,
}

struct Row {
    name: String,
    label: String,
    /// As a text refers to it.
    placeholder: String,
    value: String,
    in_force: Option<String>,
    uses: Vec<Use>,
    may_go: bool,
    goes: bool,
}

/// What somebody typed, or what the form starts with.
#[derive(Default)]
struct Typed {
    values: BTreeMap<String, String>,
    goes: Vec<String>,
    new_name: String,
    new_value: String,
    problems: Vec<Problem>,
    clash: Option<Clash>,
}

/// What the handlers read first.
struct Known {
    edition: std::sync::Arc<Edition>,
    draft: Option<Draft>,
    uses: BTreeMap<String, Vec<Use>>,
    base: Option<i64>,
}

impl Known {
    async fn read(desk: &Desk) -> Result<Self, AppError> {
        let edition = desk.site().edition();
        let mut drafts = all_drafts(desk).await?;
        let uses = rules::uses(&edition, &drafts);
        let at = drafts.iter().position(|draft| draft.subject == Subject::Facts);
        let draft = at.map(|at| drafts.swap_remove(at));
        let base = edition.published.facts.number_at(edition.at);
        Ok(Self { edition, draft, uses, base })
    }

    fn facts(&self) -> &Facts {
        match self.draft.as_ref().map(|draft| &draft.content) {
            Some(DraftContent::Facts(facts)) => facts,
            _ => &self.edition.facts,
        }
    }
}

pub(crate) async fn show(
    State(desk): State<Desk>,
    actor: By<Reading>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let known = Known::read(&desk).await?;
    let typed = Typed { values: known.facts().clone(), ..Typed::default() };
    let mut page = page(&desk, &actor, &known, typed);
    page.shell.said = said(query.as_deref());
    respond::page(StatusCode::OK, &page)
}

fn page(desk: &Desk, actor: &Actor, known: &Known, typed: Typed) -> Page {
    let in_force = &known.edition.facts;
    let rows = typed.values.iter().map(|(name, value)| Row {
        name: name.clone(),
        label: called::label(name),
        placeholder: format!("{{{{ {name} }}}}"),
        value: value.clone(),
        in_force: in_force.get(name).filter(|now| *now != value).cloned(),
        uses: known.uses.get(name).cloned().unwrap_or_default(),
        may_go: rules::may_go(name, &known.uses),
        goes: typed.goes.contains(name),
    });
    let mine: Facts = typed.values.clone();
    let differences = match typed.clash.as_ref().map(|clash| &clash.theirs) {
        Some(DraftContent::Facts(theirs)) => differences(&mine, theirs),
        _ => Vec::new(),
    };
    Page {
        shell: desk.shell(Some(actor), "Names, addresses and numbers", SECTION),
        may_change: may_change(actor),
        standing: known.draft.as_ref().map(Standing::of),
        deeds: Deeds::of(actor, Some(&known.edition.published.facts), known.edition.at),
        affected: rules::affected(&known.edition).len(),
        made_of: typed
            .clash
            .as_ref()
            .map_or_else(|| MadeOf::now(known.draft.as_ref(), known.base), |clash| clash.made_of),
        rows: rows.collect(),
        new_name: typed.new_name,
        new_value: typed.new_value,
        problems: typed.problems,
        clash: typed.clash.map(|clash| clash.who),
        differences,
    }
}

fn differences(mine: &Facts, theirs: &Facts) -> Vec<Difference> {
    let names: std::collections::BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
    let value = |facts: &Facts, name: &String| facts.get(name).cloned().unwrap_or_else(|| "(not there)".to_owned());
    names
        .into_iter()
        .filter(|name| mine.get(*name) != theirs.get(*name))
        .map(|name| Difference { what: called::called(name), mine: value(mine, name), theirs: value(theirs, name) })
        .collect()
}

pub(crate) async fn save(
    State(desk): State<Desk>,
    actor: By<Editing>,
    Form(sent): Form<Fields>,
) -> Result<Response, AppError> {
    let known = Known::read(&desk).await?;
    let made_of = MadeOf::read(&sent);
    let mut typed = Typed {
        values: sent.starting("fact:").map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        goes: sent.all("remove").map(ToOwned::to_owned).collect(),
        new_name: sent.get("new-name").to_owned(),
        new_value: sent.get("new-value").to_owned(),
        ..Typed::default()
    };
    let facts = match read(&typed, &known) {
        Ok(facts) => facts,
        Err(problems) => {
            typed.problems = problems;
            let mut page = page(&desk, &actor, &known, typed);
            // The form goes on from what it was made of, so that a clash is still found out.
            page.made_of = made_of;
            return respond::page(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let content = DraftContent::Facts(facts.clone());
    let in_force = known.base.map(|base| (base, DraftContent::Facts((*known.edition.facts).clone())));
    match keep(&desk, &actor, (&Subject::Facts, &content), made_of, in_force).await? {
        Outcome::Saved => respond::see_other(&Flash::Saved.at(HERE)),
        Outcome::Unchanged => respond::see_other(HERE),
        Outcome::Clash(clash) => {
            let typed = Typed { values: facts, clash: Some(*clash), ..Typed::default() };
            respond::page(StatusCode::CONFLICT, &page(&desk, &actor, &known, typed))
        }
    }
}

/// The facts that a form holds.
fn read(typed: &Typed, known: &Known) -> Result<Facts, Vec<Problem>> {
    let mut facts = Facts::new();
    let mut problems = Vec::new();
    let mut add = |facts: &mut Facts, name: &str, value: &str| match rules::value(value) {
        Ok(value) => {
            facts.insert(name.to_owned(), value);
        }
        Err(message) => {
            problems.push(Problem::new(
                &format!("fact-{name}"),
                fields::about(&format!("The {}", called::called(name)), &message),
            ));
        }
    };
    for (name, value) in &typed.values {
        // Whatever else a form names is no fact of this form.
        let there = known.facts().contains_key(name) || known.edition.facts.contains_key(name);
        if there && !typed.goes.contains(name) {
            add(&mut facts, name, value);
        }
    }
    let (name, value) = (typed.new_name.trim(), typed.new_value.trim());
    if !name.is_empty() || !value.is_empty() {
        let named = rules::name(name).and_then(|name| {
            if typed.values.contains_key(&name) {
                Err("There is a fact of this name already: change its value above.".to_owned())
            } else if facts.len() >= MOST_FACTS {
                Err(format!("There are {MOST_FACTS} facts already, which is the most. Remove one that nothing uses."))
            } else {
                Ok(name)
            }
        });
        match (named, rules::value(value)) {
            (Ok(name), Ok(value)) => {
                facts.insert(name, value);
            }
            (name, value) => {
                problems.extend(name.err().map(|message| Problem::new("new-name", message)));
                problems.extend(
                    value.err().map(|message| Problem::new("new-value", fields::about("Value to add", &message))),
                );
            }
        }
    }
    if problems.is_empty() {
        let found = rules::problems(&known.edition, &facts, &known.uses);
        problems.extend(found.into_iter().map(|(name, message)| Problem::new(&format!("fact-{name}"), message)));
    }
    if problems.is_empty() { Ok(facts) } else { Err(problems) }
}
