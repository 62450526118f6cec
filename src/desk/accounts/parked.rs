//! A form that arrives after its sender's session ran out is kept, sealed, until they have signed in again: nothing that somebody
//! wrote is lost because they took a long time over it.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// The time that a form is kept, and that a session still says after its end whose form it is.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The most forms of one person that are kept.
pub const MOST: i64 = 5;
/// The parameter by which a form that was kept is known when it is sent again.
pub const RESUMED: &str = "resumed";

/// The place for which a stored form is sealed.
pub fn place(id: Uuid) -> String {
    format!("parked_form.sealed:{id}")
}

/// The time before which forms are gone.
pub fn oldest_kept(now: Timestamp) -> Timestamp {
    now.checked_sub(KEPT).unwrap_or(now)
}

/// The fields of a kept form.
pub fn fields(body: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The path that a kept form is sent to again.
pub fn action(path: &str, id: Uuid) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{RESUMED}={id}")
}
