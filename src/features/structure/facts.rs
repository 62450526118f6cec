//! The rules of facts: what they are called, who uses them, and which texts a change leaves behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::language::Language;
use crate::base::ledger::Entry;
use crate::base::web::form::{Problems, Wrong, read_line};
use crate::features::drafts::{Draft, DraftContent, NoticeDraft, titles};
use crate::site::edition::Edition;
use crate::site::fact_names::display_name;
use crate::site::model::Facts;
use crate::site::subject::Subject;
use crate::text::markdown::{facts_read, facts_used, render};

/// The longest value, in characters.
pub const LONGEST_VALUE: usize = 500;

/// The longest name, in characters.
const LONGEST_NAME: usize = 40;

/// The most facts.
pub const MOST_FACTS: usize = 200;

/// Facts that the program itself shows or reads, with what they are called in a sentence. They cannot be removed.
const NEEDED: [&str; 3] = ["force_name", "force_short_name", "website"];

/// The name of a new fact, as texts refer to it.
pub fn name(typed: &str) -> Result<String, String> {
    let name = typed.trim();
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if plain && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= LONGEST_NAME {
        return Ok(name.to_owned());
    }
    Err(format!(
        "Write a name of small letters, digits and _ that starts with a letter, at most {LONGEST_NAME} long, such as press_email."
    ))
}

/// The value of a fact: one line of plain text.
pub fn value(typed: &str) -> Result<String, Wrong> {
    read_line(typed, LONGEST_VALUE)
}

/// The problems of the values of facts, by the fields of their form.
pub fn value_problems(facts: &Facts) -> Problems {
    let mut problems = Problems::default();
    for (name, typed) in facts {
        problems.check(format!("fact-{name}"), format!("The {}", display_name(name)), value(typed));
    }
    problems
}

/// Says that the program cannot do without a fact.
pub fn needed(name: &str) -> String {
    format!("The program itself needs the {}.", display_name(name))
}

/// A text that refers to a fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Title of the notice.
    pub title: String,
    /// Name of the notice.
    pub notice: String,
    /// Set if only its draft or a version to come does.
    pub to_come: bool,
}

/// The texts that refer to each fact: those in force, those scheduled and drafts.
pub fn uses(edition: &Edition, drafts: &[Draft]) -> BTreeMap<String, Vec<Use>> {
    let mut uses: BTreeMap<String, Vec<Use>> = BTreeMap::new();
    let mut note = |markdown: &str, title: &str, notice: &str, to_come: bool| {
        for name in facts_used(markdown) {
            let known = uses.entry(name.to_owned()).or_default();
            if !known.iter().any(|known| known.notice == notice) {
                known.push(Use { title: title.to_owned(), notice: notice.to_owned(), to_come });
            }
        }
    };
    for notice in edition.published.notices.values() {
        if let Some(text) = notice.in_force(edition.at).and_then(|version| version.text.as_ref()) {
            note(&text.markdown, &text.title, &notice.name, false);
        }
        for version in notice.versions.values() {
            let scheduled = version.entry.in_force_at > edition.at && !notice.cancelled.contains_key(&version.number);
            if let (true, Some(text)) = (scheduled, &version.text) {
                note(&text.markdown, &text.title, &notice.name, true);
            }
        }
    }
    for draft in drafts {
        if let (Subject::Notice(name), DraftContent::Notice(content)) = (&draft.subject, &draft.content) {
            note(&content.markdown, &titles::title(draft, edition), name.as_str(), true);
        }
    }
    for texts in uses.values_mut() {
        texts.sort();
    }
    uses
}

/// Tells whether a fact may go: nothing refers to it and the program can do without.
pub fn may_go(name: &str, uses: &BTreeMap<String, Vec<Use>>) -> bool {
    !NEEDED.contains(&name) && !uses.contains_key(name)
}

