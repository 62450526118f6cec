//! `/facts`: the force's names, addresses and numbers, where each is used, and a form that changes them.

use std::collections::BTreeMap;

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
use crate::features::structure::facts as rules;
use crate::features::structure::facts::{MOST_FACTS, Use};
use crate::features::structure::shared::{SECTION, all_drafts, may_change};
use crate::features::structure::staff::Standing;
use crate::features::structure::staff::actions::Actions;
use crate::features::structure::staff::site_wide::{Known, SiteWideForm, TypedForm};
use crate::site::edition::Edition;
use crate::site::fact_names as called;
use crate::site::model::Facts;
use crate::site::subject::Subject;

#[derive(Template)]
#[template(path = "structure/facts.html")]
struct FactsPage {
    shell: StaffShell,
    may_change: bool,
    standing: Option<Standing>,
    actions: Actions,
    affected: usize,
    form: TypedForm<FactsForm>,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    label: String,
    placeholder: String,
    value: String,
    in_force: Option<String>,
    uses: Vec<Use>,
    may_go: bool,
    goes: bool,
}

/// The facts as they were typed, or as they are when the form is opened, and one to add.
#[derive(Default)]
pub(crate) struct FactsForm {
    values: Facts,
    /// Names of those to be removed.
    removed: Vec<String>,
    new_name: String,
    new_value: String,
}

impl SiteWideForm for FactsForm {
    const SUBJECT: Subject = Subject::Facts;
    const PATH: &'static str = paths::FACTS;
    /// The texts that refer to each fact.
    type Context = BTreeMap<String, Vec<Use>>;

    async fn read_context(desk: &DeskNow) -> Result<Self::Context, AppError> {
        Ok(rules::uses(&desk.edition, &all_drafts(desk).await?))
    }

    fn of(content: &DraftContent) -> Self {
        let DraftContent::Facts(facts) = content else { return Self::default() };
        Self { values: facts.clone(), ..Self::default() }
    }

    fn read(sent: &Fields) -> Self {
        Self {
            values: sent.starting("fact:").map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            removed: sent.all("remove").map(ToOwned::to_owned).collect(),
            new_name: sent.get("new-name").to_owned(),
            new_value: sent.get("new-value").to_owned(),
        }
    }

    fn check(&self, edition: &Edition, known: &Known<Self>, _: &str) -> Result<DraftContent, Problems> {
        // Names that are not facts of this site are ignored.
        let drafted = known.content.as_ref().map(Self::of).unwrap_or_default().values;
        let is_known = |name: &String| drafted.contains_key(name) || edition.facts.contains_key(name);
        let stays = |name: &String| is_known(name) && !self.removed.contains(name);
        let values = self.values.iter().filter(|(name, _)| stays(name));
        let mut facts: Facts = values.map(|(name, value)| (name.clone(), value.trim().to_owned())).collect();
        let mut problems = rules::value_problems(&facts);
        let (name, value) = (self.new_name.trim(), self.new_value.trim());
        if !name.is_empty() || !value.is_empty() {
            let named = rules::name(name).and_then(|name| {
                if self.values.contains_key(&name) {
                    Err("There is a fact of this name already: change its value above.".to_owned())
                } else if facts.len() >= MOST_FACTS {
                    Err(format!(
                        "There are {MOST_FACTS} facts already, which is the most. Remove one that nothing uses."
                    ))
                } else {
                    Ok(name)
                }
            });
            let name = problems.check("new-name", "", named);
            let value = problems.check("new-value", "Value to add", rules::value(value));
            facts.extend(name.zip(value));
        }
        if problems.is_empty() {
            for (name, message) in rules::problems(edition, &facts, &known.context) {
                problems.add(format!("fact-{name}"), message);
            }
        }
        if problems.is_empty() { Ok(DraftContent::Facts(facts)) } else { Err(problems) }
    }

    fn page(
        desk: &DeskNow,
        actor: &Actor,
        known: &Known<Self>,
        form: TypedForm<Self>,
        query: Option<&str>,
    ) -> Result<Response, AppError> {
        let edition = &desk.edition;
        let rows = form.fields.values.iter().map(|(name, value)| Row {
            name: name.clone(),
            label: called::label(name),
            placeholder: format!("{{{{ {name} }}}}"),
            value: value.clone(),
            in_force: edition.facts.get(name).filter(|now| *now != value).cloned(),
            uses: known.context.get(name).cloned().unwrap_or_default(),
            may_go: rules::may_go(name, &known.context),
            goes: form.fields.removed.contains(name),
        });
        let page = FactsPage {
            shell: desk.shell(Some(actor), "Names, addresses and numbers", SECTION).saying(said(query)),
            may_change: may_change(actor),
            standing: known.draft.as_ref().map(Standing::of),
            actions: Actions::of(actor, Some(&edition.published.facts), edition.at),
            affected: rules::affected(edition).len(),
            rows: rows.collect(),
            form,
        };
        respond::form(&page, &page.form.problems)
    }
}
