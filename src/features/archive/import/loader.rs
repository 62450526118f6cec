//! A folder's files become entries of the ledger, marked as imported. What the ledger holds already is left alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use crate::base::ledger::store as ledger;
use crate::base::ledger::store::Kept;
use crate::base::ledger::{Hash, Kind, NewEntry, Sealed};
use crate::base::web::respond::local_path;
use crate::features::archive::files::{FileError, Folder, PageFile, Pages};
use crate::features::archive::front_matter;
use crate::features::archive::front_matter::{VersionFile, WithdrawalFront, plain};
use crate::features::archive::import::checks;
use crate::features::archive::import::checks::FileChecks;
use crate::features::archive::import::model::{ImportError, Imported};
use crate::features::drafts::checks::law;
use crate::site::declared::Declared;
use crate::site::model::{CorrectionContent, Facts, NoticeContent, PageContent};
use crate::site::published::Published;
use crate::site::store;
use crate::site::subject::EntrySubject;
use crate::text::markdown;

/// Loads a folder.
pub(super) async fn load(
    connection: &mut PgConnection,
    declared: &Declared,
    folder: &Folder,
) -> Result<Imported, ImportError> {
    ledger::lock(connection).await?;
    let log = store::log_after(connection, 0).await?;
    let now = ledger::now(connection).await?;
    let site = Published::read(log.clone(), now).map_err(|error| FileError::new("the ledger", &error))?;
    let checks = FileChecks::new(folder, declared, &site, now);
    let mut loader = Loader {
        connection,
        log,
        since: folder.since,
        absent: BTreeMap::new(),
        done: Imported { left_out: folder.left_out.clone(), ..Imported::default() },
    };
    if let Some(facts) = &folder.facts {
        checks::facts(facts)?;
        loader.state(Kind::Facts, "facts", facts).await?;
    }
    let facts = loader.facts()?;
    if let Some(pages) = &folder.pages {
        loader.check(pages, folder)?;
        checks::links("navigation", &pages.navigation)?;
        checks::links("footer", &pages.footer)?;
        checks::redirects(pages)?;
        for page in &pages.pages {
            checks.page(page)?;
            loader.page(page).await?;
        }
        loader.state(Kind::Navigation, "navigation", &pages.links()).await?;
    }
    if let Some(file) = &folder.promoted {
        let promoted = file.promoted();
        checks::promoted(&promoted)?;
        loader.state(Kind::Promoted, "promoted", &promoted).await?;
    }
    if let Some(hours) = &folder.hours {
        loader.state(Kind::Hours, &EntrySubject::Hours("webchat").to_string(), hours).await?;
    }
    for ((notice, number), version) in &folder.versions {
        loader.version(notice, *number, version, &facts, &checks).await?;
        loader.corrections(notice, *number, version).await?;
    }
    for (notice, withdrawals) in &folder.withdrawals {
        loader.withdrawals(notice, &withdrawals.withdrawals).await?;
    }
    Ok(loader.done)
}

/// The writer of imported entries, as their particulars name it.
const IMPORTER: &str = "bluelamp import";

struct Loader<'a> {
    connection: &'a mut PgConnection,
    log: Vec<Kept>,
    since: Option<Timestamp>,
    /// The last version of a notice that the folder has by its number alone, by subject.
    absent: BTreeMap<String, i32>,
    done: Imported,
}

