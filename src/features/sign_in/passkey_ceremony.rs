//! Passkeys (Web Authentication, through webauthn-rs). A passkey always checks that it is its owner who uses it (user verification),
//! so it counts as both factors; and it names its account itself, so that nobody is asked for an address and none can be probed.

use anyhow::Context as _;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    Webauthn, WebauthnBuilder,
};

use crate::base::error::AppError;
use crate::desk::Desk;
use crate::desk::accounts::store;
use crate::desk::session::HALF_WAY;

/// The purpose for which a passkey is asked for. An answer counts for nothing else.
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

    /// The place for which a ceremony for it is sealed.
    fn place(self) -> &'static str {
        match self {
            Self::Register => "passkey_ceremony:register",
            Self::SignIn => "passkey_ceremony:sign_in",
            Self::Confirm => "passkey_ceremony:confirm",
        }
    }
}

/// The relying party that passkeys belong to.
fn webauthn(desk: &Desk) -> Result<Webauthn, AppError> {
    relying_party(&desk.settings().staff_url, &desk.force_name()).map_err(|_| {
        AppError::Unprocessable(
            "Passkeys do not work at this address: the staff site needs a host name. Use a password and an app.",
        )
    })
}

/// The owner of a new passkey.
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
    /// The owner.
    pub staff: Uuid,
    /// The authenticator's name for it.
    pub credential: Vec<u8>,
    /// The stored passkey (JSON).
    pub passkey: String,
}

/// The relying party of a staff site: its host (Web Authentication section 4). An IP address cannot be one.
pub fn relying_party(staff_url: &Url, name: &str) -> anyhow::Result<Webauthn> {
    let host = staff_url.domain().context("a passkey cannot belong to an IP address: set STAFF_URL to a host name")?;
    Ok(WebauthnBuilder::new(host, staff_url)?.rp_name(name).build()?)
}

/// Begins making a passkey. What comes back goes to the browser.
pub fn begin_registration(desk: &Desk, owner: &Owner<'_>, known: Vec<Vec<u8>>) -> Result<Value, AppError> {
    let webauthn = webauthn(desk)?;
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
    begin(desk, Purpose::Register, Some(owner.id), &state, &options)
}

/// Begins asking for a passkey. What comes back goes to the browser.
pub fn begin_authentication(desk: &Desk, purpose: Purpose) -> Result<Value, AppError> {
    let (options, state) = webauthn(desk)?.start_discoverable_authentication().map_err(anyhow::Error::from)?;
    let options = serde_json::to_value(&options).map_err(anyhow::Error::from)?;
    begin(desk, purpose, None, &state, &options)
}

/// A ceremony between its challenge and its answer. The browser carries it, sealed, so that whoever asks for a passkey leaves
/// nothing behind.
#[derive(Serialize, Deserialize)]
struct Ceremony {
    /// Its id, under which the database notes that it was used.
    id: Uuid,
    /// The owner of the passkey, if it is known.
    staff: Option<Uuid>,
    /// The time at which it began.
    began_at: Timestamp,
    /// The state of the library.
    state: Value,
}

fn begin(
    desk: &Desk,
    purpose: Purpose,
    staff: Option<Uuid>,
    state: &impl Serialize,
    options: &Value,
) -> Result<Value, AppError> {
    let state = serde_json::to_value(state).map_err(anyhow::Error::from)?;
    let ceremony = Ceremony { id: Uuid::now_v7(), staff, began_at: desk.now(), state };
    let plain = serde_json::to_vec(&ceremony).map_err(anyhow::Error::from)?;
    let sealed = desk.keys().seal(purpose.place(), &plain).map_err(anyhow::Error::from)?;
    let public_key = options.get("publicKey").cloned().unwrap_or_default();
    Ok(json!({ "ceremony": hex::encode(sealed), "publicKey": public_key }))
}

