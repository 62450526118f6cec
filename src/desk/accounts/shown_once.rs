//! Secrets that are shown once: recovery codes, set-up links, preview links. A secret waits, sealed, in the session of the person who
//! made it until they say that they have it, or until the session ends. One session holds one secret.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::sealing::{Keys, Unopened};
use crate::desk::accounts::store;
use crate::desk::paths;

/// A secret and what it belongs to.
#[derive(Clone, Serialize, Deserialize)]
pub enum ShownOnce {
    /// The person's own new recovery codes.
    Codes(Vec<String>),
    /// A set-up link for somebody else's account.
    Link {
        /// The account.
        staff: Uuid,
        /// The link.
        url: String,
    },
    /// A link to drafts.
    Preview {
        /// The id of the link.
        link: Uuid,
        /// The link.
        url: String,
    },
}

/// A reason why a secret cannot wait in a session.
#[derive(Debug, thiserror::Error)]
pub enum ShownOnceError {
    /// The database.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The keys.
    #[error(transparent)]
    Sealing(#[from] Unopened),
    /// JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl ShownOnce {
    /// The page to go on to once the secret is kept.
    pub fn page_after(&self) -> String {
        match self {
            Self::Codes(_) => paths::ACCOUNT.to_owned(),
            Self::Link { staff, .. } => paths::person(staff),
            Self::Preview { .. } => paths::PREVIEWS.to_owned(),
        }
    }
}

fn place(session: Uuid) -> String {
    format!("staff_session.state:{session}")
}

/// Puts a secret into a session, in place of one that waits there.
pub async fn put(
    connection: &mut PgConnection,
    keys: &Keys,
    session: Uuid,
    secret: &ShownOnce,
) -> Result<(), ShownOnceError> {
    let sealed = keys.seal(&place(session), &serde_json::to_vec(secret)?)?;
    store::set_session_state(connection, session, Some(&hex::encode(sealed))).await?;
    Ok(())
}

/// Finds the secret that waits in a session.
pub async fn find(connection: &mut PgConnection, keys: &Keys, session: Uuid) -> Result<Option<ShownOnce>, sqlx::Error> {
    let state = store::session_state(connection, session).await?;
    Ok(state
        .and_then(|state| hex::decode(state).ok())
        .and_then(|sealed| keys.open(&place(session), &sealed).ok())
        .and_then(|plain| serde_json::from_slice(&plain).ok()))
}

/// Takes the secret out of a session.
pub async fn take(connection: &mut PgConnection, keys: &Keys, session: Uuid) -> Result<Option<ShownOnce>, sqlx::Error> {
    let secret = find(connection, keys, session).await?;
    store::set_session_state(connection, session, None).await?;
    Ok(secret)
}
