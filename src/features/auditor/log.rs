//! The log for those who may ask: a page with filters, and the same rows as a file. Reading it is recorded in it.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::base::audit::model::{Action, Doer, Filter, Recorded};
use crate::base::audit::store;
use crate::base::clock;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::Query;
use crate::base::web::form::{Problems, Wrong};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, Desk};
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Administering, Auditing, By, Permission as _};
use crate::desk::shell::StaffShell;
use crate::features::auditor::{actions, csv};
use crate::features::drafts::titles;
use crate::site::edition::Edition;
use crate::site::subject::Subject;

/// Rows on a page.
const PAGE: i64 = 50;
/// Rows in a file.
const MOST_EXPORTED: i64 = 50_000;
/// The time limit for reading with its line in the log.
const LIMIT: Duration = Duration::from_secs(5);

/// The query, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FilterForm {
    who: String,
    action: String,
    subject: String,
    from: String,
    to: String,
    /// Only rows with a lower number: the next page.
    before: Option<i64>,
    #[serde(skip)]
    problems: Problems,
}

#[derive(Template)]
#[template(path = "auditor/list.html")]
struct ListPage {
    shell: StaffShell,
    form: FilterForm,
    people: Vec<(String, String)>,
    actions: Vec<(&'static str, &'static str)>,
    rows: Vec<RowView>,
    filtered: bool,
    older: Option<String>,
    newest: Option<String>,
    file: String,
}

struct RowView {
    id: i64,
    time: String,
    who: String,
    did: String,
    subject: String,
    /// The thing: what it is called, and where it is looked at.
    called: String,
    href: String,
    same_subject: String,
    /// Values of the row that say something to a reader, each with its name.
    words: Vec<(String, String)>,
    /// Hashes, numbers and the like, for whoever checks the log.
    details: Vec<(String, String)>,
}

impl FilterForm {
    /// Reads the fields, or finds their problems.
    fn filter(&self, actions: &[Action]) -> Result<Filter, Problems> {
        let mut problems = Problems::default();
        let who = match self.who.as_str() {
            "" => None,
            "console" => Some(Doer::Console),
            "nobody" => Some(Doer::Nobody),
            id => id.parse().ok().map(Doer::Staff),
        };
        if who.is_none() && !self.who.is_empty() {
            problems.add("who", "Choose somebody from the list.");
        }
        let action = Action::named(actions, &self.action);
        if action.is_none() && !self.action.is_empty() {
            problems.add("action", "Choose what was done from the list.");
        }
        let mut day = |field, text: &str| {
            let day = clock::day(text);
            if day.is_none() && !text.is_empty() {
                problems.add(field, Wrong::NotADay);
            }
            day
        };
        let (from, to) = (day("from", &self.from), day("to", &self.to));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            problems.add("to", "The last day is before the first. Choose a later one.");
        }
        if problems.has_any() {
            return Err(problems);
        }
        Ok(Filter {
            who,
            action,
            subject: Some(self.subject.trim().to_owned()).filter(|subject| !subject.is_empty()),
            from: from.and_then(clock::start_of),
            before: to.and_then(|to| to.tomorrow().ok()).and_then(clock::start_of),
        })
    }

    /// The fields that were filled in.
    fn fields(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("who", self.who.as_str()),
            ("action", &self.action),
            ("subject", self.subject.trim()),
            ("from", &self.from),
            ("to", &self.to),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    fn address(&self, path: &str, before: Option<i64>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.fields());
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The rows of the log for this query.
    fn recorded(&self) -> Value {
        let mut details: serde_json::Map<String, Value> =
            self.fields().into_iter().map(|(field, value)| (field.to_owned(), json!(value))).collect();
        if let Some(before) = self.before {
            details.insert("before".to_owned(), json!(before));
        }
        Value::Object(details)
    }
}

pub(crate) async fn list(
    desk: DeskNow,
    by: By<Auditing>,
    Query(mut asked): Query<FilterForm>,
) -> Result<Response, AppError> {
    let actor: &Actor = &by;
    let actions = desk.declared().actions.as_slice();
    let mut rows = match asked.filter(actions) {
        Ok(filter) => {
            let (before, details) = (asked.before, asked.recorded());
            let read = async move |connection: &mut sqlx::PgConnection| {
                let rows = store::page(connection, &filter, before, PAGE + 1).await?;
                crate::base::audit::record(connection, actor.who(), actions::AUDIT_READ, "audit", &details).await?;
                Ok::<_, DatabaseError>(rows)
            };
            desk.database().write(LIMIT, read).await?
        }
        Err(problems) => {
            asked.problems = problems;
            Vec::new()
        }
    };
    let people = desk.database().read(async |connection| store::people(connection).await).await?;
    let more = rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let older = rows.last().filter(|_| more).map(|last| asked.address(paths::AUDIT, Some(last.id)));
    let page = ListPage {
        shell: desk.shell(Some(actor), "Audit log", paths::AUDIT),
        rows: rows.into_iter().map(|row| view(row, &people, (&desk, actor))).collect(),
        people: choices(people),
        actions: actions.iter().map(|action| (action.name(), action.words())).collect(),
        filtered: !asked.fields().is_empty(),
        older,
        newest: asked.before.map(|_| asked.address(paths::AUDIT, None)),
        file: asked.address(paths::AUDIT_CSV, None),
        form: asked,
    };
    respond::form(&page, &page.form.problems)
}

