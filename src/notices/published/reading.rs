//! Reading the ledger into a [`Published`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::super::model::{CorrectionContent, NoticeContent, RedactionContent, WithdrawalContent};
use super::{About, Correction, Published, Redaction, Unreadable, Version, Withdrawal};
use crate::ledger::Kind;
use crate::ledger::store::Kept;

impl Published {
    /// The site after some more entries. Texts that neither are nor will be in force by `now` are let go.
    ///
    /// # Errors
    /// When an entry's content does not read as its kind says; the site stays as it was.
    pub fn with(&self, more: Vec<Kept>, now: Timestamp) -> Result<Self, Unreadable> {
        let mut log = Vec::with_capacity(self.log.len() + more.len());
        log.extend(self.log.iter().cloned());
        // What speaks of entries before it changes what was read of them.
        if more.iter().any(|kept| kept.entry.target.is_some()) {
            log.extend(more);
            return Self::read(log, now);
        }
        let mut site = self.clone();
        for kept in &more {
            site.enter(kept, &Marks::default())?;
        }
        log.extend(more);
        site.finish(log, now)
    }

    /// The site that a whole log gives.
    ///
    /// # Errors
    /// When an entry's content does not read as its kind says.
    pub fn read(mut log: Vec<Kept>, now: Timestamp) -> Result<Self, Unreadable> {
        let marks = Marks::read(&log)?;
        for kept in &mut log {
            if marks.redactions.contains_key(&kept.entry.number) {
                kept.content = None;
            }
        }
        let mut site = Self::default();
        for kept in &log {
            site.enter(kept, &marks)?;
        }
        site.finish(log, now)
    }

    fn finish(mut self, mut log: Vec<Kept>, now: Timestamp) -> Result<Self, Unreadable> {
        self.let_go(&mut log, now)?;
        self.read_for = Some(now);
        if let Some(last) = log.last() {
            self.length = last.entry.number;
            self.head = Some(last.entry.hash);
            self.recorded_at = Some(last.entry.recorded_at);
        }
        self.log = Arc::new(log);
        Ok(self)
    }

    fn enter(&mut self, kept: &Kept, marks: &Marks) -> Result<(), Unreadable> {
        let entry = &kept.entry;
        let cancelled = marks.cancellations.get(&entry.number).copied();
        let (sort, name) = entry.subject.split_once(':').unwrap_or(("", &entry.subject));
        let (at, number) = (entry.in_force_at, entry.number);
        match entry.kind {
            Kind::Version => {
                let version = Arc::new(Version::read(kept, marks)?);
                let notice = self.notices.entry(name.to_owned()).or_default();
                name.clone_into(&mut notice.name);
                if let Some(when) = cancelled {
                    notice.cancelled.insert(version.number, when);
                } else {
                    notice.timeline.add(at, number, Some(Arc::clone(&version)));
                }
                notice.versions.insert(version.number, version);
            }
            // Cancelled before its time, so the public never heard of it.
            _ if cancelled.is_some() => {}
            Kind::Withdrawal if sort == "notice" => {
                let notice = self.notices.entry(name.to_owned()).or_default();
                name.clone_into(&mut notice.name);
                notice.timeline.add(at, number, None);
                notice.withdrawals.push(Withdrawal {
                    entry: entry.clone(),
                    content: content::<Option<WithdrawalContent>>(kept)?.flatten(),
                });
            }
            Kind::Withdrawal if sort == "page" => self.pages.entry(name.to_owned()).or_default().add(at, number, None),
            Kind::Withdrawal if sort == "hours" => self.hours.entry(name.to_owned()).or_default().add(at, number, None),
            Kind::Page => {
                let page = content(kept)?.map(Arc::new);
                self.pages.entry(name.to_owned()).or_default().add(at, number, page);
            }
            Kind::Facts => self.facts.add(at, number, content(kept)?.map(Arc::new)),
            Kind::Navigation => self.navigation.add(at, number, content(kept)?.map(Arc::new)),
            Kind::Hours => {
                let hours = kept.content.as_ref().map(|sealed| Arc::from(sealed.body.as_str()));
                self.hours.entry(name.to_owned()).or_default().add(at, number, hours);
            }
            // Nothing else can be withdrawn.
            Kind::Withdrawal | Kind::Cancellation | Kind::Correction | Kind::Redaction => {}
        }
        Ok(())
    }

