//! The lines about an old text on paper.

use askama::Template;
use jiff::Timestamp;

use crate::base::clock::date_words;
use crate::base::language::Worded;
use crate::features::notices::public::history::title;
use crate::site::published::Version;

/// The address of a printed text and its proof. Shown on paper alone.
#[derive(Template)]
#[template(path = "notices/paper.html")]
pub(super) struct Paper {
    /// Absolute.
    pub(super) address: String,
    /// The day on which it was asked for, which is that of printing.
    pub(super) day: String,
    pub(super) texts: Vec<PrintedText>,
}

pub(super) struct PrintedText {
    pub(super) title: Worded,
    pub(super) version: i32,
    /// Hash of its entry.
    pub(super) hash: String,
}

impl Paper {
    pub(super) fn new<'a>(address: String, now: Timestamp, versions: impl Iterator<Item = &'a Version>) -> Self {
        let texts = versions.map(|version| PrintedText {
            title: title(version),
            version: version.number,
            hash: version.entry.hash.to_string(),
        });
        Self { address, day: date_words(now), texts: texts.collect() }
    }
}
