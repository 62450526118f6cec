//! How change sets are kept. What staff press is carried out in one transaction with its line in the audit log.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::ledger::Hash;
use crate::desk::accounts::Actor;
use crate::desk::accounts::doubt::Doubted;
use crate::features::change_sets::model::{ChangeSet, Kind, Member, Part, Stage, Whole};
use crate::features::drafts;
use crate::features::drafts::actions::DRAFT_DISCARDED;
use crate::features::drafts::model::Person;
use crate::features::publishing::actions::{PUBLISHED, PUBLISHED_ALONE, REDACTED};
use crate::site::subject::Subject;

/// The most closed sets that the list shows.
const MOST_CLOSED: i64 = 50;

/// Begins a set, unless there is one of this id: a form that was sent twice. Says whether it did.
pub async fn begin(
    connection: &mut PgConnection,
    actor: &Actor,
    id: Uuid,
    title: &str,
    note: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let begun = sqlx::query!(
        "insert into change_set (id, title, note, state, made_by, made_at) values ($1, $2, $3, 'draft', $4, $5)
        on conflict (id) do nothing",
        id,
        title,
        note,
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// A part to be taken into a set.
#[derive(Clone, Debug)]
pub struct NewPart {
    /// Its subject.
    pub subject: Subject,
    /// What it is.
    pub kind: Kind,
    /// The entry of its subject that is in force.
    pub base: Option<i64>,
}

/// Takes a part into a set, unless its subject is in one already. Says whether it did.
pub async fn add_part(
    connection: &mut PgConnection,
    actor: &Actor,
    set: Uuid,
    part: &NewPart,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let (started_at, withdrawal) = match &part.kind {
        Kind::Draft(at) => (Some(at.to_sqlx()), None),
        Kind::Withdrawal(content) => (None, Some(serde_json::to_string(content).map_err(decode)?)),
    };
    let added = sqlx::query!(
        "insert into change_set_part (subject, change_set, draft_started_at, withdrawal, base, added_by, added_at)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict (subject) do nothing",
        part.subject.to_string(),
        set,
        started_at as _,
        withdrawal,
        part.base,
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Takes a part out of a set. Says whether it was in it.
pub async fn remove_part(connection: &mut PgConnection, set: Uuid, subject: &Subject) -> Result<bool, sqlx::Error> {
    let removed =
        sqlx::query!("delete from change_set_part where change_set = $1 and subject = $2", set, subject.to_string())
            .execute(connection)
            .await?;
    Ok(removed.rows_affected() == 1)
}

/// Takes all parts out of a set that is closed.
async fn remove_parts(connection: &mut PgConnection, set: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from change_set_part where change_set = $1", set).execute(connection).await?;
    Ok(())
}

/// The open set that a subject is in, as its id and title.
pub async fn set_of(connection: &mut PgConnection, subject: &Subject) -> Result<Option<(Uuid, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, title from change_set join change_set_part on change_set = id where subject = $1",
        subject.to_string()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.id, row.title)))
}

/// The subjects that are in open sets.
pub async fn subjects(connection: &mut PgConnection) -> Result<Vec<Subject>, sqlx::Error> {
    let all = sqlx::query_scalar!("select subject from change_set_part").fetch_all(connection).await?;
    all.iter().map(|subject| Subject::decode(subject)).collect()
}

struct Row {
    id: Uuid,
    title: String,
    note: String,
    state: String,
    comment: Option<String>,
    made_by: Uuid,
    maker: String,
    made_at: jiff_sqlx::Timestamp,
    asked_by: Option<Uuid>,
    entries: Vec<i64>,
    closed_by: Option<Uuid>,
    closer: Option<String>,
    closed_at: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for ChangeSet {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let closed = match (row.closed_by, row.closer, row.closed_at) {
            (Some(id), Some(name), Some(at)) => Some((Person { id, name }, at.to_jiff())),
            _ => None,
        };
        Ok(Self {
            id: row.id,
            title: row.title,
            note: row.note,
            stage: Stage::named(&row.state).ok_or_else(|| sqlx::Error::Decode("no such state of a set".into()))?,
            comment: row.comment,
            made_by: Person { id: row.made_by, name: row.maker },
            made_at: row.made_at.to_jiff(),
            asked_by: row.asked_by,
            entries: row.entries,
            closed,
        })
    }
}

/// A set by its id.
pub async fn find(connection: &mut PgConnection, id: Uuid) -> Result<Option<ChangeSet>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select change_set.id, title, note, state, comment, made_by, maker.name as maker,
            made_at as "made_at: jiff_sqlx::Timestamp", asked_by, entries, closed_by, closer.name as "closer?",
            closed_at as "closed_at: jiff_sqlx::Timestamp"
        from change_set join staff maker on maker.id = made_by left join staff closer on closer.id = closed_by
        where change_set.id = $1"#,
        id
    )
    .fetch_optional(connection)
    .await?;
    row.map(ChangeSet::try_from).transpose()
}

/// Open sets and those closed last, the newest first.
pub async fn all(connection: &mut PgConnection) -> Result<Vec<ChangeSet>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select change_set.id, title, note, state, comment, made_by, maker.name as maker,
            made_at as "made_at: jiff_sqlx::Timestamp", asked_by, entries, closed_by, closer.name as "closer?",
            closed_at as "closed_at: jiff_sqlx::Timestamp"
        from change_set join staff maker on maker.id = made_by left join staff closer on closer.id = closed_by
        where closed_at is null
            or change_set.id in (select id from change_set where closed_at is not null order by closed_at desc limit $1)
        order by closed_at desc nulls first, made_at desc, change_set.id"#,
        MOST_CLOSED
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(ChangeSet::try_from).collect()
}

