//! The editor's form, as it was typed, and the draft that it makes. Fields that cannot be read come back with their problems.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::clock;
use crate::base::clock::Civil;
use crate::base::language::Language;
use crate::base::web::form::{Problems, Wrong, read_day, read_time};
use crate::features::drafts;
use crate::features::drafts::NoticeDraft;
use crate::features::drafts::checks::law::{QUESTIONS, Sections};
use crate::features::drafts::checks::{LONGEST_NOTE, LONGEST_TITLE, LONGEST_WORDS, NO_LANGUAGE, law};
use crate::features::drafts::model::Answer;
use crate::features::drafts::saving::MadeOf;
use crate::features::editor::words;
use crate::site::model::{Banner, Level, NoticeKind, TYPING_ERROR};
use crate::text::markdown::LONGEST_TEXT;

/// The longest text, in bytes, that the form carries a second time, as it was when the page was made.
const LONGEST_BEGINNING: usize = 128 * 1024;

/// The fields as they are shown and come back.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one for each box that can be ticked")]
pub(super) struct NoticeForm {
    pub(super) made_of: MadeOf,
    pub(super) title: String,
    pub(super) address: String,
    pub(super) markdown: String,
    pub(super) change_note: String,
    /// Whether nothing but a typing error is corrected, which has a change note of its own.
    pub(super) minor: bool,
    pub(super) ask_again: bool,
    pub(super) about_harm: bool,
    pub(super) review_by: String,
    pub(super) language: String,
    pub(super) words: String,
    pub(super) level: String,
    pub(super) everywhere: bool,
    pub(super) pages: BTreeSet<String>,
    pub(super) end_date: String,
    pub(super) end_time: String,
    /// `first` or `second`, for an hour that comes twice.
    pub(super) end_which: String,
    /// By key of the question: `met:` or `waived:` and the hash of the passage, and the reason.
    pub(super) answers: BTreeMap<String, (String, String)>,
    /// The next page after saving: `review`, or empty.
    pub(super) then: String,
    /// The fields as they were when the page was made, as JSON: both people of a conflict began with them.
    pub(super) began: String,
    /// Whether another person's text was shown beside this one, so that a save is meant to take its place.
    pub(super) over: bool,
    /// By the key of what both changed: `mine`, `theirs` or `both`.
    pub(super) chosen: BTreeMap<String, String>,
    /// Set if a script asks and wants no whole page.
    pub(super) part: bool,
    pub(super) problems: Problems,
}

