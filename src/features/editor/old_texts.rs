//! Words in versions that are no longer live. Their texts are read from the database, so a search asks for them by name and reads no more
//! than the newest entries of the ledger. A text that was removed is nowhere, so it is never found.

use std::collections::BTreeMap;

use crate::base::error::AppError;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::ledger::{Kind, store as ledger};
use crate::desk::now::DeskNow;
use crate::site::model::NoticeContent;
use crate::text::folding::fold;
use crate::text::markdown::plain_text;

/// Entries of the ledger that a search reads, the newest first.
pub(super) const MOST_READ: i64 = 2_000;
/// Entries that are read at a time.
const PIECE: i64 = 100;

/// The newest version of each notice in which some folded words stand, by the name of the notice.
pub(super) async fn find(desk: &DeskNow, wanted: &str) -> Result<BTreeMap<String, i32>, AppError> {
    let length = desk.edition.published.length;
    let mut found = BTreeMap::new();
    let mut end = length;
    while end > 0 && length - end < MOST_READ {
        let start = (end - PIECE).max(0);
        let read = async |connection: &mut sqlx::PgConnection| {
            ledger::entries_after(connection, start, end - start).await.map_err(LedgerError::into_sql)
        };
        let piece = desk.database().read(read).await?;
        let look = || {
            for (name, number) in piece.iter().rev().filter_map(|kept| version_with(kept, wanted)) {
                found.entry(name).or_insert(number);
            }
        };
        desk.site().heavy().for_staff(look).await;
        end = start;
    }
    Ok(found)
}

/// The notice and the number of a version whose title or text holds the words.
fn version_with(kept: &Kept, wanted: &str) -> Option<(String, i32)> {
    let name = kept.entry.subject.strip_prefix("notice:").filter(|_| kept.entry.kind == Kind::Version)?;
    let text: NoticeContent = serde_json::from_str(&kept.content.as_ref()?.body).ok()?;
    let has = |text: &str| fold(text).contains(wanted);
    (has(&text.title) || has(&plain_text(&text.html))).then_some((name.to_owned(), kept.entry.version?))
}
