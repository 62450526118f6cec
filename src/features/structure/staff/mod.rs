//! `/facts`, `/pages`, `/navigation` and `/promoted-answers` for staff, and what their forms share.

mod actions;
pub(crate) mod facts;
pub(crate) mod navigation;
pub(crate) mod pages;
pub(crate) mod promoted;
pub(crate) mod site_wide;
pub(super) mod words;

use crate::base::clock::time_words;
use crate::base::error::AppError;
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::features::drafts::differences::Change;
use crate::features::drafts::saving::{Found, MadeOf, Sent};
use crate::features::drafts::{Draft, DraftContent, arranged, saving};
use crate::site::subject::Subject;

/// The sentence for a form of whose start nothing is left.
const GONE: &str = "This draft was published or deleted in the meantime, so nothing was saved. Go back, copy what you typed, and open \
    the page again to see what is in force now.";

/// The state of a draft, for the note above its form.
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

/// The result of a form.
enum Outcome {
    /// It is in the draft.
    Saved,
    /// It says what is in force.
    Unchanged,
    /// Another person was first.
    Clash(Box<Clash>),
}

/// The conflict with another person's change.
struct Clash {
    /// The person or event that was first.
    who: String,
    /// The state that the form is made of when it is sent again.
    made_of: MadeOf,
    /// From their state to the one that was typed.
    differences: Vec<Change>,
}

/// Saves a form, unless it says nothing new or somebody else was first.
async fn save_form(
    desk: &DeskNow,
    actor: &Actor,
    subject: &Subject,
    content: &DraftContent,
    made_of: MadeOf,
    is_drafted: bool,
) -> Result<Outcome, AppError> {
    let in_force = arranged::in_force(&desk.edition, subject);
    let base = in_force.as_ref().map(|(entry, _)| *entry);
    let found = Found { is_drafted, base, content: in_force.as_ref().map(|(_, content)| content) };
    let sent = Sent { subject, content, made_of, explicit: true };
    let (who, made_of, theirs) = match saving::save(desk, actor, sent, found).await? {
        saving::Outcome::Saved(_) => return Ok(Outcome::Saved),
        saving::Outcome::Unchanged => return Ok(Outcome::Unchanged),
        saving::Outcome::Stale(theirs) => {
            let who = format!("{} saved another state at {}", theirs.saved_by.name, time_words(theirs.saved_at));
            (who, MadeOf::now(Some(&theirs), base), theirs.content)
        }
        saving::Outcome::Overtaken(desk) => {
            let now = arranged::in_force(&desk.edition, subject);
            let (entry, theirs) = now.ok_or(AppError::Unprocessable(GONE))?;
            let was_published = made_of.base != entry;
            let what = if was_published { "Somebody published another version" } else { "The draft was deleted" };
            (what.to_owned(), MadeOf::now(None, Some(entry)), theirs)
        }
    };
    let differences = arranged::between(&desk.edition, Some(&theirs), content);
    Ok(Outcome::Clash(Box::new(Clash { who, made_of, differences })))
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
    if let Some((action, which)) = press.split_once(':')
        && let Some(at) = items.iter().position(|item| is(item, which))
    {
        match action {
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

/// Puts a list in the order that was typed beside its rows, and moves the one whose button was pressed.
fn rearrange<T>(list: &mut Vec<T>, name: &str, places: impl Iterator<Item = String>, press: &str) {
    let press = press.strip_prefix(&format!("{name}:")).unwrap_or_default();
    let placed = list.drain(..).enumerate().zip(places).collect();
    let ordered = reorder(placed, press, |(at, _), which| at.to_string() == which);
    list.extend(ordered.into_iter().map(|(_, item)| item));
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