impl NoticeForm {
    /// A form that arrived.
    pub(super) fn read(pairs: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "revision" => typed.made_of.revision = value.parse().unwrap_or(0),
                "base" => typed.made_of.base = value.parse().unwrap_or(0),
                "title" => typed.title = value,
                "address" => typed.address = value,
                // Browsers send CRLF for each line break (WHATWG HTML, constructing the entry list).
                "markdown" => typed.markdown = value.replace("\r\n", "\n").replace('\r', "\n"),
                "change_note" => typed.change_note = value,
                "minor" => typed.minor = true,
                "ask_again" => typed.ask_again = true,
                "about_harm" => typed.about_harm = true,
                "review_by" => typed.review_by = value,
                "language" => typed.language = value,
                "words" => typed.words = value,
                "level" => typed.level = value,
                "everywhere" => typed.everywhere = value == "all",
                "page" => {
                    typed.pages.insert(value);
                }
                "end_date" => typed.end_date = value,
                "end_time" => typed.end_time = value,
                "end_which" => typed.end_which = value,
                "then" => typed.then = value,
                "began" => typed.began = value,
                "over" => typed.over = true,
                "part" => typed.part = true,
                _ => {
                    if let Some(key) = name.strip_prefix("choose_") {
                        typed.chosen.insert(key.to_owned(), value);
                    } else if let Some(key) = name.strip_prefix("law_") {
                        typed.answers.entry(key.to_owned()).or_default().0 = value;
                    } else if let Some(key) = name.strip_prefix("reason_") {
                        typed.answers.entry(key.to_owned()).or_default().1 = value;
                    }
                }
            }
        }
        typed
    }

    /// The form of a draft.
    pub(super) fn of(draft: &NoticeDraft, made_of: MadeOf) -> Self {
        let banner = draft.banner.as_ref();
        let end = banner.and_then(|banner| banner.ends_at).map(clock::london);
        let ends_second = end.as_ref().is_some_and(
            |end| matches!(clock::civil(end.datetime()), Civil::Twice { second, .. } if second == end.timestamp()),
        );
        let answer = |(key, answer): (&String, &Answer)| {
            let word = if answer.met { "met" } else { "waived" };
            (key.clone(), (format!("{word}:{}", answer.of), answer.reason.clone()))
        };
        let form = Self {
            made_of,
            title: draft.title.clone(),
            address: draft.address.as_str().to_owned(),
            markdown: draft.markdown.clone(),
            change_note: if draft.change_note == TYPING_ERROR { String::new() } else { draft.change_note.clone() },
            minor: draft.change_note == TYPING_ERROR,
            ask_again: draft.ask_again,
            about_harm: draft.about_harm,
            review_by: draft.review_by.map(|date| date.to_string()).unwrap_or_default(),
            language: draft.language.to_string(),
            words: draft.words.clone(),
            level: banner.map_or(Level::Information, |banner| banner.level).name().to_owned(),
            everywhere: banner.is_none_or(|banner| banner.pages.iter().any(|page| page == "all")),
            pages: banner.map(|banner| banner.pages.iter().cloned().collect()).unwrap_or_default(),
            end_date: end.as_ref().map(|end| end.date().to_string()).unwrap_or_default(),
            end_time: end.as_ref().map(|end| end.strftime("%H:%M").to_string()).unwrap_or_default(),
            end_which: if ends_second { "second".to_owned() } else { String::new() },
            answers: draft.answers.iter().map(answer).collect(),
            ..Self::default()
        };
        Self { began: form.beginning(), ..form }
    }

    /// The fields as JSON, as far as a merge needs them; empty for a text so long that it would make the form too long.
    fn beginning(&self) -> String {
        if self.markdown.len() > LONGEST_BEGINNING {
            return String::new();
        }
        let ticked = |is: bool| if is { "yes" } else { "" };
        let mut pairs = vec![
            ("title", self.title.as_str()),
            ("address", &self.address),
            ("markdown", &self.markdown),
            ("change_note", &self.change_note),
            ("review_by", &self.review_by),
            ("language", &self.language),
            ("words", &self.words),
            ("level", &self.level),
            ("everywhere", if self.everywhere { "all" } else { "some" }),
            ("end_date", &self.end_date),
            ("end_time", &self.end_time),
            ("end_which", &self.end_which),
            ("minor", ticked(self.minor)),
            ("ask_again", ticked(self.ask_again)),
            ("about_harm", ticked(self.about_harm)),
        ];
        // A box that is not ticked is not sent.
        pairs.retain(|(name, value)| !(["minor", "ask_again", "about_harm"].contains(name) && value.is_empty()));
        pairs.extend(self.pages.iter().map(|page| ("page", page.as_str())));
        serde_json::to_string(&pairs).unwrap_or_default()
    }

    /// The draft that the page was made of, as the form says; none where it does not.
    pub(super) fn began_with(&self, before: &NoticeDraft, name: &str) -> Option<NoticeDraft> {
        let pairs: Vec<(String, String)> = serde_json::from_str(&self.began).ok()?;
        let (mut draft, problems) = Self::read(pairs).draft(before, name);
        draft.answers.clone_from(&before.answers);
        (!problems.has_any()).then_some(draft)
    }

    /// The draft that was typed over `before`, and what cannot be read; such a field stays as it was before.
    pub(super) fn draft(&self, before: &NoticeDraft, name: &str) -> (NoticeDraft, Problems) {
        let mut problems = Problems::default();
        let address = self.address.trim().trim_start_matches('/').to_owned();
        let address = address.try_into().unwrap_or_else(|_| {
            problems.add("address", words::BAD_ADDRESS);
            before.address.clone()
        });
        let mut change_note = self.change_note.trim().replace("\r\n", "\n");
        if self.minor && (change_note.is_empty() || change_note == TYPING_ERROR) {
            TYPING_ERROR.clone_into(&mut change_note);
        } else if self.minor {
            problems.add("change_note", words::NOTE_OR_TYPING_ERROR);
        }
        let mut limit = |field: &'static str, what: &'static str, length: usize, most: usize| {
            if length > most {
                problems.add_named(field, what, Wrong::TooLong { most, length });
            }
        };
        let title = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = self.words.split_whitespace().collect::<Vec<_>>().join(" ");
        limit("words", "Words that people use", words.chars().count(), LONGEST_WORDS);
        limit("title", "Title", title.chars().count(), LONGEST_TITLE);
        limit("change_note", "Change note", change_note.chars().count(), LONGEST_NOTE);
        limit("markdown", "Text", self.markdown.len(), LONGEST_TEXT);
        let review_by = Some(self.review_by.trim()).filter(|typed| !typed.is_empty());
        let review_by = review_by.and_then(|typed| problems.check("review_by", "Review by", read_day(typed)));
        let language = Language::from(self.language.trim().to_owned());
        if Language::parse(language.tag()).is_none() {
            problems.add("language", NO_LANGUAGE);
        }
        let banner = (before.kind == NoticeKind::Banner).then(|| self.banner(before.banner.as_ref(), &mut problems));
        let answers = if law::applies(name) { self.answers() } else { BTreeMap::new() };
        let draft = NoticeDraft {
            address,
            title,
            language,
            words,
            kind: before.kind,
            markdown: self.markdown.clone(),
            change_note,
            ask_again: self.ask_again && name == crate::features::drafts::checks::COOKIES,
            review_by,
            banner,
            about_harm: self.about_harm && before.kind == NoticeKind::Text,
            answers,
        };
        (draft, problems)
    }

    fn banner(&self, before: Option<&Banner>, problems: &mut Problems) -> Banner {
        let level = Level::ALL.into_iter().find(|level| level.name() == self.level);
        if level.is_none() {
            problems.add("level_information", words::NO_LEVEL);
        }
        let ticked: Vec<String> = self.pages.iter().filter(|page| *page != "all").cloned().collect();
        let pages = match (self.everywhere, ticked.is_empty()) {
            (false, _) => ticked,
            (true, true) => vec!["all".to_owned()],
            // It is unclear which of the two is meant, and one of them shows a banner on a wrong page.
            (true, false) => {
                problems.add("everywhere", words::EVERYWHERE_AND_SOMEWHERE);
                before.map(|before| before.pages.clone()).unwrap_or_default()
            }
        };
        Banner { level: level.unwrap_or(Level::Information), pages, ends_at: self.end(problems) }
    }

    fn end(&self, problems: &mut Problems) -> Option<jiff::Timestamp> {
        let (day, time) = (self.end_date.trim(), self.end_time.trim());
        let missing = match (day.is_empty(), time.is_empty()) {
            (true, true) => return None,
            (true, false) => Some(("end_date", words::NO_DAY)),
            (false, true) => Some(("end_time", words::NO_TIME)),
            (false, false) => None,
        };
        if let Some((field, said)) = missing {
            problems.add_named(field, drafts::words::END, said);
            return None;
        }
        let day = problems.check("end_date", drafts::words::END, read_day(day));
        let time = problems.check("end_time", drafts::words::END, read_time(time));
        match clock::civil(day?.to_datetime(time?)) {
            Civil::Once(at) => Some(at),
            Civil::Twice { first, second } => match self.end_which.as_str() {
                "first" => Some(first),
                "second" => Some(second),
                _ => {
                    problems.add_named("end_which", drafts::words::END, words::COMES_TWICE);
                    None
                }
            },
            Civil::Never { before, after } => {
                let [before, after] = [before, after].map(|at| clock::london(at).strftime("%H:%M").to_string());
                problems.add_named("end_time", drafts::words::END, words::never_comes(&before, &after));
                None
            }
        }
    }

    fn answers(&self) -> BTreeMap<String, Answer> {
        let known = |key: &String| QUESTIONS.iter().any(|question| question.key == key.as_str());
        self.answers
            .iter()
            .filter(|(key, _)| known(key))
            .filter_map(|(key, (value, reason))| {
                let (word, of) = value.split_once(':')?;
                let met = word == "met";
                let reason = if met { String::new() } else { reason.trim().to_owned() };
                Some((key.clone(), Answer { met, reason, of: of.parse().ok()? }))
            })
            .collect()
    }
}

