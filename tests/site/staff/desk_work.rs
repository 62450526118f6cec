//! The steps that tests of the workflow take over and over: write, review, publish, and let time pass.

use axum::http::StatusCode;
use bluelamp::base::ledger::Hash;
use bluelamp::base::ledger::verify::{Verdict, verify};
use bluelamp::base::mail::{Message, store as mail};
use bluelamp::features::drafts::{Draft, DraftContent, store};
use bluelamp::site::subject::Subject;
use sqlx::{AssertSqlSafe, PgConnection};

use super::people::{Office, Person};
use crate::support::Answer;
use crate::support::client::pairs;

pub(crate) fn subject(text: &str) -> Subject {
    text.parse().unwrap()
}

pub(crate) async fn draft(office: &Office, of: &str) -> Option<Draft> {
    store::find(&mut office.public.connection().await, &subject(of)).await.unwrap()
}

/// Writes a notice in the editor, over what the form holds.
pub(crate) async fn write(person: &Person, name: &str, fields: &[(&str, &str)]) {
    let path = format!("/notices/{name}/edit");
    let saved = person.fill(&path, &path, fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
}

/// Says to each question of the law's list that the text of a notice says it.
pub(crate) async fn answer_the_law(person: &Person, name: &str) {
    let opened = person.get(&format!("/notices/{name}/edit")).await.body;
    let answers: Vec<(String, String)> = {
        let page = scraper::Html::parse_document(&opened);
        let met = scraper::Selector::parse(".question input[value^=\"met:\"]").unwrap();
        let read = |input: scraper::ElementRef<'_>, what| input.value().attr(what).unwrap().to_owned();
        page.select(&met).map(|input| (read(input, "name"), read(input, "value"))).collect()
    };
    let mut fields = pairs(&answers);
    fields.push(("change_note", "Answered."));
    write(person, name, &fields).await;
}

/// Writes a draft of what has no editor in these tests.
pub(crate) async fn draft_of(office: &Office, person: &Person, of: &str, content: &DraftContent) {
    let fingerprint: Hash = content.fingerprint().unwrap();
    let mut connection = office.public.connection().await;
    sqlx::query(
        "insert into draft (subject, content, fingerprint, revision, state, started_by, started_at, saved_by, saved_at)
        values ($1, $2, $3, 1, 'draft', $4, now(), $4, now())",
    )
    .bind(of)
    .bind(serde_json::to_string(content).unwrap())
    .bind(&fingerprint.0[..])
    .bind(person.id)
    .execute(&mut connection)
    .await
    .unwrap();
}

/// Presses a button of the review page.
pub(crate) async fn press(person: &Person, of: &str, button: &str, fields: &[(&str, &str)]) -> Answer {
    person.fill(&format!("/drafts/{of}/review"), &format!("/drafts/{of}/{button}"), fields).await
}

/// Opens the last step, fills it in and sends it.
pub(crate) async fn publish(person: &Person, of: &str, fields: &[(&str, &str)]) -> Answer {
    let path = format!("/drafts/{of}/publish");
    person.fill(&path, &path, fields).await
}

/// Erin writes, Percy publishes: two people.
pub(crate) async fn released(erin: &Person, percy: &Person, name: &str, text: &str) {
    write(erin, name, &[("markdown", text), ("change_note", "We changed the text.")]).await;
    let done = publish(percy, &format!("notice:{name}"), &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.words());
}

/// The entry of the last state of a subject.
pub(crate) async fn last_entry(office: &Office, of: &str) -> i64 {
    let mut connection = office.public.connection().await;
    sqlx::query_scalar("select max(number) from ledger_entry where subject = $1 and version is not null")
        .bind(of)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

pub(crate) async fn versions(office: &Office, of: &str) -> i64 {
    let mut connection = office.public.connection().await;
    sqlx::query_scalar("select count(*) from ledger_entry where subject = $1 and version is not null")
        .bind(of)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// The particulars of an entry.
pub(crate) async fn particulars(office: &Office, entry: i64) -> serde_json::Value {
    let mut connection = office.public.connection().await;
    let body: String = sqlx::query_scalar("select body from ledger_particulars where entry = $1")
        .bind(entry)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    serde_json::from_str(&body).unwrap()
}

/// The actions in the audit log on a subject, first to last.
pub(crate) async fn actions(office: &Office, of: &str) -> Vec<String> {
    let mut connection = office.public.connection().await;
    sqlx::query_scalar("select action from audit_entry where subject = $1 order by id")
        .bind(of)
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

/// The number of messages that wait to be sent.
pub(crate) async fn letters(office: &Office) -> i64 {
    let mut connection = office.public.connection().await;
    sqlx::query_scalar("select count(*) from mail_outbox").fetch_one(&mut connection).await.unwrap()
}

/// The messages that wait to be sent, by whom they go to; from then on none does.
pub(crate) async fn messages(office: &Office) -> Vec<Message> {
    let mut connection = office.public.connection().await;
    let mut all = Vec::new();
    while let Some(taken) = mail::take(&mut connection, office.desk.keys(), office.desk.now()).await.unwrap() {
        all.push(taken.message.unwrap());
    }
    all.sort_by(|one, other| one.to.cmp(&other.to));
    all
}

/// Moves the clocks of the node and of the database; everybody stays signed in.
pub(crate) async fn wait_until(office: &Office, at: &str) {
    let mut connection = office.public.connection().await;
    database_time(&mut connection, at).await;
    let seen = format!("update staff_session set seen_at = '{at}', created_at = '{at}'");
    sqlx::raw_sql(AssertSqlSafe(seen)).execute(&mut connection).await.unwrap();
    office.public.clock.set(at.parse().unwrap());
}

pub(crate) async fn database_time(connection: &mut PgConnection, at: &str) {
    let sql = format!(
        "create or replace function bluelamp_now() returns timestamptz language sql volatile parallel safe
        as $$ select timestamptz '{at}' $$"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

pub(crate) async fn chain_holds(office: &Office) {
    let verdict = verify(&mut office.public.connection().await, None).await.unwrap();
    assert!(matches!(verdict, Verdict::Holds { .. }), "{verdict:?}");
}
