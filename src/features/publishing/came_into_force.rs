//! Letters about what was scheduled and has come into force. The clock brings it into force; this only tells those who made it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use uuid::Uuid;

use crate::base::database::DatabaseError;
use crate::base::ledger::store::LedgerError;
use crate::base::mail;
use crate::desk::accounts::Desk;
use crate::features::dashboard::model::display_name;
use crate::features::drafts::titles;
use crate::features::publishing::model::Particulars;
use crate::features::publishing::{letters, store};
use crate::site::subject::EntrySubject;

/// The time limit for queueing the messages.
const LIMIT: Duration = Duration::from_secs(10);
/// The time after which it is told no more that something came into force: nodes may have been down.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Queues a letter to everybody who stands for something that came into force; one for each person and entry, for ever.
pub async fn tell(desk: &Desk) -> Result<(), DatabaseError> {
    let now = desk.now();
    let came = desk.database().read(async |connection| {
        let came = store::came_into_force(connection, now - TOLD_FOR, now).await?;
        let names: Vec<String> = came.iter().copied().map(name).collect();
        let left = mail::store::not_noted(connection, &names).await?;
        Ok(came.into_iter().filter(|entry| left.contains(&name(*entry))).collect::<Vec<i64>>())
    });
    let came = came.await?;
    let edition = desk.site().edition();
    for number in came {
        desk.database()
            .write(LIMIT, async |connection| {
                if !mail::store::note_once(connection, &name(number), now).await? {
                    return Ok(());
                }
                let kept = store::entry(connection, number).await.map_err(LedgerError::into_sql)?;
                let people = store::particulars(connection, number).await.map_err(LedgerError::into_sql)?;
                let (Some(kept), Some(people)) = (kept, people) else { return Ok(()) };
                let title = match EntrySubject::of(&kept.entry) {
                    EntrySubject::Notice(name) => titles::of_notice(name, &edition),
                    other => display_name(&edition, other),
                };
                letters::came_into_force(connection, desk, &kept.entry, &title, &concerned(&people)).await?;
                Ok::<_, DatabaseError>(())
            })
            .await?;
    }
    Ok(())
}

/// The name under which it is noted that the letters about an entry were queued.
fn name(entry: i64) -> String {
    format!("live:{entry}")
}

/// The accounts of those who stand for an entry.
pub(super) fn concerned(people: &Particulars) -> Vec<Uuid> {
    let named = [people.writer_id, people.approver_id, people.publisher_id].into_iter().flatten();
    named.chain(people.seen.iter().map(|seen| seen.id)).collect::<BTreeSet<_>>().into_iter().collect()
}
