//! The nodes, each with the head of the ledger that it shows, told every few seconds.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::ledger::Hash;

/// A node that was not heard of for this long is shown as away.
pub const AWAY_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// A node that was not heard of for this long is forgotten: it ended without a word.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The last report of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeHead {
    /// Host and port.
    pub name: String,
    /// The number of entries of the ledger that it shows.
    pub length: i64,
    /// Hash of the last of them; none for an empty ledger.
    pub head: Option<Hash>,
    /// The time of its last report.
    pub seen_at: Timestamp,
    /// Set if it seals the audit log.
    pub seals: bool,
}

impl NodeHead {
    /// Tells whether it was not heard of lately.
    pub fn is_away(&self, now: Timestamp) -> bool {
        now.duration_since(self.seen_at) > AWAY_AFTER
    }
}

/// Tells what a node shows.
pub async fn tell(connection: &mut PgConnection, node: Uuid, told: &NodeHead) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into node_head (node, name, length, head, seen_at, seals) values ($1, $2, $3, $4, $5, $6)
        on conflict (node) do update set name = excluded.name, length = excluded.length, head = excluded.head,
            seen_at = excluded.seen_at, seals = excluded.seals",
        node,
        told.name,
        told.length,
        told.head.as_ref().map(|head| &head.0[..]),
        told.seen_at.to_sqlx() as _,
        told.seals,
    )
    .execute(&mut *connection)
    .await?;
    let forgotten = told.seen_at - FORGOTTEN_AFTER;
    sqlx::query!("delete from node_head where seen_at < $1", forgotten.to_sqlx() as _).execute(connection).await?;
    Ok(())
}

/// A node ends.
pub async fn leave(connection: &mut PgConnection, node: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from node_head where node = $1", node).execute(connection).await?;
    Ok(())
}

/// All nodes, by name.
pub async fn all(connection: &mut PgConnection) -> Result<Vec<NodeHead>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select name, length, head, seen_at as "seen_at: jiff_sqlx::Timestamp", seals from node_head order by name, node"#
    )
    .fetch_all(connection)
    .await?;
    let nodes = rows.into_iter().map(|row| NodeHead {
        name: row.name,
        length: row.length,
        head: row.head.and_then(|head| head.try_into().ok()),
        seen_at: row.seen_at.to_jiff(),
        seals: row.seals,
    });
    Ok(nodes.collect())
}
