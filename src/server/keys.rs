//! The keys of a node: reading them at the start, and telling whether they are those that others of the site have.

use std::io::ErrorKind;
use std::time::Duration;

use anyhow::Context as _;
use sqlx::PgConnection;

use crate::base::config::Settings;
use crate::base::database::DatabaseError;
use crate::base::sealing::{Keys, KeysError, PublicKeys};
use crate::site::Site;

/// The time limit for comparing keys.
const LIMIT: Duration = Duration::from_secs(3);

/// Reads the node's keys. A first run makes them, outside the folder of its Postgres, and says to move them.
pub fn read(settings: &Settings) -> anyhow::Result<Keys> {
    let path = &settings.keys_file;
    let first_run = settings.database_url.is_none() && !path.exists();
    if !first_run {
        return Ok(Keys::read(path)?);
    }
    let keys = Keys::generate()?;
    keys.write_new(path)?;
    tracing::warn!(
        file = %path.display(),
        "made keys that open what the database keeps sealed: keep a copy elsewhere, and set KEYS_FILE to a place apart from the data"
    );
    Ok(keys)
}

/// Reads the public half, on a node that serves the public site alone. Without it everything is served but what visitors write to the
/// force. Errors: when there is a file that cannot be used.
pub(super) fn use_public(site: &Site) -> anyhow::Result<()> {
    let path = &site.settings().public_keys_file;
    match PublicKeys::read(path) {
        Ok(keys) => site.use_public_keys(keys),
        Err(KeysError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => tracing::warn!(
            file = %path.display(),
            "this node has no public half of the keys, so visitors cannot write to the force through it: make the file with `bluelamp \
             keys public` where the keys are, and set PUBLIC_KEYS_FILE to where it is here"
        ),
        Err(error) => {
            return Err(error).context("PUBLIC_KEYS_FILE cannot be used: make it with `bluelamp keys public`");
        }
    }
    Ok(())
}

/// The result of comparing the keys of a node with those that the site seals to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// They are the same, or the first of the site.
    Same,
    /// No node that serves staff has noted its keys yet.
    NoneNoted,
    /// They are others.
    Other,
}

/// Compares the keys of a node with those that nodes serving staff noted. `notes` says that this node notes its own, unless they are
/// others than those before.
pub async fn compare(connection: &mut PgConnection, keys: &PublicKeys, notes: bool) -> Result<Comparison, sqlx::Error> {
    let own: Vec<Vec<u8>> = keys.ids().map(<[u8]>::to_vec).collect();
    let noted = sqlx::query_scalar!("select id from sealing_key").fetch_all(&mut *connection).await?;
    let is_same = own.iter().any(|id| noted.contains(id));
    if notes && (is_same || noted.is_empty()) {
        sqlx::query!(
            "insert into sealing_key (id) select unnest($1::bytea[]) on conflict on constraint sealing_key_pkey do nothing",
            &own
        )
        .execute(connection)
        .await?;
        return Ok(Comparison::Same);
    }
    // A node that seals must seal to a key that others open.
    let seals_to_one = own.first().is_some_and(|id| noted.contains(id));
    Ok(if noted.is_empty() {
        Comparison::NoneNoted
    } else if seals_to_one {
        Comparison::Same
    } else {
        Comparison::Other
    })
}

/// Compares the node's keys and says so where they are others. Such a node takes nothing that is to be sealed.
pub(super) async fn check(site: &Site, serves_staff: bool) {
    let Some(keys) = site.public_keys() else { return };
    let compared = site
        .database()
        .write(LIMIT, async |connection| Ok::<_, DatabaseError>(compare(connection, &keys, serves_staff).await?));
    match compared.await {
        Ok(Comparison::Other) if serves_staff => tracing::error!(
            "the keys of this node are not those that the site seals to: what is in the database cannot be opened with them, and what is \
             sealed with them no other node opens. Restore KEYS_FILE from its copy, and start again"
        ),
        Ok(Comparison::Other) => {
            site.forget_public_keys();
            tracing::error!(
                "the public half on this node belongs to other keys, so visitors cannot write to the force through it: make the file anew \
                 with `bluelamp keys public` where the keys are, and start again"
            );
        }
        Ok(Comparison::Same | Comparison::NoneNoted) => {}
        Err(error) => tracing::warn!(%error, "the keys of this node were not compared with those of others"),
    }
}
