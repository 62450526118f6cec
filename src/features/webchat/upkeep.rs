//! What happens to chats by time: back to the queue where nobody is there any more, a warning to the silent, and the end.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::database::DatabaseError;
use crate::base::sealing::Keys;
use crate::desk::Desk;
use crate::features::conversations;
use crate::features::conversations::model::{Content, ConversationKey, Side};
use crate::features::webchat::model::EndedBy;
use crate::features::webchat::store::by_time;
use crate::features::webchat::{store, words};

/// How long a round may take.
const LIMIT: Duration = Duration::from_secs(5);

/// One round.
pub(super) async fn look_after(desk: &Desk) -> Result<(), DatabaseError> {
    let now = desk.now();
    let round = desk.database().write(LIMIT, async |connection| {
        for id in by_time::requeue(connection, now).await? {
            say(connection, desk.keys(), id, words::BACK_IN_QUEUE, now).await?;
        }
        for id in by_time::warn(connection, now).await? {
            say(connection, desk.keys(), id, words::STILL_THERE, now).await?;
        }
        for id in by_time::silent(connection, now).await? {
            say(connection, desk.keys(), id, words::ENDED_BY_SILENCE, now).await?;
            store::end(connection, id, EndedBy::Silence, now).await?;
        }
        Ok::<_, DatabaseError>(())
    });
    round.await
}

/// Says something to both sides. A conversation that this node's keys do not open goes on without the words.
async fn say(
    connection: &mut PgConnection,
    keys: &Keys,
    id: Uuid,
    text: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let Some(wrapped) = conversations::store::wrapped_keys(connection, id).await? else { return Ok(()) };
    let Ok(key) = ConversationKey::for_staff(id, keys, &wrapped) else { return Ok(()) };
    let content = Content { from: String::new(), text: text.to_owned() };
    conversations::store::say(connection, &key, Uuid::now_v7(), Side::System, &content, now).await?;
    Ok(())
}
