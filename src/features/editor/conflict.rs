//! Two people wrote in one draft: both texts beside the one that they began with, the merge of the two, and what is told of it.

use axum::response::Response;
use serde_json::json;

use crate::base::audit;
use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::base::web::form::Problems;
use crate::base::web::respond;
use crate::desk::accounts::Actor;
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::features::drafts::saving::{LIMIT, MadeOf, Outcome};
use crate::features::drafts::{Draft, DraftContent, Written, actions, differences, saving, store};
use crate::features::editor::merging::{Conflict, Merge};
use crate::features::editor::page::{Feedback, name_of, page};
use crate::features::editor::sent::{Sent, save_form};
use crate::features::editor::words::CHOOSE;
use crate::features::editor::{Opened, beginning, notice_content};
use crate::features::publishing::letters;

/// The page after a save that a person asked for.
pub(super) async fn answer(desk: &DeskNow, actor: &Actor, sent: Sent, outcome: Outcome) -> Result<Response, AppError> {
    let Sent { opened, typed, content, problems } = sent;
    let name = opened.name.clone();
    match outcome {
        Outcome::Saved(_) if typed.then == "review" => respond::see_other(&paths::draft_review(opened.subject())),
        Outcome::Saved(_) => respond::see_other(&Flash::Saved.at(&paths::notice_edit(&name))),
        Outcome::Unchanged => respond::see_other(&Flash::Unchanged.at(&paths::notice_edit(&name))),
        Outcome::Stale(draft) => {
            let sent = Sent { opened: Opened { kept: Some(*draft), ..opened }, typed, content, problems };
            page_of_both(desk, actor, sent).await
        }
        Outcome::Overtaken(now) => {
            let sent = Sent { opened: Opened { kept: None, ..opened }, typed, content, problems };
            page_of_both(&now, actor, sent).await
        }
    }
}

/// The editor with both texts, for a form that was made of an older state. The text that somebody else saved is the opened draft, and
/// without a draft what is published now.
pub(super) async fn page_of_both(desk: &DeskNow, actor: &Actor, sent: Sent) -> Result<Response, AppError> {
    let Sent { mut opened, mut typed, content: mine, problems } = sent;
    let what = if let Some(draft) = &opened.kept {
        opened.content = notice_content(draft).cloned().unwrap_or(opened.content);
        let who = name_of(&draft.saved_by, actor);
        format!("{who} saved another text on {}, after you opened this page.", time_words(draft.saved_at))
    } else {
        let beginning = beginning(desk, &opened.name).await?;
        opened.source = beginning.as_ref().map(|beginning| beginning.source);
        opened.content = beginning.map_or(opened.content, |beginning| beginning.content);
        "The draft that you opened is gone: it was published or deleted. This is what there is now.".to_owned()
    };
    typed.made_of = MadeOf::now(opened.kept.as_ref(), opened.base());
    typed.over = true;
    let theirs = &opened.content;
    // A version that the database lost, or a text that was removed, is not shown again because a form still carries it.
    let base = opened.kept.as_ref().and_then(|_| typed.began_with(theirs, opened.name.as_str()));
    let work = || {
        let merge = Merge::of(base.as_ref(), &mine, theirs, &typed.chosen);
        let details = differences::details(Some(theirs), &mine);
        (merge, details, differences::between_sources(&theirs.markdown, &mine.markdown))
    };
    let (merge, details, changes) = desk.site().heavy().for_staff(work).await;
    let conflict = Conflict {
        what,
        markdown: theirs.markdown.clone(),
        summary: changes.summary,
        html: changes.html,
        details,
        to_choose: merge.parts.iter().filter(|part| part.key.is_some()).count(),
        parts: merge.parts,
        is_beginning_known: base.is_some(),
    };
    let problems = if problems.has_any() { problems } else { Problems::conflict() };
    page(desk, actor, &opened, typed, Feedback { problems, conflict: Some(conflict), ..Feedback::default() }).await
}

/// Saves what was sent from the page of both texts: the merge, or one text over the other. Whoever saved the other text is told.
pub(super) async fn save(desk: &DeskNow, actor: &Actor, mut sent: Sent) -> Result<Response, AppError> {
    let is_newer = sent.typed.made_of != MadeOf::now(sent.opened.kept.as_ref(), sent.opened.base());
    if is_newer || sent.problems.has_any() {
        return page_of_both(desk, actor, sent).await;
    }
    let is_merge = sent.typed.then == "merge";
    if is_merge {
        let Sent { opened, typed, content, .. } = &sent;
        let base = opened.kept.as_ref().and_then(|_| typed.began_with(&opened.content, opened.name.as_str()));
        let work = || Merge::of(base.as_ref(), content, &opened.content, &typed.chosen);
        let merge = desk.site().heavy().for_staff(work).await;
        let Some(merged) = merge.draft else {
            let open = merge.parts.into_iter().filter(|part| part.chosen.is_empty()).filter_map(|part| part.key);
            for key in open {
                sent.problems.add(format!("choose_{key}"), CHOOSE);
            }
            return page_of_both(desk, actor, sent).await;
        };
        sent.content = merged;
    }
    let outcome = match &sent.opened.kept {
        Some(theirs) => save_over(desk, actor, &sent, theirs, is_merge).await?,
        None => save_form(desk, actor, &sent, true).await?,
    };
    if is_merge && matches!(outcome, Outcome::Saved(_)) {
        return respond::see_other(&Flash::Merged.at(&paths::notice_edit(&sent.opened.name)));
    }
    Box::pin(answer(desk, actor, sent, outcome)).await
}

/// Saves over another person's text, in one transaction with the letter to that person.
async fn save_over(
    desk: &DeskNow,
    actor: &Actor,
    sent: &Sent,
    theirs: &Draft,
    is_merge: bool,
) -> Result<Outcome, AppError> {
    let (subject, content) = (sent.opened.subject(), DraftContent::Notice(sent.content.clone()));
    let written = Written { subject: &subject, content: &content, facts: &desk.edition.facts };
    let saved = desk.database().write(LIMIT, async |connection| {
        let saved = store::save(connection, actor, written, theirs.revision, true, desk.now()).await?;
        if saved.revision > theirs.revision && theirs.saved_by.id != actor.id() {
            let action = if is_merge { actions::DRAFT_MERGED } else { actions::DRAFT_REPLACED };
            let details = json!({ "revision": saved.revision, "other": theirs.saved_by.name });
            audit::record(connection, actor.who(), action, &subject.to_string(), &details).await?;
            letters::saved_over(connection, desk, actor, theirs, is_merge).await?;
        }
        Ok(saved)
    });
    saving::outcome(desk, saved.await).await
}
