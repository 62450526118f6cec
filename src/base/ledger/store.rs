//! The queries that read the chain.

use jiff::Timestamp;
use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx};
use sqlx::PgConnection;

pub use crate::base::ledger::append::{append, append_at, destroy_content, insert, instant, lock};
pub use crate::base::ledger::model::LedgerError;
use crate::base::ledger::model::{Entry, Hash, Kind, NotAHash, Sealed, UnknownKind};

/// Bytes that an entry takes on its way from the database besides its text, about.
const ROW_SIZE: i64 = 512;

/// An entry with its content as it is kept; none once it was redacted.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Kept {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// Its public content.
    pub content: Option<Sealed>,
}

impl Kept {
    /// Lets go of a content that is not what the entry committed to, and says so in the log: such a text is shown to nobody.
    pub fn check_content(&mut self) {
        if self.content.as_ref().is_some_and(|sealed| sealed.commitment() != self.entry.content_commitment) {
            tracing::error!(
                entry = self.entry.number,
                "the content of this ledger entry is not what the entry committed to, and is not shown"
            );
            self.content = None;
        }
    }
}

/// A row of `ledger_entry` joined with a content, as it comes from the database.
pub struct Row {
    number: i64,
    format: i16,
    kind: String,
    subject: String,
    version: Option<i32>,
    target: Option<i64>,
    recorded_at: SqlTimestamp,
    in_force_at: SqlTimestamp,
    imported: bool,
    content_commitment: Vec<u8>,
    particulars_commitment: Vec<u8>,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
    salt: Option<Vec<u8>>,
    body: Option<String>,
}

impl TryFrom<Row> for Kept {
    type Error = LedgerError;

    fn try_from(row: Row) -> Result<Self, LedgerError> {
        let number = row.number;
        let hash = |bytes: Vec<u8>| {
            Hash::try_from(bytes)
                .map_err(|error: NotAHash| LedgerError::Unreadable { number, reason: error.to_string() })
        };
        let entry = Entry {
            number,
            format: row.format,
            kind: row
                .kind
                .parse()
                .map_err(|error: UnknownKind| LedgerError::Unreadable { number, reason: error.to_string() })?,
            subject: row.subject,
            version: row.version,
            target: row.target,
            recorded_at: row.recorded_at.to_jiff(),
            in_force_at: row.in_force_at.to_jiff(),
            imported: row.imported,
            content_commitment: hash(row.content_commitment)?,
            particulars_commitment: hash(row.particulars_commitment)?,
            previous_hash: hash(row.previous_hash)?,
            hash: hash(row.hash)?,
        };
        let content = match (row.salt, row.body) {
            (Some(salt), Some(body)) => Some(Sealed { salt: hash(salt)?, body }),
            _ => None,
        };
        Ok(Self { entry, content })
    }
}

