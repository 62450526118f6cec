//! The editor: saving, autosave, preview, and who else has it open.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::json;

use crate::base::clock::london;
use crate::base::error::AppError;
use crate::base::web::extract::{LongForm, Path};
use crate::base::web::respond;
use crate::desk::accounts::{By, Looking};
use crate::desk::now::DeskNow;
use crate::desk::permission::Editing;
use crate::desk::shell::said;
use crate::features::drafts::saving::{MadeOf, Outcome};
use crate::features::editor::conflict::{self, answer, page_of_both};
use crate::features::editor::form::NoticeForm;
use crate::features::editor::page::{Feedback, name_of, others, page};
use crate::features::editor::sent::{Sent, read_form, save_form};
use crate::features::editor::{beside, open};

pub(crate) async fn show(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response, AppError> {
    let opened = open(&desk, name).await?;
    let typed = NoticeForm::of(&opened.content, MadeOf::now(opened.kept.as_ref(), opened.base()));
    let shown = Feedback { said: said(uri.query()), ..Feedback::default() };
    page(&desk, &actor, &opened, typed, shown).await
}

pub(crate) async fn save(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    LongForm(pairs): LongForm<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let sent = read_form(&desk, name, pairs).await?;
    if sent.problems.has_any() && sent.typed.over {
        return page_of_both(&desk, &actor, sent).await;
    }
    if sent.problems.has_any() {
        let shown = Feedback { problems: sent.problems, ..Feedback::default() };
        return page(&desk, &actor, &sent.opened, sent.typed, shown).await;
    }
    if sent.typed.over {
        return Box::pin(conflict::save(&desk, &actor, sent)).await;
    }
    let outcome = save_form(&desk, &actor, &sent, true).await?;
    Box::pin(answer(&desk, &actor, sent, outcome)).await
}

pub(crate) async fn preview(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    LongForm(pairs): LongForm<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let Sent { opened, typed, content, problems } = read_form(&desk, name, pairs).await?;
    if typed.part {
        let edition = &desk.edition;
        let work = || beside::render_preview_and_checks(&desk, edition, opened.name.as_str(), &content);
        let rendered = desk.site().heavy().for_staff(work).await?;
        return Ok(respond::html(StatusCode::OK, rendered.preview + &rendered.law));
    }
    let said = problems.is_empty().then(|| "This is a preview. Nothing was saved.".to_owned());
    page(&desk, &actor, &opened, typed, Feedback { problems, said, ..Feedback::default() }).await
}

pub(crate) async fn autosave(
    desk: DeskNow,
    actor: By<Editing>,
    Path(name): Path<String>,
    LongForm(pairs): LongForm<Vec<(String, String)>>,
) -> Result<Response, AppError> {
    let sent = read_form(&desk, name, pairs).await?;
    if let Some(problem) = sent.problems.all().first() {
        return respond::json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "message": problem.to_string() }));
    }
    let at = london(desk.now()).strftime("%H:%M").to_string();
    match save_form(&desk, &actor, &sent, false).await? {
        Outcome::Saved(draft) => respond::json(StatusCode::OK, &json!({ "revision": draft.revision, "at": at })),
        Outcome::Unchanged => respond::json(StatusCode::OK, &json!({ "revision": 0, "at": at })),
        Outcome::Stale(draft) => {
            let message = format!("{} saved another text.", name_of(&draft.saved_by, &actor));
            respond::json(StatusCode::CONFLICT, &json!({ "message": message }))
        }
        Outcome::Overtaken(_) => {
            let message = "This notice was published, or its draft was deleted, in the meantime.";
            respond::json(StatusCode::CONFLICT, &json!({ "message": message }))
        }
    }
}

pub(crate) async fn presence(
    desk: DeskNow,
    actor: Looking<Editing>,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    let opened = open(&desk, name).await?;
    let others = others(&desk, &actor, &opened).await?;
    respond::json(StatusCode::OK, &json!({ "others": others }))
}
