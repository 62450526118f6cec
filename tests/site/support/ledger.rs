//! Entering versions and what is said of them: in a site's database, or in memory for a site that has none.

use bluelamp::base::language::Language;
use bluelamp::base::ledger::store;
use bluelamp::base::ledger::store::Kept;
use bluelamp::base::ledger::{Entry, Hash, Kind, NewEntry, Sealed};
use bluelamp::features::publishing::redaction;
use bluelamp::site::model::{Address, Banner, Level, NoticeContent, NoticeKind, WithdrawalContent};
use bluelamp::site::published::Published;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Connection as _;

use super::TestSite;
use super::cluster::connect;

pub(crate) fn address(text: &str) -> Address {
    Address::try_from(text.to_owned()).unwrap()
}

/// A text read at an address.
pub(crate) fn text(at: &str, html: &str) -> NoticeContent {
    NoticeContent {
        address: address(at),
        title: format!("About {at}"),
        language: Language::BritishEnglish,
        words: String::new(),
        kind: NoticeKind::Text,
        markdown: "As it was written.\n".to_owned(),
        html: html.to_owned(),
        change_note: "Changed.".to_owned(),
        ask_again: false,
        review_by: None,
        banner: None,
        about_harm: false,
    }
}

/// A banner on every page.
pub(crate) fn banner(at: &str, html: &str, ends_at: Option<Timestamp>) -> NoticeContent {
    let banner = Banner { level: Level::Warning, pages: vec!["all".to_owned()], ends_at };
    NoticeContent { kind: NoticeKind::Banner, banner: Some(banner), ..text(at, html) }
}

/// A state that comes into force as it is entered.
pub(crate) fn state(kind: Kind, subject: &str, version: i32, content: &impl Serialize) -> NewEntry {
    NewEntry {
        kind,
        subject: subject.to_owned(),
        version: Some(version),
        target: None,
        in_force_at: None,
        imported: false,
        content: serde_json::to_string(content).unwrap(),
        particulars: r#"{"writer":"Pat Quillfeather","approver":"Sam Inkwell","reason":"Quarrel"}"#.to_owned(),
    }
}

/// From a time on, nothing of a subject is in force.
pub(crate) fn withdrawal(subject: &str) -> NewEntry {
    let content = WithdrawalContent { note: "It is over.".to_owned(), go_to: "/contact".to_owned() };
    NewEntry { version: None, ..state(Kind::Withdrawal, subject, 1, &content) }
}

/// Takes back the entry of a number before it comes into force.
pub(crate) fn cancellation(subject: &str, target: i64) -> NewEntry {
    NewEntry { version: None, target: Some(target), ..state(Kind::Cancellation, subject, 1, &()) }
}

/// A version of the notice that has the name of its address.
pub(crate) fn version(number: i32, content: &NoticeContent) -> NewEntry {
    state(Kind::Version, &format!("notice:{}", content.address), number, content)
}

impl TestSite {
    /// Enters one entry as the application does, at the database's time, and lets this node read it.
    pub(crate) async fn enter(&self, new: NewEntry) -> Entry {
        let mut connection = connect(&self.urls.app).await;
        let mut transaction = connection.begin().await.unwrap();
        let entry = store::append(&mut transaction, new).await.unwrap();
        transaction.commit().await.unwrap();
        self.site.refresh().await.unwrap();
        entry
    }

    /// Takes back an entry that is not in force yet.
    pub(crate) async fn cancel(&self, entry: &Entry) -> Entry {
        self.enter(cancellation(&entry.subject, entry.number)).await
    }

    /// Redacts entries, and lets this node read it.
    pub(crate) async fn redact(&self, entries: &[i64], ground: &str) {
        let mut connection = connect(&self.urls.app).await;
        let mut transaction = connection.begin().await.unwrap();
        redaction::from_console(&mut transaction, entries, ground).await.unwrap();
        transaction.commit().await.unwrap();
        self.site.refresh().await.unwrap();
    }

    /// The text of a notice's version in force, to make the next of.
    pub(crate) async fn content(&self, notice: &str) -> (i32, NoticeContent) {
        let edition = self.site.edition();
        let version = edition.published.notices[notice].in_force(self.clock.now()).unwrap();
        (version.number, self.site.text(version).await.unwrap().unwrap().as_ref().clone())
    }
}

/// A log in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(pub(crate) Vec<Kept>);

impl Log {
    /// Adds an entry and gives its number. Hashes are left out: a site does not look at them.
    pub(crate) fn add(&mut self, new: NewEntry, recorded_at: Timestamp) -> i64 {
        let number = i64::try_from(self.0.len()).unwrap() + 1;
        let entry = Entry {
            number,
            format: 1,
            kind: new.kind,
            subject: new.subject,
            version: new.version,
            target: new.target,
            recorded_at,
            in_force_at: new.in_force_at.unwrap_or(recorded_at),
            imported: new.imported,
            content_commitment: Hash::ZERO,
            particulars_commitment: Hash::ZERO,
            previous_hash: Hash::ZERO,
            hash: Hash::ZERO,
        };
        self.0.push(Kept { entry, content: Some(Sealed { salt: Hash::ZERO, body: new.content }) });
        number
    }

    /// The site that it makes, with every text in memory. Its clock starts long before the first entry.
    pub(crate) fn site(&self) -> TestSite {
        TestSite::of(Published::read(self.0.clone(), Timestamp::MIN).unwrap(), "2020-01-01T00:00:00Z")
    }
}