    /// Drops texts (not what lists say of them) that can never be shown without the database.
    fn let_go(&mut self, log: &mut [Kept], now: Timestamp) -> Result<(), Unreadable> {
        let mut gone = HashSet::new();
        for notice in self.notices.values() {
            let current = notice.in_force(now).map(|version| version.entry.number);
            for version in notice.versions.values() {
                let over = version.entry.in_force_at <= now && current != Some(version.entry.number);
                if over || notice.cancelled.contains_key(&version.number) {
                    gone.insert(version.entry.number);
                }
            }
        }
        for kept in log.iter_mut().filter(|kept| gone.contains(&kept.entry.number)) {
            let Some(sealed) = &mut kept.content else { continue };
            if sealed.body.contains("\"html\":") && !sealed.body.contains(LET_GO_AS_JSON) {
                let unreadable = |source| Unreadable { number: kept.entry.number, source };
                let mut text: NoticeContent = serde_json::from_str(&sealed.body).map_err(unreadable)?;
                text.html.clear();
                text.markdown.clear();
                text.html.push_str(LET_GO);
                sealed.body = serde_json::to_string(&text).map_err(unreadable)?;
            }
        }
        for notice in self.notices.values_mut() {
            let drop_text = |version: &mut Arc<Version>| {
                if gone.contains(&version.entry.number) && version.text.is_some() {
                    Arc::make_mut(version).text = None;
                }
            };
            notice.versions.values_mut().for_each(drop_text);
            notice.timeline.each_mut(drop_text);
        }
        Ok(())
    }
}

/// Stands in the log for a text that was let go, so that nobody takes the rest for a whole version.
const LET_GO: &str = "\u{0}let go";
/// The same, so that nobody reads one again that was let go before.
const LET_GO_AS_JSON: &str = r#""html":"\u0000let go""#;

impl Version {
    fn read(kept: &Kept, marks: &Marks) -> Result<Self, Unreadable> {
        let text: Option<NoticeContent> = content(kept)?;
        let about = text.as_ref().map(|text| About {
            address: text.address.clone(),
            title: text.title.clone(),
            language: text.language.clone(),
            kind: text.kind,
            change_note: text.change_note.clone(),
            ask_again: text.ask_again,
            review_by: text.review_by,
            banner: text.banner.as_ref().map(|banner| (banner.level, banner.ends_at)),
        });
        Ok(Self {
            number: kept.entry.version.unwrap_or(0),
            entry: kept.entry.clone(),
            about,
            text: text.filter(|text| text.html != LET_GO).map(Arc::new),
            redaction: marks.redactions.get(&kept.entry.number).cloned(),
            corrections: marks.corrections.get(&kept.entry.number).cloned().unwrap_or_default(),
        })
    }
}

/// What entries say about other entries, by the number of the entry they speak of.
#[derive(Default)]
struct Marks {
    cancellations: HashMap<i64, Timestamp>,
    redactions: HashMap<i64, Redaction>,
    corrections: HashMap<i64, Vec<Correction>>,
}

impl Marks {
    fn read(log: &[Kept]) -> Result<Self, Unreadable> {
        let mut marks = Self::default();
        for kept in log {
            let at = kept.entry.recorded_at;
            match (kept.entry.kind, kept.entry.target) {
                (Kind::Cancellation, Some(target)) => {
                    marks.cancellations.insert(target, at);
                }
                (Kind::Redaction, Some(target)) => {
                    let said = content::<RedactionContent>(kept)?;
                    let (ground, address) = said.map_or_else(Default::default, |said| (said.ground, said.address));
                    marks.redactions.insert(target, Redaction { at, ground, address });
                }
                (Kind::Correction, Some(target)) => {
                    let text = content::<CorrectionContent>(kept)?.map(|content| content.text);
                    marks.corrections.entry(target).or_default().push(Correction { entry: kept.entry.clone(), text });
                }
                _ => {}
            }
        }
        for correction in marks.corrections.values_mut().flatten() {
            if marks.redactions.contains_key(&correction.entry.number) {
                correction.text = None;
            }
        }
        Ok(marks)
    }
}

fn content<T: serde::de::DeserializeOwned>(kept: &Kept) -> Result<Option<T>, Unreadable> {
    kept.content
        .as_ref()
        .map(|sealed| serde_json::from_str(&sealed.body))
        .transpose()
        .map_err(|source| Unreadable { number: kept.entry.number, source })
}
