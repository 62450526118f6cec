//! The number of texts and requests that wait for a person, for the navigation. The first page finds them one by one.

use sqlx::PgConnection;

use crate::desk::accounts::Actor;
use crate::desk::accounts::permission::{ConfirmingRedaction, Editing, Permission as _, Publishing};

/// Counts what waits for a person. A draft that two people have seen waits for publishers and for those who wrote it; one that waits for
/// a review, for whoever was asked by name, or else for everybody who has not seen it; one that was sent back, for its writers.
pub async fn count_waiting(connection: &mut PgConnection, actor: &Actor) -> Result<i64, sqlx::Error> {
    let reviewing: Vec<String> = Editing::ROLES.iter().map(|role| role.name().to_owned()).collect();
    let count = sqlx::query_scalar!(
        r#"with seen as (
            select draft.subject, draft.state, draft.saved_by, draft.started_by, draft.started_at, array(
                select draft.saved_by union select sight.staff from draft_sight sight
                where sight.subject = draft.subject and sight.fingerprint = draft.fingerprint
                    and sight.facts = draft.facts) as people
            from draft
        ), open as (
            select state, $1 = any (people) as is_seen, $1 in (saved_by, started_by) as is_own,
                cardinality(people) > 1 and state <> 'back' as is_approved,
                (select case when reviewer.suspended_at is null and reviewer.roles && $2 then reviewer.id end
                from staff_comment review left join staff reviewer on reviewer.id = review.reviewer
                where review.subject = seen.subject and review.kind = 'review' and review.written_at >= seen.started_at
                order by review.written_at desc, review.id desc limit 1) as reviewer
            from seen
        )
        select (
            case when $3 then (select count(*) from open where case
                when is_approved then $4 or is_own
                when state = 'back' then is_own
                when state = 'review' then not is_seen and coalesce(reviewer = $1, true)
                else false end) else 0 end
            + case when $3 then (select count(*) from published_alone where approved_by is null and publisher <> $1) else 0 end
            + case when $4 then
                (select count(*) from withdrawal_request where closed_at is null and asked_by <> $1) else 0 end
            + case when $5 then
                (select count(*) from redaction_request where closed_at is null and asked_by <> $1) else 0 end
        ) as "count!""#,
        actor.id(),
        &reviewing,
        actor.is_any(Editing::ROLES),
        actor.is_any(Publishing::ROLES),
        actor.is_any(ConfirmingRedaction::ROLES),
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}
