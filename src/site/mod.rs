//! The state of the public site: the edition in force, the settings, the clock, and texts of old versions from
//! the database.

pub mod declared;
pub mod edition;
pub mod fact_names;
pub mod free_addresses;
pub mod hours;
pub mod model;
pub mod now;
pub mod paths;
pub mod published;
pub(crate) mod reading;
pub mod snapshot;
pub mod store;
pub mod subject;
pub mod timeline;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::extract::FromRef;
use tokio::sync::watch;

use crate::base::clock::Clock;
use crate::base::config::Settings;
use crate::base::database::{Database, DatabaseError};
use crate::base::language::Worded;
use crate::base::ledger::Head;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::metrics::Counter;
use crate::base::sealing::PublicKeys;
use crate::base::tlog;
use crate::base::tlog::PublicLog;
use crate::base::web::assets;
use crate::base::web::assets::Audience;
use crate::base::web::cookies::CookieNames;
use crate::base::web::heavy::HeavyWork;
use crate::base::web::shell::{BannerView, CookieBanner, Link, Shell};
use crate::site::declared::Declared;
use crate::site::edition::{BannerNow, COOKIES, Edition};
use crate::site::model::NoticeContent;
use crate::site::published::{Published, Version};
use crate::site::reading::Reading;
pub use crate::site::reading::RefreshError;

/// Texts of old versions kept in memory.
const OLD_TEXTS: usize = 256;

/// The public site; cheap to clone.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    settings: Settings,
    database: Database,
    clock: Clock,
    cookies: CookieNames,
    edition: ArcSwap<Edition>,
    public_log: PublicLog,
    /// The keys to which is sealed what visitors write to the force.
    public_keys: ArcSwapOption<PublicKeys>,
    /// Entries of old versions by number.
    old: Mutex<HashMap<i64, Arc<Kept>>>,
    /// One refresh at a time; what an unfinished one came to, so that the next goes on from there.
    refreshing: tokio::sync::Mutex<Option<Reading>>,
    /// Tells that the edition is of a ledger that was read to its end, or of a snapshot of one.
    loaded: AtomicBool,
    /// The last entry that the edition was made with.
    head: watch::Sender<Head>,
    heavy: HeavyWork,
    refreshes: Refreshes,
    /// State of features, by type.
    beside: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

/// Counts of the readings of the ledger, for metrics.
#[derive(Debug, Default)]
pub struct Refreshes {
    /// Times that it was read to its end.
    pub done: Counter,
    /// Times that something stood in the way.
    pub failed: Counter,
    /// The instant at which it was last read to its end.
    last: ArcSwapOption<Instant>,
}

impl Refreshes {
    /// The time since the ledger was last read to its end: the pages may be that old. None before the first time.
    pub fn age(&self) -> Option<Duration> {
        self.last.load().as_ref().map(|last| last.elapsed())
    }

    fn note<T, E>(&self, outcome: &Result<T, E>) {
        if outcome.is_err() {
            self.failed.add();
            return;
        }
        self.done.add();
        self.last.store(Some(Arc::new(Instant::now())));
    }
}

/// The shell's particulars of a page.
#[derive(Clone, Debug, Default)]
pub struct Around<'a> {
    /// Title without the force's name.
    pub title: &'a str,
    /// Path of the page.
    pub path: &'a str,
    /// Path with its query, where it has one.
    pub return_to: Option<String>,
    /// Address for banners that show on some pages only.
    pub page: Option<&'a str>,
    /// The state of the cookie banner.
    pub cookies: CookieBanner,
}

impl BannerNow {
    /// The banner as the shell shows it.
    pub fn view(&self) -> BannerView {
        BannerView {
            level: self.level().name(),
            title: Worded::new(&self.text.title, &self.text.language),
            html: self.text.html.clone(),
            href: paths::notice(&self.name),
        }
    }
}

impl FromRef<Site> for Audience {
    fn from_ref(_: &Site) -> Self {
        Self::Public
    }
}

impl Site {
    /// A site that shows what is given until it is refreshed.
    pub fn new(settings: Settings, database: Database, clock: Clock, declared: Declared, published: Published) -> Self {
        let site = Self::starting(settings, database, clock, declared);
        site.0.head.send_replace(published.place());
        site.0.edition.store(Arc::new(site.edition_of(Arc::new(published))));
        site.0.loaded.store(true, Ordering::Release);
        site
    }

