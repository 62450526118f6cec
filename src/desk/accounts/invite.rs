//! New accounts and set-up links: what the command line and an administrator's pages both do.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::PgConnection;
use url::Url;
use uuid::Uuid;

use crate::base::audit;
use crate::base::audit::Who;
use crate::base::characters::look_alike;
use crate::base::database::DatabaseError;
use crate::base::sealing::{Keys, Unopened};
use crate::base::web::paths::absolute;
use crate::desk::accounts::letters::Post;
use crate::desk::accounts::model::{Role, email_place};
use crate::desk::accounts::session_model::Secret;
use crate::desk::accounts::shown_once::ShownOnceError;
use crate::desk::accounts::{actions, letters, store};
use crate::desk::paths;

/// The time that a link holds.
pub const LINK_HOLDS: SignedDuration = SignedDuration::from_hours(72);

/// The time that a link holds that somebody asked for with a recovery code: they sit there and wait for it.
pub const RECOVERY_LINK_HOLDS: SignedDuration = SignedDuration::from_hours(1);

/// An error of an invitation.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// There is an account with the address already.
    #[error("there is an account with that address already. `bluelamp staff reset` makes a new link for it")]
    Exists,
    /// There is no account with the address.
    #[error("there is no account with that address")]
    NoAccount,
    /// The name looks like a colleague's.
    #[error(
        "the name looks like that of a colleague, {0}, and others could not tell them apart: add what does, such as a second name or \
         a department"
    )]
    LooksAlike(String),
    /// No role was chosen.
    #[error("an account needs a role")]
    NoRole,
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The keys.
    #[error(transparent)]
    Sealing(#[from] Unopened),
    /// The link cannot wait to be shown.
    #[error(transparent)]
    ShownOnce(#[from] ShownOnceError),
    /// No random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

impl From<sqlx::Error> for InviteError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) if said.constraint() == Some("staff_email_lookup_key") => Self::Exists,
            _ => Self::Database(error.into()),
        }
    }
}

/// A person to be invited, with the address as [`crate::desk::accounts::model::email_address`] returns it.
pub struct Newcomer<'a> {
    /// Their name.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
    /// Their roles.
    pub roles: &'a [Role],
}

/// The name of an account in the audit log.
pub fn subject(staff: Uuid) -> String {
    format!("staff:{staff}")
}

/// Roles as the audit log has them.
pub fn role_names(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.name()).collect()
}

/// Makes an account with a link to set up its sign-in.
pub async fn add(
    connection: &mut PgConnection,
    keys: &Keys,
    by: Who<'_>,
    newcomer: &Newcomer<'_>,
    now: Timestamp,
) -> Result<(Uuid, Secret), InviteError> {
    if newcomer.roles.is_empty() {
        return Err(InviteError::NoRole);
    }
    // Under an older key of the node the address would not collide.
    if store::id_by_address(connection, keys, newcomer.email).await?.is_some() {
        return Err(InviteError::Exists);
    }
    // Waits for a first administrator who is just setting up, whose link ends with this account.
    store::lock_links(connection).await?;
    let id = Uuid::now_v7();
    make(connection, keys, newcomer, id).await?;
    let details = json!({ "name": newcomer.name, "roles": role_names(newcomer.roles) });
    audit::record(connection, by, actions::STAFF_ADDED, &subject(id), &details).await?;
    let secret = link(connection, Some(id), LINK_HOLDS, now).await?;
    Ok((id, secret))
}

/// Makes an account and nothing else. Its id may have been chosen before: a passkey's ceremony names it.
pub async fn make(
    connection: &mut PgConnection,
    keys: &Keys,
    newcomer: &Newcomer<'_>,
    id: Uuid,
) -> Result<(), InviteError> {
    if let Some(colleague) = find_look_alike(connection, id, newcomer.name).await? {
        return Err(InviteError::LooksAlike(colleague));
    }
    let sealed = keys.seal(&email_place(id), newcomer.email.as_bytes())?;
    let lookup = store::email_lookup(keys, newcomer.email);
    store::add(connection, id, newcomer.name, &lookup, &sealed, newcomer.roles).await?;
    Ok(())
}

/// The colleague whose name somebody could take for this one of the account `id`, if there is one; or the name that the audit log has
/// for whoever has no account. Nobody else gets a name until the transaction ends.
pub async fn find_look_alike(
    connection: &mut PgConnection,
    id: Uuid,
    name: &str,
) -> Result<Option<String>, sqlx::Error> {
    let colleagues = store::lock_names(connection).await?.into_iter().filter(|(other, _)| *other != id);
    let mut taken = [Who::CONSOLE.name, Who::NOBODY.name]
        .map(ToOwned::to_owned)
        .into_iter()
        .chain(colleagues.map(|(_, name)| name));
    Ok(taken.find(|other| look_alike(name, other)))
}

/// Takes from an account all that it signs in with, ends its sessions, and makes a new link.
pub async fn reset(
    connection: &mut PgConnection,
    by: Who<'_>,
    staff: Uuid,
    now: Timestamp,
) -> Result<Secret, InviteError> {
    store::remove_factors(connection, staff).await?;
    store::end_sessions(connection, staff, None, now).await?;
    let secret = link(connection, Some(staff), LINK_HOLDS, now).await?;
    audit::record(connection, by, actions::STAFF_RESET, &subject(staff), &json!({})).await?;
    Ok(secret)
}

