//! Writing everything under version control into a folder: files that a person reads and git compares, and the full archive
//! that keeps every hashed byte. All of it is of one moment, and for the eyes of whoever exports alone: it holds what is to come.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use jiff::Timestamp;
use sqlx::PgConnection;

use crate::base::database;
use crate::base::language::Language;
use crate::base::ledger::Kind;
use crate::base::ledger::store as ledger;
use crate::base::ledger::store::Kept;
use crate::features::archive::files::{ARCHIVE, PageFile, Pages, PromotedFile};
use crate::features::archive::front_matter;
use crate::features::archive::front_matter::{
    Absent, BannerFront, CorrectionFront, FrontMatter, VersionFile, WithdrawalFront, Withdrawals,
};
use crate::features::archive::import::ArchiveLine;
use crate::site::model::{
    Address, CorrectionContent, Facts, Navigation, NoticeContent, NoticeKind, PageContent, Promoted,
};
use crate::site::subject::EntrySubject;

/// Entries read at a time, so that a long ledger does not fill the memory.
const BATCH: i64 = 500;
/// The bit of a folder in which everybody may make files, such as `/tmp`.
const SHARED: u32 = 0o1000;

/// Writes the folder; it may exist, files of the same name are replaced. The archive holds everything; the files for people hold
/// every version of every notice, and of pages, facts, navigation, promoted answers and hours what is in force.
pub async fn directory(connection: &mut PgConnection, path: &Path) -> anyhow::Result<usize> {
    make_folder(path)?;
    // What is redacted meanwhile is redacted after this moment; read in two moments, a text and its redaction would both be there.
    let mut moment = database::begin_snapshot(connection).await?;
    let now = ledger::now(&mut moment).await?;
    let mut states = States { about: About::read(&mut moment).await?, now, ..States::default() };
    let mut archive = BufWriter::new(create(path, ARCHIVE)?);
    let mut withdrawals: BTreeMap<String, Withdrawals> = BTreeMap::new();
    let (mut entries, mut last) = (0, 0);
    loop {
        let log = ledger::entries_after(&mut moment, last, BATCH).await?;
        let particulars = ledger::particulars_after(&mut moment, last, BATCH).await?;
        let Some(end) = log.last() else { break };
        (entries, last) = (entries + log.len(), end.entry.number);
        for (kept, (_, particulars)) in log.into_iter().zip(particulars) {
            let line = ArchiveLine { kept, particulars };
            writeln!(archive, "{}", serde_json::to_string(&line)?)?;
            let kept = line.kept;
            if let (Kind::Version, Some(notice)) = (kept.entry.kind, EntrySubject::of(&kept.entry).notice()) {
                let number = kept.entry.version.unwrap_or(0);
                let file = states.about.version(notice, number, &kept).map_err(anyhow::Error::msg)?;
                write(path, &file.name, &file.write()?)?;
            } else if let Some((notice, withdrawal)) = states.about.withdrawal(&kept)? {
                withdrawals.entry(notice).or_default().withdrawals.push(withdrawal);
            } else {
                states.add(kept)?;
            }
        }
    }
    archive.into_inner()?.sync_all()?;
    moment.rollback().await?;
    for (notice, withdrawals) in withdrawals {
        write(path, &format!("notices/{notice}/withdrawals.toml"), &toml::to_string(&withdrawals)?)?;
    }
    states.write(path)?;
    Ok(entries)
}

/// The content in force of every subject but notices at a time, in the order in which subjects were first entered.
#[derive(Default)]
struct States {
    about: About,
    now: Timestamp,
    latest: Vec<Kept>,
    places: HashMap<String, usize>,
    /// Addresses that each page had by then, in the order of entry.
    addresses: HashMap<String, Vec<Address>>,
}

impl States {
    /// Takes note of an entry if it is a state in force by then.
    fn add(&mut self, kept: Kept) -> anyhow::Result<()> {
        let entry = &kept.entry;
        let is_state = entry.kind.is_state() || entry.kind == Kind::Withdrawal;
        if !is_state || entry.in_force_at > self.now || self.about.cancelled.contains(&entry.number) {
            return Ok(());
        }
        if let (Kind::Page, Some(sealed)) = (entry.kind, &kept.content) {
            let address = serde_json::from_str::<PageContent>(&sealed.body)?.address;
            self.addresses.entry(entry.subject.clone()).or_default().push(address);
        }
        match self.places.get(&entry.subject).and_then(|place| self.latest.get_mut(*place)) {
            Some(known) if known.entry.in_force_at <= entry.in_force_at => *known = kept,
            Some(_) => {}
            None => {
                self.places.insert(entry.subject.clone(), self.latest.len());
                self.latest.push(kept);
            }
        }
        Ok(())
    }

    fn write(&self, path: &Path) -> anyhow::Result<()> {
        // An earlier export into this folder may still hold what was removed or withdrawn since.
        for name in ["facts.toml", "promoted.toml", "hours.toml"] {
            remove(path, name)?;
        }
        let mut pages = Pages::default();
        for kept in &self.latest {
            let Some(sealed) = &kept.content else { continue };
            let body = sealed.body.as_str();
            match kept.entry.kind {
                Kind::Facts => {
                    let facts: Facts = serde_json::from_str(body)?;
                    write(path, "facts.toml", &toml::to_string(&facts)?)?;
                }
                Kind::Promoted => {
                    let Promoted { answers } = serde_json::from_str(body)?;
                    write(path, "promoted.toml", &toml::to_string(&PromotedFile { answers })?)?;
                }
                Kind::Hours => {
                    let hours: serde_json::Value = serde_json::from_str(body)?;
                    write(path, "hours.toml", &toml::to_string(&hours)?)?;
                }
                Kind::Navigation => {
                    let links: Navigation = serde_json::from_str(body)?;
                    pages.navigation = links.navigation;
                    pages.footer = links.footer;
                    pages.redirects = links.redirects;
                }
                Kind::Page => pages.pages.push(self.page(kept, body)?),
                _ => {}
            }
        }
        write(path, "pages.toml", &toml::to_string(&pages)?)
    }

