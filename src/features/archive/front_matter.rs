//! The front matter of a text's file, its text, and the withdrawals beside it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::base::clock;
use crate::base::language::Language;
use crate::base::web::form::YEARS;
use crate::site::model::{Address, Banner, Level, NoticeContent, NoticeKind, WithdrawalContent, is_not};

/// The line above and below the front matter.
const FENCE: &str = "+++";
/// Texts may be older than the days that a form takes.
const FIRST_YEAR: i16 = 1900;

/// One version of a notice in a file.
#[derive(Clone, Debug)]
pub struct VersionFile {
    /// The front matter.
    pub front: FrontMatter,
    /// The text in Markdown.
    pub markdown: String,
    /// The file, relative to the folder.
    pub name: String,
    /// The line of the file that the text starts on, counted from 1.
    pub line: usize,
    /// The front matter as it was written, to find the line of a key.
    pub source: String,
}

/// The front matter of a text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    /// Name of the notice.
    pub notice: Address,
    /// Number of the version.
    pub version: i32,
    /// Address, where it is not the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Title.
    pub title: String,
    /// Text or banner.
    #[serde(default = "text")]
    pub kind: NoticeKind,
    /// BCP 47.
    #[serde(default)]
    pub language: Language,
    /// Words that people use for what it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// From when; without it, from the import on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force: Option<toml::value::Datetime>,
    /// Public change note.
    pub change_note: String,
    /// Set if visitors are asked about cookies again.
    #[serde(default)]
    pub ask_again: bool,
    /// Set if it is about harm.
    #[serde(default, skip_serializing_if = "is_not")]
    pub about_harm: bool,
    /// Date of the next review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_by: Option<toml::value::Datetime>,
    /// Set where the version was never in force or is removed: it keeps its number and is not imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<Absent>,
    /// For banners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub banner: Option<BannerFront>,
    /// Answers to what the law asks of a privacy notice, by the key of the question: `met` where the text says it, otherwise the reason
    /// why it need not. They are kept with the version's particulars, and its next draft starts from them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub law: BTreeMap<String, String>,
    /// Corrections that were published since.
    #[serde(default, rename = "correction", skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<CorrectionFront>,
}

/// A reason why a version is in the folder by its number alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Absent {
    /// It was taken back before it came into force.
    Cancelled,
    /// Its text was removed on a legal ground.
    Removed,
}

/// A remark on a version.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrectionFront {
    /// Since when.
    pub on: toml::value::Datetime,
    /// The correct statement.
    pub text: String,
}

/// `withdrawals.toml` of a notice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawals {
    /// First to last.
    #[serde(rename = "withdrawal")]
    pub withdrawals: Vec<WithdrawalFront>,
}

/// A withdrawal of a notice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WithdrawalFront {
    /// From when.
    pub in_force: toml::value::Datetime,
    /// Why, and where to go instead.
    #[serde(flatten)]
    pub content: WithdrawalContent,
}

/// The front matter of a banner.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BannerFront {
    /// The urgency.
    pub level: Level,
    /// The pages.
    pub pages: Vec<String>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<toml::value::Datetime>,
}

fn text() -> NoticeKind {
    NoticeKind::Text
}

impl VersionFile {
    /// Splits front matter and text. Errors: a sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = with_plain_line_ends(text.strip_prefix('\u{FEFF}').unwrap_or(text));
        let is_fence = |line: &str| line.trim_end() == FENCE;
        let (opening, rest) = text.split_once('\n').unwrap_or((&text, ""));
        if !is_fence(opening) {
            return Err("starts with a line `+++`, the front matter, and another line `+++`".to_owned());
        }
        let above: usize = rest.split_inclusive('\n').take_while(|line| !is_fence(line)).map(str::len).sum();
        let (source, closing) = rest.split_at(above);
        let (_, markdown) = closing.split_once('\n').unwrap_or((closing, ""));
        if closing.is_empty() {
            return Err("the front matter has no closing line `+++`".to_owned());
        }
        let blank = markdown.len() - without_blank_lines(markdown).len();
        let before = source.matches('\n').count() + markdown.get(..blank).unwrap_or_default().matches('\n').count();
        // An empty line in the place of the opening `+++`, so that a fault is told with the line of the file.
        let front = toml::from_str(&format!("\n{source}")).map_err(|error| error.to_string())?;
        let (markdown, source) = (plain(markdown), source.to_owned());
        Ok(Self { front, markdown, name: String::new(), line: before + 3, source })
    }

    /// The content of a version, with the HTML that it is served as. Errors: a sentence that says what is wrong with the front matter.
    pub fn content(&self, notice: &str, html: String) -> Result<NoticeContent, String> {
        let front = &self.front;
        let address = match &front.address {
            Some(address) => address.clone(),
            None => Address::try_from(notice.to_owned()).map_err(|error| error.to_string())?,
        };
        Ok(NoticeContent {
            address,
            title: front.title.clone(),
            language: front.language.clone(),
            words: front.words.clone(),
            kind: front.kind,
            markdown: self.markdown.clone(),
            html,
            change_note: front.change_note.clone(),
            ask_again: front.ask_again,
            review_by: front.review_by.as_ref().map(date).transpose()?,
            banner: front.banner.as_ref().map(BannerFront::banner).transpose()?,
            about_harm: front.about_harm,
        })
    }

    /// The line of the file on which the front matter says something under the first of these keys that it has.
    pub fn line_of(&self, keys: &[&str]) -> usize {
        let says = |line: &str, key: &str| {
            let named = line.split('=').next().unwrap_or_default().trim();
            named == key || named == format!("[{key}]")
        };
        let line = |key: &&str| self.source.lines().position(|line| says(line, key));
        // The opening `+++` is the first line.
        keys.iter().find_map(line).unwrap_or(0) + 2
    }

    /// The file.
    pub fn write(&self) -> Result<String, toml::ser::Error> {
        Ok(format!("+++\n{}+++\n\n{}", toml::to_string(&self.front)?, plain(&self.markdown)))
    }
}

