//! The list of what the law requires of a privacy notice: UK GDPR Articles 13 and 14, and section 44 of the Data Protection Act 2018 for the
//! enforcement of the law.
//!
//! The publisher answers each question: the text says it, or it need not, for a reason. An answer is given for a *passage* and
//! holds while the passage stays as it was; so only what changed is asked again. The passage of a question is
//!
//! 1. the section under the first heading with one of the question's clues (its sub-headings belong to it); otherwise
//! 2. the lines of the text with a clue in them; otherwise
//! 3. the whole text for "the text says it", and nothing at all for "it need not": such a waiver holds until a passage appears.
//!
//! White space does not count.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use crate::base::ledger::Hash;
use crate::features::drafts::model::Answer;
use crate::text::markdown::read_events;

/// The notices that the list is asked of.
const NOTICES: [&str; 3] = ["privacy-notice", "website-privacy", "privacy-statement"];

/// A thing that the law asks a privacy notice to say.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    /// Names it in forms and in the ledger: never changed.
    pub key: &'static str,
    /// The requirement.
    pub asks: &'static str,
    /// The place in the law.
    pub source: &'static str,
    /// Words by which its passage is known, in small letters, the surest first.
    clues: &'static [&'static str],
}

/// The list, in the order that a notice usually has.
pub const QUESTIONS: [Question; 13] = [
    Question {
        key: "controller",
        asks: "who the controller is and how to reach them",
        source: "UK GDPR 13(1)(a), 14(1)(a); 2018 Act s.44(1)(a)",
        clues: &["in charge of your information", "controller"],
    },
    Question {
        key: "officer",
        asks: "how to reach the Data Protection Officer",
        source: "UK GDPR 13(1)(b), 14(1)(b); 2018 Act s.44(1)(b)",
        clues: &["data protection officer", "dpo_"],
    },
    Question {
        key: "purposes",
        asks: "what the information is used for",
        source: "UK GDPR 13(1)(c), 14(1)(c); 2018 Act s.44(1)(c)",
        clues: &["why we use", "why we hold", "what we use", "purpose", "used to", "we use it to"],
    },
    Question {
        key: "bases",
        asks: "which law allows each use",
        source: "UK GDPR 13(1)(c), 14(1)(c); 2018 Act s.44(2)(a)",
        clues: &["law that allows", "lawful bas", "legal bas", "article 6", "under the data protection act"],
    },
    Question {
        key: "kinds",
        asks: "what kinds of information are held",
        source: "UK GDPR 14(1)(d)",
        clues: &["kinds of", "what information we", "categories of"],
    },
    Question {
        key: "sources",
        asks: "where the information comes from",
        source: "UK GDPR 14(2)(f)",
        clues: &["where we get", "source"],
    },
    Question {
        key: "duty",
        asks: "whether people must give it, and what happens if they do not",
        source: "UK GDPR 13(2)(e)",
        clues: &["must give", "have to give", "without giving", "have to tell"],
    },
    Question {
        key: "recipients",
        asks: "who receives it",
        source: "UK GDPR 13(1)(e), 14(1)(e); 2018 Act s.44(2)(c)",
        clues: &["who receives", "who we share", "share", "partner agenc", "contractor"],
    },
    Question {
        key: "abroad",
        asks: "whether it goes abroad, and how it is protected there",
        source: "UK GDPR 13(1)(f), 14(1)(f); 2018 Act s.44(2)(c)",
        clues: &["abroad", "other countries", "another country", "overseas"],
    },
    Question {
        key: "keeping",
        asks: "how long it is kept",
        source: "UK GDPR 13(2)(a), 14(2)(a); 2018 Act s.44(2)(b)",
        clues: &["how long", "retention", "no longer needed", "destroy"],
    },
    Question {
        key: "rights",
        asks: "each right that people have, and how to use it",
        source: "UK GDPR 13(2)(b) and (c), 14(2)(c) and (d); 2018 Act s.44(1)(d)",
        clues: &["your rights", "rights", "ask for a copy"],
    },
    Question {
        key: "complaint",
        asks: "the right to complain to the Information Commissioner, and how",
        source: "UK GDPR 13(2)(d), 14(2)(e); 2018 Act s.44(1)(e)",
        clues: &["complain", "information commissioner"],
    },
    Question {
        key: "automated",
        asks: "decisions made by computers alone",
        source: "UK GDPR 13(2)(f), 14(2)(g)",
        clues: &["computers alone", "automated", "decisions made by computers", "profil"],
    },
];

