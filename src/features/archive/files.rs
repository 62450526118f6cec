//! The folder that texts are kept in outside the database: Markdown files with TOML front matter (`+++`), and TOML files for
//! facts, pages, promoted answers and hours. It diffs well in git and is the form of `import`, `export` and the starter set.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::features::archive::front_matter::{VersionFile, Withdrawals, instant};
use crate::site::model::{Address, Facts, Navigation, NavigationLink, PageContent, Promoted, PromotedAnswer, Redirect};

/// The file of a full archive: every entry as it was hashed, one JSON object a line.
pub const ARCHIVE: &str = "ledger.jsonl";

/// The content of a folder.
#[derive(Debug, Default)]
pub struct Folder {
    /// `facts.toml`.
    pub facts: Option<Facts>,
    /// `pages.toml`.
    pub pages: Option<Pages>,
    /// `promoted.toml`.
    pub promoted: Option<PromotedFile>,
    /// `hours.toml` as JSON.
    pub hours: Option<serde_json::Value>,
    /// `notices/*/*.md`, by notice and version.
    pub versions: BTreeMap<(String, i32), VersionFile>,
    /// `notices/*/withdrawals.toml`, by notice.
    pub withdrawals: BTreeMap<String, Withdrawals>,
    /// Files that the folder has no use for, by their names.
    pub left_out: Vec<String>,
    /// The time at which facts, pages, promoted answers and hours come into force: the start of the oldest text, so that the past can be
    /// shown whole.
    pub since: Option<Timestamp>,
}

/// `promoted.toml`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotedFile {
    /// The answers that the search puts first, in order.
    #[serde(default, rename = "answer", skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<PromotedAnswer>,
}

impl PromotedFile {
    /// The list as the ledger has it.
    pub fn promoted(&self) -> Promoted {
        Promoted { answers: self.answers.clone() }
    }
}

/// `pages.toml`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// Pages.
    #[serde(default, rename = "page")]
    pub pages: Vec<PageFile>,
    /// The main navigation.
    #[serde(default)]
    pub navigation: Vec<NavigationLink>,
    /// The footer.
    #[serde(default)]
    pub footer: Vec<NavigationLink>,
    /// Addresses that lead on, such as those of an old site.
    #[serde(default, rename = "redirect", skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<Redirect>,
}

/// A page in `pages.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageFile {
    /// Its name, where that is not its address: a page keeps its name when it moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Address>,
    /// The page.
    #[serde(flatten)]
    pub page: PageContent,
    /// Its earlier addresses, first to last, which lead to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved_from: Vec<Address>,
}

impl PageFile {
    /// The name in its subject.
    pub fn name(&self) -> &Address {
        self.name.as_ref().unwrap_or(&self.page.address)
    }
}

impl Pages {
    /// The links around every page.
    pub fn links(&self) -> Navigation {
        let Self { navigation, footer, redirects, .. } = self.clone();
        Navigation { navigation, footer, redirects }
    }
}

/// A file that cannot be used, with what is wrong and where.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct FileError {
    /// The file, relative to the folder.
    pub file: String,
    /// The problem, and what to write instead.
    pub reason: String,
}

impl FileError {
    /// A fault of a file.
    pub fn new(file: &str, reason: &dyn std::fmt::Display) -> Self {
        Self { file: file.to_owned(), reason: reason.to_string() }
    }
}

fn not_utf8(file: &str, bytes: &[u8], error: std::str::Utf8Error) -> FileError {
    let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    FileError::new(
        file,
        &format!("line {line}: is not UTF-8 text. Save it as UTF-8 in the program it was written with."),
    )
}

/// A file of the folder, by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `facts.toml`.
    Facts,
    /// `pages.toml`.
    Pages,
    /// `promoted.toml`.
    Promoted,
    /// `hours.toml`.
    Hours,
    /// `notices/*/withdrawals.toml`.
    Withdrawals,
    /// `notices/*/*.md`.
    Version,
}

impl FileKind {
    /// The kind of a file by its path in the folder; none where it is of no use. Texts are taken whatever the case of their names.
    pub fn of(file: &str) -> Option<Self> {
        match file {
            "facts.toml" => return Some(Self::Facts),
            "pages.toml" => return Some(Self::Pages),
            "promoted.toml" => return Some(Self::Promoted),
            "hours.toml" => return Some(Self::Hours),
            _ => {}
        }
        let file = file.to_ascii_lowercase();
        let (_, name) = file.strip_prefix("notices/")?.rsplit_once('/').unwrap_or(("", &file));
        match name.rsplit_once('.') {
            _ if name == "withdrawals.toml" => Some(Self::Withdrawals),
            Some((_, "md" | "markdown")) => Some(Self::Version),
            _ => None,
        }
    }
}

impl Folder {
    /// Reads files given as (path relative to the folder, content). Errors: the first file that cannot be used.
    pub fn read<'a>(files: impl IntoIterator<Item = (String, &'a [u8])>) -> Result<Self, FileError> {
        let mut folder = Self::default();
        for (file, bytes) in files {
            let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(&file, bytes, error))?;
            let wrong = |error: toml::de::Error| FileError::new(&file, &error);
            match FileKind::of(&file) {
                Some(FileKind::Facts) => folder.facts = Some(toml::from_str(text).map_err(wrong)?),
                Some(FileKind::Pages) => folder.pages = Some(toml::from_str(text).map_err(wrong)?),
                Some(FileKind::Promoted) => folder.promoted = Some(toml::from_str(text).map_err(wrong)?),
                Some(FileKind::Hours) => folder.hours = Some(toml::from_str(text).map_err(wrong)?),
                Some(FileKind::Withdrawals) => {
                    let notice = file.split('/').nth(1).unwrap_or_default().to_ascii_lowercase();
                    folder.withdrawals.insert(notice, toml::from_str(text).map_err(wrong)?);
                }
                Some(FileKind::Version) => folder.add_version(&file, text)?,
                None => folder.left_out.push(file),
            }
        }
        folder.since = folder
            .versions
            .values()
            .filter_map(|version| version.front.in_force.as_ref())
            .filter_map(|at| instant(at).ok())
            .min();
        Ok(folder)
    }

    fn add_version(&mut self, file: &str, text: &str) -> Result<(), FileError> {
        let mut version = VersionFile::parse(text).map_err(|reason| FileError::new(file, &reason))?;
        file.clone_into(&mut version.name);
        if version.front.version < 1 {
            return Err(FileError::new(file, &"`version` starts at 1"));
        }
        let key = (version.front.notice.as_str().to_owned(), version.front.version);
        if self.versions.insert(key, version).is_some() {
            return Err(FileError::new(file, &"another file holds the same version of the same notice"));
        }
        Ok(())
    }
}