impl BannerFront {
    /// The banner.
    pub fn banner(&self) -> Result<Banner, String> {
        let ends_at = self.ends.as_ref().map(instant).transpose()?;
        Ok(Banner { level: self.level, pages: self.pages.clone(), ends_at })
    }
}

/// A text as a file holds it: plain line ends, no blank lines around it, one line end at its end.
pub fn plain(markdown: &str) -> String {
    format!("{}\n", without_blank_lines(&with_plain_line_ends(markdown)).trim_end())
}

fn with_plain_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A text from its first line with words on: blanks at the start of that line may mean something.
fn without_blank_lines(text: &str) -> &str {
    let blank: usize = text.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    text.get(blank..).unwrap_or_default()
}

/// A TOML date (its start in London) or a date-time with an offset. Errors: a sentence that says what to write.
pub fn instant(at: &toml::value::Datetime) -> Result<Timestamp, String> {
    let text = at.to_string();
    if at.offset.is_some() {
        check_year(at)?;
        return text.parse().map_err(|error: jiff::Error| error.to_string());
    }
    if at.time.is_some() {
        return Err(format!("{text} needs an offset, such as {text}Z or {text}+01:00"));
    }
    let zoned = date(at)?.to_zoned(clock::zone()).map_err(|error| error.to_string())?;
    Ok(zoned.timestamp())
}

/// A TOML date. Errors: a sentence that says what to write.
pub fn date(at: &toml::value::Datetime) -> Result<Date, String> {
    check_year(at)?;
    at.to_string().parse().map_err(|_| format!("{at} is not a date such as 2027-06-01"))
}

/// Refuses years that no text of a police website has: they are slips of the keyboard.
fn check_year(at: &toml::value::Datetime) -> Result<(), String> {
    let year = at.date.and_then(|date| i16::try_from(date.year).ok()).unwrap_or(FIRST_YEAR);
    let is_near = (FIRST_YEAR..YEARS.end).contains(&year);
    if is_near { Ok(()) } else { Err(format!("{at}: the year must be from {FIRST_YEAR} to {}", YEARS.end - 1)) }
}

/// A date or instant as TOML.
pub fn datetime(text: &str) -> Result<toml::value::Datetime, String> {
    text.parse().map_err(|error: toml::value::DatetimeParseError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_start_in_london() {
        let at = |text: &str| instant(&text.parse().unwrap()).unwrap().to_string();
        assert_eq!(at("2021-09-01"), "2021-08-31T23:00:00Z");
        assert_eq!(at("2021-12-01"), "2021-12-01T00:00:00Z");
        assert_eq!(at("2021-12-01T10:00:00+01:00"), "2021-12-01T09:00:00Z");
        assert!(instant(&"2021-12-01T10:00:00".parse().unwrap()).is_err());
    }

    #[test]
    fn a_version_file_is_read_back_as_written() {
        let text = "+++\nnotice = \"cookies\"\nversion = 2\ntitle = \"Cookies\"\nkind = \"text\"\nlanguage = \"en-GB\"\nin_force = 2022-06-01\nchange_note = \"First.\"\nask_again = false\n+++\n\nWords.\n";
        assert_eq!(VersionFile::parse(text).unwrap().write().unwrap(), text);
    }

    #[test]
    fn a_file_without_front_matter_is_refused_with_what_to_write() {
        assert!(VersionFile::parse("Words").unwrap_err().contains("+++"));
        assert!(VersionFile::parse("+++\nnotice = \"a\"\n").unwrap_err().contains("closing"));
    }

    #[test]
    fn a_file_is_read_whatever_an_editor_does_to_its_lines() {
        let plain = "+++\nnotice = \"a\"\nversion = 1\ntitle = \"A\"\nchange_note = \"First.\"\n+++\n\nWords.\n";
        let read = |text: &str| {
            let version = VersionFile::parse(text).unwrap();
            (version.front.title, version.markdown, version.line)
        };
        let expected = ("A".to_owned(), "Words.\n".to_owned(), 8);
        for text in [
            plain.to_owned(),
            format!("\u{FEFF}{plain}"),
            plain.replace("+++\n", "+++ \t\n"),
            plain.replace('\n', "\r\n"),
            plain.replace('\n', "\r"),
        ] {
            assert_eq!(read(&text), expected, "{text:?}");
        }
        let without_text = plain.strip_suffix("\n\nWords.\n").unwrap();
        assert_eq!(read(without_text).1, "\n", "the front matter may end the file");
        assert_eq!(read(&plain.replace("Words.", "    code")).1, "    code\n", "blanks may mean something");
        assert_eq!(read(&plain.replace("Words.", "One.\n+++\nTwo.")).1, "One.\n+++\nTwo.\n");
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let text = "+++\nnotice = \"a\"\nversion = 1\ntitle = \"A\"\nchange_note = \"First.\"\n+++\n\nWords.\n";
        assert_eq!(text.lines().nth(VersionFile::parse(text).unwrap().line - 1), Some("Words."));
        let wrong = text.replace("title = \"A\"", "title = A");
        assert!(VersionFile::parse(&wrong).unwrap_err().contains("line 4,"));
    }
}
