//! The index of a node, which follows its edition.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::base::error::AppError;
use crate::features::search::answers::Answers;
use crate::features::search::places::{Place, places};
use crate::features::search::shard::{Fields, Shard};
use crate::site::Site;
use crate::site::edition::Edition;
use crate::text::urgency;

/// Places in a part of the index: what a change costs grows with it, and what a search costs with the number of parts.
const PLACES_IN_A_SHARD: usize = 400;
/// The interval at which a node looks whether its edition is another one.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The index of a node.
#[derive(Default)]
pub struct SearchIndex {
    current: ArcSwapOption<Parts>,
    /// One is made at a time.
    making: Mutex<()>,
}

/// The index of one edition.
pub(super) struct Parts {
    /// The edition; not kept alive by it, so that a text that was removed is nowhere in memory.
    edition: Weak<Edition>,
    pub(super) fields: Arc<Fields>,
    pub(super) shards: Vec<Arc<Shard>>,
    pub(super) answers: Answers,
}

impl Parts {
    /// The index of an edition. Parts of an earlier one in which nothing changed are taken over.
    fn new(edition: &Arc<Edition>, earlier: Option<&Self>) -> tantivy::Result<Self> {
        let fields = earlier.map_or_else(|| Arc::new(Fields::new()), |earlier| Arc::clone(&earlier.fields));
        let places = places(edition);
        let number = (places.len() / PLACES_IN_A_SHARD + 1).next_power_of_two();
        let mut parts: Vec<Vec<(Place, u64)>> = vec![Vec::new(); number];
        for (place, mark) in places {
            let mut hasher = DefaultHasher::new();
            place.hash(&mut hasher);
            let at = usize::try_from(hasher.finish() % number as u64).unwrap_or(0);
            if let Some(part) = parts.get_mut(at) {
                part.push((place, mark));
            }
        }
        let mut shards = Vec::with_capacity(number);
        for (at, part) in parts.into_iter().enumerate() {
            let known = earlier.and_then(|earlier| earlier.shards.get(at)).filter(|shard| shard.places == part);
            shards.push(match known {
                Some(shard) => Arc::clone(shard),
                None => Arc::new(Shard::build(edition, part, &fields)?),
            });
        }
        let answers = Answers::new(&edition.promoted);
        Ok(Self { edition: Arc::downgrade(edition), fields, shards, answers })
    }

    fn is_of(&self, edition: &Arc<Edition>) -> bool {
        std::ptr::eq(self.edition.as_ptr(), Arc::as_ptr(edition))
    }
}

impl SearchIndex {
    /// The index of an edition, made now where it is not there yet.
    pub(super) async fn of(self: &Arc<Self>, edition: &Arc<Edition>) -> Result<Arc<Parts>, AppError> {
        let made = || self.current.load_full().filter(|parts| parts.is_of(edition));
        if let Some(parts) = made() {
            return Ok(parts);
        }
        let _making = self.making.lock().await;
        if let Some(parts) = made() {
            return Ok(parts);
        }
        let (index, edition) = (Arc::clone(self), Arc::clone(edition));
        let making = tokio::task::spawn_blocking(move || {
            let parts = Arc::new(Parts::new(&edition, index.current.load().as_deref())?);
            index.current.store(Some(Arc::clone(&parts)));
            Ok::<_, tantivy::TantivyError>(parts)
        });
        making.await.map_err(anyhow::Error::from)?.map_err(|error| AppError::Internal(error.into()))
    }

    /// Makes the index of each new edition at once, so that nobody waits for it and nothing that was removed stays in it. Never ends.
    pub async fn follow(self: Arc<Self>, site: Site) {
        let mut heads = site.heads();
        urgency::prepare();
        loop {
            if site.is_loaded()
                && let Err(error) = self.of(&site.edition()).await
            {
                tracing::error!(?error, "the index for searching was not made anew");
            }
            // Ends early where something was published; otherwise the clock may have brought something into force.
            let _ = timeout(LOOK_EVERY, heads.changed()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::base::clock::Clock;
    use crate::base::config::Settings;
    use crate::base::database::{Database, DatabaseSettings};
    use crate::base::language::Language;
    use crate::base::ledger::store::Kept;
    use crate::base::ledger::{Entry, Hash, Kind, Sealed};
    use crate::features::search::shard::Near;
    use crate::site::declared::Declared;
    use crate::site::model::{NoticeContent, NoticeKind, RedactionContent};
    use crate::site::published::Published;

    /// The longest that removed text may stay.
    const LIMIT: Duration = Duration::from_secs(10);

    fn kept(number: i64, kind: Kind, body: Option<String>) -> Kept {
        let entry = Entry {
            number,
            format: 1,
            kind,
            subject: "notice:helplines".to_owned(),
            version: kind.is_state().then_some(1),
            target: (!kind.is_state()).then_some(1),
            recorded_at: Timestamp::UNIX_EPOCH,
            in_force_at: Timestamp::UNIX_EPOCH,
            imported: false,
            content_commitment: Hash::ZERO,
            particulars_commitment: Hash::ZERO,
            previous_hash: Hash::ZERO,
            hash: Hash::ZERO,
        };
        Kept { entry, content: body.map(|body| Sealed { salt: Hash::ZERO, body }) }
    }

    fn text() -> NoticeContent {
        NoticeContent {
            address: "helplines".to_owned().try_into().unwrap(),
            title: "Helplines".to_owned(),
            language: Language::BritishEnglish,
            words: String::new(),
            kind: NoticeKind::Text,
            markdown: String::new(),
            html: "<p>Ask for Jo Fitzgibbon.</p>".to_owned(),
            change_note: String::new(),
            ask_again: false,
            review_by: None,
            banner: None,
            about_harm: false,
        }
    }

    /// Tells whether any part of the index holds a word.
    fn holds(index: &SearchIndex, word: &str) -> bool {
        let parts = index.current.load_full();
        parts.is_some_and(|parts| {
            let has = |shard: &Arc<Shard>| {
                !shard.spellings(&parts.fields, &Near::Beginning(word.to_owned())).unwrap().is_empty()
            };
            parts.shards.iter().any(has)
        })
    }

    async fn until(mut holds: impl FnMut() -> bool) -> bool {
        let waiting = async {
            while !holds() {
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, waiting).await.is_ok()
    }

    #[tokio::test]
    async fn the_bytes_of_a_removed_text_leave_the_index_though_nobody_searches() {
        let now = Timestamp::UNIX_EPOCH;
        let version = kept(1, Kind::Version, Some(serde_json::to_string(&text()).unwrap()));
        let published = Published::read([version.clone()], now).unwrap();
        let database = Database::new("postgres://nobody@127.0.0.1:1/none", &DatabaseSettings::default()).unwrap();
        let site = Site::new(Settings::for_tests(), database, Clock::fixed(now), Declared::default(), published);
        let index = site.beside::<SearchIndex>();
        let following = tokio::spawn(Arc::clone(&index).follow(site.clone()));
        assert!(until(|| holds(&index, "fitzgibbon")).await, "the text is never in the index");
        let ground = RedactionContent { ground: "Article 17".to_owned(), address: None };
        let redaction = kept(2, Kind::Redaction, Some(serde_json::to_string(&ground).unwrap()));
        let without = [Kept { content: None, ..version }, redaction];
        site.show(Published::read(without, now).unwrap()).await;
        assert!(until(|| !holds(&index, "fitzgibbon")).await, "the text stays in the index");
        following.abort();
    }
}
