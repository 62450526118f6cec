//! `/facts`: the force's names, addresses and numbers, where each is used, and a form that changes them.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::Actor;
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::shell::{StaffShell, said};
use crate::features::change_sets::compose::make as make_set;
use crate::features::change_sets::decide::{NewSet, part_of_draft};
use crate::features::change_sets::model::LONGEST_TITLE;
use crate::features::change_sets::paths as sets;
use crate::features::drafts;
use crate::features::drafts::DraftContent;
use crate::features::publishing::model::WorkflowError;
use crate::features::structure::facts as rules;
use crate::features::structure::facts::{MOST_FACTS, Use};
use crate::features::structure::shared::{SECTION, all_drafts, may_change};
use crate::features::structure::staff::Standing;
use crate::features::structure::staff::actions::Actions;
use crate::features::structure::staff::site_wide::{Known, SiteWideForm, TypedForm};
use crate::features::structure::store;
use crate::site::edition::Edition;
use crate::site::fact_names as called;
use crate::site::model::{Address, Facts};
use crate::site::subject::Subject;

#[derive(Template)]
#[template(path = "structure/facts.html")]
struct FactsPage {
    shell: StaffShell,
    may_change: bool,
    standing: Option<Standing>,
    actions: Actions,
    affected: usize,
    /// The id of the change set that the form may make.
    id: Uuid,
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

    async fn after_save(
        desk: &DeskNow,
        actor: &Actor,
        sent: &Fields,
        content: &DraftContent,
    ) -> Result<Response, AppError> {
        match content {
            DraftContent::Facts(facts) if sent.get("press") == "review" => with_texts(desk, actor, sent, facts).await,
            _ => respond::see_other(&Flash::Saved.at(Self::PATH)),
        }
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
            id: Uuid::now_v7(),
            rows: rows.collect(),
            form,
        };
        respond::form(&page, &page.form.problems)
    }
}

/// Makes one change set of facts that were just saved and of all texts that follow them, and asks for one review.
async fn with_texts(desk: &DeskNow, actor: &Actor, sent: &Fields, facts: &Facts) -> Result<Response, AppError> {
    let edition = &desk.edition;
    let affected = desk.site().heavy().for_staff(|| rules::affected_by(edition, facts)).await;
    let note = rules::note(&rules::changed(&edition.facts, facts));
    let title: String = note.chars().take(LONGEST_TITLE).collect();
    let id = sent.get("id").parse().unwrap_or_else(|_| Uuid::now_v7());
    let new = NewSet { id, title: title.trim_end_matches('.').to_owned(), note };
    let made = desk
        .database()
        .write(desk.settings().request_timeout, async |connection| {
            let mut parts = Vec::new();
            let saved = drafts::store::find_for_change(connection, &Subject::Facts).await?;
            parts.extend(saved.map(|draft| part_of_draft(edition, &draft)));
            for text in &affected {
                let Ok(name) = Address::try_from(text.notice.clone()) else { continue };
                let subject = Subject::Notice(name);
                store::follow_facts(connection, actor, &subject, text, facts, desk.now()).await?;
                // A draft that was there already brings the change too.
                let draft = drafts::store::find_for_change(connection, &subject).await?;
                parts.extend(draft.map(|draft| part_of_draft(edition, &draft)));
            }
            make_set(connection, desk, actor, &new, &parts, true).await
        })
        .await;
    match made {
        Ok(()) => respond::see_other(&sets::set(id)),
        Err(WorkflowError::NotReady(sentences)) => {
            // The facts themselves are saved, so the form is made of their draft.
            let known = Known::<FactsForm>::read(desk).await?;
            let mut form = known.form();
            for sentence in sentences {
                form.problems.add("", sentence);
            }
            FactsForm::page(desk, actor, &known, form, None)
        }
        Err(WorkflowError::Database(error)) => Err(error.into()),
        Err(other) => Err(anyhow::Error::from(other).into()),
    }
}