/// Forgets the wrong passwords and codes of an account, so that its password counts again. False when there were none.
pub async fn unlock(connection: &mut PgConnection, staff: Uuid) -> Result<bool, InviteError> {
    let unlocked = store::forget_failures(connection, staff).await?;
    if unlocked {
        audit::record(connection, Who::CONSOLE, actions::PASSWORD_UNLOCKED, &subject(staff), &json!({})).await?;
    }
    Ok(unlocked)
}

/// Hands a link over that was just made by `by`. Where there is a mail server (`is_mailed`) it goes to the account's owner and to
/// nobody else: none comes back. Elsewhere it comes back to be shown, and the account is doubted, unless it is shown on the command
/// line.
pub async fn hand_over(
    connection: &mut PgConnection,
    post: Post<'_>,
    is_mailed: bool,
    by: Who<'_>,
    staff: Uuid,
    secret: &Secret,
) -> Result<Option<String>, InviteError> {
    let link = link_url(post.staff_url, secret);
    doubt_whoever_sees(connection, staff, by.id.filter(|_| !is_mailed), post.now).await?;
    if !is_mailed {
        return Ok(Some(link));
    }
    letters::send_link(connection, post, staff, &link).await?;
    Ok(None)
}

/// Doubts an account whose new link `by` sees, or goes to an address that somebody else gave it since it was made.
async fn doubt_whoever_sees(
    connection: &mut PgConnection,
    staff: Uuid,
    by: Option<Uuid>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let by = match by {
        Some(by) => Some(by),
        None => store::readdressed_by(connection, staff).await?,
    };
    match by {
        Some(by) => store::doubt(connection, staff, by, now).await,
        None => Ok(()),
    }
}

/// Gives somebody roles in place of those that they have, from the command line.
pub async fn give_roles(
    connection: &mut PgConnection,
    post: Post<'_>,
    staff: Uuid,
    roles: &[Role],
) -> Result<(), InviteError> {
    store::lock_administrators(connection).await?;
    let account = store::account(connection, staff).await?.ok_or(InviteError::NoAccount)?;
    store::change(connection, staff, &account.name, roles).await?;
    store::end_sessions(connection, staff, None, post.now).await?;
    let details = json!({ "roles": role_names(roles), "roles_before": role_names(&account.roles) });
    audit::record(connection, Who::CONSOLE, actions::STAFF_CHANGED, &subject(staff), &details).await?;
    let words: Vec<&str> = roles.iter().map(|role| role.words()).collect();
    let change = format!("The roles were changed: {}", words.join(", "));
    letters::tell_owner(connection, post, staff, &change, Who::CONSOLE).await?;
    Ok(())
}

/// Vouches for an account from the command line. Says whether there was anything to vouch for.
pub async fn vouch(connection: &mut PgConnection, post: Post<'_>, staff: Uuid) -> Result<bool, InviteError> {
    let done = store::vouch(connection, staff, None, post.now).await?;
    if done {
        audit::record(connection, Who::CONSOLE, actions::STAFF_VOUCHED, &subject(staff), &json!({})).await?;
        let change = "Whoever runs the site has vouched that the account is yours";
        letters::tell_owner(connection, post, staff, change, Who::CONSOLE).await?;
    }
    Ok(done)
}

/// The way in for the first administrator.
pub enum First {
    /// There are accounts already.
    Done,
    /// The link that this node made before still works.
    Kept,
    /// Another node made a link that still works, until then.
    Elsewhere(Timestamp),
    /// A new link.
    New(Secret),
}

/// A link for the first administrator where there is no account yet. One that works stays: two nodes that start together make one.
/// `kept` is the one that this node made before.
pub async fn first(connection: &mut PgConnection, kept: Option<&Secret>, now: Timestamp) -> Result<First, InviteError> {
    store::lock_links(connection).await?;
    if store::any(connection).await? {
        return Ok(First::Done);
    }
    if let Some((hash, ends_at)) = store::first_link(connection, now).await? {
        let is_own = kept.is_some_and(|kept| kept.hash() == hash);
        return Ok(if is_own { First::Kept } else { First::Elsewhere(ends_at) });
    }
    Ok(First::New(link(connection, None, LINK_HOLDS, now).await?))
}

/// A link for somebody who showed a recovery code. What they sign in with stays until they use it.
pub async fn recover(connection: &mut PgConnection, staff: Uuid, now: Timestamp) -> Result<Secret, InviteError> {
    doubt_whoever_sees(connection, staff, None, now).await?;
    link(connection, Some(staff), RECOVERY_LINK_HOLDS, now).await
}

async fn link(
    connection: &mut PgConnection,
    staff: Option<Uuid>,
    holds: SignedDuration,
    now: Timestamp,
) -> Result<Secret, InviteError> {
    let secret = Secret::random()?;
    let ends_at = now.checked_add(holds).unwrap_or(now);
    store::end_links(connection, staff, now).await?;
    store::add_link(connection, secret.hash(), staff, ends_at).await?;
    Ok(secret)
}

/// A link as it is given to somebody.
pub fn link_url(staff_url: &Url, secret: &Secret) -> String {
    absolute(staff_url, &paths::welcome(secret.text()))
}
