//! Who is signed in. A session is a row; the cookie holds a random id, of which the row keeps the hash. It is looked up for every
//! request, so that ending it works at once.

use std::sync::{Arc, OnceLock};

use axum::http::Method;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::ledger::Hash;
use crate::base::web::cookies::cookie;
use crate::desk::Desk;
use crate::desk::accounts::model::{Actor, Stage};
use crate::desk::accounts::parked::KEPT;
use crate::desk::accounts::store;

/// A session ends when nothing was asked for this long (ASVS 5.0, 7.3.1).
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// A session ends this long after sign-in, whatever was done (ASVS 5.0, 7.3.2): a shift.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// A sign-in that stopped half way ends after this.
pub const HALF_WAY: SignedDuration = SignedDuration::from_mins(10);
/// `seen_at` is written again after this, so that not every request writes.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// How long it counts that somebody showed that it is them, by signing in or by confirming: for a page and for the form on it.
pub const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// Filled in with the account's id once the request's session is known, for the request log.
#[derive(Clone, Debug, Default)]
pub struct Seen(pub Arc<OnceLock<Uuid>>);

/// The secret in a cookie or link: 32 random bytes. The database keeps its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// As it stands in a cookie or link: 64 hexadecimal digits.
    #[must_use]
    pub fn text(&self) -> String {
        hex::encode(self.0)
    }

    /// What is kept of it (SHA-256): enough for 256 random bits.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }

    /// Reads a cookie or link; none when it is no secret of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Some(Self(hex::decode(text).ok()?.try_into().ok()?))
    }
}

/// A session as it is looked up.
#[derive(Clone, Debug)]
pub struct Session {
    /// Hash of the cookie.
    pub hash: Hash,
    /// Whose it is.
    pub actor: Actor,
    /// How far the sign-in has come.
    pub stage: Stage,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub seen_at: Timestamp,
    /// When it was ended, if it was.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// When it ended or will end by itself.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        let (idle, longest) = self.stage.limits();
        let by_itself = |from: Timestamp, after| from.checked_add(after).unwrap_or(Timestamp::MAX);
        let end = by_itself(self.seen_at, idle).min(by_itself(self.created_at, longest));
        self.ended_at.map_or(end, |ended| ended.min(end))
    }

    /// Whether it ran out by itself, so short a time ago that its owner may still send a form. One that was ended says nothing any
    /// more about who sits there.
    #[must_use]
    pub fn ran_out(&self, now: Timestamp) -> bool {
        let over = !self.holds(now) && now.duration_since(self.ends_at()) < KEPT;
        over && self.ended_at.is_none() && self.stage == Stage::Full
    }

    /// Whether it still holds at a time.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.ends_at()
    }
}

impl Stage {
    /// How long a session may be idle, and how long it may last.
    fn limits(self) -> (SignedDuration, SignedDuration) {
        match self {
            Self::Full => (IDLE, LONGEST),
            Self::Second => (HALF_WAY, HALF_WAY),
        }
    }
}

/// The secret that a request's cookie carries.
#[must_use]
pub fn secret(headers: &HeaderMap, desk: &Desk) -> Option<Secret> {
    cookie(headers, desk.cookies().session).and_then(Secret::read)
}

/// The session of a request, at whatever stage, if it still holds.
///
/// # Errors
/// When the database is away.
pub async fn session(headers: &HeaderMap, desk: &Desk) -> Result<Option<Session>, AppError> {
    let session = look_up(headers, desk).await?;
    let now = desk.now();
    if let Some(session) = session.as_ref().filter(|session| now.duration_since(session.seen_at) >= SEEN_EVERY) {
        let hash = session.hash;
        let touched = desk.database().write(desk.limit(), async |connection| {
            store::touch_session(connection, hash, now).await.map_err(DatabaseError::from)
        });
        match touched.await {
            // Pages can be read all the same.
            Ok(()) | Err(DatabaseError::NotWritable(_) | DatabaseError::Busy) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(session)
}

/// The same without noting that it was used: for what a page asks by itself while nobody presses anything.
///
/// # Errors
/// When the database is away.
pub async fn look_up(headers: &HeaderMap, desk: &Desk) -> Result<Option<Session>, AppError> {
    let Some(secret) = secret(headers, desk) else { return Ok(None) };
    let now = desk.now();
    let hash = secret.hash();
    let session = desk.database().read(async |connection| store::session(connection, hash).await).await?;
    Ok(session.filter(|session| session.holds(now)))
}

/// What a request says of whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// They pressed something, so their session goes on.
    Press,
    /// Their page asked by itself, so it does not.
    Look,
}

/// Whoever is signed in fully.
///
/// # Errors
/// `SignInRequired` where nobody is; otherwise when the database is away.
pub(crate) async fn actor(parts: &mut Parts, desk: &Desk, sign: Sign) -> Result<Actor, AppError> {
    if let Some(actor) = parts.extensions.get::<Actor>() {
        return Ok(actor.clone());
    }
    let session = match sign {
        Sign::Press => session(&parts.headers, desk).await?,
        Sign::Look => look_up(&parts.headers, desk).await?,
    };
    let session = session.filter(|session| session.stage == Stage::Full);
    let Some(session) = session else {
        return Err(AppError::SignInRequired { next: next(parts) });
    };
    if let Some(seen) = parts.extensions.get::<Seen>() {
        let _ = seen.0.set(session.actor.id());
    }
    parts.extensions.insert(session.actor.clone());
    Ok(session.actor)
}

/// Where to go on after signing in: the page that was asked for. None for what is no page (a script's request).
fn next(parts: &Parts) -> Option<String> {
    let is_page = parts.headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    let readable = parts.method == Method::GET;
    is_page.then(|| {
        if readable { parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned() } else { "/".to_owned() }
    })
}

/// Puts a session's cookie on an answer. It ends with the browser; the row says when it ends in any case.
#[must_use]
pub fn set_cookie(desk: &Desk, secret: &Secret) -> Option<HeaderValue> {
    desk.cookies().session_value(&secret.text())
}

/// Takes the session's cookie away.
#[must_use]
pub fn remove_cookie(desk: &Desk) -> Option<HeaderValue> {
    desk.cookies().removed()
}

/// A short name of the browser, for the list of somebody's sessions: what it says of itself, cut to its family and system.
#[must_use]
pub fn device(headers: &HeaderMap) -> String {
    let said = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = |names: &[(&str, &'static str)], other: &'static str| {
        names.iter().find(|(mark, _)| said.contains(mark)).map_or(other, |(_, name)| name)
    };
    // Most browsers name those they are like as well, so the order counts.
    let browser = first(
        &[("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari")],
        "A browser",
    );
    let system = first(
        &[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("Linux", "Linux"),
        ],
        "an unknown system",
    );
    format!("{browser} on {system}")
}
