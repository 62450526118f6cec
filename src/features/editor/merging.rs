//! The merge of two drafts that began as one: its text paragraph by paragraph, and what stands around the text. Pure.

use std::collections::BTreeMap;

use crate::base::clock::{day_words, time_words};
use crate::base::ledger::Hash;
use crate::features::drafts::NoticeDraft;
use crate::features::drafts::differences::Change as Detail;
use crate::site::model::Address;
use crate::text::merge::{self, Change, Choice};

/// As much of a key as tells the choices of one page apart, in characters.
const KEY: usize = 12;

/// The text that somebody else saved or published meanwhile, beside what was typed.
pub(super) struct Conflict {
    /// A sentence about who saved it and when.
    pub(super) what: String,
    pub(super) markdown: String,
    pub(super) summary: String,
    pub(super) html: String,
    pub(super) details: Vec<Detail>,
    /// What differs, first what stands around the text.
    pub(super) parts: Vec<PartView>,
    /// How many of them a person has to choose.
    pub(super) to_choose: usize,
    /// Whether it is known what both began with.
    pub(super) is_beginning_known: bool,
}

/// A paragraph, or a field beside the text, that somebody changed.
pub(super) struct PartView {
    /// The name of the field; empty for a paragraph.
    pub(super) label: &'static str,
    /// A sentence about who changed it.
    pub(super) said: &'static str,
    /// The key of the choice, where there is one.
    pub(super) key: Option<String>,
    pub(super) chosen: String,
    pub(super) base: String,
    pub(super) mine: String,
    pub(super) theirs: String,
    pub(super) can_keep_both: bool,
}

/// The merge of two drafts that began as one.
pub(super) struct Merge {
    /// The result; none where a choice is missing.
    pub(super) draft: Option<NoticeDraft>,
    pub(super) parts: Vec<PartView>,
}

fn yes_or_nothing(is: bool) -> String {
    if is { "yes" } else { "" }.to_owned()
}

fn choice(chosen: &BTreeMap<String, String>, key: &str) -> Option<Choice> {
    match chosen.get(key).map(String::as_str) {
        Some("mine") => Some(Choice::Mine),
        Some("theirs") => Some(Choice::Theirs),
        Some("both") => Some(Choice::Both),
        _ => None,
    }
}

fn said(change: Change) -> &'static str {
    match change {
        Change::None | Change::Same => "Both made the same change.",
        Change::Mine => "You changed this. The merge has yours.",
        Change::Theirs => "They changed this. The merge has theirs.",
        Change::Conflict => "Both changed this.",
    }
}

impl Merge {
    /// Merges; `base` is what both began with, where that is known.
    pub(super) fn of(
        base: Option<&NoticeDraft>,
        mine: &NoticeDraft,
        theirs: &NoticeDraft,
        chosen: &BTreeMap<String, String>,
    ) -> Self {
        let mut merging = Merging { base, mine, theirs, chosen, is_open: false, parts: Vec::new() };
        let mut draft = NoticeDraft {
            title: merging.field("title", "Title", |draft| &draft.title, Clone::clone),
            change_note: merging.note(),
            address: merging.field("address", "Address", |draft| &draft.address, Address::path),
            language: merging.field("language", "Language", |draft| &draft.language, ToString::to_string),
            words: merging.field("words", "Words that people use", |draft| &draft.words, Clone::clone),
            review_by: merging.field(
                "review_by",
                "Review by",
                |draft| &draft.review_by,
                |day| day.map(day_words).unwrap_or_default(),
            ),
            ask_again: merging.field(
                "ask_again",
                "Asks about cookies again",
                |draft| &draft.ask_again,
                |is| yes_or_nothing(*is),
            ),
            about_harm: merging.field("about_harm", "About harm", |draft| &draft.about_harm, |is| yes_or_nothing(*is)),
            banner: merging.field(
                "banner",
                "Urgency, pages and end",
                |draft| &draft.banner,
                |banner| {
                    let banner = banner.as_ref();
                    banner.map_or_else(String::new, |banner| {
                        let end = banner.ends_at.map(time_words).unwrap_or_default();
                        format!("{}; {}; {end}", banner.level.words(), banner.pages.join(", "))
                    })
                },
            ),
            kind: mine.kind,
            answers: theirs.answers.clone(),
            markdown: String::new(),
        };
        let before = base.map(|base| &base.answers);
        let own = mine.answers.iter().filter(|(key, own)| before.and_then(|before| before.get(*key)) != Some(*own));
        draft.answers.extend(own.map(|(key, answer)| (key.clone(), answer.clone())));
        let text = merging.text();
        let Merging { is_open, parts, .. } = merging;
        let draft = text.filter(|_| !is_open).map(|markdown| NoticeDraft { markdown, ..draft });
        Self { draft, parts }
    }
}