    /// A page with the addresses it had before.
    fn page(&self, kept: &Kept, body: &str) -> anyhow::Result<PageFile> {
        let page: PageContent = serde_json::from_str(body)?;
        let mut moved_from: Vec<Address> = Vec::new();
        for address in self.addresses.get(&kept.entry.subject).into_iter().flatten() {
            if *address != page.address && !moved_from.contains(address) {
                moved_from.push(address.clone());
            }
        }
        let name = kept.entry.subject.strip_prefix("page:").unwrap_or_default().to_owned();
        let name = Address::try_from(name).ok().filter(|name| *name != page.address);
        Ok(PageFile { name, page, moved_from })
    }
}

/// Later entries about earlier ones, by the number of the earlier entry.
#[derive(Default)]
struct About {
    cancelled: HashSet<i64>,
    corrections: HashMap<i64, Vec<Kept>>,
}

impl About {
    async fn read(connection: &mut PgConnection) -> anyhow::Result<Self> {
        let mut about = Self::default();
        for kept in ledger::about_any(connection).await? {
            match (kept.entry.kind, kept.entry.target) {
                (Kind::Cancellation, Some(target)) => {
                    about.cancelled.insert(target);
                }
                (Kind::Correction, Some(target)) => about.corrections.entry(target).or_default().push(kept),
                _ => {}
            }
        }
        Ok(about)
    }

    /// The withdrawal of a notice, with the notice, unless it was cancelled or removed.
    fn withdrawal(&self, kept: &Kept) -> anyhow::Result<Option<(String, WithdrawalFront)>> {
        let (Kind::Withdrawal, Some(notice)) = (kept.entry.kind, EntrySubject::of(&kept.entry).notice()) else {
            return Ok(None);
        };
        let Some(sealed) = kept.content.as_ref().filter(|_| !self.cancelled.contains(&kept.entry.number)) else {
            return Ok(None);
        };
        let in_force = at(kept.entry.in_force_at).map_err(anyhow::Error::msg)?;
        let content = serde_json::from_str(&sealed.body)?;
        Ok(Some((notice.to_owned(), WithdrawalFront { in_force, content })))
    }

    fn version(&self, notice: &str, number: i32, kept: &Kept) -> Result<VersionFile, String> {
        let Some(sealed) = &kept.content else {
            return removed_version(notice, number, kept);
        };
        let content: NoticeContent = serde_json::from_str(&sealed.body).map_err(|error| error.to_string())?;
        let mut file = version_file(notice, number, kept, content)?;
        if self.cancelled.contains(&kept.entry.number) {
            file.front.absent = Some(Absent::Cancelled);
        }
        for correction in self.corrections.get(&kept.entry.number).into_iter().flatten() {
            let Some(sealed) = &correction.content else { continue };
            let said: CorrectionContent = serde_json::from_str(&sealed.body).map_err(|error| error.to_string())?;
            let on = at(correction.entry.in_force_at)?;
            file.front.corrections.push(CorrectionFront { on, text: said.text });
        }
        Ok(file)
    }
}

fn at(time: Timestamp) -> Result<toml::value::Datetime, String> {
    front_matter::datetime(&time.to_string())
}

/// The file of a version whose text was removed. It holds the number, so that the next version keeps its own.
fn removed_version(notice: &str, number: i32, kept: &Kept) -> Result<VersionFile, String> {
    let front = FrontMatter {
        notice: Address::try_from(notice.to_owned()).map_err(|error| error.to_string())?,
        version: number,
        address: None,
        title: "Removed".to_owned(),
        kind: NoticeKind::Text,
        language: Language::BritishEnglish,
        words: String::new(),
        in_force: Some(at(kept.entry.in_force_at)?),
        change_note: "This text was removed.".to_owned(),
        ask_again: false,
        about_harm: false,
        law: BTreeMap::new(),
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
            ends: banner.ends_at.map(|at| front_matter::datetime(&at.to_string())).transpose()?,
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
        words: content.words,
        in_force: Some(at(kept.entry.in_force_at)?),
        change_note: content.change_note,
        ask_again: content.ask_again,
        about_harm: content.about_harm,
        law: BTreeMap::new(),
        review_by: content.review_by.map(|date| front_matter::datetime(&date.to_string())).transpose()?,
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

/// Makes the folder for whoever exports alone, or makes one that is there into such.
fn make_folder(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & SHARED != 0 {
        anyhow::bail!("{} is shared with others: name a folder of its own for the export", path.display());
    }
    std::fs::set_permissions(path, Permissions::from_mode(0o700))?;
    Ok(())
}

/// Makes a file, or empties one that is there, for its owner alone.
fn create(folder: &Path, name: &str) -> anyhow::Result<File> {
    let path = folder.join(name);
    let mut parent = folder.to_owned();
    for part in Path::new(name).parent().into_iter().flatten() {
        parent.push(part);
        make_folder(&parent)?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    create(folder, name)?.write_all(text.as_bytes())?;
    Ok(())
}
