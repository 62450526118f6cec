//! What every handler of the public site gets: the edition in force, the settings, the clock, and texts of old versions from
//! the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::edition::Edition;
use super::model::NoticeContent;
use super::published::{Published, Unreadable, Version};
use super::store;
use crate::clock::Clock;
use crate::config::Settings;
use crate::database::{Database, DatabaseError};
use crate::ledger::store::{Kept, LedgerError};
use crate::web::assets;
use crate::web::cookies::CookieNames;
use crate::web::shell::{BannerView, CookieBanner, Link, Shell};

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
    /// Entries of old versions by number.
    old: Mutex<HashMap<i64, Arc<Kept>>>,
    /// One refresh at a time.
    refreshing: tokio::sync::Mutex<()>,
}

/// Why the site could not be read anew.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The database is away or refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// An entry cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// What a page tells the shell.
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
    /// What the cookie banner says.
    pub cookies: CookieBanner,
}

impl Site {
    /// A site that shows what is given until it is refreshed.
    #[must_use]
    pub fn new(settings: Settings, database: Database, clock: Clock, published: Published) -> Self {
        let edition = Edition::new(Arc::new(published), clock.now());
        let cookies = CookieNames::new(settings.public_url.scheme() == "https");
        Self(Arc::new(Inner {
            settings,
            database,
            clock,
            cookies,
            edition: ArcSwap::from_pointee(edition),
            old: Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
        }))
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The names of our cookies.
    #[must_use]
    pub fn cookies(&self) -> CookieNames {
        self.0.cookies
    }

    /// The edition in force now; made anew when the clock has passed the end of the last, or was set back behind its beginning.
    #[must_use]
    pub fn edition(&self) -> Arc<Edition> {
        let (edition, now) = (self.0.edition.load(), self.0.clock.now());
        if edition.at <= now && edition.until.is_none_or(|until| now < until) {
            return arc_swap::Guard::into_inner(edition);
        }
        let next = Arc::new(Edition::new(Arc::clone(&edition.published), now));
        // A swap that happened meanwhile is newer than ours and wins.
        let _ = self.0.edition.compare_and_swap(&*edition, Arc::clone(&next));
        self.0.edition.load_full()
    }

    /// Reads what was entered since and swaps the edition. Says whether anything was new.
    ///
    /// # Errors
    /// When the database is away or an entry cannot be read; the site stays as it was.
    pub async fn refresh(&self) -> Result<bool, RefreshError> {
        let _one = self.0.refreshing.lock().await;
        let mut published = Arc::clone(&self.0.edition.load().published);
        if published.lacks_texts_at(self.0.clock.now()) {
            published = Arc::default();
        }
        let length = published.length;
        let more = self
            .0
            .database
            .read(async move |connection| store::log_after(connection, length).await.map_err(LedgerError::into_sql))
            .await?;
        if more.is_empty() {
            return Ok(false);
        }
        let now = self.0.clock.now();
        let published = Arc::new(published.with(more, now)?);
        self.0.edition.store(Arc::new(Edition::new(published, now)));
        self.0.old.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(true)
    }

    /// Shows something else from now on: what a snapshot file held.
    pub fn show(&self, published: Published) {
        self.0.edition.store(Arc::new(Edition::new(Arc::new(published), self.0.clock.now())));
    }

    /// The text of a version that is public: from memory, or from the database. None where it was redacted.
    ///
    /// # Errors
    /// When the database is needed and away.
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
    ///
    /// # Errors
    /// When the database is away.
    pub async fn kept(&self, version: &Version) -> Result<Option<Arc<Kept>>, DatabaseError> {
        let number = version.entry.number;
        if let Some(kept) = self.0.old.lock().unwrap_or_else(PoisonError::into_inner).get(&number) {
            return Ok(Some(Arc::clone(kept)));
        }
        let kept = self
            .0
            .database
            .read(async move |connection| {
                store::public_version(connection, number).await.map_err(LedgerError::into_sql)
            })
            .await?;
        let Some(kept) = kept.map(Arc::new) else { return Ok(None) };
        let mut old = self.0.old.lock().unwrap_or_else(PoisonError::into_inner);
        if old.len() >= OLD_TEXTS {
            old.clear();
        }
        old.insert(number, Arc::clone(&kept));
        Ok(Some(kept))
    }

    /// The shell of a page.
    #[must_use]
    pub fn shell(&self, edition: &Edition, around: Around<'_>) -> Shell {
        let links = |links: &[super::model::NavigationLink]| {
            links.iter().map(|link| Link { label: link.label.clone(), href: link.href.clone() }).collect()
        };
        let banners = edition
            .banners_on(around.page)
            .map(|banner| BannerView {
                level: banner.level().name(),
                title: banner.text.title.clone(),
                html: banner.text.html.clone(),
                href: format!("/notices/{}", banner.name),
            })
            .collect();
        Shell {
            language: "en-GB".to_owned(),
            title: around.title.to_owned(),
            force_name: edition.force_name().to_owned(),
            force_short_name: edition.force_short_name().to_owned(),
            path: around.path.to_owned(),
            return_to: around.return_to.unwrap_or_else(|| around.path.to_owned()),
            hide_href: around.path.to_owned(),
            navigation: links(&edition.navigation.navigation),
            footer: links(&edition.navigation.footer),
            banners,
            cannot_speak: edition.cannot_speak(),
            cookies: around.cookies,
            stylesheet: assets::stylesheet(),
            script: assets::script(),
            icon: assets::icon(),
            ..Shell::default()
        }
    }
}
