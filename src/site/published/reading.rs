//! Reading the ledger into a [`Published`], entry by entry.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::base::ledger::store::Kept;
use crate::base::ledger::{Entry, Head, Kind};
use crate::site::model::{Address, CorrectionContent, NoticeContent, RedactionContent, WithdrawalContent};
use crate::site::published::{
    About, Catalogue, Correction, Notice, Published, Redaction, Unreadable, Version, Withdrawal,
};
use crate::site::subject::EntrySubject;
use crate::site::timeline::Timeline;

impl Published {
    /// The site after some more entries. Texts that neither are nor will be in force by `now` are let go.
    pub fn with(&self, more: impl IntoIterator<Item = Kept>, now: Timestamp) -> Result<Self, Unreadable> {
        let mut site = self.clone();
        site.extend(more, now)?;
        Ok(site)
    }

    /// The site that a whole log gives.
    pub fn read(log: impl IntoIterator<Item = Kept>, now: Timestamp) -> Result<Self, Unreadable> {
        Self::default().with(log, now)
    }

    /// Enters some more entries. Texts that neither are nor will be in force by `now` are let go.
    pub fn extend(&mut self, more: impl IntoIterator<Item = Kept>, now: Timestamp) -> Result<(), Unreadable> {
        let mut touched = BTreeSet::new();
        let mut hashes = Vec::new();
        let mut entered = Ok(());
        for kept in more {
            entered = self.add_entry(&kept);
            if entered.is_err() {
                break;
            }
            let entry = &kept.entry;
            hashes.push(entry.hash);
            (self.length, self.head, self.recorded_at) = (entry.number, Some(entry.hash), Some(entry.recorded_at));
            touched.extend(EntrySubject::of(entry).notice().map(ToOwned::to_owned));
        }
        Arc::make_mut(&mut self.hashes).extend(hashes);
        self.read_for = self.read_for.max(Some(now));
        for name in touched {
            if let Some(notice) = self.notices.get_mut(&name) {
                notice.drop_old_texts(now);
            }
        }
        entered
    }

    /// The last entry, where reading goes on.
    pub fn place(&self) -> Head {
        self.head.map_or(Head::START, |hash| Head { number: self.length, hash })
    }

    fn add_entry(&mut self, kept: &Kept) -> Result<(), Unreadable> {
        let entry = &kept.entry;
        let (at, number) = (entry.in_force_at, entry.number);
        match (entry.kind, EntrySubject::of(entry)) {
            (Kind::Version, EntrySubject::Notice(name)) => {
                let version = Arc::new(Version::read(kept)?);
                self.note_address(name, version.address());
                let notice = self.notice(name);
                notice.timeline.add(at, number, Some(Arc::clone(&version)));
                notice.versions.insert(version.number, version);
            }
            (Kind::Withdrawal, EntrySubject::Notice(name)) => {
                let content = content::<Option<WithdrawalContent>>(kept)?.flatten();
                let notice = self.notice(name);
                notice.timeline.add(at, number, None);
                notice.withdrawals.push(Withdrawal { entry: entry.clone(), content });
            }
            (Kind::Withdrawal, EntrySubject::Page(name)) => {
                let content = content::<Option<WithdrawalContent>>(kept)?.flatten();
                self.pages.entry(name).add(at, number, None);
                self.page_withdrawals.entry(name).push(Withdrawal { entry: entry.clone(), content });
            }
            (Kind::Withdrawal, EntrySubject::Hours(name)) => self.hours.entry(name).add(at, number, None),
            (Kind::Page, EntrySubject::Page(name)) => {
                let page = content(kept)?.map(Arc::new);
                self.pages.entry(name).add(at, number, page);
            }
            (Kind::Facts, _) => self.facts.add(at, number, content(kept)?.map(Arc::new)),
            (Kind::Navigation, _) => self.navigation.add(at, number, content(kept)?.map(Arc::new)),
            (Kind::Promoted, _) => self.promoted.add(at, number, content(kept)?.map(Arc::new)),
            (Kind::Hours, EntrySubject::Hours(name)) => {
                let hours = kept.content.as_ref().map(|sealed| Arc::from(sealed.body.as_str()));
                self.hours.entry(name).add(at, number, hours);
            }
            (Kind::Cancellation, _) => self.cancel(entry),
            (Kind::Redaction, _) => {
                let said = content::<RedactionContent>(kept)?;
                let (ground, address) = said.map_or_else(Default::default, |said| (said.ground, said.address));
                self.redact(entry, &Redaction { at: entry.recorded_at, ground, address });
            }
            (Kind::Correction, EntrySubject::Notice(name)) => {
                let text = content::<CorrectionContent>(kept)?.map(|content| content.text);
                let correction = Correction { entry: entry.clone(), text };
                if let Some(notice) = self.notices.get_mut(name) {
                    notice.change(entry.target, |version| version.corrections.push(correction));
                }
            }
            // Nothing else can be withdrawn, and no other subject has entries of these kinds.
            (Kind::Version | Kind::Withdrawal | Kind::Page | Kind::Hours | Kind::Correction, _) => {}
        }
        if kept.content.is_none() {
            self.lacking.insert(number);
        }
        Ok(())
    }

    fn notice(&mut self, name: &str) -> &mut Notice {
        let notice = self.notices.entry(name);
        if notice.name.is_empty() {
            name.clone_into(&mut notice.name);
        }
        notice
    }

    fn note_address(&mut self, name: &str, address: Option<&Address>) {
        if let Some(address) = address {
            self.names_at.entry(address.as_str()).insert(name.to_owned());
        }
    }

