//! Writing everything under version control into a folder: files that a person reads and git compares, and the full archive
//! that keeps every hashed byte.

use std::fmt::Write as _;
use std::path::Path;

use sqlx::PgConnection;

use super::files::{self, BannerFront, FrontMatter, Pages, VersionFile};
use super::import::{ARCHIVE, ArchiveLine};
use super::model::{Address, Facts, Navigation, NoticeContent, PageContent};
use super::store;
use crate::ledger::Kind;
use crate::ledger::store::{self as ledger, Kept};

/// Writes the folder; it may exist, files of the same name are replaced.
///
/// # Errors
/// When the database cannot be read or a file cannot be written.
pub async fn directory(connection: &mut PgConnection, path: &Path) -> anyhow::Result<usize> {
    let log = store::log_after(connection, 0).await?;
    let particulars = ledger::particulars_after(connection, 0, i64::MAX).await?;
    let mut archive = String::new();
    for (kept, (_, particulars)) in log.iter().zip(particulars) {
        let line = ArchiveLine { kept: kept.clone(), particulars };
        writeln!(archive, "{}", serde_json::to_string(&line)?)?;
    }
    write(path, ARCHIVE, &archive)?;

    let mut pages = Pages::default();
    for kept in latest(&log) {
        let Some(sealed) = &kept.content else {
            match kept.entry.kind {
                Kind::Facts => remove(path, "facts.toml")?,
                Kind::Hours => remove(path, "hours.toml")?,
                _ => {}
            }
            continue;
        };
        match kept.entry.kind {
            Kind::Facts => {
                let facts: Facts = serde_json::from_str(&sealed.body)?;
                write(path, "facts.toml", &toml::to_string(&facts)?)?;
            }
            Kind::Hours => {
                let hours: serde_json::Value = serde_json::from_str(&sealed.body)?;
                write(path, "hours.toml", &toml::to_string(&hours)?)?;
            }
            Kind::Navigation => {
                let links: Navigation = serde_json::from_str(&sealed.body)?;
                pages.navigation = links.navigation;
                pages.footer = links.footer;
            }
            Kind::Page => pages.pages.push(serde_json::from_str::<PageContent>(&sealed.body)?),
            _ => {}
        }
    }
    write(path, "pages.toml", &toml::to_string(&pages)?)?;

    for kept in log.iter().filter(|kept| kept.entry.kind == Kind::Version) {
        let Some((_, notice)) = kept.entry.subject.split_once(':') else { continue };
        let number = kept.entry.version.unwrap_or(0);
        let name = format!("notices/{notice}/{number}.md");
        let Some(sealed) = &kept.content else {
            // An earlier export into this folder may still hold what was redacted since.
            remove(path, &name)?;
            continue;
        };
        let content: NoticeContent = serde_json::from_str(&sealed.body)?;
        let file = version_file(notice, number, kept, content).map_err(anyhow::Error::msg)?;
        write(path, &file.name, &file.write()?)?;
    }
    Ok(log.len())
}

/// The last state of every subject, in the order in which subjects were first entered.
fn latest(log: &[Kept]) -> Vec<&Kept> {
    let mut latest: Vec<&Kept> = Vec::new();
    for kept in log.iter().filter(|kept| kept.entry.kind.is_state()) {
        match latest.iter_mut().find(|known| known.entry.subject == kept.entry.subject) {
            Some(known) => *known = kept,
            None => latest.push(kept),
        }
    }
    latest
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
        in_force: Some(files::datetime(&kept.entry.in_force_at.to_string())?),
        change_note: content.change_note,
        ask_again: content.ask_again,
        review_by: content.review_by.map(|date| files::datetime(&date.to_string())).transpose()?,
        banner,
    };
    Ok(VersionFile { front, markdown: content.markdown, name: format!("notices/{notice}/{number}.md"), line: 1 })
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
