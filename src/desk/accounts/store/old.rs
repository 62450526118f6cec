//! Rows that are old enough to be deleted. Upkeep deletes them in batches, so that no request has to.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::desk::accounts::session_model::HALF_WAY;
use crate::desk::accounts::{parked, tries};

/// The time that a session is kept after its last use, and a set-up link after its end: long enough to ask what happened.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Rows of which nobody needs the old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// Failed tries that are forgotten.
    Failures,
    /// Passkey ceremonies that were used; they end sooner than that by themselves.
    Ceremonies,
    /// Forms that waited for their sender long enough.
    ParkedForms,
    /// Sessions that were not used for long.
    Sessions,
    /// Set-up links that ended long ago.
    Links,
}

impl Old {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::Failures, Self::Ceremonies, Self::ParkedForms, Self::Sessions, Self::Links];

    /// The time that a row is kept.
    fn kept(self) -> SignedDuration {
        match self {
            Self::Failures => tries::FORGOTTEN_AFTER,
            Self::Ceremonies => HALF_WAY + HALF_WAY,
            Self::ParkedForms => parked::KEPT,
            Self::Sessions | Self::Links => KEPT,
        }
    }
}

/// Deletes some old rows, the oldest first, at most `most`; says how many. Rows that somebody else works on are left alone.
pub async fn delete_old(
    connection: &mut PgConnection,
    old: Old,
    most: i64,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let before = now.checked_sub(old.kept()).unwrap_or(now).to_sqlx();
    macro_rules! delete {
        ($statement:literal) => {
            sqlx::query!($statement, before as _, most).execute(connection).await?
        };
    }
    let done = match old {
        Old::Failures => delete!(
            "delete from sign_in_failure where tried in (select tried from sign_in_failure where last_at < $1
                order by last_at limit $2 for update skip locked)"
        ),
        Old::Ceremonies => delete!(
            "delete from passkey_ceremony where hash in (select hash from passkey_ceremony where began_at < $1
                order by began_at limit $2 for update skip locked)"
        ),
        Old::ParkedForms => delete!(
            "delete from parked_form where id in (select id from parked_form where parked_at < $1
                order by parked_at limit $2 for update skip locked)"
        ),
        Old::Sessions => delete!(
            "delete from staff_session where hash in (select hash from staff_session where seen_at < $1
                order by seen_at limit $2 for update skip locked)"
        ),
        Old::Links => delete!(
            "delete from staff_link where hash in (select hash from staff_link where ends_at < $1
                order by ends_at limit $2 for update skip locked)"
        ),
    };
    Ok(done.rows_affected())
}
