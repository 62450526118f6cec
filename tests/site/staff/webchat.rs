//! Webchat by plain forms: a visitor who starts, somebody who answers, the end, and what is kept.

use std::time::Duration;

use axum::http::StatusCode;
use bluelamp::base::database::{Database, DatabaseError, DatabaseSettings, Feed};
use bluelamp::desk::accounts::Role;
use bluelamp::features;
use bluelamp::features::conversations;
use bluelamp::features::conversations::model::{Content, ConversationKey, Receipt, Side};
use bluelamp::features::conversations::store::Said;
use bluelamp::features::webchat::departures::Departures;
use jiff::SignedDuration;
use uuid::Uuid;

use super::people::{Office, Person};
use crate::support::Answer;
use crate::support::client::Client;
use crate::support::cluster::connect;

/// Stands nowhere but in what was typed.
const PHRASE: &str = "the heron stands on the blue bicycle";

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Says that somebody answers the general line.
async fn on_duty(person: &Person) {
    let set = person.post("/webchat/duty", &[("duty", "available"), ("line", "general"), ("most", "2")]).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.words());
}

async fn agent(office: &Office, name: &str) -> Person {
    let agent = office.staff(name, &[Role::WebchatAgent]).await;
    on_duty(&agent).await;
    agent
}

async fn start(visitor: &mut Client, text: &str) -> Answer {
    let page = visitor.get("/webchat").await;
    let token = page.attributes("input[name=form]", "value").remove(0);
    let disclaimer = page.attributes("input[name=disclaimer]", "value").remove(0);
    let fields =
        [("form", token.as_str()), ("disclaimer", &disclaimer), ("danger", "no"), ("line", "general"), ("text", text)];
    visitor.submit("/webchat", &encoded(&fields)).await
}

async fn say(visitor: &mut Client, text: &str) -> Answer {
    let page = visitor.get("/webchat/chat").await;
    let message = page.attributes("input[name=message]", "value").remove(0);
    visitor.submit("/webchat/chat", &encoded(&[("message", &message), ("text", text)])).await
}

fn id_of(visitor: &Client) -> Uuid {
    Receipt::read(visitor.cookie("bluelamp_chat").unwrap()).unwrap().conversation()
}

/// Does the jobs of webchat and of conversations once.
async fn upkeep(office: &Office) {
    for job in
        features::ALL.iter().filter(|feature| ["webchat", "conversations"].contains(&feature.name)).flat_map(|f| f.jobs)
    {
        (job.run)(&office.desk).await.unwrap();
    }
}

async fn answer(person: &Person, id: Uuid, text: &str) -> Answer {
    let message = Uuid::new_v4().to_string();
    person.post(&format!("/webchat/chats/{id}/answer"), &[("message", &message), ("text", text)]).await
}

#[tokio::test]
async fn the_page_says_open_only_while_somebody_is_there() {
    let office = Office::open().await;
    let said = async || office.public.get("/webchat").await.words_of("main");
    assert!(said().await.contains("Webchat is not open yet."));
    let agent = agent(&office, "Wanda Agent").await;
    let open = office.public.get("/webchat").await;
    let now = open.words_of("table");
    assert!(now.contains("Open: nobody is waiting. How long it takes is not known"), "{now}");
    assert!(now.contains("Nobody is here to answer just now"), "nobody answers about cameras: {now}");
    office.pass(SignedDuration::from_secs(61));
    let gone = said().await;
    assert!(gone.contains("Nobody can answer by webchat just now.") && !gone.contains("Start the chat"), "{gone}");
    assert_eq!(agent.get("/webchat").await.status, StatusCode::OK);
    assert!(said().await.contains("Start the chat"), "a page that is looked at is a sign of life");
    agent.post("/webchat/duty", &[("duty", "away"), ("most", "2")]).await;
    assert!(said().await.contains("Nobody can answer by webchat just now."));
    agent.post("/webchat/duty", &[("duty", "available"), ("line", "cameras-and-tickets"), ("most", "2")]).await;
    office.public.at("2026-11-28T12:00:00Z");
    let closed = said().await;
    assert!(closed.contains("Closed. Opens Monday 30 November at 10am"), "{closed}");
}

