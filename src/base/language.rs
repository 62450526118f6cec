//! Languages of texts: what a page says of a text that is not in its own language, so that a screen reader takes the right voice, a
//! browser the right hyphens, and a text from right to left stands that way.

use std::fmt;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::base::web::xml;

/// The tag of the language that the site's own words are in.
const OWN: &str = "en-GB";

const WELSH_MONTHS: [&str; 12] = [
    "Ionawr",
    "Chwefror",
    "Mawrth",
    "Ebrill",
    "Mai",
    "Mehefin",
    "Gorffennaf",
    "Awst",
    "Medi",
    "Hydref",
    "Tachwedd",
    "Rhagfyr",
];

/// Primary subtags of languages written from right to left.
const RIGHT_TO_LEFT: [&str; 10] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

/// The language of a text. Any tag is kept as it was written, since it is part of what a ledger entry commits to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Language {
    /// `en-GB`, the language of the site's own words.
    #[default]
    BritishEnglish,
    /// `cy`.
    Welsh,
    /// Another BCP 47 tag.
    Other(String),
}

impl Language {
    /// The language of a tag; none where it does not look like one (RFC 5646 section 2.1, without its rarer forms).
    pub fn parse(tag: &str) -> Option<Self> {
        let mut parts = tag.split('-');
        let first = parts.next().unwrap_or_default();
        let is_tag = (2..=3).contains(&first.len())
            && first.bytes().all(|byte| byte.is_ascii_alphabetic())
            && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            && tag.len() <= 35;
        is_tag.then(|| Self::from(tag.to_owned()))
    }

    /// Its tag.
    pub fn tag(&self) -> &str {
        match self {
            Self::BritishEnglish => OWN,
            Self::Welsh => "cy",
            Self::Other(tag) => tag,
        }
    }

    /// Tells whether it is written from right to left.
    pub fn is_right_to_left(&self) -> bool {
        let mut parts = self.tag().split('-');
        let language = parts.next().unwrap_or_default();
        let script = parts.find(|part| part.len() == 4);
        match script {
            Some(script) => ["arab", "hebr", "thaa"].iter().any(|known| script.eq_ignore_ascii_case(known)),
            None => RIGHT_TO_LEFT.iter().any(|known| language.eq_ignore_ascii_case(known)),
        }
    }

    /// The attributes of an HTML element that holds a text in this language: nothing in the language of the page.
    pub fn attributes(&self) -> Attributes<'_> {
        Attributes { language: self, prefix: "" }
    }

    /// The attribute of an element of an Atom feed, which says the language with `xml:lang` and has no word for the direction (RFC 4287 section 2).
    pub fn xml_attributes(&self) -> Attributes<'_> {
        Attributes { language: self, prefix: "xml:" }
    }

    /// A day in words. Where the words of a language are not known, those of the site are taken.
    pub fn day(&self, day: Date) -> String {
        match self {
            Self::Welsh => {
                let month = usize::try_from(day.month() - 1).ok().and_then(|month| WELSH_MONTHS.get(month));
                format!("{} {} {}", day.day(), month.unwrap_or(&""), day.year())
            }
            Self::BritishEnglish | Self::Other(_) => day.strftime("%-d %B %Y").to_string(),
        }
    }

    /// A day and a time of day in words.
    pub fn time(&self, at: DateTime) -> String {
        let word = if *self == Self::Welsh { "am" } else { "at" };
        format!("{} {word} {}", self.day(at.date()), at.strftime("%H:%M"))
    }

    /// A list in a sentence.
    pub fn list(&self, items: &[impl AsRef<str>]) -> String {
        let Some((last, others)) = items.split_last() else { return String::new() };
        let last = last.as_ref();
        let others: Vec<&str> = others.iter().map(AsRef::as_ref).collect();
        let and = match self {
            Self::Welsh if last.to_lowercase().starts_with(['a', 'e', 'i', 'o', 'u', 'w', 'y']) => "ac",
            Self::Welsh => "a",
            Self::BritishEnglish | Self::Other(_) => "and",
        };
        if others.is_empty() { last.to_owned() } else { format!("{} {and} {last}", others.join(", ")) }
    }

    fn is_own(&self) -> bool {
        // A tag that is none would say nothing to a browser.
        self.tag().eq_ignore_ascii_case(OWN) || Self::parse(self.tag()).is_none()
    }
}