impl Loader<'_> {
    fn states<'a>(&'a self, subject: &'a str) -> impl DoubleEndedIterator<Item = &'a Kept> {
        self.log.iter().filter(move |kept| kept.entry.subject == subject && kept.entry.version.is_some())
    }

    fn facts(&self) -> Result<Facts, ImportError> {
        let body = self.states("facts").next_back().and_then(|kept| kept.content.as_ref());
        Ok(body.map(|sealed| serde_json::from_str(&sealed.body)).transpose()?.unwrap_or_default())
    }

    /// Refuses pages of notices that are nowhere, and links that lead off the site.
    fn check(&self, pages: &Pages, folder: &Folder) -> Result<(), FileError> {
        let wrong = |reason: String| Err(FileError::new("pages.toml", &reason));
        for PageFile { page, .. } in &pages.pages {
            for name in &page.notices {
                let in_folder = folder.versions.keys().any(|(notice, _)| notice == name.as_str());
                if !in_folder && self.states(&EntrySubject::Notice(name.as_str()).to_string()).next().is_none() {
                    return wrong(format!(
                        "the page \"{}\" names the notice \"{name}\", and there is none",
                        page.address
                    ));
                }
            }
        }
        for link in pages.navigation.iter().chain(&pages.footer) {
            if local_path(&link.href) != link.href {
                return wrong(format!("the link \"{}\" leads to no local path such as /contact", link.label));
            }
        }
        Ok(())
    }

    /// Enters a state unless the last one said the same. The first of a subject reaches back to the oldest text.
    async fn state(&mut self, kind: Kind, subject: &str, content: &impl Serialize) -> Result<(), ImportError> {
        let content = serde_json::to_string(content)?;
        let last = self.states(subject).next_back();
        if last.and_then(|kept| kept.content.as_ref()).is_some_and(|sealed| sealed.body == content) {
            self.done.unchanged += 1;
            return Ok(());
        }
        let version = last.and_then(|kept| kept.entry.version).unwrap_or(0) + 1;
        let in_force_at = if version == 1 { self.since } else { None };
        self.append(kind, subject, Of::State(version), in_force_at, content).await
    }

    /// A page, after its earlier addresses where the ledger does not know it yet: they lead on to it.
    async fn page(&mut self, file: &PageFile) -> Result<(), ImportError> {
        let subject = EntrySubject::Page(file.name().as_str()).to_string();
        if self.states(&subject).next().is_none() {
            for address in &file.moved_from {
                let before = PageContent { address: address.clone(), ..file.page.clone() };
                self.state(Kind::Page, &subject, &before).await?;
            }
        }
        self.state(Kind::Page, &subject, &file.page).await
    }

    async fn version(
        &mut self,
        notice: &str,
        number: i32,
        file: &VersionFile,
        facts: &Facts,
        checks: &FileChecks<'_>,
    ) -> Result<(), ImportError> {
        let wrong = |reason: String| FileError::new(&file.name, &reason);
        let subject = EntrySubject::Notice(notice).to_string();
        if file.front.absent.is_some() {
            self.absent.insert(subject, number);
            self.done.unchanged += 1;
            return Ok(());
        }
        let in_force_at = file.front.in_force.as_ref().map(front_matter::instant);
        let kept = self.states(&subject).find(|kept| kept.entry.version == Some(number));
        if let Some(kept) = kept {
            // What is published stays as it is, also when a fact it names has changed since.
            let Some(sealed) = &kept.content else { return Ok(()) };
            let old: NoticeContent = serde_json::from_str(&sealed.body)?;
            let same_time = in_force_at.transpose().map_err(wrong)?.is_none_or(|at| at == kept.entry.in_force_at);
            let old = NoticeContent { markdown: plain(&old.markdown), ..old };
            if same_time && file.content(notice, old.html.clone()).map_err(wrong)? == old {
                self.done.unchanged += 1;
                return Ok(());
            }
            let reason = "this version is in the ledger with another text or front matter, and nothing changes it any \
                more; give the changed one the next number";
            return Err(wrong(reason.to_owned()).into());
        }
        let last = self.states(&subject).filter_map(|kept| kept.entry.version).max().unwrap_or(0);
        let expected = last.max(self.absent.get(&subject).copied().unwrap_or(0)) + 1;
        if number != expected {
            return Err(wrong(format!("the next version of this notice is {expected}")).into());
        }
        checks.version(notice, file)?;
        let in_force_at = in_force_at.transpose().map_err(wrong)?;
        let html = markdown::render(&file.markdown, notice, facts)
            .map_err(|problems| wrong(checks::lines(file, &problems).join("; ")))?;
        self.done.remarks.extend(checks::remarks(file, notice, facts));
        let content = serde_json::to_string(&file.content(notice, html).map_err(wrong)?)?;
        let answers = law::answers(&file.markdown, &file.front.law)
            .map_err(|key| wrong(format!("the law's list has no question “{key}”")))?;
        let particulars = json!({ "writer": IMPORTER, "approver": null, "reason": null, "answers": answers });
        let particulars = if answers.is_empty() { None } else { Some(particulars.to_string()) };
        let state = NewState { kind: Kind::Version, of: Of::State(number), in_force_at, content, particulars };
        self.append_with(&subject, state).await
    }

    /// Remarks on a version that the ledger does not hold yet.
    async fn corrections(&mut self, notice: &str, number: i32, file: &VersionFile) -> Result<(), ImportError> {
        let subject = EntrySubject::Notice(notice).to_string();
        let Some(target) = self.states(&subject).find(|kept| kept.entry.version == Some(number)) else { return Ok(()) };
        let target = target.entry.number;
        for correction in &file.front.corrections {
            let name = format!("notices/{notice}/{number}.md");
            let at = front_matter::instant(&correction.on).map_err(|reason| FileError::new(&name, &reason))?;
            checks::remark(&name, &correction.text)?;
            let content = serde_json::to_string(&CorrectionContent { text: correction.text.clone() })?;
            if !self.holds(Kind::Correction, &subject, Some(target), at, &content) {
                self.append(Kind::Correction, &subject, Of::Entry(target), Some(at), content).await?;
            }
        }
        Ok(())
    }

    /// Withdrawals of a notice that the ledger does not hold yet.
    async fn withdrawals(&mut self, notice: &str, withdrawals: &[WithdrawalFront]) -> Result<(), ImportError> {
        let subject = EntrySubject::Notice(notice).to_string();
        let name = format!("notices/{notice}/withdrawals.toml");
        if self.states(&subject).next().is_none() {
            return Err(FileError::new(&name, &"there is no version of this notice to withdraw").into());
        }
        for withdrawal in withdrawals {
            if !withdrawal.content.note.is_empty() {
                checks::remark(&name, &withdrawal.content.note)?;
            }
            let at = front_matter::instant(&withdrawal.in_force).map_err(|reason| FileError::new(&name, &reason))?;
            let content = serde_json::to_string(&withdrawal.content)?;
            if !self.holds(Kind::Withdrawal, &subject, None, at, &content) {
                self.append(Kind::Withdrawal, &subject, Of::Subject, Some(at), content).await?;
            }
        }
        Ok(())
    }

    /// Tells whether the ledger holds such an entry. One whose text was removed is held as well.
    fn holds(&self, kind: Kind, subject: &str, target: Option<i64>, at: Timestamp, content: &str) -> bool {
        self.log.iter().any(|kept| {
            kept.entry.kind == kind
                && kept.entry.subject == subject
                && kept.entry.target == target
                && kept.entry.in_force_at == at
                && kept.content.as_ref().is_none_or(|sealed| sealed.body == content)
        })
    }

    /// Enters what was imported; `of` is the number of a state, or the entry that is spoken of.
    async fn append(
        &mut self,
        kind: Kind,
        subject: &str,
        of: Of,
        in_force_at: Option<Timestamp>,
        content: String,
    ) -> Result<(), ImportError> {
        self.append_with(subject, NewState { kind, of, in_force_at, content, particulars: None }).await
    }

    async fn append_with(&mut self, subject: &str, state: NewState) -> Result<(), ImportError> {
        let NewState { kind, of, in_force_at, content, particulars } = state;
        let plain = || format!(r#"{{"writer":"{IMPORTER}","approver":null,"reason":null}}"#);
        let particulars = particulars.unwrap_or_else(plain);
        let (version, target) = match of {
            Of::State(number) => (Some(number), None),
            Of::Entry(target) => (None, Some(target)),
            Of::Subject => (None, None),
        };
        let new = NewEntry {
            kind,
            subject: subject.to_owned(),
            version,
            target,
            in_force_at,
            imported: true,
            content: content.clone(),
            particulars,
        };
        let entry = ledger::append(self.connection, new).await?;
        // A salt of no use: the log here only answers what comes next.
        self.log.push(Kept { entry, content: Some(Sealed { salt: Hash::ZERO, body: content }) });
        self.done.entries += 1;
        Ok(())
    }
}

/// An entry to be made, with its particulars where it has more than an import's.
struct NewState {
    kind: Kind,
    of: Of,
    in_force_at: Option<Timestamp>,
    content: String,
    particulars: Option<String>,
}

/// The target of an imported entry.
enum Of {
    /// A numbered state of its subject.
    State(i32),
    /// An entry that it speaks of.
    Entry(i64),
    /// The subject as a whole.
    Subject,
}