/// Tells that the list applies to a notice.
pub fn applies(name: &str) -> bool {
    NOTICES.contains(&name)
}

/// The passage that an answer to a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The heading of its section, for people; none for single lines or nothing.
    pub heading: Option<String>,
    /// The passage as it is written; empty if there is none.
    pub text: String,
    /// Set if there is any.
    pub found: bool,
    /// Hash for "the text says it".
    pub met: Hash,
    /// Hash for "it need not".
    pub waived: Hash,
}

impl Passage {
    /// Tells that an answer was given for exactly this passage.
    pub fn holds(&self, answer: &Answer) -> bool {
        if answer.met { answer.of == self.met } else { answer.of == self.waived && !answer.reason.trim().is_empty() }
    }
}

/// A text cut into its sections, once for all questions.
pub struct Sections<'a> {
    markdown: &'a str,
    /// Heading as written, the same in small letters, and its section.
    list: Vec<(String, String, &'a str)>,
}

impl<'a> Sections<'a> {
    /// Cuts a text at its headings.
    pub fn of(markdown: &'a str) -> Self {
        let mut headings: Vec<(HeadingLevel, usize, String)> = Vec::new();
        let mut open = false;
        for (event, range) in read_events(markdown) {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    headings.push((level, range.start, String::new()));
                    open = true;
                }
                Event::End(TagEnd::Heading(_)) => open = false,
                Event::Text(text) | Event::Code(text) if open => {
                    if let Some((_, _, heading)) = headings.last_mut() {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        let list = headings.iter().enumerate().map(|(index, (level, start, heading))| {
            let end = headings.iter().skip(index + 1).find(|(next, ..)| next <= level).map(|(_, start, _)| *start);
            let section = markdown.get(*start..end.unwrap_or(markdown.len())).unwrap_or_default();
            (heading.clone(), heading.to_lowercase(), section)
        });
        Self { markdown, list: list.collect() }
    }

    /// The passage of a question.
    pub fn passage(&self, question: &Question) -> Passage {
        let hash = |text: &str| {
            let words: Vec<&str> = text.split_whitespace().collect();
            Hash::of(format!("{}\n{}", question.key, words.join(" ")).as_bytes())
        };
        let titled = question.clues.iter().find_map(|clue| self.list.iter().find(|(_, small, _)| small.contains(clue)));
        if let Some((heading, _, section)) = titled {
            let of = hash(section);
            return Passage {
                heading: Some(heading.clone()),
                text: (*section).to_owned(),
                found: true,
                met: of,
                waived: of,
            };
        }
        let clued = |line: &&str| {
            let small = line.to_lowercase();
            question.clues.iter().any(|clue| small.contains(clue))
        };
        let lines: Vec<&str> = self.markdown.lines().filter(clued).collect();
        if lines.is_empty() {
            return Passage {
                heading: None,
                text: String::new(),
                found: false,
                met: hash(self.markdown),
                waived: hash(""),
            };
        }
        let text = lines.join("\n");
        let of = hash(&text);
        Passage { heading: None, text, found: true, met: of, waived: of }
    }
}

/// Answers about a text, from what somebody wrote down for each question: `met`, or the reason why the text need not say it.
///
/// # Errors
/// The key of a question that there is not.
pub fn answers(markdown: &str, written: &BTreeMap<String, String>) -> Result<BTreeMap<String, Answer>, String> {
    let sections = Sections::of(markdown);
    let answer = |(key, said): (&String, &String)| {
        let question = QUESTIONS.iter().find(|question| question.key == key.as_str()).ok_or_else(|| key.clone())?;
        let passage = sections.passage(question);
        let met = said == "met";
        let (reason, of) = if met { (String::new(), passage.met) } else { (said.trim().to_owned(), passage.waived) };
        Ok((key.clone(), Answer { met, reason, of }))
    };
    written.iter().map(answer).collect()
}

/// The questions that no answer holds for.
pub fn open<'a>(
    markdown: &'a str,
    answers: &'a BTreeMap<String, Answer>,
) -> impl Iterator<Item = &'static Question> + 'a {
    let sections = Sections::of(markdown);
    QUESTIONS.iter().filter(move |question| {
        let passage = sections.passage(question);
        !answers.get(question.key).is_some_and(|answer| passage.holds(answer))
    })
}