/// Takes up a ceremony with what the browser answered. None when it is no ceremony for this purpose, has ended, or the answer is none.
fn take<S: DeserializeOwned, A: DeserializeOwned>(
    desk: &Desk,
    purpose: Purpose,
    ceremony: &str,
    answer: &str,
) -> Option<(Ceremony, S, A)> {
    let plain = desk.keys().open(purpose.place(), &hex::decode(ceremony).ok()?).ok()?;
    let ceremony: Ceremony = serde_json::from_slice(&plain).ok()?;
    if desk.now().duration_since(ceremony.began_at) > HALF_WAY {
        return None;
    }
    let state = S::deserialize(&ceremony.state).ok()?;
    Some((ceremony, state, serde_json::from_str(answer).ok()?))
}

/// Tells whether a browser says that the page which asked stood inside a page of another site (Web Authentication section 5.8.1). Ours
/// never does, so nobody means to answer there.
fn is_embedded(client_data: &[u8]) -> bool {
    let said: Option<Value> = serde_json::from_slice(client_data).ok();
    said.is_none_or(|said| said.get("crossOrigin").is_some_and(|value| *value != Value::Bool(false)))
}

/// The passkey that was made, if all is right with it. Not kept yet. A ceremony counts once.
pub async fn finish_registration(
    desk: &Desk,
    connection: &mut PgConnection,
    ceremony: &str,
    answer: &str,
) -> Result<Option<Made>, AppError> {
    let webauthn = webauthn(desk)?;
    let taken = take::<PasskeyRegistration, RegisterPublicKeyCredential>(desk, Purpose::Register, ceremony, answer);
    let Some((ceremony, state, answer)) = taken else { return Ok(None) };
    let Some(staff) = ceremony.staff else { return Ok(None) };
    if is_embedded(&answer.response.client_data_json) {
        return Ok(None);
    }
    let Ok(passkey) = webauthn.finish_passkey_registration(&answer, &state) else { return Ok(None) };
    if !store::use_ceremony(connection, ceremony.id, Purpose::Register.name(), desk.now()).await? {
        return Ok(None);
    }
    let kept = serde_json::to_string(&passkey).map_err(anyhow::Error::from)?;
    Ok(Some(Made { staff, credential: passkey.cred_id().clone(), passkey: kept }))
}

/// Keeps a passkey that was made, under a name. Errors: `Unprocessable` when an account has it already, or when the database is away.
pub async fn store_passkey(
    connection: &mut PgConnection,
    staff: Uuid,
    name: &str,
    made: &Made,
) -> Result<(), AppError> {
    if store::add_passkey(connection, staff, &made.credential, name, &made.passkey).await? {
        return Ok(());
    }
    Err(AppError::Unprocessable(
        "This passkey belongs to an account of this site already, so it was not added. Nothing was changed. Use another device or \
         security key.",
    ))
}

/// Checks an answer, notes that its passkey was used, and returns the owner.
pub async fn finish_authentication(
    desk: &Desk,
    connection: &mut PgConnection,
    purpose: Purpose,
    ceremony: &str,
    answer: &str,
) -> Result<Option<Uuid>, AppError> {
    let webauthn = webauthn(desk)?;
    let now = desk.now();
    let taken = take::<DiscoverableAuthentication, PublicKeyCredential>(desk, purpose, ceremony, answer);
    let Some((ceremony, state, answer)) = taken else { return Ok(None) };
    if is_embedded(&answer.response.client_data_json) {
        return Ok(None);
    }
    let Ok((staff, credential)) = webauthn.identify_discoverable_authentication(&answer) else { return Ok(None) };
    let kept = store::passkey(connection, staff, credential).await?;
    let Some(kept) = kept else { return Ok(None) };
    let mut passkey: Passkey = serde_json::from_str(&kept).map_err(anyhow::Error::from)?;
    // Refuses a counter that did not grow: the sign of a copied authenticator.
    let Ok(result) = webauthn.finish_discoverable_authentication_v2(&answer, state, &passkey) else { return Ok(None) };
    if !result.user_verified() || !store::use_ceremony(connection, ceremony.id, purpose.name(), now).await? {
        return Ok(None);
    }
    let _changed = passkey.update_credential(&result);
    let kept = serde_json::to_string(&passkey).map_err(anyhow::Error::from)?;
    store::use_passkey(connection, credential, &kept, now).await?;
    Ok(Some(staff))
}
