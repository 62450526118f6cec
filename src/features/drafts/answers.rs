//! The answers to what the law asks of a privacy notice go along from a published version into whatever draft is made of it, so
//! that only what changed is asked again.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use crate::base::ledger::store::LedgerError;
use crate::features::drafts::checks::law;
use crate::features::drafts::model::{Answer, DraftContent, particulars_answers};
use crate::site::store;
use crate::site::subject::Subject;

/// The answers that the version of an entry was published with; none for a notice of which the law asks nothing.
pub async fn of_version(
    connection: &mut PgConnection,
    name: &str,
    entry: i64,
) -> Result<BTreeMap<String, Answer>, sqlx::Error> {
    if !law::applies(name) {
        return Ok(BTreeMap::new());
    }
    let particulars = store::particulars(connection, entry).await.map_err(LedgerError::into_sql)?;
    Ok(particulars_answers(&particulars.unwrap_or_default()))
}

/// Puts them into a draft that was made of that version.
pub async fn carry_over(
    connection: &mut PgConnection,
    subject: &Subject,
    content: &mut DraftContent,
    entry: i64,
) -> Result<(), sqlx::Error> {
    if let (Subject::Notice(name), DraftContent::Notice(draft)) = (subject, content) {
        draft.answers = of_version(connection, name.as_str(), entry).await?;
    }
    Ok(())
}
