//! The preview links in the database: the hash of a secret, never the secret.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::ledger::Hash;
use crate::desk::accounts::Actor;
use crate::features::drafts::DraftContent;
use crate::features::drafts::model::Person;
use crate::features::previews::actions;
use crate::features::previews::model::{Link, Terms};
use crate::site::subject::Subject;

/// The most links that the list shows.
const MOST_LISTED: i64 = 200;

/// A link to be made.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// Its id, which the form carries, so that a form sent again is found out.
    pub id: Uuid,
    /// Hash of its secret.
    pub hash: Hash,
    /// The person or office that it is for.
    pub label: String,
    /// Its drafts and times.
    pub terms: Terms,
}

/// Makes a link. Says whether it did: a form that is sent again makes nothing and leaves the first link as it is, since its address
/// may be with somebody by then.
pub async fn make(connection: &mut PgConnection, actor: &Actor, link: &NewLink) -> Result<bool, sqlx::Error> {
    let subjects: Vec<String> = link.terms.subjects.iter().map(ToString::to_string).collect();
    let made = sqlx::query!(
        "insert into preview_link (id, hash, label, subjects, made_by, made_at, ends_at)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing",
        link.id,
        &link.hash.0[..],
        link.label,
        &subjects,
        actor.id(),
        link.terms.made_at.to_sqlx() as _,
        link.terms.ends_at.to_sqlx() as _,
    )
    .execute(&mut *connection)
    .await?
    .rows_affected()
        == 1;
    if made {
        let details = json!({ "label": link.label, "drafts": subjects, "ends": link.terms.ends_at });
        audit::record(connection, actor.who(), actions::PREVIEW_MADE, &format!("preview:{}", link.id), &details)
            .await?;
    }
    Ok(made)
}

/// Revokes a link that still works. Says whether there was one.
pub async fn revoke(
    connection: &mut PgConnection,
    actor: &Actor,
    id: Uuid,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let revoked = sqlx::query!(
        "update preview_link set revoked_at = $2 where id = $1 and revoked_at is null and ends_at > $2 returning label",
        id,
        now.to_sqlx() as _,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(revoked) = revoked else { return Ok(false) };
    let details = json!({ "label": revoked.label });
    audit::record(connection, actor.who(), actions::PREVIEW_REVOKED, &format!("preview:{id}"), &details).await?;
    Ok(true)
}

/// Links, those made last first.
pub async fn all(connection: &mut PgConnection) -> Result<Vec<Link>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select preview_link.id, label, subjects, made_by, staff.name, made_at as "made_at: jiff_sqlx::Timestamp",
            ends_at as "ends_at: jiff_sqlx::Timestamp", revoked_at as "revoked_at: jiff_sqlx::Timestamp"
        from preview_link join staff on staff.id = made_by order by made_at desc, preview_link.id desc limit $1"#,
        MOST_LISTED,
    )
    .fetch_all(connection)
    .await?;
    let links = rows.into_iter().map(|row| Link {
        id: row.id,
        label: row.label,
        made_by: Person { id: row.made_by, name: row.name },
        terms: Terms {
            subjects: subjects(&row.subjects),
            made_at: row.made_at.to_jiff(),
            ends_at: row.ends_at.to_jiff(),
            revoked_at: row.revoked_at.map(jiff_sqlx::Timestamp::to_jiff),
        },
    });
    Ok(links.collect())
}

/// The terms of the link with this hash, whether it still works or not. Reads no name of staff and no label.
pub async fn terms(connection: &mut PgConnection, hash: Hash) -> Result<Option<Terms>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select subjects, made_at as "made_at: jiff_sqlx::Timestamp", ends_at as "ends_at: jiff_sqlx::Timestamp",
            revoked_at as "revoked_at: jiff_sqlx::Timestamp"
        from preview_link where hash = $1"#,
        &hash.0[..],
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Terms {
        subjects: subjects(&row.subjects),
        made_at: row.made_at.to_jiff(),
        ends_at: row.ends_at.to_jiff(),
        revoked_at: row.revoked_at.map(jiff_sqlx::Timestamp::to_jiff),
    }))
}

/// The drafts that a link opens, as far as they are still there. One that was started after the link was made is another draft,
/// which nobody chose to show.
pub async fn drafts(connection: &mut PgConnection, terms: &Terms) -> Result<Vec<(Subject, DraftContent)>, sqlx::Error> {
    let subjects: Vec<String> = terms.subjects.iter().map(ToString::to_string).collect();
    let rows = sqlx::query!(
        "select subject, content from draft where subject = any($1) and started_at <= $2",
        &subjects,
        terms.made_at.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let subject = Subject::decode(&row.subject)?;
            let content = serde_json::from_str(&row.content).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            Ok((subject, content))
        })
        .collect()
}

fn subjects(names: &[String]) -> Vec<Subject> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}
