//! Accounts that may not be a person of their own. Whoever saw an account's set-up link could have used it themself, so such an account
//! counts as a second person only after a day and once an administrator who had no part in it, or the command line, has vouched for it.

use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::desk::accounts::store;

/// The shortest time that an account is doubted, from its set-up on.
pub const DOUBTED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The sentence for an action that needs two people of whom one does not count yet.
pub const NEEDS_VOUCHER: &str = "Two people are needed, and an account that takes part does not count as a second person yet, because \
     somebody else saw its set-up link. It counts 24 hours after its set-up, once another administrator, or whoever runs the site, has \
     vouched for it. Until then a publisher can withdraw the notice, so that nobody reads the text.";

/// Accounts that do not count as a second person at present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubted(Vec<Uuid>);

impl Doubted {
    /// Looks them up.
    pub async fn find(connection: &mut PgConnection, now: Timestamp) -> Result<Self, sqlx::Error> {
        Ok(Self(store::doubted(connection, now.checked_sub(DOUBTED_FOR).unwrap_or(now)).await?))
    }

    /// Tells that an account is among them.
    pub fn holds(&self, staff: Uuid) -> bool {
        self.0.contains(&staff)
    }
}
