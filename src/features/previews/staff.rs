//! Preview links for staff: who was given what until when, a new one, and an end to one.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use crate::base::clock::time_words;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::{Fields, Problems, read_line};
use crate::base::web::paths::absolute;
use crate::base::web::respond;
use crate::desk::accounts::shown_once::ShownOnce;
use crate::desk::accounts::{Actor, By, Role, shown_once};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Reading};
use crate::desk::session::Secret;
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts;
use crate::features::drafts::{Draft, titles};
use crate::features::previews::model::{LONGEST_LABEL, Lifetime, Link, LinkState, MOST_DRAFTS, Terms};
use crate::features::previews::store::NewLink;
use crate::features::previews::{store, words};
use crate::site::paths as public;
use crate::site::subject::Subject;
use crate::text::folding::sort_key;

const LIST: &str = paths::PREVIEWS;

#[derive(Template)]
#[template(path = "previews/list.html")]
struct ListPage {
    shell: StaffShell,
    may_change: bool,
    /// The address of a link that was just made.
    new_address: Option<String>,
    links: Vec<Row>,
}

struct Row {
    id: Uuid,
    label: String,
    drafts: Vec<(String, String)>,
    made: String,
    until: String,
    state: LinkState,
}

#[derive(Template)]
#[template(path = "previews/new.html")]
struct NewPage {
    shell: StaffShell,
    form: PreviewForm,
    drafts: Vec<Choice>,
}

struct Choice {
    subject: String,
    title: String,
    about: String,
    ticked: bool,
}

/// The answer to a form that was sent again: its page was reloaded, or its button pressed twice.
#[derive(Template)]
#[template(path = "previews/again.html")]
struct AgainPage {
    shell: StaffShell,
}

pub(crate) async fn list(desk: DeskNow, actor: By<Reading>, RawQuery(query): RawQuery) -> Result<Response, AppError> {
    let (links, drafts, secret) = desk
        .database()
        .read(async |connection| {
            Ok((
                store::all(connection).await?,
                drafts::store::all(connection).await?,
                shown_once::find(connection, desk.keys(), actor.session()).await?,
            ))
        })
        .await?;
    let now = desk.now();
    let works = |id: Uuid| links.iter().any(|link| link.id == id && link.terms.state(now) == LinkState::Open);
    let new_address = match secret {
        Some(ShownOnce::Preview { link, url }) if works(link) => Some(url),
        _ => None,
    };
    let page = ListPage {
        shell: desk.shell(Some(&actor), "Preview links", LIST).saying(said(query.as_deref())),
        may_change: actor.is_any(&[Role::Editor, Role::Publisher]),
        new_address,
        links: links.into_iter().map(|link| row(&desk, link, &drafts, now)).collect(),
    };
    respond::page(StatusCode::OK, &page)
}

fn row(desk: &DeskNow, link: Link, drafts: &[Draft], now: jiff::Timestamp) -> Row {
    let state = link.terms.state(now);
    let drafts =
        link.terms.subjects.iter().map(|subject| (title(desk, subject, drafts), paths::subject(subject))).collect();
    Row {
        id: link.id,
        label: link.label,
        drafts,
        made: format!("{} by {}", time_words(link.terms.made_at), link.made_by.name),
        until: time_words(link.terms.revoked_at.unwrap_or(link.terms.ends_at)),
        state,
    }
}

/// The title of a draft, of what was published since, or at least its name.
fn title(desk: &DeskNow, subject: &Subject, drafts: &[Draft]) -> String {
    let edition = &desk.edition;
    if let Some(draft) = drafts.iter().find(|draft| draft.subject == *subject) {
        return titles::title(draft, edition);
    }
    let Subject::Notice(name) = subject else { return subject.to_string() };
    titles::of_notice(name.as_str(), edition)
}

pub(crate) async fn new(desk: DeskNow, actor: By<Editing>, RawQuery(query): RawQuery) -> Result<Response, AppError> {
    let asked: Vec<String> = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == "draft")
        .map(|(_, value)| value.into_owned())
        .collect();
    let drafts = all_drafts(&desk).await?;
    form(&desk, &actor, &drafts, PreviewForm { id: Uuid::now_v7(), ticked: asked, ..PreviewForm::default() })
}

/// The link that is asked for: its drafts, whom it is for, and how long it works.
struct PreviewForm {
    id: Uuid,
    ticked: Vec<String>,
    label: String,
    lasts: Option<Lifetime>,
    problems: Problems,
}