    /// A site that has read nothing yet.
    pub fn starting(settings: Settings, database: Database, clock: Clock, declared: Declared) -> Self {
        let edition = Edition::new(Arc::default(), clock.now(), Arc::new(declared));
        let cookies = CookieNames::new(settings.public_url.scheme() == "https");
        Self(Arc::new(Inner {
            settings,
            database,
            clock,
            cookies,
            edition: ArcSwap::from_pointee(edition),
            public_log: PublicLog::default(),
            public_keys: ArcSwapOption::empty(),
            old: Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
            loaded: AtomicBool::new(false),
            head: watch::Sender::new(Head::START),
            heavy: HeavyWork::default(),
            refreshes: Refreshes::default(),
            beside: Mutex::default(),
        }))
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The threads for work that grows with its input.
    pub fn heavy(&self) -> &HeavyWork {
        &self.0.heavy
    }

    /// The state of a feature in memory: one value of each type, made at the first call.
    pub fn beside<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut beside = self.0.beside.lock().unwrap_or_else(PoisonError::into_inner);
        let value = beside.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        // Only a value of this type is ever entered for it.
        Arc::clone(value).downcast().unwrap_or_default()
    }

    /// The keys to which is sealed what visitors write to the force; none on a node that was not given them.
    pub fn public_keys(&self) -> Option<PublicKeys> {
        self.0.public_keys.load().as_deref().cloned()
    }

    /// Seals to these keys from now on.
    pub fn use_public_keys(&self, keys: PublicKeys) {
        self.0.public_keys.store(Some(Arc::new(keys)));
    }

    /// Seals nothing any more: the keys are not the site's.
    pub fn forget_public_keys(&self) {
        self.0.public_keys.store(None);
    }

    /// The names of our cookies.
    pub fn cookies(&self) -> CookieNames {
        self.0.cookies
    }

    /// The edition in force now; made anew when the clock has passed the end of the last, or was set back behind its beginning.
    pub fn edition(&self) -> Arc<Edition> {
        let (edition, now) = (self.0.edition.load(), self.0.clock.now());
        if edition.at <= now && edition.until.is_none_or(|until| now < until) {
            return arc_swap::Guard::into_inner(edition);
        }
        let next = Arc::new(Edition::new(Arc::clone(&edition.published), now, Arc::clone(&edition.declared)));
        // A swap that happened meanwhile is newer than ours and wins.
        let _ = self.0.edition.compare_and_swap(&*edition, Arc::clone(&next));
        self.0.edition.load_full()
    }

    /// The edition of a published site that is in force now.
    pub(crate) fn edition_of(&self, published: Arc<Published>) -> Edition {
        Edition::new(published, self.0.clock.now(), Arc::clone(&self.0.edition.load().declared))
    }

    /// The public log.
    pub fn public_log(&self) -> &PublicLog {
        &self.0.public_log
    }

    /// Reads the newest checkpoint and checks it against the entries that were read.
    pub async fn refresh_public_log(&self) -> Result<(), DatabaseError> {
        let published = Arc::clone(&self.edition().published);
        let (logs, newest) = self.0.database.read(async |connection| tlog::store::state(connection).await).await?;
        self.0.public_log.update(logs, newest.as_ref(), |number| published.entry_hash(number));
        Ok(())
    }

    /// Counts of the readings of the ledger.
    pub fn refreshes(&self) -> &Refreshes {
        &self.0.refreshes
    }

    /// Tells that the site has read a ledger to its end, or a snapshot of one. Until then it cannot say what does not exist.
    pub fn is_loaded(&self) -> bool {
        self.0.loaded.load(Ordering::Acquire)
    }

    /// Tells that the site is loaded and that no text is missing from what it read.
    pub fn is_whole(&self) -> bool {
        self.is_loaded() && self.0.edition.load().published.lacking().is_empty()
    }

    /// The last entry that the edition was made with, to be told when it changes.
    pub fn heads(&self) -> watch::Receiver<Head> {
        self.0.head.subscribe()
    }

    /// Reads what was entered since and swaps the edition. Says whether anything was new. Where the database holds another
    /// chain than the one that was read (after a failover, or with a backup restored), everything is read anew.
    /// Errors: when the database is away or an entry does not hold; the site stays as it was, and the next refresh goes on from what was
    /// read.
    pub async fn refresh(&self) -> Result<bool, RefreshError> {
        let outcome = self.read_on().await;
        self.0.refreshes.note(&outcome);
        outcome
    }

