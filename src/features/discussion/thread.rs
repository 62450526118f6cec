//! The thread of a text's comments, as pages show it.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::clock::time_words;
use crate::desk::accounts::Actor;
use crate::desk::accounts::permission::{Commenting, Permission as _};
use crate::features::discussion::model::{Comment, stands_in};
use crate::features::discussion::{store, words};
use crate::features::drafts::DraftContent;
use crate::site::edition::Edition;
use crate::site::subject::Subject;
use crate::text::markdown;

/// The thread of a text, for the person who looks.
pub struct Thread {
    /// The text.
    pub subject: Subject,
    /// The comments that answer none, first to last.
    pub comments: Vec<Line>,
    /// Set if this person may add to it.
    pub may_comment: bool,
    /// Set if passages of it can be quoted.
    pub has_passages: bool,
    /// The id of the next comment.
    pub id: Uuid,
}

/// A comment as it is shown.
pub struct Line {
    /// Its id.
    pub id: Uuid,
    /// The person, the action and the time.
    pub heading: String,
    /// The passage that it quotes; empty where it quotes none.
    pub passage: String,
    /// Set if the passage does not stand in the text any more.
    pub is_gone: bool,
    /// Its words.
    pub words: String,
    /// The answers of others.
    pub answers: Vec<Line>,
}

impl Thread {
    /// Reads the thread of a text, which is a draft or what is in force.
    pub async fn read(
        connection: &mut PgConnection,
        actor: &Actor,
        subject: &Subject,
        text: &str,
    ) -> Result<Self, sqlx::Error> {
        let all = store::of_subject(connection, subject).await?;
        let is_shown = |id: Uuid| all.iter().any(|comment| comment.id == id);
        let firsts = all.iter().filter(|comment| !comment.reply_to.is_some_and(is_shown));
        let comments = firsts.map(|first| {
            let answers = all.iter().filter(|comment| comment.reply_to == Some(first.id));
            Line { answers: answers.map(|answer| line(answer, text)).collect(), ..line(first, text) }
        });
        Ok(Self {
            subject: subject.clone(),
            comments: comments.collect(),
            may_comment: actor.is_any(Commenting::ROLES),
            has_passages: matches!(subject, Subject::Notice(_)),
            id: Uuid::now_v7(),
        })
    }

    /// The number of comments.
    pub fn count(&self) -> usize {
        self.comments.iter().map(|line| 1 + line.answers.len()).sum()
    }
}

fn line(comment: &Comment, text: &str) -> Line {
    Line {
        id: comment.id,
        heading: format!("{} {}, {}", comment.writer.name, words::did(comment), time_words(comment.at)),
        passage: comment.passage.clone(),
        is_gone: !comment.passage.is_empty() && !stands_in(text, &comment.passage),
        words: comment.words.clone(),
        answers: Vec::new(),
    }
}

/// The words of a draft that comments can quote: as visitors will read them and as they are written. Run it off the async threads.
pub fn words_of(subject: &Subject, content: &DraftContent, edition: &Edition) -> String {
    let (Subject::Notice(name), DraftContent::Notice(draft)) = (subject, content) else { return String::new() };
    let (html, _) = markdown::preview(&draft.markdown, name.as_str(), &edition.facts);
    let read = markdown::plain_text(&html.unwrap_or_default());
    format!("{}\n{read}\n{}", draft.title, draft.markdown)
}