#[tokio::test]
async fn a_visitor_starts_is_answered_and_ends_by_plain_forms() {
    let office = Office::open().await;
    let agent = agent(&office, "Wanda Agent").await;
    let mut visitor = office.public.visitor();
    let started = start(&mut visitor, "My bicycle was taken.").await;
    assert_eq!(
        (started.status, started.header("location")),
        (StatusCode::SEE_OTHER, "/webchat/chat"),
        "{}",
        started.words()
    );
    let page = visitor.get("/webchat/chat").await;
    assert!(
        page.words().contains("You are next.") && page.words().contains("My bicycle was taken."),
        "{}",
        page.words()
    );
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.body.contains("/quick-exit") && page.body.contains("tel:999"));
    let board = agent.get("/webchat").await;
    assert!(!board.body.contains("My bicycle"), "no text in the list");
    let taken = agent.post("/webchat/take", &[]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.words());
    assert!(agent.get("/webchat").await.words().contains("My bicycle was taken."));
    let id = id_of(&visitor);
    assert_eq!(answer(&agent, id, "Where was it?").await.status, StatusCode::SEE_OTHER);
    let page = visitor.get("/webchat/chat").await;
    assert!(page.words().contains("Wanda Agent is answering you.") && page.words().contains("Where was it?"));
    assert_eq!(say(&mut visitor, "At the station.").await.status, StatusCode::SEE_OTHER);
    assert!(agent.get("/webchat").await.words().contains("At the station."));
    visitor.submit("/webchat/chat/end", "").await;
    assert!(visitor.get("/webchat/chat").await.words().contains("The chat has ended."));
    let late = visitor.submit("/webchat/chat", &encoded(&[("text", "One more thing")])).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.words().contains("One more thing"), "what was typed stays");
    let late = answer(&agent, id, "Goodbye then").await;
    assert!(late.status == StatusCode::CONFLICT && late.words().contains("Goodbye then"), "{}", late.words());
    office.pass(SignedDuration::from_mins(31));
    assert_eq!(visitor.get("/webchat/chat").await.header("location"), "/webchat");
    assert!(visitor.cookie("bluelamp_chat").is_none(), "the cookie goes 30 minutes after the end");
}