    /// Takes back what an entry speaks of: the public never hears of it.
    fn cancel(&mut self, entry: &Entry) {
        let Some(target) = entry.target else { return };
        match EntrySubject::of(entry) {
            EntrySubject::Notice(name) => {
                let Some(notice) = self.notices.get_mut(name) else { return };
                notice.timeline.remove(target);
                notice.withdrawals.retain(|withdrawal| withdrawal.entry.number != target);
                if let Some(version) = notice.versions.values().find(|version| version.entry.number == target) {
                    notice.cancelled.insert(version.number, entry.recorded_at);
                }
            }
            EntrySubject::Page(name) => {
                remove(&mut self.pages, name, target);
                if let Some(withdrawals) = self.page_withdrawals.get_mut(name) {
                    withdrawals.retain(|withdrawal| withdrawal.entry.number != target);
                }
            }
            EntrySubject::Hours(name) => remove(&mut self.hours, name, target),
            EntrySubject::Facts => self.facts.remove(target),
            EntrySubject::Navigation => self.navigation.remove(target),
            EntrySubject::Promoted => self.promoted.remove(target),
            EntrySubject::Unknown(_) => {}
        }
    }

    /// Takes away the text that an entry speaks of.
    fn redact(&mut self, entry: &Entry, redaction: &Redaction) {
        let Some(target) = entry.target else { return };
        self.lacking.remove(&target);
        match EntrySubject::of(entry) {
            EntrySubject::Notice(name) => {
                self.note_address(name, redaction.address.as_ref());
                let Some(notice) = self.notices.get_mut(name) else { return };
                notice.change(Some(target), |version| {
                    (version.about, version.text) = (None, None);
                    version.redaction = Some(redaction.clone());
                });
                for withdrawal in notice.withdrawals.iter_mut().filter(|other| other.entry.number == target) {
                    withdrawal.content = None;
                }
                notice.forget_correction(target);
            }
            EntrySubject::Page(name) => {
                forget(&mut self.pages, name, target);
                let withdrawals = self.page_withdrawals.get_mut(name).into_iter().flatten();
                for withdrawal in withdrawals.filter(|withdrawal| withdrawal.entry.number == target) {
                    withdrawal.content = None;
                }
            }
            EntrySubject::Hours(name) => forget(&mut self.hours, name, target),
            EntrySubject::Facts => self.facts.replace(target, None),
            EntrySubject::Navigation => self.navigation.replace(target, None),
            EntrySubject::Promoted => self.promoted.replace(target, None),
            EntrySubject::Unknown(_) => {}
        }
    }
}

fn forget<T: Clone>(catalogue: &mut Catalogue<Timeline<T>>, name: &str, number: i64) {
    if let Some(timeline) = catalogue.get_mut(name) {
        timeline.replace(number, None);
    }
}

fn remove<T: Clone>(catalogue: &mut Catalogue<Timeline<T>>, name: &str, number: i64) {
    let Some(timeline) = catalogue.get_mut(name) else { return };
    timeline.remove(number);
    if timeline.is_empty() {
        catalogue.remove(name);
    }
}

impl Notice {
    /// Changes the version that was entered under a number.
    fn change(&mut self, number: Option<i64>, change: impl FnOnce(&mut Version)) {
        let found = self.versions.values_mut().find(|version| Some(version.entry.number) == number);
        let Some(version) = found else { return };
        change(Arc::make_mut(version));
        self.timeline.replace(version.entry.number, Some(Arc::clone(version)));
    }

    /// Takes away the text of a correction.
    fn forget_correction(&mut self, number: i64) {
        let of = |version: &Arc<Version>| version.corrections.iter().any(|said| said.entry.number == number);
        let corrected = self.versions.values().find(|version| of(version)).map(|version| version.entry.number);
        self.change(corrected, |version| {
            for said in version.corrections.iter_mut().filter(|said| said.entry.number == number) {
                said.text = None;
            }
        });
    }

    /// Drops texts (not what lists say of them) that can never be shown without the database.
    fn drop_old_texts(&mut self, now: Timestamp) {
        let current = self.in_force(now).map(|version| version.entry.number);
        let gone = |version: &&Arc<Version>| {
            let over = version.entry.in_force_at <= now && current != Some(version.entry.number);
            version.text.is_some() && (over || self.cancelled.contains_key(&version.number))
        };
        let gone: Vec<i64> = self.versions.values().filter(gone).map(|version| version.entry.number).collect();
        for number in gone {
            self.change(Some(number), |version| version.text = None);
        }
    }
}

impl Version {
    fn read(kept: &Kept) -> Result<Self, Unreadable> {
        let text: Option<NoticeContent> = content(kept)?;
        let about = text.as_ref().map(|text| About {
            address: text.address.clone(),
            title: text.title.clone(),
            language: text.language.clone(),
            kind: text.kind,
            change_note: text.change_note.clone(),
            ask_again: text.ask_again,
            review_by: text.review_by,
            banner: text.banner.clone(),
            about_harm: text.about_harm,
        });
        Ok(Self {
            number: kept.entry.version.unwrap_or(0),
            entry: kept.entry.clone(),
            about,
            text: text.map(Arc::new),
            redaction: None,
            corrections: Vec::new(),
        })
    }
}

fn content<T: serde::de::DeserializeOwned>(kept: &Kept) -> Result<Option<T>, Unreadable> {
    kept.content
        .as_ref()
        .map(|sealed| serde_json::from_str(&sealed.body))
        .transpose()
        .map_err(|source| Unreadable { number: kept.entry.number, source })
}
