//! The answers to the law's list beside the passages that they speak of, and the signatures of data protection officers under them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::clock::time_words;
use crate::base::ledger::Hash;
use crate::desk::accounts::Actor;
use crate::features::drafts::checks::law;
use crate::features::drafts::checks::law::{QUESTIONS, Sections};
use crate::features::drafts::model::{Answer, NoticeDraft};
use crate::site::subject::Subject;

/// The signature under one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Account of the data protection officer.
    pub id: Uuid,
    /// Their name at the time.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// Signatures by the hash of what was signed; see [`signed_hash`].
pub type Signatures = BTreeMap<String, Signature>;

/// A question of the law's list with its passage and its answer, as staff read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawRow {
    /// The key of the question.
    pub key: &'static str,
    /// What the text has to say.
    pub asks: &'static str,
    /// Where the law says so.
    pub source: &'static str,
    /// Heading of the passage; none for single lines.
    pub heading: Option<String>,
    /// The passage as it is written; empty where nothing in the text seems to say it.
    pub passage: String,
    /// The answer, in words.
    pub answer: String,
    /// Set if the answer holds for the passage as it is.
    pub holds: bool,
    /// Who signed it, and when.
    pub signed: Option<String>,
}

/// SHA-256 over a question and its answer, which holds the hash of its passage.
pub fn signed_hash(key: &str, answer: &Answer) -> Hash {
    Hash::of(format!("{key}\n{}\n{}\n{}", answer.met, answer.of, answer.reason).as_bytes())
}

/// The law's list for a text and its answers; nothing for a notice that it is not asked of.
pub fn rows(name: &str, markdown: &str, answers: &BTreeMap<String, Answer>, signatures: &Signatures) -> Vec<LawRow> {
    if !law::applies(name) {
        return Vec::new();
    }
    let sections = Sections::of(markdown);
    let rows = QUESTIONS.iter().map(|question| {
        let passage = sections.passage(question);
        let answer = answers.get(question.key);
        let holds = answer.is_some_and(|answer| passage.holds(answer));
        let words = match answer.filter(|_| holds) {
            Some(answer) if answer.met => "The text says it.".to_owned(),
            Some(answer) => format!("It need not, because: {}", answer.reason),
            None if answer.is_some() => "Not answered since the passage changed.".to_owned(),
            None => "Not answered.".to_owned(),
        };
        let signature =
            answer.filter(|_| holds).and_then(|answer| signatures.get(&signed_hash(question.key, answer).to_string()));
        LawRow {
            key: question.key,
            asks: question.asks,
            source: question.source,
            heading: passage.heading,
            passage: passage.text,
            answer: words,
            holds,
            signed: signature.map(|one| format!("{} on {}", one.name, time_words(one.at))),
        }
    });
    rows.collect()
}

/// Answers that hold and nobody has signed.
pub fn unsigned(rows: &[LawRow]) -> usize {
    rows.iter().filter(|row| row.holds && row.signed.is_none()).count()
}

/// SHA-256 over all answers of a draft: what somebody signs is what was on their screen.
pub fn list_hash(draft: &NoticeDraft) -> Hash {
    let all: Vec<String> = draft.answers.iter().map(|(key, answer)| signed_hash(key, answer).to_string()).collect();
    Hash::of(all.join("\n").as_bytes())
}

/// The signatures under the answers of a notice, of this version or an earlier one.
pub async fn find(connection: &mut PgConnection, subject: &Subject) -> Result<Signatures, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select answer, staff, staff.name, at as "at: jiff_sqlx::Timestamp"
        from law_signature join staff on staff.id = law_signature.staff where subject = $1"#,
        subject.to_string()
    )
    .fetch_all(connection)
    .await?;
    let signatures = rows.into_iter().filter_map(|row| {
        let hash = Hash::try_from(row.answer).ok()?;
        Some((hash.to_string(), Signature { id: row.staff, name: row.name, at: row.at.to_jiff() }))
    });
    Ok(signatures.collect())
}

/// Signs the answers of a draft that hold and are not signed. Says how many.
pub async fn sign(
    connection: &mut PgConnection,
    actor: &Actor,
    subject: &Subject,
    draft: &NoticeDraft,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let Subject::Notice(name) = subject else { return Ok(0) };
    let rows = rows(name.as_str(), &draft.markdown, &draft.answers, &Signatures::new());
    let mut signed = 0;
    for row in rows.iter().filter(|row| row.holds) {
        let Some(answer) = draft.answers.get(row.key) else { continue };
        let added = sqlx::query!(
            "insert into law_signature (subject, question, answer, staff, at) values ($1, $2, $3, $4, $5)
            on conflict do nothing",
            subject.to_string(),
            row.key,
            &signed_hash(row.key, answer).0[..],
            actor.id(),
            now.to_sqlx() as _,
        );
        signed += added.execute(&mut *connection).await?.rows_affected();
    }
    Ok(signed)
}

/// The signatures under these answers, to be kept with the version that is published with them.
pub fn of_answers(answers: &BTreeMap<String, Answer>, all: &Signatures) -> Signatures {
    let hashes = answers.iter().map(|(key, answer)| signed_hash(key, answer).to_string());
    hashes.filter_map(|hash| Some((hash.clone(), all.get(&hash)?.clone()))).collect()
}
