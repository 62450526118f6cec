//! `/facts`, `/pages` and `/navigation` for staff, and what their forms share.

pub(crate) mod deeds;
pub(crate) mod facts;
pub(crate) mod navigation;
pub(crate) mod pages;

use crate::base::clock::time_words;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::form::Fields;
use crate::desk::accounts::{Actor, Desk};
use crate::features::drafts;
use crate::features::drafts::{Draft, DraftContent, Written};
use crate::site::subject::Subject;

use crate::desk::paths;
use crate::features::drafts::store::SaveError;
use crate::features::structure::store;

/// What a form was made of, as its hidden fields say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct MadeOf {
    /// Revision of the draft; 0 where there was none.
    revision: i64,
    /// Entry in force; 0 where there was none.
    base: i64,
}

impl MadeOf {
    fn now(draft: Option<&Draft>, base: Option<i64>) -> Self {
        Self { revision: draft.map_or(0, |draft| draft.revision), base: base.unwrap_or(0) }
    }

    fn read(typed: &Fields) -> Self {
        let number = |name| typed.get(name).parse().unwrap_or(0);
        Self { revision: number("revision"), base: number("base") }
    }
}

/// Where a draft stands, for the note above its form.
struct Standing {
    state: &'static str,
    saved: String,
    review: String,
    comment: Option<String>,
}

impl Standing {
    fn of(draft: &Draft) -> Self {
        Self {
            state: draft.state.words(),
            saved: format!("saved {} by {}", time_words(draft.saved_at), draft.saved_by.name),
            review: paths::draft_review(&draft.subject),
            comment: draft.comment.clone(),
        }
    }
}

/// What became of a form.
enum Outcome {
    /// It is in the draft.
    Saved,
    /// It says what is in force.
    Unchanged,
    /// Somebody else was first; here is who, and what they left.
    Clash(Box<Clash>),
}

/// That somebody else changed what a form was made of.
struct Clash {
    who: String,
    theirs: DraftContent,
    made_of: MadeOf,
}

/// A line of the table that shows both sides of a clash.
struct Difference {
    what: String,
    mine: String,
    theirs: String,
}

/// Saves a form, unless it says nothing new or somebody else was first.
async fn keep(
    desk: &Desk,
    actor: &Actor,
    (subject, content): (&Subject, &DraftContent),
    made_of: MadeOf,
    in_force: Option<(i64, DraftContent)>,
) -> Result<Outcome, AppError> {
    let base = in_force.as_ref().map(|(number, _)| *number);
    if made_of.revision == 0 {
        if in_force.as_ref().is_some_and(|(_, current)| current == content) && made_of.base == base.unwrap_or(0) {
            return Ok(Outcome::Unchanged);
        }
        if let Some((number, theirs)) = in_force.filter(|(number, _)| *number != made_of.base) {
            // It was published since the form was opened.
            let made_of = MadeOf { revision: 0, base: number };
            let who = "Somebody published another version".to_owned();
            return Ok(Outcome::Clash(Box::new(Clash { who, theirs, made_of })));
        }
    }
    let now = desk.now();
    let edition = desk.site().edition();
    let written = Written { content, facts: &edition.facts };
    let saved = desk
        .database()
        .write(desk.settings().request_timeout, async |connection| {
            store::keep(connection, actor, (subject, written), base, made_of.revision, now).await
        })
        .await;
    match saved {
        Ok(_) => Ok(Outcome::Saved),
        Err(SaveError::Stale(theirs)) => Ok(Outcome::Clash(Box::new(Clash {
            who: format!("{} saved another state at {}", theirs.saved_by.name, time_words(theirs.saved_at)),
            made_of: MadeOf::now(Some(&theirs), base),
            theirs: theirs.content,
        }))),
        Err(SaveError::Gone) => {
            let _ = desk.site().refresh().await;
            Err(AppError::Unprocessable(
                "This draft was published or thrown away in the meantime, so nothing was saved. Go back, copy what you typed, and \
                 open the page again to see what is in force now.",
            ))
        }
        Err(SaveError::Json(error)) => Err(AppError::Internal(error.into())),
        Err(SaveError::Database(error)) => Err(error.into()),
    }
}

async fn draft_of(desk: &Desk, subject: &Subject) -> Result<Option<Draft>, DatabaseError> {
    desk.database().read(async |connection| drafts::store::find(connection, subject).await).await
}

/// A list in its new order: by the numbers typed beside its items, then by the button that moves one of them.
fn reorder<T>(items: Vec<(T, String)>, press: &str, is: impl Fn(&T, &str) -> bool) -> Vec<T> {
    let mut numbered: Vec<(u32, T)> = items
        .into_iter()
        .zip(1..)
        .map(|((item, typed), place)| (typed.trim().parse().unwrap_or(place), item))
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    let mut items: Vec<T> = numbered.into_iter().map(|(_, item)| item).collect();
    if let Some((deed, which)) = press.split_once(':')
        && let Some(at) = items.iter().position(|item| is(item, which))
    {
        match deed {
            "up" if at > 0 => items.swap(at - 1, at),
            "down" if at + 1 < items.len() => items.swap(at, at + 1),
            "remove" => {
                items.remove(at);
            }
            _ => {}
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::reorder;

    fn order(typed: [(&'static str, &str); 3], press: &str) -> String {
        let items = typed.into_iter().map(|(item, number)| (item, number.to_owned())).collect();
        reorder(items, press, |item, which| *item == which).concat()
    }

    #[test]
    fn numbers_come_first_and_then_the_button() {
        let as_it_was = [("a", "1"), ("b", "2"), ("c", "3")];
        assert_eq!(order(as_it_was, "save"), "abc");
        assert_eq!(order(as_it_was, "up:b"), "bac");
        assert_eq!(order(as_it_was, "up:a"), "abc");
        assert_eq!(order(as_it_was, "down:c"), "abc");
        assert_eq!(order(as_it_was, "down:a"), "bac");
        assert_eq!(order(as_it_was, "remove:b"), "ac");
        assert_eq!(order(as_it_was, "remove:z"), "abc");
        assert_eq!(order([("a", "3"), ("b", "x"), ("c", "1")], "save"), "cba");
        assert_eq!(order([("a", "9"), ("b", "2"), ("c", "3")], "up:a"), "bac");
    }
}
