//! Writing everything under version control into a folder: files that a person reads and git compares, and the full archive
//! that keeps every hashed byte.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use sqlx::PgConnection;

use super::files::{
    self, Absent, BannerFront, CorrectionFront, FrontMatter, PageFile, Pages, VersionFile, WithdrawalFront, Withdrawals,
};
use super::import::{ARCHIVE, ArchiveLine};
use super::model::{Address, CorrectionContent, Facts, Navigation, NoticeContent, NoticeKind, PageContent};
use super::store;
use crate::ledger::Kind;
use crate::ledger::store::{self as ledger, Kept};

/// Writes the folder; it may exist, files of the same name are replaced. The archive holds everything; the files for people hold
/// every version of every notice, and of pages, facts, navigation and hours what is in force.
///
/// # Errors
/// When the database cannot be read or a file cannot be written.
pub async fn directory(connection: &mut PgConnection, path: &Path) -> anyhow::Result<usize> {
    let now = ledger::now(connection).await?;
    let log = store::log_after(connection, 0).await?;
    let particulars = ledger::particulars_after(connection, 0, i64::MAX).await?;
    let mut archive = String::new();
    for (kept, (_, particulars)) in log.iter().zip(particulars) {
        let line = ArchiveLine { kept: kept.clone(), particulars };
        writeln!(archive, "{}", serde_json::to_string(&line)?)?;
    }
    write(path, ARCHIVE, &archive)?;
    let log = Log { log: &log, now };

    // An earlier export into this folder may still hold what was removed or withdrawn since.
    for name in ["facts.toml", "hours.toml"] {
        remove(path, name)?;
    }
    let mut pages = Pages::default();
    for (kept, body) in log.in_force() {
        match kept.entry.kind {
            Kind::Facts => {
                let facts: Facts = serde_json::from_str(body)?;
                write(path, "facts.toml", &toml::to_string(&facts)?)?;
            }
            Kind::Hours => {
                let hours: serde_json::Value = serde_json::from_str(body)?;
                write(path, "hours.toml", &toml::to_string(&hours)?)?;
            }
            Kind::Navigation => {
                let links: Navigation = serde_json::from_str(body)?;
                pages.navigation = links.navigation;
                pages.footer = links.footer;
            }
            Kind::Page => pages.pages.push(log.page(kept, body)?),
            _ => {}
        }
    }
    write(path, "pages.toml", &toml::to_string(&pages)?)?;

    let mut withdrawals: BTreeMap<&str, Withdrawals> = BTreeMap::new();
    for kept in log.log {
        let Some((sort, notice)) = kept.entry.subject.split_once(':') else { continue };
        match kept.entry.kind {
            Kind::Version => {
                let number = kept.entry.version.unwrap_or(0);
                let file = log.version(notice, number, kept).map_err(anyhow::Error::msg)?;
                write(path, &file.name, &file.write()?)?;
            }
            Kind::Withdrawal if sort == "notice" && !log.is(Kind::Cancellation, kept) => {
                let Some(sealed) = &kept.content else { continue };
                let in_force = at(kept.entry.in_force_at).map_err(anyhow::Error::msg)?;
                let content = serde_json::from_str(&sealed.body)?;
                withdrawals.entry(notice).or_default().withdrawals.push(WithdrawalFront { in_force, content });
            }
            _ => {}
        }
    }
    for (notice, withdrawals) in withdrawals {
        write(path, &format!("notices/{notice}/withdrawals.toml"), &toml::to_string(&withdrawals)?)?;
    }
    Ok(log.log.len())
}

/// The log at a time.
struct Log<'a> {
    log: &'a [Kept],
    now: Timestamp,
}

