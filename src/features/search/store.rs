//! The words that were searched for in vain, in the database.

use jiff::civil::Date;
use sqlx::PgConnection;

use crate::base::clock;
use crate::features::search::missed::Missed;

/// Adds counts to those that are kept. Run it in a transaction: all of them or none.
pub(super) async fn add_missed(connection: &mut PgConnection, missed: &[Missed]) -> Result<(), sqlx::Error> {
    let days: Vec<String> = missed.iter().map(|missed| missed.day.to_string()).collect();
    let words: Vec<String> = missed.iter().map(|missed| missed.word.clone()).collect();
    let times: Vec<i64> = missed.iter().map(|missed| missed.times.into()).collect();
    sqlx::query!(
        "insert into missed_word (day, word, times)
        select day::date, word, times from unnest($1::text[], $2::text[], $3::bigint[]) as counted (day, word, times)
        on conflict on constraint missed_word_pkey do update set times = missed_word.times + excluded.times",
        &days,
        &words,
        &times,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A word with its searches over several days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MissedOften {
    /// The word.
    pub(super) word: String,
    /// The searches of all days.
    pub(super) times: i64,
    /// The last day.
    pub(super) last: String,
}

impl MissedOften {
    /// The last day as people read it.
    pub(super) fn last_day(&self) -> String {
        clock::day(&self.last).map_or_else(|| self.last.clone(), clock::day_words)
    }
}

/// The words of a day and later, those met most first.
pub(super) async fn missed_since(
    connection: &mut PgConnection,
    day: Date,
    most: i64,
) -> Result<Vec<MissedOften>, sqlx::Error> {
    sqlx::query_as!(
        MissedOften,
        r#"select word, sum(times)::bigint as "times!", max(day)::text as "last!"
        from missed_word where day >= $1::text::date
        group by word order by sum(times) desc, word limit $2"#,
        day.to_string(),
        most,
    )
    .fetch_all(connection)
    .await
}

/// Deletes words of days before one, so many rows at most; gives how many there were.
pub(super) async fn delete_missed(connection: &mut PgConnection, before: Date, most: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from missed_word where (day, word) in (select day, word from missed_word where day < $1::text::date limit $2)",
        before.to_string(),
        most,
    )
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}