    async fn read_on(&self) -> Result<bool, RefreshError> {
        let mut unfinished = self.0.refreshing.lock().await;
        let known = Arc::clone(&self.0.edition.load().published);
        let mut reading = match unfinished.take() {
            Some(reading) => reading,
            None if known.lacks_texts_at(self.0.clock.now()) => Reading::anew(),
            None => Reading::on(&known),
        };
        if let Err(error) = reading.read(&self.0.database, &self.0.clock).await {
            *unfinished = Some(reading);
            return Err(error);
        }
        let published = reading.into_published();
        if Arc::ptr_eq(&published, &known) {
            self.0.loaded.store(true, Ordering::Release);
            return Ok(false);
        }
        let site = self.clone();
        // Work that grows with the site stays off the threads that answer requests.
        let swapped = tokio::task::spawn_blocking(move || site.swap(published)).await;
        // Only a panic or the end of the program keeps it from being carried out.
        Ok(swapped.is_ok())
    }

    /// Shows what a snapshot file held. Where a text was missing from it, the next refresh reads everything anew.
    pub async fn show(&self, published: Published) {
        let mut unfinished = self.0.refreshing.lock().await;
        *unfinished = (!published.lacking().is_empty()).then(Reading::anew);
        self.swap(Arc::new(published));
    }

    fn swap(&self, published: Arc<Published>) {
        let head = published.place();
        self.0.edition.store(Arc::new(self.edition_of(published)));
        self.0.old.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.0.loaded.store(true, Ordering::Release);
        self.0.head.send_replace(head);
    }

    /// The text of a version that is public: from memory, or from the database. None where it was redacted.
    pub async fn text(&self, version: &Version) -> Result<Option<Arc<NoticeContent>>, DatabaseError> {
        if version.redaction.is_some() {
            return Ok(None);
        }
        if let Some(text) = &version.text {
            return Ok(Some(Arc::clone(text)));
        }
        let Some(kept) = self.kept(version).await? else { return Ok(None) };
        let text = kept.content.as_ref().and_then(|sealed| serde_json::from_str(&sealed.body).ok());
        Ok(text.map(Arc::new))
    }

    /// The whole entry of a version that is public, salt and all, from the database (kept for a while).
    pub async fn kept(&self, version: &Version) -> Result<Option<Arc<Kept>>, DatabaseError> {
        let number = version.entry.number;
        let is_same = |kept: &Kept| kept.entry.hash == version.entry.hash;
        let old = self.0.old.lock().unwrap_or_else(PoisonError::into_inner).get(&number).map(Arc::clone);
        if let Some(kept) = old.filter(|kept| is_same(kept)) {
            return Ok(Some(kept));
        }
        let kept = self
            .0
            .database
            .read(async move |connection| {
                store::public_version(connection, number).await.map_err(LedgerError::into_sql)
            })
            .await?;
        let Some(mut kept) = kept else { return Ok(None) };
        let had_text = kept.content.is_some();
        kept.check_content();
        // Another entry of the same number is of another chain, which the next refresh notices. Neither it nor a text that does
        // not hold is shown.
        if !is_same(&kept) || kept.content.is_some() != had_text {
            return Err(DatabaseError::Away);
        }
        let kept = Arc::new(kept);
        let mut old = self.0.old.lock().unwrap_or_else(PoisonError::into_inner);
        if old.len() >= OLD_TEXTS {
            old.clear();
        }
        old.insert(number, Arc::clone(&kept));
        Ok(Some(kept))
    }

    /// The shell of a page.
    pub fn shell(&self, edition: &Edition, around: Around<'_>) -> Shell {
        let links = |links: &[crate::site::model::NavigationLink]| {
            links.iter().map(|link| Link { label: link.label.clone(), href: link.href.clone() }).collect()
        };
        let return_to = around.return_to.unwrap_or_else(|| around.path.to_owned());
        let banners = edition.banners_on(around.page).map(BannerNow::view).collect();
        Shell {
            title: around.title.to_owned(),
            force_name: edition.force_name().to_owned(),
            force_short_name: edition.force_short_name().to_owned(),
            path: around.path.to_owned(),
            has_no_past: asks_for_another_day(&return_to),
            return_to,
            origin: self.settings().public_origin(),
            hide_href: around.path.to_owned(),
            navigation: links(&edition.navigation.navigation),
            footer: links(&edition.navigation.footer),
            banners,
            cannot_speak: edition.cannot_speak(),
            help: edition.help(),
            // The banner does not ask where there is no text about cookies to read.
            cookies: if edition.views.contains_key(COOKIES) { around.cookies } else { CookieBanner::Hidden },
            neutral_site: self.settings().quick_exit_url.to_string(),
            stylesheet: assets::stylesheet(),
            script: assets::script(),
            icon: assets::icon(),
            touch_icon: assets::touch_icon(),
            picture: assets::picture(),
            ..Shell::default()
        }
    }
}

/// Tells that an address asks for a page as it was on another day. A page that can show it clears this in its shell.
fn asks_for_another_day(address: &str) -> bool {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "as_of")
}
