//! Passkeys (Web Authentication, through webauthn-rs). A passkey always checks that it is its owner who uses it (user verification),
//! so it counts as both factors; and it names its account itself, so that nobody is asked for an address and none can be probed.

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::PgConnection;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    Webauthn, WebauthnBuilder,
};

use super::desk::Desk;
use super::session::{HALF_WAY, Secret};
use super::store::{self, Ceremony};
use crate::database::DatabaseError;
use crate::error::AppError;

/// Why a passkey is being asked for. An answer counts for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To add it.
    Register,
    /// To sign in.
    SignIn,
    /// To show again that it is them.
    Confirm,
}

impl Purpose {
    /// The name in the database.
    fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::Confirm => "confirm",
        }
    }
}

/// Who gets a passkey.
pub struct Owner<'a> {
    /// Their account.
    pub id: Uuid,
    /// Their address.
    pub email: &'a str,
    /// Their name.
    pub name: &'a str,
}

/// A passkey that was just made.
pub struct Made {
    /// Whose it is.
    pub staff: Uuid,
    /// The authenticator's name for it.
    pub credential: Vec<u8>,
    /// What is kept (JSON).
    pub passkey: String,
}

/// The relying party of a staff site: its host (Web Authentication section 4). An IP address cannot be one.
///
/// # Errors
/// When the address has no host name.
pub fn relying_party(staff_url: &Url, name: &str) -> anyhow::Result<Webauthn> {
    let host = staff_url.domain().context("a passkey cannot belong to an IP address: set STAFF_URL to a host name")?;
    Ok(WebauthnBuilder::new(host, staff_url)?.rp_name(name).build()?)
}

/// Begins making a passkey. What comes back goes to the browser.
///
/// # Errors
/// When the database is away.
pub async fn begin_registration(desk: &Desk, owner: &Owner<'_>, known: Vec<Vec<u8>>) -> Result<Value, AppError> {
    let webauthn = desk.webauthn()?;
    let (options, state) = webauthn
        .start_passkey_registration(owner.id, owner.email, owner.name, Some(known))
        .map_err(anyhow::Error::from)?;
    let mut options = serde_json::to_value(&options).map_err(anyhow::Error::from)?;
    // It must name its account by itself, which the library leaves to chance.
    let selection = options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut);
    if let Some(selection) = selection {
        selection.insert("residentKey".to_owned(), json!("required"));
        selection.insert("requireResidentKey".to_owned(), json!(true));
    }
    begin(desk, Purpose::Register, Some(owner.id), &state, &options).await
}

/// Begins asking for a passkey. What comes back goes to the browser.
///
/// # Errors
/// When the database is away.
pub async fn begin_authentication(desk: &Desk, purpose: Purpose) -> Result<Value, AppError> {
    let (options, state) = desk.webauthn()?.start_discoverable_authentication().map_err(anyhow::Error::from)?;
    let options = serde_json::to_value(&options).map_err(anyhow::Error::from)?;
    begin(desk, purpose, None, &state, &options).await
}

async fn begin(
    desk: &Desk,
    purpose: Purpose,
    staff: Option<Uuid>,
    state: &impl Serialize,
    options: &Value,
) -> Result<Value, AppError> {
    let secret = Secret::random().map_err(anyhow::Error::from)?;
    let ceremony = Ceremony { staff, state: serde_json::to_string(state).map_err(anyhow::Error::from)? };
    let now = desk.now();
    let hash = secret.hash();
    desk.database()
        .write(desk.limit(), async |connection| {
            store::begin_ceremony(connection, hash, purpose.name(), &ceremony, left_since(now), now).await?;
            Ok::<_, DatabaseError>(())
        })
        .await?;
    let public_key = options.get("publicKey").cloned().unwrap_or_default();
    Ok(json!({ "ceremony": secret.text(), "publicKey": public_key }))
}

fn left_since(now: Timestamp) -> Timestamp {
    now.checked_sub(HALF_WAY).unwrap_or(now)
}

/// Takes up a ceremony, once, with what the browser answered. None when there is no such ceremony or the answer is none.
async fn take<S: DeserializeOwned, A: DeserializeOwned>(
    connection: &mut PgConnection,
    purpose: Purpose,
    ceremony: &str,
    answer: &str,
    now: Timestamp,
) -> Result<Option<(Option<Uuid>, S, A)>, sqlx::Error> {
    let Some(secret) = Secret::read(ceremony) else { return Ok(None) };
    let taken = store::take_ceremony(connection, secret.hash(), purpose.name(), left_since(now)).await?;
    let Some(taken) = taken else { return Ok(None) };
    Ok(serde_json::from_str(&taken.state)
        .ok()
        .zip(serde_json::from_str(answer).ok())
        .map(|(state, answer)| (taken.staff, state, answer)))
}

/// The passkey that was made, if all is right with it. Not kept yet. A ceremony counts once, whatever comes of it.
///
/// # Errors
/// When the database is away.
pub async fn finish_registration(
    desk: &Desk,
    connection: &mut PgConnection,
    ceremony: &str,
    answer: &str,
) -> Result<Option<Made>, AppError> {
    let webauthn = desk.webauthn()?;
    let taken = take::<PasskeyRegistration, RegisterPublicKeyCredential>(
        connection,
        Purpose::Register,
        ceremony,
        answer,
        desk.now(),
    );
    let Some((Some(staff), state, answer)) = taken.await? else { return Ok(None) };
    let Ok(passkey) = webauthn.finish_passkey_registration(&answer, &state) else { return Ok(None) };
    let kept = serde_json::to_string(&passkey).map_err(anyhow::Error::from)?;
    Ok(Some(Made { staff, credential: passkey.cred_id().clone(), passkey: kept }))
}

/// Whose passkey answered, if all is right with the answer; notes that it was used.
///
/// # Errors
/// When the database is away.
pub async fn finish_authentication(
    desk: &Desk,
    connection: &mut PgConnection,
    purpose: Purpose,
    ceremony: &str,
    answer: &str,
) -> Result<Option<Uuid>, AppError> {
    let webauthn = desk.webauthn()?;
    let now = desk.now();
    let taken =
        take::<DiscoverableAuthentication, PublicKeyCredential>(connection, purpose, ceremony, answer, now).await;
    let Some((_, state, answer)) = taken? else { return Ok(None) };
    let Ok((staff, credential)) = webauthn.identify_discoverable_authentication(&answer) else { return Ok(None) };
    let kept = store::passkey(connection, staff, credential).await?;
    let Some(kept) = kept else { return Ok(None) };
    let mut passkey: Passkey = serde_json::from_str(&kept).map_err(anyhow::Error::from)?;
    // Refuses a counter that did not grow: the sign of a copied authenticator.
    let Ok(result) = webauthn.finish_discoverable_authentication_v2(&answer, state, &passkey) else { return Ok(None) };
    if !result.user_verified() {
        return Ok(None);
    }
    let _changed = passkey.update_credential(&result);
    let kept = serde_json::to_string(&passkey).map_err(anyhow::Error::from)?;
    store::use_passkey(connection, credential, &kept, now).await?;
    Ok(Some(staff))
}