fn choices(people: Vec<(Uuid, String)>) -> Vec<(String, String)> {
    let others = [("console", "Whoever typed a command on a node"), ("nobody", "Nobody known")];
    let others = others.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned()));
    people.into_iter().map(|(id, name)| (id.to_string(), name)).chain(others).collect()
}

fn view(row: Recorded, people: &[(Uuid, String)], (desk, actor): (&DeskNow, &Actor)) -> RowView {
    let same = FilterForm { subject: row.subject.clone(), ..FilterForm::default() };
    let same_subject = same.address(paths::AUDIT, None);
    let person = row.subject.split_once(':').and_then(|(_, id)| id.parse::<Uuid>().ok());
    let person = person.and_then(|id| people.iter().find(|(known, _)| *known == id));
    let thing = row.subject.parse::<Subject>().ok().and_then(|subject| published(&subject, &desk.edition));
    let (called, href) = match (person, thing) {
        (Some((id, name)), _) if actor.is_any(Administering::ROLES) => (name.clone(), paths::person(id)),
        (Some((_, name)), _) => (name.clone(), same_subject.clone()),
        (None, Some(thing)) => thing,
        (None, None) => (row.subject.clone(), same_subject.clone()),
    };
    let (words, details) = details(&row.details).into_iter().partition(|(_, value)| is_in_words(value));
    RowView {
        id: row.id,
        time: clock::london(row.at).strftime("%-d %B %Y at %H:%M:%S").to_string(),
        who: row.actor_name,
        did: Action::named(&desk.declared().actions, &row.action)
            .map_or(row.action, |action| action.words().to_owned()),
        same_subject,
        subject: row.subject,
        called,
        href,
        words,
        details,
    }
}

/// The name of something that was published, and where staff look at it.
fn published(subject: &Subject, edition: &Edition) -> Option<(String, String)> {
    let called = match subject {
        Subject::Notice(name) => format!("“{}”", titles::published(name.as_str(), edition)?),
        Subject::Page(name) => {
            let page = edition.published.pages.get(name.as_str())?.at(edition.at)?;
            format!("the page “{}”", page.title)
        }
        Subject::Facts => "names, addresses and numbers".to_owned(),
        Subject::Navigation => "the navigation and footer".to_owned(),
        Subject::Promoted => "the promoted answers".to_owned(),
    };
    Some((called, paths::subject(subject)))
}

/// Tells whether a value says something to a reader: not a number, an id, a hash, or yes and no.
fn is_in_words(value: &str) -> bool {
    let is_code = value.len() >= 32 && value.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
    let is_time = value.parse::<jiff::Timestamp>().is_ok();
    let has_words = value.chars().any(char::is_alphabetic) && !value.starts_with(['{', '[']);
    has_words && !is_code && !is_time && !["true", "false"].contains(&value)
}

/// Details as pairs of words and values; what is no object is shown as it is.
fn details(text: &str) -> Vec<(String, String)> {
    fn plain(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        }
    }
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(fields)) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.replace('_', " "), plain(value)))
            .collect(),
        Ok(Value::Null) => Vec::new(),
        Ok(other) => vec![("details".to_owned(), plain(&other))],
        Err(_) => vec![("details".to_owned(), text.to_owned())],
    }
}

pub(crate) async fn export(
    State(desk): State<Desk>,
    by: By<Auditing>,
    Query(asked): Query<FilterForm>,
) -> Result<Response, AppError> {
    let actor: &Actor = &by;
    let Ok(filter) = asked.filter(&desk.declared().actions) else {
        return Err(AppError::Unprocessable("These filters cannot be used. Go back and choose them on the page."));
    };
    let most = usize::try_from(MOST_EXPORTED).unwrap_or(usize::MAX);
    let mut details = asked.recorded();
    let read = async move |connection: &mut sqlx::PgConnection| {
        let rows = store::page(connection, &filter, None, MOST_EXPORTED + 1).await?;
        if rows.len() > most {
            return Ok::<_, DatabaseError>(rows);
        }
        if let Some(fields) = details.as_object_mut() {
            fields.insert("rows".to_owned(), json!(rows.len()));
        }
        crate::base::audit::record(connection, actor.who(), actions::AUDIT_EXPORTED, "audit", &details).await?;
        Ok(rows)
    };
    let rows = desk.database().write(LIMIT, read).await?;
    if rows.len() > most {
        return Err(AppError::Unprocessable(
            "These are more than 50,000 rows. Choose fewer days, and take the log in several files.",
        ));
    }
    let name = format!("attachment; filename=\"audit-{}.csv\"", clock::london(desk.now()).date());
    let mut response = csv::file(&rows, &desk.declared().actions).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).map_err(anyhow::Error::from)?);
    Ok(response)
}
