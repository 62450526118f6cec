//! The page of a text's comments: the text, what was said about it, and the form to say something.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::base::audit;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path, Query};
use crate::base::web::form::{Problems, Wrong};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Commenting, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::discussion::model::{
    Comment, Kind, LONGEST_COMMENT, LONGEST_PASSAGE, NewComment, read_words, stands_in,
};
use crate::features::discussion::thread::{Thread, words_of};
use crate::features::discussion::{actions, store, words};
use crate::features::drafts::{Draft, DraftContent, NoticeDraft, store as drafts, titles};
use crate::features::publishing::letters;
use crate::site::subject::Subject;
use crate::text::markdown;
use crate::text::markdown::deepen;

#[derive(Template)]
#[template(path = "discussion/show.html")]
struct DiscussionPage {
    shell: StaffShell,
    title: String,
    /// The page where the text is reviewed or looked after.
    back: (&'static str, String),
    /// The text, with what it is.
    text: Option<(&'static str, String)>,
    thread: Thread,
    /// The comment that is answered: who said what.
    answers: Option<String>,
    form: CommentForm,
}

/// A comment as it is typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CommentForm {
    id: String,
    passage: String,
    words: String,
    reply_to: String,
    #[serde(skip)]
    problems: Problems,
}

/// The comment that the form answers.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    reply: String,
}

/// A text that can be commented on.
struct Discussed {
    subject: Subject,
    draft: Option<Draft>,
    title: String,
    content: Option<DraftContent>,
}

impl Discussed {
    /// The draft of a subject, or what is in force.
    async fn find(desk: &DeskNow, subject: &str) -> Result<Self, AppError> {
        let subject: Subject = subject.parse().map_err(|_| AppError::NotFound)?;
        let draft = desk.database().read(async |connection| drafts::find(connection, &subject).await).await?;
        let edition = &desk.edition;
        let (title, content) = match (&draft, &subject) {
            (Some(draft), _) => (titles::title(draft, edition), Some(draft.content.clone())),
            (None, Subject::Notice(name)) => {
                let notice = edition.published.notices.get(name.as_str()).ok_or(AppError::NotFound)?;
                let text = match notice.in_force(edition.at) {
                    Some(version) => desk.site().text(version).await?,
                    None => None,
                };
                let content = text.map(|text| DraftContent::Notice(NoticeDraft::from_version(&text)));
                (titles::of_notice(name.as_str(), edition), content)
            }
            (None, Subject::Page(name)) => {
                let page = edition.published.pages.get(name.as_str()).and_then(|page| page.at(edition.at));
                (page.ok_or(AppError::NotFound)?.title.clone(), None)
            }
            (None, Subject::Facts) => (DraftContent::Facts(edition.facts.as_ref().clone()).title().to_owned(), None),
            (None, Subject::Navigation) => ("Navigation and footer".to_owned(), None),
            (None, Subject::Promoted) => ("Promoted answers".to_owned(), None),
        };
        Ok(Self { subject, draft, title, content })
    }

    /// The words that a comment can quote.
    async fn words(&self, desk: &DeskNow) -> String {
        let Some(content) = &self.content else { return String::new() };
        desk.site().heavy().for_staff(|| words_of(&self.subject, content, &desk.edition)).await
    }

    /// The text as visitors read it or would read it.
    async fn shown(&self, desk: &DeskNow) -> Option<(&'static str, String)> {
        let (Subject::Notice(name), Some(DraftContent::Notice(draft))) = (&self.subject, &self.content) else {
            return None;
        };
        let render = || markdown::preview(&draft.markdown, name.as_str(), &desk.edition.facts).0;
        let html = desk.site().heavy().for_staff(render).await?;
        Some((if self.draft.is_some() { "The draft" } else { "The text that is live" }, deepen(&html)))
    }

    fn path(&self) -> String {
        paths::discussion(&self.subject)
    }

    /// The page at which the text is reviewed, or else looked after.
    fn back(&self) -> (&'static str, String) {
        match self.draft {
            Some(_) => ("Review", paths::draft_review(&self.subject)),
            None => ("Back to the text", paths::subject(&self.subject)),
        }
    }
}

pub(crate) async fn show(
    desk: DeskNow,
    actor: By<Reading>,
    Path(subject): Path<String>,
    Query(asked): Query<Asked>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let discussed = Discussed::find(&desk, &subject).await?;
    let form = CommentForm { reply_to: asked.reply, ..CommentForm::default() };
    page(&desk, &actor, &discussed, form, said(query.as_deref())).await
}

