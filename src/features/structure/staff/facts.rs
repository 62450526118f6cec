//! `/facts`: the force's names, addresses and numbers, where each is used, and a form that changes them.

use std::collections::BTreeMap;

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
use crate::features::structure::facts as rules;
use crate::features::structure::facts::{MOST_FACTS, Use};
use crate::features::structure::shared::{SECTION, all_drafts, may_change};
use crate::features::structure::staff::deeds::Deeds;
use crate::features::structure::staff::{Clash, Outcome, Standing, save_form};
use crate::site::edition::Edition;
use crate::site::fact_names as called;
use crate::site::model::Facts;
use crate::site::subject::Subject;

const HERE: &str = paths::FACTS;

#[derive(Template)]
#[template(path = "structure/facts.html")]
struct FactsPage {
    shell: StaffShell,
    may_change: bool,
    standing: Option<Standing>,
    deeds: Deeds,
    affected: usize,
    form: FactsForm,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    label: String,
    /// The placeholder that refers to it.
    placeholder: String,
    value: String,
    in_force: Option<String>,
    uses: Vec<Use>,
    may_go: bool,
    goes: bool,
}

/// The facts as they were typed, or as they are when the form is opened, and one to add.
#[derive(Default)]
struct FactsForm {
    made_of: MadeOf,
    values: BTreeMap<String, String>,
    /// Names of those to be removed.
    goes: Vec<String>,
    new_name: String,
    new_value: String,
    problems: Problems,
    clash: Option<Clash>,
}

/// The state that the handlers read first.
struct Known {
    edition: std::sync::Arc<Edition>,
    draft: Option<Draft>,
    uses: BTreeMap<String, Vec<Use>>,
    base: Option<i64>,
}

impl Known {
    async fn read(desk: &DeskNow) -> Result<Self, AppError> {
        let edition = &desk.edition;
        let mut drafts = all_drafts(desk).await?;
        let uses = rules::uses(edition, &drafts);
        let at = drafts.iter().position(|draft| draft.subject == Subject::Facts);
        let draft = at.map(|at| drafts.swap_remove(at));
        let base = edition.published.facts.number_at(edition.at);
        Ok(Self { edition: std::sync::Arc::clone(edition), draft, uses, base })
    }

    fn made_of(&self) -> MadeOf {
        MadeOf::now(self.draft.as_ref(), self.base)
    }

    fn facts(&self) -> &Facts {
        match self.draft.as_ref().map(|draft| &draft.content) {
            Some(DraftContent::Facts(facts)) => facts,
            _ => &self.edition.facts,
        }
    }
}

pub(crate) async fn show(desk: DeskNow, actor: By<Reading>, RawQuery(query): RawQuery) -> Result<Response, AppError> {
    let known = Known::read(&desk).await?;
    let form = FactsForm { made_of: known.made_of(), values: known.facts().clone(), ..FactsForm::default() };
    page(&desk, &actor, &known, form, query.as_deref())
}

fn page(
    desk: &DeskNow,
    actor: &Actor,
    known: &Known,
    form: FactsForm,
    query: Option<&str>,
) -> Result<Response, AppError> {
    let in_force = &known.edition.facts;
    let rows = form.values.iter().map(|(name, value)| Row {
        name: name.clone(),
        label: called::label(name),
        placeholder: format!("{{{{ {name} }}}}"),
        value: value.clone(),
        in_force: in_force.get(name).filter(|now| *now != value).cloned(),
        uses: known.uses.get(name).cloned().unwrap_or_default(),
        may_go: rules::may_go(name, &known.uses),
        goes: form.goes.contains(name),
    });
    let page = FactsPage {
        shell: desk.shell(Some(actor), "Names, addresses and numbers", SECTION).saying(said(query)),
        may_change: may_change(actor),
        standing: known.draft.as_ref().map(Standing::of),
        deeds: Deeds::of(actor, Some(&known.edition.published.facts), known.edition.at),
        affected: rules::affected(&known.edition).len(),
        rows: rows.collect(),
        form,
    };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn save(desk: DeskNow, actor: By<Editing>, Form(sent): Form<Fields>) -> Result<Response, AppError> {
    let known = Known::read(&desk).await?;
    let mut form = FactsForm {
        made_of: MadeOf::read(&sent),
        values: sent.starting("fact:").map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        goes: sent.all("remove").map(ToOwned::to_owned).collect(),
        new_name: sent.get("new-name").to_owned(),
        new_value: sent.get("new-value").to_owned(),
        ..FactsForm::default()
    };
    let facts = match read(&form, &known) {
        Ok(facts) => facts,
        Err(problems) => {
            form.problems = problems;
            return page(&desk, &actor, &known, form, None);
        }
    };
    let content = DraftContent::Facts(facts.clone());
    match save_form(&desk, &actor, &Subject::Facts, &content, form.made_of, known.draft.is_some()).await? {
        Outcome::Saved => respond::see_other(&Flash::Saved.at(HERE)),
        Outcome::Unchanged => respond::see_other(HERE),
        Outcome::Clash(clash) => {
            let (made_of, problems) = (clash.made_of, Problems::conflict());
            let form = FactsForm { made_of, values: facts, clash: Some(*clash), problems, ..FactsForm::default() };
            page(&desk, &actor, &known, form, None)
        }
    }
}

/// The facts that a form holds.
fn read(form: &FactsForm, known: &Known) -> Result<Facts, Problems> {
    // Names that are not facts of this site are ignored.
    let is_known = |name: &String| known.facts().contains_key(name) || known.edition.facts.contains_key(name);
    let stays = |name: &String| is_known(name) && !form.goes.contains(name);
    let values = form.values.iter().filter(|(name, _)| stays(name));
    let mut facts: Facts = values.map(|(name, value)| (name.clone(), value.trim().to_owned())).collect();
    let mut problems = rules::value_problems(&facts);
    let (name, value) = (form.new_name.trim(), form.new_value.trim());
    if !name.is_empty() || !value.is_empty() {
        let named = rules::name(name).and_then(|name| {
            if form.values.contains_key(&name) {
                Err("There is a fact of this name already: change its value above.".to_owned())
            } else if facts.len() >= MOST_FACTS {
                Err(format!("There are {MOST_FACTS} facts already, which is the most. Remove one that nothing uses."))
            } else {
                Ok(name)
            }
        });
        let name = problems.check("new-name", "", named);
        let value = problems.check("new-value", "Value to add", rules::value(value));
        facts.extend(name.zip(value));
    }
    if problems.is_empty() {
        for (name, message) in rules::problems(&known.edition, &facts, &known.uses) {
            problems.add(format!("fact-{name}"), message);
        }
    }
    if problems.is_empty() { Ok(facts) } else { Err(problems) }
}