impl PreviewForm {
    fn is_chosen(&self, lifetime: Lifetime) -> bool {
        self.lasts == Some(lifetime)
    }
}

impl Default for PreviewForm {
    fn default() -> Self {
        Self {
            id: Uuid::nil(),
            ticked: Vec::new(),
            label: String::new(),
            lasts: Some(Lifetime::Week),
            problems: Problems::default(),
        }
    }
}

fn form(desk: &DeskNow, actor: &Actor, drafts: &[Draft], form: PreviewForm) -> Result<Response, AppError> {
    let edition = &desk.edition;
    let choices = drafts.iter().map(|draft| {
        let subject = draft.subject.to_string();
        Choice {
            ticked: form.ticked.contains(&subject),
            subject,
            title: titles::title(draft, edition),
            about: format!("saved {} by {}", time_words(draft.saved_at), draft.saved_by.name),
        }
    });
    let mut drafts: Vec<Choice> = choices.collect();
    drafts.sort_by_cached_key(|choice| sort_key(&choice.title));
    let page = NewPage { shell: desk.shell(Some(actor), "New preview link", paths::PREVIEW_NEW), form, drafts };
    respond::form(&page, &page.form.problems)
}

async fn all_drafts(desk: &DeskNow) -> Result<Vec<Draft>, DatabaseError> {
    desk.database().read(async |connection| drafts::store::all(connection).await).await
}

pub(crate) async fn make(desk: DeskNow, actor: By<Editing>, Form(typed): Form<Fields>) -> Result<Response, AppError> {
    let now = desk.now();
    let drafts = all_drafts(&desk).await?;
    let ticked: Vec<String> = typed.all("draft").map(ToOwned::to_owned).collect();
    let chosen: Vec<&Draft> = drafts.iter().filter(|draft| ticked.contains(&draft.subject.to_string())).collect();
    let mut problems = Problems::default();
    let asked = ticked.iter().collect::<std::collections::BTreeSet<_>>().len();
    if chosen.is_empty() {
        problems.add("drafts", words::NO_DRAFT);
    } else if chosen.len() > MOST_DRAFTS {
        problems.add("drafts", words::too_many_drafts());
    } else if chosen.len() < asked {
        problems.add("drafts", words::DRAFT_GONE);
    }
    let label = read_line(typed.get("label"), LONGEST_LABEL);
    let label = problems.check("label", "Who the link is for", label).unwrap_or_default();
    let lasts = Lifetime::named(typed.get("lasts"));
    if lasts.is_none() {
        problems.add("lasts", words::NO_LIFETIME);
    }
    let id = typed.get("id").parse().unwrap_or_else(|_| Uuid::now_v7());
    let (true, Some(lifetime)) = (problems.is_empty(), lasts) else {
        let label = typed.get("label").to_owned();
        return form(&desk, &actor, &drafts, PreviewForm { id, ticked, label, lasts, problems });
    };
    let secret = Secret::random().map_err(anyhow::Error::from)?;
    let ends_at = now + lifetime.duration();
    let subjects = chosen.iter().map(|draft| draft.subject.clone()).collect();
    let terms = Terms { subjects, made_at: now, ends_at, revoked_at: None };
    let link = NewLink { id, hash: secret.hash(), label, terms };
    let url = absolute(&desk.settings().public_url, &public::preview(secret.text()));
    let shown = ShownOnce::Preview { link: id, url };
    let made = desk.database().write(desk.settings().request_timeout, async |connection| {
        let made = store::make(connection, &actor, &link).await.map_err(DatabaseError::from)?;
        if made {
            let put = shown_once::put(connection, desk.keys(), actor.session(), &shown).await;
            put.map_err(anyhow::Error::from)?;
        }
        Ok::<_, AppError>(made)
    });
    if made.await? {
        return respond::see_other(LIST);
    }
    let again = AgainPage { shell: desk.shell(Some(&actor), "This link was made already", paths::PREVIEW_NEW) };
    respond::page(StatusCode::CONFLICT, &again)
}

pub(crate) async fn revoke(desk: DeskNow, actor: By<Editing>, Path(id): Path<Uuid>) -> Result<Response, AppError> {
    let now = desk.now();
    let limit = desk.settings().request_timeout;
    desk.database()
        .write(limit, async |connection| store::revoke(connection, &actor, id, now).await.map_err(DatabaseError::from))
        .await?;
    // One that had ended or was revoked before opens nothing either.
    respond::see_other(&Flash::Revoked.at(LIST))
}