impl From<String> for Language {
    fn from(tag: String) -> Self {
        match tag.as_str() {
            OWN => Self::BritishEnglish,
            "cy" => Self::Welsh,
            _ => Self::Other(tag),
        }
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.tag().to_owned()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.tag())
    }
}

/// Attributes of an element, with a space before each: ` lang="ar" dir="rtl"`.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    language: &'a Language,
    prefix: &'static str,
}

impl fmt::Display for Attributes<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.language.is_own() {
            return Ok(());
        }
        write!(formatter, " {}lang=\"{}\"", self.prefix, self.language.tag())?;
        if self.prefix.is_empty() && self.language.is_right_to_left() {
            formatter.write_str(" dir=\"rtl\"")?;
        }
        Ok(())
    }
}

impl askama::filters::HtmlSafe for Attributes<'_> {}

/// A short text with its language. In a template it is escaped, and marked where it is not in the language of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worded {
    /// The text.
    pub text: String,
    /// Its language.
    pub language: Language,
}

impl Worded {
    /// A text in a language.
    pub fn new(text: impl Into<String>, language: &Language) -> Self {
        Self { text: text.into(), language: language.clone() }
    }

    /// A text in the language of the site's own words.
    pub fn own(text: impl Into<String>) -> Self {
        Self { text: text.into(), language: Language::BritishEnglish }
    }

    /// Tells whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl fmt::Display for Worded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = xml::escape(&self.text);
        if self.language.is_own() || self.text.is_empty() {
            return formatter.write_str(&text);
        }
        write!(formatter, "<span{}>{text}</span>", self.language.attributes())
    }
}

impl askama::filters::HtmlSafe for Worded {}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(tag: &str) -> String {
        Language::from(tag.to_owned()).attributes().to_string()
    }

    #[test]
    fn a_text_in_another_language_is_marked() {
        assert_eq!(attributes("en-GB"), "");
        assert_eq!(attributes("en-gb"), "");
        assert_eq!(attributes("cy"), " lang=\"cy\"");
        for tag in ["ar", "he-IL", "ur", "pa-Arab", "HE"] {
            assert_eq!(attributes(tag), format!(" lang=\"{tag}\" dir=\"rtl\""));
        }
        for tag in ["az-Latn", "ar-Latn", "pl", "arn"] {
            assert_eq!(attributes(tag), format!(" lang=\"{tag}\""));
        }
        assert_eq!(Language::Welsh.xml_attributes().to_string(), " xml:lang=\"cy\"");
        let title = Worded::new("Preifatrwydd & chi", &Language::Welsh);
        assert_eq!(title.to_string(), "<span lang=\"cy\">Preifatrwydd &amp; chi</span>");
        assert_eq!(Worded::own("a < b").to_string(), "a &lt; b");
    }

    #[test]
    fn times_and_lists_are_said_in_a_language() {
        let at: DateTime = "2022-06-01T10:30:00".parse().unwrap();
        let polish = Language::from("pl".to_owned());
        for (language, words) in [
            (Language::BritishEnglish, "1 June 2022 at 10:30"),
            (Language::Welsh, "1 Mehefin 2022 am 10:30"),
            (polish, "1 June 2022 at 10:30"),
        ] {
            assert_eq!(language.time(at), words);
        }
        assert_eq!(Language::BritishEnglish.list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(Language::Welsh.list(&["bara", "menyn"]), "bara a menyn");
        assert_eq!(Language::Welsh.list(&["bara", "afal"]), "bara ac afal");
        assert_eq!(Language::Welsh.list(&["bara"]), "bara");
        assert_eq!(Language::Welsh.list(&[] as &[&str]), "");
    }

    #[test]
    fn a_tag_is_kept_as_it_was_written() {
        for tag in ["en-GB", "cy", "cy-GB", "EN-gb", "zh-Hant-TW", "no tag \" onclick"] {
            let language: Language = serde_json::from_value(serde_json::json!(tag)).unwrap();
            assert_eq!(serde_json::to_value(&language).unwrap(), tag);
        }
        assert_eq!(attributes("no tag \" onclick"), "");
        for wrong in ["", "e", "english-language", "en_GB", "en-", "e\"", "12"] {
            assert_eq!(Language::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Language::parse("cy"), Some(Language::Welsh));
    }
}