/// A merge under way.
struct Merging<'a> {
    base: Option<&'a NoticeDraft>,
    mine: &'a NoticeDraft,
    theirs: &'a NoticeDraft,
    chosen: &'a BTreeMap<String, String>,
    /// Whether a choice is missing.
    is_open: bool,
    parts: Vec<PartView>,
}

impl Merging<'_> {
    /// The value of a field: that of whoever changed it, or the one that was chosen.
    fn field<T: Clone + PartialEq>(
        &mut self,
        key: &'static str,
        label: &'static str,
        of: fn(&NoticeDraft) -> &T,
        words: fn(&T) -> String,
    ) -> T {
        let (base, mine, theirs) = (self.base.map(of), of(self.mine), of(self.theirs));
        if mine == theirs {
            return mine.clone();
        }
        let change = match base {
            Some(base) if mine == base => Change::Theirs,
            Some(base) if theirs == base => Change::Mine,
            _ => Change::Conflict,
        };
        let chosen = self.view(label, change, key, [base.map(words).unwrap_or_default(), words(mine), words(theirs)]);
        if chosen == Some(Choice::Theirs) || change == Change::Theirs { theirs.clone() } else { mine.clone() }
    }

    /// The change note, of which both can be kept.
    fn note(&mut self) -> String {
        let (mine, theirs) = (&self.mine.change_note, &self.theirs.change_note);
        let kept = self.field("change_note", "What changed, for the public", |draft| &draft.change_note, Clone::clone);
        let both = choice(self.chosen, "change_note") == Some(Choice::Both) && mine != theirs;
        if let Some(part) = self.parts.iter_mut().find(|part| part.key.as_deref() == Some("change_note")) {
            part.can_keep_both = true;
            if both {
                return format!("{theirs} {mine}").trim().to_owned();
            }
        }
        kept
    }

    /// The text; none where a choice is missing.
    fn text(&mut self) -> Option<String> {
        let (mine, theirs) = (&self.mine.markdown, &self.theirs.markdown);
        let base = self.base.map_or_else(|| merge::common(mine, theirs), |base| base.markdown.clone());
        let parts = merge::merge(&base, mine, theirs);
        let key = |part: &merge::Part| {
            let text = [&part.base, &part.mine, &part.theirs].map(String::as_str).join("\u{1f}");
            Hash::of(text.as_bytes()).to_string().chars().take(KEY).collect::<String>()
        };
        for part in parts.iter().filter(|part| part.change != Change::None) {
            let sides = [&part.base, &part.mine, &part.theirs].map(|side| side.trim_matches('\n').to_owned());
            self.view("", part.change, &key(part), sides);
        }
        merge::resolve(&parts, |part| choice(self.chosen, &key(part)))
    }

    fn view(&mut self, label: &'static str, change: Change, key: &str, sides: [String; 3]) -> Option<Choice> {
        let is_conflict = change == Change::Conflict;
        let chosen = choice(self.chosen, key).filter(|_| is_conflict);
        self.is_open |= is_conflict && chosen.is_none();
        let [base, mine, theirs] = sides;
        self.parts.push(PartView {
            label,
            said: said(change),
            key: is_conflict.then(|| key.to_owned()),
            chosen: self.chosen.get(key).cloned().unwrap_or_default(),
            base,
            mine,
            theirs,
            can_keep_both: label.is_empty(),
        });
        chosen
    }
}