#[tokio::test]
async fn a_form_sent_twice_is_one_chat_and_a_message_sent_twice_one_message() {
    let office = Office::open().await;
    agent(&office, "Wanda Agent").await;
    let mut visitor = office.public.visitor();
    let token = visitor.get("/webchat").await.attributes("input[name=form]", "value").remove(0);
    let form = |text: &str| encoded(&[("form", &token), ("danger", "no"), ("line", "general"), ("text", text)]);
    for _ in 0..2 {
        assert_eq!(visitor.submit("/webchat", &form("Hello")).await.status, StatusCode::SEE_OTHER);
    }
    let other = visitor.submit("/webchat", &form("Other words")).await;
    assert!(other.status == StatusCode::CONFLICT && other.body.contains("Other words"), "{}", other.words());
    let mut connection = office.public.connection().await;
    let chats: i64 = sqlx::query_scalar("select count(*) from chat").fetch_one(&mut connection).await.unwrap();
    assert_eq!(chats, 1);
    let message = Uuid::new_v4().to_string();
    let send = |text: &str| encoded(&[("message", &message), ("text", text)]);
    for _ in 0..2 {
        assert_eq!(visitor.submit("/webchat/chat", &send("Once")).await.header("location"), "/webchat/chat#m2");
    }
    let other = visitor.submit("/webchat/chat", &send("Twice")).await;
    assert!(other.status == StatusCode::CONFLICT && other.body.contains("Twice"), "{}", other.words());
    for text in ["", " \n ", &"é".repeat(4001)] {
        let refused = visitor.submit("/webchat/chat", &encoded(&[("text", text)])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(text.trim()));
    }
    let mut last = StatusCode::OK;
    for number in 0..20 {
        let sent = visitor.submit("/webchat/chat", &encoded(&[("text", &format!("Number {number}"))])).await;
        last = sent.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            assert!(sent.body.contains(&format!("Number {number}")) && sent.words().contains("Wait a minute"));
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn whoever_takes_second_is_told_who_has_it_and_only_that_person_answers() {
    let office = Office::open().await;
    let (one, two) = (agent(&office, "Wanda Agent").await, agent(&office, "Otto Agent").await);
    let mut visitor = office.public.visitor();
    start(&mut visitor, "Hello").await;
    let id = id_of(&visitor);
    assert_eq!(one.post("/webchat/take", &[("chat", &id.to_string())]).await.status, StatusCode::SEE_OTHER);
    let second = two.post("/webchat/take", &[("chat", &id.to_string())]).await;
    assert!(second.status == StatusCode::CONFLICT && second.words().contains("Wanda Agent has this chat already."));
    let refused = answer(&two, id, "I butt in").await;
    assert!(refused.status == StatusCode::CONFLICT && refused.words().contains("I butt in"), "{}", refused.words());
    assert!(!two.get("/webchat").await.body.contains("Hello"));
    assert_eq!(
        two.post(&format!("/webchat/chats/{id}/open"), &[("reason", "curious")]).await.status,
        StatusCode::FORBIDDEN
    );
    let editor = office.editor().await;
    assert_eq!(editor.get("/webchat").await.status, StatusCode::FORBIDDEN);
    let supervisor = office.staff("Sue Supervisor", &[Role::WebchatSupervisor]).await;
    let path = format!("/webchat/chats/{id}/open");
    assert_eq!(supervisor.post(&path, &[("reason", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let opened = supervisor.post(&path, &[("reason", "A complaint came in")]).await;
    assert!(opened.words().contains("Hello"), "{}", opened.words());
    let mut connection = office.public.connection().await;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select action, details from audit_entry where action like 'chat\\_%' and subject like 'chat:%' order by id",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let names: Vec<&str> = rows.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(names, ["chat_taken", "chat_opened"]);
    assert!(rows[1].1.contains("A complaint came in") && !format!("{rows:?}").contains("Hello"));
}

#[tokio::test]
async fn whoever_is_gone_for_a_minute_gives_their_chats_back() {
    let office = Office::open().await;
    let one = agent(&office, "Wanda Agent").await;
    let mut visitor = office.public.visitor();
    start(&mut visitor, "Hello").await;
    one.post("/webchat/take", &[]).await;
    upkeep(&office).await;
    assert!(visitor.get("/webchat/chat").await.words().contains("Wanda Agent is answering you."));
    office.pass(SignedDuration::from_secs(61));
    upkeep(&office).await;
    let page = visitor.get("/webchat/chat").await.words();
    assert!(page.contains("has lost their connection") && page.contains("You are next."), "{page}");
}

#[tokio::test]
async fn words_of_crisis_put_999_on_top_and_the_chat_to_the_front() {
    let office = Office::open().await;
    let agent = agent(&office, "Wanda Agent").await;
    let (mut calm, mut afraid) = (office.public.visitor(), office.public.visitor());
    start(&mut calm, "I would like to ask about a parking ticket.").await;
    start(&mut afraid, "My husband hits me and he is in the house").await;
    assert!(afraid.get("/webchat/chat").await.words().contains("Your chat is at the front of the queue."));
    assert!(!calm.get("/webchat/chat").await.words().contains("front of the queue"));
    assert!(agent.get("/webchat").await.words().contains("Urgent"));
    agent.post("/webchat/take", &[]).await;
    assert!(agent.get("/webchat").await.words().contains("he is in the house"));
}

#[tokio::test]
async fn an_exit_in_mid_chat_is_told_and_nothing_is_sent_to_it_and_a_code_leads_back() {
    let office = Office::open().await;
    let agent = agent(&office, "Wanda Agent").await;
    let mut visitor = office.public.visitor();
    start(&mut visitor, "Hello").await;
    let id = id_of(&visitor);
    agent.post("/webchat/take", &[]).await;
    let code = visitor.get("/webchat/chat?code=show").await.words_of("code");
    assert_eq!(code.replace('-', "").len(), 26);
    let mut gone = office.public.visitor();
    gone.cookies = visitor.cookies.clone();
    gone.get("/quick-exit").await;
    assert!(gone.cookie("bluelamp_chat").is_none());
    office.public.site.beside::<Departures>().write(office.public.site.database()).await.unwrap();
    let board = agent.get("/webchat").await;
    assert!(board.words().contains("Left suddenly") && board.words().contains("may be at risk"));
    let refused = answer(&agent, id, "Are you safe?").await;
    assert!(refused.status == StatusCode::CONFLICT && refused.words().contains("Are you safe?"));
    let mut elsewhere = office.public.visitor();
    for wrong in ["", "AAAA", &Receipt::random().unwrap().code()] {
        let refused = elsewhere.submit("/webchat/return", &encoded(&[("code", wrong)])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.words().contains("This code opens no chat."));
    }
    assert_eq!(
        elsewhere.submit("/webchat/return", &encoded(&[("code", &code.to_lowercase())])).await.header("location"),
        "/webchat/chat"
    );
    assert!(elsewhere.get("/webchat/chat").await.words().contains("Hello"));
    assert_eq!(answer(&agent, id, "Welcome back").await.status, StatusCode::SEE_OTHER);
    gone.get("/quick-exit").await;
    let mut again = office.public.visitor();
    again.cookies = visitor.cookies.clone();
    again.get("/quick-exit").await;
    office.public.site.beside::<Departures>().write(office.public.site.database()).await.unwrap();
    for _ in 0..16 {
        office.pass(SignedDuration::from_mins(1));
        agent.get("/webchat").await;
        upkeep(&office).await;
    }
    assert!(elsewhere.get("/webchat/chat").await.words().contains("The chat has ended."));
}

#[tokio::test]
async fn an_invented_receipt_opens_nothing() {
    let office = Office::open().await;
    let mut visitor = office.public.visitor();
    for value in [Receipt::random().unwrap().text(), "x".to_owned()] {
        let asked = office.public.get_with("/webchat/chat", "cookie", &format!("bluelamp_chat={value}")).await;
        assert_eq!((asked.status, asked.header("location")), (StatusCode::SEE_OTHER, "/webchat"));
    }
    for path in ["/webchat/chat", "/webchat/chat/check", "/webchat/chat/end"] {
        let sent = visitor.submit(path, &encoded(&[("text", "Hello")])).await;
        assert_eq!(sent.header("location"), "/webchat", "{path}");
    }
}

#[tokio::test]
async fn checking_waits_for_a_message_and_gives_back_what_is_typed() {
    let office = Office::open().await;
    let agent = agent(&office, "Wanda Agent").await;
    let mut visitor = office.public.visitor();
    start(&mut visitor, "Hello").await;
    agent.post("/webchat/take", &[]).await;
    let id = id_of(&visitor);
    let site = &office.public.site;
    let _feed = Feed::start(site.database().clone(), bluelamp::base::clock::Clock::system(), Duration::from_secs(3600));
    let form = encoded(&[("after", "2"), ("text", "half typ")]);
    let (checked, answered) =
        tokio::join!(visitor.submit("/webchat/chat/check", &form), answer(&agent, id, "Here I am"));
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    assert_eq!(checked.status, StatusCode::OK);
    assert!(
        checked.words().contains("There is something new.") && checked.words().contains("Here I am"),
        "{}",
        checked.words()
    );
    assert!(checked.body.contains("half typ"));
}

#[tokio::test]
async fn no_word_of_a_chat_can_be_found_in_the_database_and_its_time_destroys_it() {
    let office = Office::open().await;
    let agent = agent(&office, "Wanda Agent").await;
    let mut visitor = office.public.visitor();
    start(&mut visitor, PHRASE).await;
    let id = id_of(&visitor);
    agent.post("/webchat/take", &[]).await;
    answer(&agent, id, PHRASE).await;
    let mut connection = office.public.connection().await;
    let tables: Vec<String> = sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let mut searched = 0;
    for table in &tables {
        let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select encode(convert_to(row_to_json(t)::text, 'UTF8'), 'escape') from \"{table}\" t"
        )))
        .fetch_all(&mut connection)
        .await
        .unwrap();
        searched += rows.len();
        let hex = hex::encode(PHRASE);
        assert!(!rows.iter().any(|row| row.contains(PHRASE) || row.contains(&hex)), "{table}");
    }
    // The files of the database, and its log of changes.
    let mut superuser = connect(&office.public.urls.superuser).await;
    sqlx::query("checkpoint").execute(&mut superuser).await.unwrap();
    let folder: String = sqlx::query_scalar("show data_directory").fetch_one(&mut superuser).await.unwrap();
    let number: String = sqlx::query_scalar("select oid::text from pg_database where datname = current_database()")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    for place in [format!("{folder}/base/{number}"), format!("{folder}/pg_wal")] {
        let found = tokio::process::Command::new("grep").args(["-rlF", PHRASE, &place]).output().await.unwrap();
        assert!(found.stdout.is_empty(), "{}", String::from_utf8_lossy(&found.stdout));
        assert_eq!(found.status.code(), Some(1), "nothing was searched: {}", String::from_utf8_lossy(&found.stderr));
    }
    eprintln!("searched {searched} rows of {} tables: the phrase stands in 0", tables.len());
    assert!(visitor.get("/webchat/chat").await.body.contains(PHRASE), "its key opens it");
    visitor.submit("/webchat/chat/end", "").await;
    office.pass(SignedDuration::from_hours(24 * 91));
    upkeep(&office).await;
    let left: Vec<i64> = vec![
        sqlx::query_scalar("select count(*) from conversation_message").fetch_one(&mut connection).await.unwrap(),
        sqlx::query_scalar("select count(*) from conversation_key").fetch_one(&mut connection).await.unwrap(),
        sqlx::query_scalar("select count(*) from conversation where destroyed_at is not null")
            .fetch_one(&mut connection)
            .await
            .unwrap(),
    ];
    assert_eq!(left, [0, 0, 1], "messages and keys go, the stub stays");
}

#[tokio::test]
async fn no_message_is_lost_or_doubled_while_connections_are_cut_and_senders_try_again() {
    const SENDERS: usize = 8;
    const EACH: usize = 40;
    let office = Office::open().await;
    let database = Database::new(&office.public.urls.app, &DatabaseSettings::default()).unwrap();
    let receipt = Receipt::random().unwrap();
    let (key, wrapped) = ConversationKey::make(&receipt, office.desk.keys().public()).unwrap();
    let (id, now) = (key.id(), office.desk.now());
    let begin = database.write(Duration::from_secs(3), async |connection| {
        Ok::<_, DatabaseError>(conversations::store::begin(connection, id, &wrapped, now).await?)
    });
    assert!(begin.await.unwrap());
    let _feed = Feed::start(database.clone(), bluelamp::base::clock::Clock::system(), Duration::from_millis(100));
    let staff = office.staff("Wanda Agent", &[Role::WebchatAgent]).await.id;
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..SENDERS {
        let (database, key) = (database.clone(), key.clone());
        senders.spawn(async move {
            let mut tries = 0;
            for number in 0..EACH {
                let message = Uuid::from_u128(u128::try_from(sender * EACH + number).unwrap() + 1);
                let content = Content { from: String::new(), text: format!("{sender}/{number}") };
                loop {
                    tries += 1;
                    let key = &key;
                    let said = database.write(Duration::from_secs(3), async |connection| {
                        Ok::<_, DatabaseError>(
                            conversations::store::say(connection, key, message, Side::Staff(staff), &content, now)
                                .await?,
                        )
                    });
                    match said.await {
                        Ok(Said::Kept(_)) => break,
                        Ok(other) => panic!("{other:?}"),
                        Err(_) => tokio::task::yield_now().await,
                    }
                }
            }
            tries
        });
    }
    let ours: String = sqlx::query_scalar("select current_database()::text")
        .fetch_one(&mut office.public.connection().await)
        .await
        .unwrap();
    let mut other = connect(&office.public.urls.superuser).await;
    let mut cuts = 0_i64;
    let mut tries = 0;
    while !senders.is_empty() {
        let cut: i64 = sqlx::query_scalar(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity
            where application_name = 'bluelamp' and datname = $1",
        )
        .bind(&ours)
        .fetch_one(&mut other)
        .await
        .unwrap();
        cuts += cut;
        if let Ok(Some(done)) = tokio::time::timeout(Duration::from_millis(300), senders.join_next()).await {
            tries += done.unwrap();
        }
    }
    let mut messages = Vec::new();
    while messages.is_empty() {
        let read = database.read(async |connection| conversations::store::messages(connection, &key, 0).await).await;
        messages = read.unwrap_or_default();
        tokio::task::yield_now().await;
    }
    let numbers: Vec<i32> = messages.iter().map(|message| message.number).collect();
    let texts: std::collections::BTreeSet<&str> =
        messages.iter().map(|message| message.content.text.as_str()).collect();
    let (lost, doubled) = (SENDERS * EACH - texts.len(), messages.len() - texts.len());
    eprintln!("{} messages in {tries} tries, {cuts} connections cut: {lost} lost, {doubled} doubled", SENDERS * EACH);
    assert_eq!((lost, doubled), (0, 0));
    assert_eq!(numbers, (1..=i32::try_from(SENDERS * EACH).unwrap()).collect::<Vec<_>>(), "no gap");
    assert!(cuts > 0 && tries > SENDERS * EACH, "the test cut nothing");
}

#[tokio::test]
async fn the_page_about_data_names_each_field_of_what_visitors_write() {
    let office = Office::open().await;
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/data.md")).unwrap();
    let mut written = std::collections::BTreeSet::new();
    let mut table = "";
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## `") {
            table = heading.split('`').next().unwrap();
        } else if let Some(row) = line.strip_prefix("| `") {
            written.insert((table.to_owned(), row.split('`').next().unwrap().to_owned()));
        }
    }
    let mut connection = office.public.connection().await;
    let kept: std::collections::BTreeSet<(String, String)> = sqlx::query_as(
        "select table_name::text, column_name::text from information_schema.columns
        where table_schema = 'public' and (table_name = 'chat' or table_name like 'conversation%')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap()
    .into_iter()
    .collect();
    assert_eq!(written, kept);
}