/// Entries after a number, in order, at most `limit`, with their content.
pub async fn entries_after(connection: &mut PgConnection, number: i64, limit: i64) -> Result<Vec<Kept>, LedgerError> {
    let rows = sqlx::query_as!(
        Row,
        "select number, format, kind, subject, version, target, recorded_at, in_force_at, imported,
            content_commitment, particulars_commitment, previous_hash, hash, salt, body
        from ledger_entry join ledger_content on entry = number
        where number > $1 order by number limit $2",
        number,
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// The entries of some numbers that there are, in the order of the numbers given, with their content: for staff alone.
pub async fn entries(connection: &mut PgConnection, numbers: &[i64]) -> Result<Vec<Kept>, LedgerError> {
    let rows = sqlx::query_as!(
        Row,
        "select number, format, kind, subject, version, target, recorded_at, in_force_at, imported,
            content_commitment, particulars_commitment, previous_hash, hash, salt, body
        from ledger_entry join ledger_content on entry = number
        where number = any ($1) order by array_position($1, number)",
        numbers,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// Entries after a number, in order, with their content: as many as fit into some bytes, and one where the first does not.
pub async fn entries_within(connection: &mut PgConnection, number: i64, bytes: i64) -> Result<Vec<Kept>, LedgerError> {
    let rows = sqlx::query_as!(
        Row,
        "with piece as (
            select number, sum(octet_length(coalesce(body, '')) + $3::bigint) over (order by number) as size
            from ledger_entry join ledger_content on entry = number
            where number > $1 order by number limit $2::bigint / $3::bigint + 1)
        select number, format, kind, subject, version, target, recorded_at, in_force_at, imported,
            content_commitment, particulars_commitment, previous_hash, hash, salt, body
        from ledger_entry join ledger_content on entry = number
        where number > $1 and number <= (
            select coalesce(max(number) filter (where size <= $2), min(number)) from piece)
        order by number",
        number,
        bytes,
        ROW_SIZE,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// The hash of the entry of a number, if there is one, and the number of the last entry.
pub async fn position(connection: &mut PgConnection, number: i64) -> Result<(Option<Hash>, i64), LedgerError> {
    let row = sqlx::query!(
        r#"select (select hash from ledger_entry where number = $1) as hash,
            coalesce((select max(number) from ledger_entry), 0) as "length!""#,
        number,
    )
    .fetch_one(connection)
    .await?;
    let hash = row.hash.map(Hash::try_from).transpose();
    let hash = hash.map_err(|error| LedgerError::Unreadable { number, reason: error.to_string() })?;
    Ok((hash, row.length))
}

/// One entry that the public may read, with its content (none once redacted). Reads `public_entry` and nothing else.
pub async fn public_entry(connection: &mut PgConnection, number: i64) -> Result<Option<Kept>, LedgerError> {
    let row = sqlx::query_as!(
        Row,
        r#"select number as "number!", format as "format!", kind as "kind!", subject as "subject!", version, target,
            recorded_at as "recorded_at!", in_force_at as "in_force_at!", imported as "imported!",
            content_commitment as "content_commitment!", particulars_commitment as "particulars_commitment!",
            previous_hash as "previous_hash!", hash as "hash!", salt, body
        from public_entry where number = $1"#,
        number,
    )
    .fetch_optional(connection)
    .await?;
    row.map(Kept::try_from).transpose()
}

/// Particulars of entries after a number, in order, at most `limit`, as (entry, sealed).
pub async fn particulars_after(
    connection: &mut PgConnection,
    number: i64,
    limit: i64,
) -> Result<Vec<(i64, Sealed)>, LedgerError> {
    let rows = sqlx::query!(
        "select entry, salt, body from ledger_particulars where entry > $1 order by entry limit $2",
        number,
        limit
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let salt = Hash::try_from(row.salt)
                .map_err(|error| LedgerError::Unreadable { number: row.entry, reason: error.to_string() })?;
            Ok((row.entry, Sealed { salt, body: row.body }))
        })
        .collect()
}

/// One entry, in force or not, with its content and its particulars: for staff alone.
pub async fn entry(connection: &mut PgConnection, number: i64) -> Result<Option<(Kept, Option<Sealed>)>, LedgerError> {
    // Numbers come from addresses that anybody may type.
    let before = number.saturating_sub(1);
    let kept = entries_after(connection, before, 1).await?.pop().filter(|kept| kept.entry.number == number);
    let Some(kept) = kept else { return Ok(None) };
    let particulars = particulars_after(connection, before, 1).await?;
    let own = particulars.into_iter().find(|(entry, _)| *entry == number).map(|(_, sealed)| sealed);
    Ok(Some((kept, own)))
}

/// The later entries about one: corrections, a cancellation, a redaction; in order.
pub async fn entries_about(connection: &mut PgConnection, number: i64) -> Result<Vec<Kept>, LedgerError> {
    let rows = sqlx::query_as!(
        Row,
        "select number, format, kind, subject, version, target, recorded_at, in_force_at, imported,
            content_commitment, particulars_commitment, previous_hash, hash, salt, body
        from ledger_entry join ledger_content on entry = number
        where target = $1 order by number",
        number,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// All entries that speak of another one: cancellations, corrections, redactions; in order.
pub async fn about_any(connection: &mut PgConnection) -> Result<Vec<Kept>, LedgerError> {
    let rows = sqlx::query_as!(
        Row,
        "select number, format, kind, subject, version, target, recorded_at, in_force_at, imported,
            content_commitment, particulars_commitment, previous_hash, hash, salt, body
        from ledger_entry join ledger_content on entry = number
        where target is not null order by number",
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// States that come into force after an instant and were not cancelled, in the order of their times.
pub async fn scheduled(connection: &mut PgConnection, now: Timestamp) -> Result<Vec<Kept>, LedgerError> {
    let rows = sqlx::query_as!(
        Row,
        "select number, format, kind, subject, version, target, recorded_at, in_force_at, imported,
            content_commitment, particulars_commitment, previous_hash, hash, salt, body
        from ledger_entry entry join ledger_content content on content.entry = number
        where in_force_at > $1 and kind <> 'cancellation' and not exists (
            select from ledger_entry cancellation
            where cancellation.kind = 'cancellation' and cancellation.target = entry.number)
        order by in_force_at, number",
        now.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// The database's time, by which entries are recorded and come into force.
pub async fn now(connection: &mut PgConnection) -> Result<Timestamp, sqlx::Error> {
    let now = sqlx::query_scalar!(r#"select bluelamp_now() as "now!: SqlTimestamp""#).fetch_one(connection).await?;
    Ok(now.to_jiff())
}

/// The last entry's number and hash, if there is one.
pub async fn head(connection: &mut PgConnection) -> Result<Option<(i64, Hash)>, LedgerError> {
    let row = sqlx::query!("select number, hash from ledger_entry order by number desc limit 1")
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let hash = Hash::try_from(row.hash)
            .map_err(|error| LedgerError::Unreadable { number: row.number, reason: error.to_string() })?;
        Ok((row.number, hash))
    })
    .transpose()
}

/// The number of an entry of a kind and subject with a version.
pub async fn find(
    connection: &mut PgConnection,
    kind: Kind,
    subject: &str,
    version: i32,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        "select number from ledger_entry where kind = $1 and subject = $2 and version = $3",
        kind.name(),
        subject,
        version
    )
    .fetch_optional(connection)
    .await
}