/// The problems that keep facts from being saved, as (fact, sentence): one that is needed is missing, or a text in force could not be
/// published with a new value.
pub fn problems(edition: &Edition, facts: &Facts, uses: &BTreeMap<String, Vec<Use>>) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    for name in NEEDED.iter().copied().chain(uses.keys().map(String::as_str)).collect::<BTreeSet<_>>() {
        // A text may name a fact that there never was; that is the text's fault.
        if facts.contains_key(name) || !edition.facts.contains_key(name) {
            continue;
        }
        let why = match uses.get(name).and_then(|texts| texts.first()) {
            Some(text) => format!("“{}” refers to the {}. Change that text first.", text.title, display_name(name)),
            None => needed(name),
        };
        problems.push((name.to_owned(), why));
    }
    if !problems.is_empty() {
        return problems;
    }
    for notice in edition.published.notices.values() {
        let Some(text) = notice.in_force(edition.at).and_then(|version| version.text.as_ref()) else { continue };
        let changed = facts_read(&text.markdown).into_iter().find(|name| edition.facts.get(*name) != facts.get(*name));
        let Some(changed) = changed else { continue };
        if render(&text.markdown, &notice.name, &edition.facts).is_err() {
            continue;
        }
        if let Err(found) = render(&text.markdown, &notice.name, facts)
            && let Some(first) = found.first()
        {
            let why = format!("With this value “{}” could not be published: {}", text.title, first.message);
            problems.push((changed.to_owned(), why));
        }
    }
    problems
}

/// A notice in force that would read otherwise with the facts in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Name of the notice.
    pub notice: String,
    /// Its title.
    pub title: String,
    /// The entry in force.
    pub base: i64,
    /// Facts whose value changed since that was published.
    pub changed: Vec<String>,
    /// A draft that brings the change: the same text with a note.
    pub draft: NoticeDraft,
}

/// The notices in force that a change of facts left behind: what they serve is not what they would say today.
pub fn affected(edition: &Edition) -> Vec<Affected> {
    let mut affected = Vec::new();
    for notice in edition.published.notices.values() {
        let Some(version) = notice.in_force(edition.at) else { continue };
        let Some(text) = &version.text else { continue };
        let used = facts_read(&text.markdown);
        if used.is_empty() || render(&text.markdown, &notice.name, &edition.facts).is_ok_and(|html| html == text.html) {
            continue;
        }
        let changed = changed_since(edition, &version.entry, &used);
        let mut draft = NoticeDraft::from_version(text);
        draft.change_note = note(&changed);
        affected.push(Affected {
            notice: notice.name.clone(),
            title: text.title.clone(),
            base: version.entry.number,
            changed,
            draft,
        });
    }
    affected
}

fn changed_since(edition: &Edition, entry: &Entry, used: &BTreeSet<&str>) -> Vec<String> {
    let before = edition.published.facts_before(entry);
    let differs = |name: &&&str| before.get(**name) != edition.facts.get(**name);
    used.iter().filter(differs).map(|name| (*name).to_owned()).collect()
}

/// Which notices in force would be left behind by facts that are not published yet.
pub fn affected_by(edition: &Edition, facts: &Facts) -> Vec<Affected> {
    let mut then = Edition::new(Arc::clone(&edition.published), edition.at, Arc::clone(&edition.declared));
    then.facts = Arc::new(facts.clone());
    affected(&then)
}

/// The names of facts that differ.
pub fn changed(before: &Facts, after: &Facts) -> Vec<String> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// The public change note.
pub fn note(changed: &[String]) -> String {
    let words: Vec<String> = changed.iter().map(|name| display_name(name)).collect();
    let words = Language::default().list(&words);
    format!("Updated: {}.", if words.is_empty() { "names, addresses and numbers" } else { &words })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_texts_can_refer_to() {
        assert_eq!(name(" press_email2 ").as_deref(), Ok("press_email2"));
        for wrong in ["", "Press", "2a", "_a", "a-b", "a b", "é", "{{ a }}", &"a".repeat(41)] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
        assert_eq!(facts_used("{{ press_email2 }}").into_iter().next(), Some("press_email2"));
    }

    #[test]
    fn the_note_names_what_changed() {
        let changed = |names: &[&str]| note(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(changed(&["dpo_name"]), "Updated: Data Protection Officer's name.");
        let three = changed(&["contact_email", "dpo_email", "press_office"]);
        assert_eq!(three, "Updated: contact email address, Data Protection Officer's email address and press office.");
        assert_eq!(changed(&[]), "Updated: names, addresses and numbers.");
    }
}