/// A question of the law's list as the editor asks it.
pub(super) struct Asked {
    pub(super) key: &'static str,
    pub(super) asks: &'static str,
    pub(super) source: &'static str,
    /// The place where the text seems to say it.
    pub(super) place: String,
    /// Values of the two choices.
    pub(super) met: String,
    pub(super) waived: String,
    /// `met`, `waived` or nothing: what holds for the text as it is.
    pub(super) chosen: &'static str,
    pub(super) reason: String,
    /// The remark on an earlier text.
    pub(super) earlier: Option<&'static str>,
    /// Set if nothing holds.
    pub(super) open: bool,
}

/// The law's list for a draft; nothing for notices that it is not asked of.
pub(super) fn asked(name: &str, draft: &NoticeDraft) -> Vec<Asked> {
    if !law::applies(name) {
        return Vec::new();
    }
    let sections = Sections::of(&draft.markdown);
    let asked = QUESTIONS.iter().map(|question| {
        let passage = sections.passage(question);
        let answer = draft.answers.get(question.key);
        // A waiver whose reason is still to be written stays ticked.
        let same = answer.filter(|answer| answer.of == if answer.met { passage.met } else { passage.waived });
        let word = |answer: &Answer| if answer.met { "met" } else { "waived" };
        Asked {
            key: question.key,
            asks: question.asks,
            source: question.source,
            place: match (&passage.heading, passage.found) {
                (Some(heading), _) => format!("See “{heading}”."),
                (None, true) => words::MENTIONED.to_owned(),
                (None, false) => words::NOT_MENTIONED.to_owned(),
            },
            met: format!("met:{}", passage.met),
            waived: format!("waived:{}", passage.waived),
            chosen: same.map_or("", word),
            reason: answer.map(|answer| answer.reason.clone()).unwrap_or_default(),
            earlier: answer
                .filter(|_| same.is_none())
                .map(|answer| if answer.met { "the text says it" } else { "it need not say it" }),
            open: !answer.is_some_and(|answer| passage.holds(answer)),
        }
    });
    asked.collect()
}
