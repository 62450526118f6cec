//! What is shown once and then known to nobody: new recovery codes, a new set-up link. Until whoever is to see it says that they
//! have it, it waits in their session, sealed; then, or when the session ends, it is gone.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::sealing::{Keys, Unopened};
use crate::desk::accounts::store;

/// Something to be shown.
#[derive(Clone, Serialize, Deserialize)]
pub enum Shown {
    /// One's own new recovery codes.
    Codes(Vec<String>),
    /// A new set-up link for somebody else's account.
    Link {
        /// The account.
        staff: Uuid,
        /// The link.
        url: String,
    },
}

/// Why it cannot be kept for a moment.
#[derive(Debug, thiserror::Error)]
pub enum ShownError {
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

fn place(session: Uuid) -> String {
    format!("staff_session.state:{session}")
}

/// Puts something into a session; what was there goes.
pub async fn put(connection: &mut PgConnection, keys: &Keys, session: Uuid, shown: &Shown) -> Result<(), ShownError> {
    let sealed = keys.seal(&place(session), &serde_json::to_vec(shown)?)?;
    store::set_session_state(connection, session, Some(&hex::encode(sealed))).await?;
    Ok(())
}

/// What waits in a session.
pub async fn get(connection: &mut PgConnection, keys: &Keys, session: Uuid) -> Result<Option<Shown>, sqlx::Error> {
    let state = store::session_state(connection, session).await?;
    Ok(state
        .and_then(|state| hex::decode(state).ok())
        .and_then(|sealed| keys.open(&place(session), &sealed).ok())
        .and_then(|plain| serde_json::from_slice(&plain).ok()))
}

/// Forgets what waits in a session.
pub async fn forget(connection: &mut PgConnection, session: Uuid) -> Result<(), sqlx::Error> {
    store::set_session_state(connection, session, None).await
}