/// The set that an entry was made by.
pub async fn set_of_entry(connection: &mut PgConnection, entry: i64) -> Result<Option<(Uuid, String)>, sqlx::Error> {
    let row = sqlx::query!("select id, title from change_set where entries @> array[$1::bigint]", entry)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| (row.id, row.title)))
}

async fn parts(connection: &mut PgConnection, set: Uuid) -> Result<Vec<Part>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select subject, draft_started_at as "started_at: jiff_sqlx::Timestamp", withdrawal, base, added_by, staff.name,
            added_at as "added_at: jiff_sqlx::Timestamp"
        from change_set_part join staff on staff.id = added_by where change_set = $1 order by subject"#,
        set
    )
    .fetch_all(connection)
    .await?;
    let part = rows.into_iter().map(|row| {
        let kind = match (row.started_at, row.withdrawal) {
            (Some(at), _) => Kind::Draft(at.to_jiff()),
            (None, Some(content)) => Kind::Withdrawal(serde_json::from_str(&content).map_err(decode)?),
            (None, None) => return Err(sqlx::Error::Decode("a part that is nothing".into())),
        };
        Ok(Part {
            subject: Subject::decode(&row.subject)?,
            kind,
            base: row.base,
            added_by: Person { id: row.added_by, name: row.name },
            added_at: row.added_at.to_jiff(),
        })
    });
    part.collect()
}

/// A set with all that is known of its parts.
pub async fn whole(connection: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<Option<Whole>, sqlx::Error> {
    let Some(set) = find(connection, id).await? else { return Ok(None) };
    let mut members = Vec::new();
    for part in parts(connection, id).await? {
        let draft = drafts::store::find(connection, &part.subject).await?;
        let sights = match &draft {
            Some(draft) => drafts::store::sights(connection, &part.subject, draft.fingerprint).await?,
            None => Vec::new(),
        };
        let ends = [PUBLISHED, PUBLISHED_ALONE, DRAFT_DISCARDED, REDACTED];
        let became = match &draft {
            Some(_) => None,
            None => audit::store::last(connection, &part.subject.to_string(), &ends).await?,
        };
        members.push(Member { part, draft, sights, became });
    }
    let rows = sqlx::query!(
        r#"select fingerprint, staff, name, at as "at: jiff_sqlx::Timestamp"
        from change_set_sight join staff on staff.id = staff where change_set = $1 order by at, name"#,
        id
    )
    .fetch_all(&mut *connection)
    .await?;
    let approvals = rows.into_iter().map(|row| {
        let fingerprint = Hash::try_from(row.fingerprint).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok((fingerprint, Person { id: row.staff, name: row.name }, row.at.to_jiff()))
    });
    let approvals = approvals.collect::<Result<_, sqlx::Error>>()?;
    let mut whole = Whole { set, members, approvals, doubted: Doubted::find(connection, now).await? };
    whole.sort();
    Ok(Some(whole))
}

/// The same, and nobody changes the set or its drafts until the transaction ends.
pub async fn whole_for_change(
    connection: &mut PgConnection,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<Whole>, sqlx::Error> {
    sqlx::query!("select id from change_set where id = $1 for update", id).fetch_optional(&mut *connection).await?;
    sqlx::query!(
        "select revision from draft where subject in (select subject from change_set_part where change_set = $1)
        order by subject for update",
        id
    )
    .fetch_all(&mut *connection)
    .await?;
    whole(connection, id, now).await
}

/// The sets that are open, with all that is known of their parts.
pub async fn open(connection: &mut PgConnection, now: Timestamp) -> Result<Vec<Whole>, sqlx::Error> {
    let ids = sqlx::query_scalar!("select id from change_set where closed_at is null order by made_at")
        .fetch_all(&mut *connection)
        .await?;
    let mut open = Vec::new();
    for id in ids {
        open.extend(whole(connection, id, now).await?);
    }
    Ok(open)
}

/// Notes that somebody approved a set by the fingerprint of all of its parts.
pub async fn note_approval(
    connection: &mut PgConnection,
    actor: &Actor,
    set: Uuid,
    fingerprint: Hash,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into change_set_sight (change_set, fingerprint, staff, at) values ($1, $2, $3, $4) on conflict do nothing",
        set,
        &fingerprint.0[..],
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Moves an open set to another open stage. `asked_by` is the account that asks for a review.
pub async fn set_stage(
    connection: &mut PgConnection,
    set: Uuid,
    stage: Stage,
    comment: Option<&str>,
    asked_by: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update change_set set state = $2, comment = $3, asked_by = coalesce($4, asked_by) where id = $1 and closed_at is null",
        set,
        stage.name(),
        comment,
        asked_by,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Closes a set: it was published, with these entries, or cancelled. Its drafts that are left belong to no set any more.
pub async fn close(
    connection: &mut PgConnection,
    actor: &Actor,
    set: Uuid,
    entries: Option<&[i64]>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let stage = if entries.is_some() { Stage::Published } else { Stage::Cancelled };
    sqlx::query!(
        "update change_set set state = $2, entries = $3, closed_by = $4, closed_at = $5 where id = $1",
        set,
        stage.name(),
        entries.unwrap_or_default(),
        actor.id(),
        now.to_sqlx() as _,
    )
    .execute(&mut *connection)
    .await?;
    remove_parts(connection, set).await
}

fn decode(error: serde_json::Error) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