async fn page(
    desk: &DeskNow,
    actor: &Actor,
    discussed: &Discussed,
    mut form: CommentForm,
    said: Option<String>,
) -> Result<Response, AppError> {
    let words = discussed.words(desk).await;
    let thread = desk
        .database()
        .read(async |connection| Thread::read(connection, actor, &discussed.subject, &words).await)
        .await?;
    let answered = thread.comments.iter().find(|line| line.id.to_string() == form.reply_to);
    let answers = answered.map(|line| format!("{}: {}", line.heading, line.words));
    if answers.is_none() {
        form.reply_to.clear();
    }
    if form.id.parse::<Uuid>().is_err() {
        form.id = thread.id.to_string();
    }
    let page = DiscussionPage {
        shell: desk
            .shell(Some(actor), &format!("Comments: {}", discussed.title), &paths::subject(&discussed.subject))
            .saying(said),
        title: discussed.title.clone(),
        back: discussed.back(),
        text: discussed.shown(desk).await,
        thread,
        answers,
        form,
    };
    respond::form(&page, &page.form.problems)
}

/// A comment that can be kept.
struct Read {
    id: Uuid,
    passage: String,
    words: String,
    reply_to: Option<Uuid>,
}

impl CommentForm {
    /// The comment that was typed, on a text with these words.
    fn read(&self, text: &str) -> Result<Read, Problems> {
        let mut problems = Problems::default();
        let passage = problems.check("passage", "The passage", read_words(&self.passage, LONGEST_PASSAGE));
        let words = problems.check("words", "Your comment", read_words(&self.words, LONGEST_COMMENT));
        if words.as_ref().is_some_and(String::is_empty) {
            problems.add_named("words", "Your comment", Wrong::Missing);
        }
        if passage.as_ref().is_some_and(|passage| !passage.is_empty() && !stands_in(text, passage)) {
            problems.add("passage", words::NO_SUCH_PASSAGE);
        }
        match (passage, words, problems.is_empty()) {
            (Some(passage), Some(words), true) => Ok(Read {
                id: self.id.parse().unwrap_or_else(|_| Uuid::now_v7()),
                passage,
                words,
                reply_to: self.reply_to.parse().ok(),
            }),
            _ => Err(problems),
        }
    }
}

/// The result of adding a comment.
enum Added {
    Done,
    /// There is another comment under this id.
    SentBefore,
    /// The comment that it answers is gone.
    NothingToAnswer,
}

pub(crate) async fn add(
    desk: DeskNow,
    actor: By<Commenting>,
    Path(subject): Path<String>,
    Form(mut form): Form<CommentForm>,
) -> Result<Response, AppError> {
    let discussed = Discussed::find(&desk, &subject).await?;
    let read = match form.read(&discussed.words(&desk).await) {
        Ok(read) => read,
        Err(problems) => {
            form.problems = problems;
            return page(&desk, &actor, &discussed, form, None).await;
        }
    };
    let added = desk.database().write(desk.limit(), async |connection| {
        let all = store::of_subject(connection, &discussed.subject).await?;
        if let Some(before) = all.iter().find(|comment| comment.id == read.id) {
            return Ok::<_, DatabaseError>(if is_same(before, &actor, &read) {
                Added::Done
            } else {
                Added::SentBefore
            });
        }
        // An answer to an answer stands below the same comment.
        let answered = read.reply_to.map(|id| all.iter().find(|comment| comment.id == id));
        let reply_to = match answered {
            Some(None) => return Ok(Added::NothingToAnswer),
            Some(Some(answered)) => Some(answered.reply_to.unwrap_or(answered.id)),
            None => None,
        };
        let comment =
            NewComment { id: read.id, passage: &read.passage, reply_to, ..NewComment::of(Kind::Comment, &read.words) };
        if !store::add(connection, &discussed.subject, comment, &actor, desk.now()).await? {
            return Ok(Added::SentBefore);
        }
        let details = json!({ "comment": read.id, "answers": reply_to });
        audit::record(connection, actor.who(), actions::COMMENTED, &discussed.subject.to_string(), &details).await?;
        let said = letters::Remark { title: &discussed.title, passage: &read.passage, words: &read.words };
        let about = (&discussed.subject, discussed.draft.as_ref());
        letters::commented(connection, &desk, &actor, about, said).await?;
        Ok(Added::Done)
    });
    let why = match added.await? {
        Added::Done => return respond::see_other(&Flash::Commented.at(&discussed.path())),
        Added::SentBefore => words::SENT_BEFORE,
        Added::NothingToAnswer => words::NOTHING_TO_ANSWER,
    };
    form.id.clear();
    form.problems = Problems::one("words", why);
    page(&desk, &actor, &discussed, form, None).await
}

/// Tells that a comment is the one that was typed.
fn is_same(kept: &Comment, actor: &Actor, read: &Read) -> bool {
    kept.writer.id == actor.id() && kept.words == read.words && kept.passage == read.passage
}