impl Log<'_> {
    /// Whether an entry of a kind speaks of this one.
    fn is(&self, kind: Kind, kept: &Kept) -> bool {
        self.about(kind, kept).next().is_some()
    }

    fn about<'a>(&'a self, kind: Kind, kept: &Kept) -> impl Iterator<Item = &'a Kept> {
        let number = kept.entry.number;
        self.log.iter().filter(move |other| other.entry.kind == kind && other.entry.target == Some(number))
    }

    /// What is in force of every subject but notices, with its text, in the order in which subjects were first entered.
    fn in_force(&self) -> Vec<(&Kept, &str)> {
        let mut latest: Vec<&Kept> = Vec::new();
        for kept in self.log {
            let state = kept.entry.kind.is_state() || kept.entry.kind == Kind::Withdrawal;
            if !state || kept.entry.in_force_at > self.now || self.is(Kind::Cancellation, kept) {
                continue;
            }
            match latest.iter_mut().find(|known| known.entry.subject == kept.entry.subject) {
                Some(known) if known.entry.in_force_at <= kept.entry.in_force_at => *known = kept,
                Some(_) => {}
                None => latest.push(kept),
            }
        }
        latest
            .into_iter()
            .filter(|kept| !matches!(kept.entry.kind, Kind::Version | Kind::Withdrawal))
            .filter_map(|kept| Some((kept, kept.content.as_ref()?.body.as_str())))
            .collect()
    }

    /// A page with the addresses it had before.
    fn page(&self, kept: &Kept, body: &str) -> anyhow::Result<PageFile> {
        let page: PageContent = serde_json::from_str(body)?;
        let mut moved_from: Vec<Address> = Vec::new();
        for earlier in self.log.iter().filter(|earlier| earlier.entry.subject == kept.entry.subject) {
            let past = earlier.entry.kind == Kind::Page
                && earlier.entry.in_force_at <= self.now
                && !self.is(Kind::Cancellation, earlier);
            let Some(sealed) = earlier.content.as_ref().filter(|_| past) else { continue };
            let address = serde_json::from_str::<PageContent>(&sealed.body)?.address;
            if address != page.address && !moved_from.contains(&address) {
                moved_from.push(address);
            }
        }
        let name = kept.entry.subject.strip_prefix("page:").unwrap_or_default().to_owned();
        let name = Address::try_from(name).ok().filter(|name| *name != page.address);
        Ok(PageFile { name, page, moved_from })
    }

    fn version(&self, notice: &str, number: i32, kept: &Kept) -> Result<VersionFile, String> {
        let Some(sealed) = &kept.content else {
            return removed(notice, number, kept);
        };
        let content: NoticeContent = serde_json::from_str(&sealed.body).map_err(|error| error.to_string())?;
        let mut file = version_file(notice, number, kept, content)?;
        if self.is(Kind::Cancellation, kept) {
            file.front.absent = Some(Absent::Cancelled);
        }
        for correction in self.about(Kind::Correction, kept) {
            let Some(sealed) = &correction.content else { continue };
            let said: CorrectionContent = serde_json::from_str(&sealed.body).map_err(|error| error.to_string())?;
            let on = at(correction.entry.in_force_at)?;
            file.front.corrections.push(CorrectionFront { on, text: said.text });
        }
        Ok(file)
    }
}

fn at(time: Timestamp) -> Result<toml::value::Datetime, String> {
    files::datetime(&time.to_string())
}

/// What is left of a version whose text was removed: its number, so that the next one keeps its own.
fn removed(notice: &str, number: i32, kept: &Kept) -> Result<VersionFile, String> {
    let front = FrontMatter {
        notice: Address::try_from(notice.to_owned()).map_err(|error| error.to_string())?,
        version: number,
        address: None,
        title: "Removed".to_owned(),
        kind: NoticeKind::Text,
        language: "en-GB".to_owned(),
        in_force: Some(at(kept.entry.in_force_at)?),
        change_note: "This text was removed.".to_owned(),
        ask_again: false,
        review_by: None,
        absent: Some(Absent::Removed),
        banner: None,
        corrections: Vec::new(),
    };
    Ok(VersionFile { front, markdown: String::new(), name: file_name(notice, number), line: 1, source: String::new() })
}

fn version_file(notice: &str, number: i32, kept: &Kept, content: NoticeContent) -> Result<VersionFile, String> {
    let name = Address::try_from(notice.to_owned()).map_err(|error| error.to_string())?;
    let banner = match content.banner {
        Some(banner) => Some(BannerFront {
            level: banner.level,
            pages: banner.pages,
            ends: banner.ends_at.map(|at| files::datetime(&at.to_string())).transpose()?,
        }),
        None => None,
    };
    let front = FrontMatter {
        address: (content.address != name).then_some(content.address),
        notice: name,
        version: number,
        title: content.title,
        kind: content.kind,
        language: content.language,
        in_force: Some(at(kept.entry.in_force_at)?),
        change_note: content.change_note,
        ask_again: content.ask_again,
        review_by: content.review_by.map(|date| files::datetime(&date.to_string())).transpose()?,
        absent: None,
        banner,
        corrections: Vec::new(),
    };
    Ok(VersionFile {
        front,
        markdown: content.markdown,
        name: file_name(notice, number),
        line: 1,
        source: String::new(),
    })
}

fn file_name(notice: &str, number: i32) -> String {
    format!("notices/{notice}/{number}.md")
}

fn remove(folder: &Path, name: &str) -> std::io::Result<()> {
    match std::fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(&path, text)?;
    Ok(())
}
