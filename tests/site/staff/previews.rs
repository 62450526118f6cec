//! Preview links: who may make one, what it shows, and what it never shows.

use bluelamp::base::ledger::{Kind, NewEntry, store};
use bluelamp::features::drafts::{DraftContent, NoticeDraft};
use bluelamp::site::model::NoticeKind;
use bluelamp::site::subject::Subject;
use sqlx::Connection as _;

use super::people::{Office, Person};
use crate::support::Answer;
use crate::support::client::held_fields;

/// Texts that people type to see whether a page breaks.
pub(crate) const NAUGHTY: [&str; 14] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' or 1=1 --",
    "{{ force_name }}",
    "%s%n%x",
    "../../etc/passwd",
    "Ω≈ç√∫˜µ≤",
    "田中さんにあげて下さい",
    "🏳️‍🌈👩‍👩‍👧‍👦",
    "שלום rtl",
    "مُنَاقَشَةُ سُبُلِ",
    "Z̮̞̠͙͔ͅa̡͓͎̻̭̭l͖̟g̞o",
    "null",
    "=cmd|'/C calc'!A0",
];

/// Puts a draft where the editor would.
pub(crate) async fn draft(office: &Office, by: &Person, name: &str, title: &str, markdown: &str) {
    let mut draft = NoticeDraft::new(name.to_owned().try_into().unwrap(), NoticeKind::Text);
    title.clone_into(&mut draft.title);
    markdown.clone_into(&mut draft.markdown);
    keep(office, by, &Subject::Notice(name.to_owned().try_into().unwrap()), &DraftContent::Notice(draft)).await;
}

/// Keeps a draft of any subject.
pub(crate) async fn keep(office: &Office, by: &Person, subject: &Subject, content: &DraftContent) {
    sqlx::query(
        "insert into draft (subject, content, fingerprint, revision, state, started_by, started_at, saved_by, saved_at)
        values ($1, $2, $3, 1, 'draft', $4, $5::timestamptz, $4, $5::timestamptz)",
    )
    .bind(subject.to_string())
    .bind(serde_json::to_string(content).unwrap())
    .bind(&content.fingerprint().unwrap().0[..])
    .bind(by.id)
    .bind(jiff_sqlx::ToSqlx::to_sqlx(office.desk.now()))
    .execute(&mut office.public.connection().await)
    .await
    .unwrap();
}

async fn run(office: &Office, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&mut office.public.connection().await).await.unwrap();
}

/// Makes a link as a person does and reads its address off the list: the path on the public site.
async fn make(person: &Person, subjects: &[&str], label: &str, lasts: &str) -> String {
    let answer = send(person, subjects, label, lasts).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/previews"), "{}", answer.words());
    path(&person.get("/previews").await).unwrap()
}

async fn send(person: &Person, subjects: &[&str], label: &str, lasts: &str) -> Answer {
    let id = uuid::Uuid::now_v7().to_string();
    let mut fields = vec![("id", id.as_str()), ("label", label), ("lasts", lasts)];
    fields.extend(subjects.iter().map(|subject| ("draft", *subject)));
    person.post("/previews", &fields).await
}

/// The path of a new link, where a page shows one.
fn path(answer: &Answer) -> Option<String> {
    let shown = answer.attributes("#address", "value");
    shown.first().map(|address| address[address.find("/preview/").unwrap()..].to_owned())
}

#[tokio::test]
async fn a_new_link_is_shown_to_its_maker_alone_until_they_have_copied_it_or_revoke_it() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    draft(&office, &erin, "contact", "Contact", "Words.\n").await;
    let link = make(&erin, &["notice:contact"], "A", "day").await;
    assert_eq!(path(&erin.get("/previews").await), Some(link), "a reload loses nothing");
    assert_eq!(path(&percy.get("/previews").await), None);
    let kept = erin.fill("/previews", "/account/secret/kept", &[]).await;
    assert_eq!(kept.header("location"), "/previews?done=kept");
    let list = erin.get("/previews").await;
    assert!(path(&list).is_none() && list.words().contains("Works"), "{}", list.words());
    make(&erin, &["notice:contact"], "B", "day").await;
    let revoke = erin.get("/previews").await.attributes("form[action$='/revoke']", "action")[0].clone();
    percy.post(&revoke, &[]).await;
    assert_eq!(path(&erin.get("/previews").await), None);
}

#[tokio::test]
async fn a_link_shows_the_draft_as_it_would_be_and_says_that_it_is_one() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "How to reach us", "Write to {{ contact_email }}.\n\n## By post\n\nSoon.\n").await;
    let opened = erin.get("/previews/new?draft=notice:contact").await;
    assert_eq!(opened.status, 200);
    let held = held_fields(&opened.body, "/previews").unwrap();
    assert!(held.contains(&("draft".to_owned(), "notice:contact".to_owned())), "{held:?}");
    let path = make(&erin, &["notice:contact"], "for the press office of Eastshire", "day").await;
    assert_eq!(path.len(), "/preview/".len() + 64);

    let answer = office.public.get(&path).await;
    assert_eq!(answer.status, 200);
    let words = answer.words();
    assert!(words.contains("This is a draft, not published."), "{words}");
    assert!(words.contains("Write to contact@northshire.example."), "{words}");
    assert!(words.contains("works until 25 November 2026 at 12:00"), "{words}");
    assert!(words.contains("Quick exit") && words.contains("Call 999"), "{words}");
    assert_eq!(answer.body.matches("<h1").count(), 1);
    assert!(answer.body.contains("<h1>How to reach us</h1>"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert!(answer.header("x-robots-tag").contains("noindex"));
    assert!(answer.body.contains("<meta name=\"robots\" content=\"noindex\">"));
    assert!(!answer.body.contains("atom") && !answer.body.contains("canonical"));
    assert_eq!(answer.header("set-cookie"), "");
    let secret = path.strip_prefix("/preview/").unwrap();
    assert!(!answer.body.contains(secret), "the page repeats its secret");
    for private in ["Erin", "Eastshire"] {
        assert!(!answer.body.contains(private), "the page shows {private}");
    }
    let words = office.public.get("/contact").await.words();
    assert!(!words.contains("How to reach us"), "{words}");
}

#[tokio::test]
async fn the_reader_sees_what_was_saved_last_and_several_drafts_have_headings_of_their_own() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "Contact", "First.\n").await;
    draft(&office, &erin, "helplines", "Helplines", "## Day\n\nSecond.\n").await;
    draft(&office, &erin, "cookies", "Cookies", "Third, for nobody.\n").await;
    let path = make(&erin, &["notice:contact", "notice:helplines"], "A", "week").await;
    run(&office, "update draft set content = replace(content, 'First.', 'Newer.') where subject = 'notice:contact'")
        .await;
    let answer = office.public.get(&path).await;
    let words = answer.words();
    assert!(words.contains("Newer.") && words.contains("Second.") && !words.contains("First."), "{words}");
    assert!(!words.contains("Third"), "{words}");
    assert!(words.contains("These are drafts, not published."), "{words}");
    assert!(answer.body.contains(">Helplines</h2>") && answer.body.contains(">Day</h3>"), "{}", answer.body);
    assert!(answer.body.contains("<h1>Drafts for you to read</h1>"));
}

#[tokio::test]
async fn every_secret_that_opens_nothing_gets_the_same_answer() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "Contact", "Words.\n").await;
    let ended = make(&erin, &["notice:contact"], "A", "day").await;
    let revoked = make(&erin, &["notice:contact"], "B", "month").await;
    run(&office, "update preview_link set revoked_at = made_at where label = 'B'").await;
    office.public.clock.set("2026-11-25T11:59:59Z".parse().unwrap());
    assert_eq!(office.public.get(&ended).await.status, 200);
    office.public.clock.set("2026-11-25T12:00:00Z".parse().unwrap());
    let stripped = |answer: &Answer| {
        let number = answer.header("x-request-id").to_owned();
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        (answer.status, headers, answer.body.replace(&number, ""))
    };
    let expected = stripped(&office.public.get(&ended).await);
    assert_eq!(expected.0, 404);
    assert!(expected.2.contains("This link does not work"));
    assert_eq!(expected.1["referrer-policy"], "no-referrer");
    assert!(expected.2.contains("noindex"));
    let near = format!("{}0", &ended[..ended.len() - 1]);
    let near = if near == ended { format!("{}1", &ended[..ended.len() - 1]) } else { near };
    let zero = format!("/preview/{}", "0".repeat(64));
    for path in
        [&revoked, &near, &zero, "/preview/x", "/preview/notice:contact", "/preview/%27%20or%201=1", &ended[..40]]
    {
        assert!(stripped(&office.public.get(path).await) == expected, "{path} is answered differently");
    }
    // What is kept opens nothing either.
    let mut connection = office.public.connection().await;
    let kept: Vec<String> =
        sqlx::query_scalar("select encode(hash, 'hex') from preview_link").fetch_all(&mut connection).await.unwrap();
    for hash in kept {
        assert_eq!(office.public.get(&format!("/preview/{hash}")).await.status, 404);
    }
    assert_eq!(office.public.get("/preview").await.status, 404);
}

#[tokio::test]
async fn a_revoked_link_shows_nothing_from_then_on_and_the_log_says_who_did_it() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let percy = office.publisher().await;
    draft(&office, &erin, "contact", "Contact", "Words.\n").await;
    let path = make(&erin, &["notice:contact"], "for the mayor", "week").await;
    assert_eq!(office.public.get(&path).await.status, 200);
    let list = percy.get("/previews").await;
    assert!(list.words().contains("for the mayor") && list.words().contains("by Erin Editor"), "{}", list.words());
    assert!(!list.body.contains(path.strip_prefix("/preview/").unwrap()), "the list shows the secret");
    let revoke = list.body.split("action=\"").find(|part| part.contains("/revoke\"")).unwrap();
    let action = &revoke[..revoke.find('"').unwrap()];
    let answer = percy.post(action, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/previews?done=revoked"));
    assert_eq!(office.public.get(&path).await.status, 404);
    assert!(percy.get("/previews?done=revoked").await.words().contains("Revoked."));
    // Twice is once.
    assert_eq!(percy.post(action, &[]).await.status, 303);
    let mut connection = office.public.connection().await;
    let log: Vec<(String, String, String)> =
        sqlx::query_as("select actor_name, action, details from audit_entry where action like 'preview%' order by id")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!(log.len(), 2, "{log:?}");
    assert_eq!((log[0].0.as_str(), log[0].1.as_str()), ("Erin Editor", "preview_made"));
    assert_eq!((log[1].0.as_str(), log[1].1.as_str()), ("Percy Publisher", "preview_revoked"));
    assert!(log[0].2.contains("for the mayor") && log[0].2.contains("notice:contact"), "{log:?}");
}

#[tokio::test]
async fn a_draft_that_ended_says_so_and_what_came_after_it_is_not_shown() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "Contact", "Old words.\n").await;
    let path = make(&erin, &["notice:contact"], "A", "week").await;
    run(&office, "delete from draft").await;
    let words = office.public.get(&path).await.words();
    assert!(words.contains("no longer here") && !words.contains("Old words"), "{words}");
    // Somebody starts again: that is another draft, which nobody chose to show.
    office.public.clock.set("2026-11-24T13:00:00Z".parse().unwrap());
    draft(&office, &erin, "contact", "Contact", "New secret words.\n").await;
    let words = office.public.get(&path).await.words();
    assert!(words.contains("no longer here") && !words.contains("New secret words"), "{words}");
}

async fn publish(office: &Office, at: Option<&str>) {
    let mut connection = office.public.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    let kept = store::entries_after(&mut transaction, 0, 1000).await.unwrap();
    let old = kept.iter().find(|kept| kept.entry.subject == "notice:helplines").unwrap();
    let new = NewEntry {
        kind: Kind::Version,
        subject: "notice:helplines".to_owned(),
        version: Some(2),
        target: None,
        in_force_at: at.map(|at| at.parse().unwrap()),
        imported: false,
        content: old.content.as_ref().unwrap().body.replace("Samaritans", "Zebrafinch"),
        particulars: "{}".to_owned(),
    };
    store::append(&mut transaction, new).await.unwrap();
    transaction.commit().await.unwrap();
    office.public.site.refresh().await.unwrap();
}

#[tokio::test]
async fn a_draft_that_was_published_leads_to_the_page_and_a_scheduled_one_does_not_show() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "helplines", "Helplines", "Zebrafinch\n").await;
    let path = make(&erin, &["notice:helplines"], "A", "month").await;
    run(&office, "delete from draft").await;
    publish(&office, Some("2026-12-01T09:00:00Z")).await;
    let words = office.public.get(&path).await.words();
    assert!(words.contains("no longer here"), "{words}");
    assert!(!words.contains("Zebrafinch") && !words.contains("was published"), "{words}");
    office.public.clock.set("2026-12-01T09:00:00Z".parse().unwrap());
    let answer = office.public.get(&path).await;
    assert!(answer.words().contains("This draft was published."), "{}", answer.words());
    assert!(answer.body.contains("<a href=\"/helplines\">"), "{}", answer.body);
}

#[tokio::test]
async fn a_draft_that_cannot_be_read_as_markdown_breaks_nothing() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "Contact", "<script>alert(1)</script> {{ nothing }}\n").await;
    let path = make(&erin, &["notice:contact"], "A", "day").await;
    let answer = office.public.get(&path).await;
    assert_eq!(answer.status, 200);
    assert!(answer.words().contains("cannot be shown at the moment") && !answer.body.contains("<script>alert"));
}

#[tokio::test]
async fn a_form_that_lacks_something_comes_back_with_what_was_typed() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "Contact", "Words.\n").await;
    let long = "x".repeat(10_000);
    for (subjects, label, lasts, said) in [
        (vec![], "A", "day", "Tick at least one draft"),
        (vec!["notice:contact", "notice:gone"], "A", "day", "in the meantime"),
        (vec!["facts"], "A", "day", "Tick at least one draft"),
        (vec!["notice:contact"], "  ", "day", "Who the link is for: write something here."),
        (vec!["notice:contact"], long.as_str(), "day", "at most 120"),
        (vec!["notice:contact"], "A", "ever", "how long the link works"),
        (vec!["notice:contact"], "A", "", "how long the link works"),
    ] {
        let answer = send(&erin, &subjects, label, lasts).await;
        assert_eq!(answer.status, 422, "{said}");
        assert!(answer.words().contains(said), "{said}: {}", answer.words());
        let held = held_fields(&answer.body, "/previews").unwrap();
        assert!(held.contains(&("label".to_owned(), label.to_owned())), "{said}");
        if subjects.contains(&"notice:contact") {
            assert!(held.contains(&("draft".to_owned(), "notice:contact".to_owned())), "{said}");
        }
    }
    let mut connection = office.public.connection().await;
    let made: i64 = sqlx::query_scalar("select count(*) from preview_link").fetch_one(&mut connection).await.unwrap();
    assert_eq!(made, 0);
}

#[tokio::test]
async fn any_label_is_shown_as_it_was_typed_and_to_staff_alone() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "Contact", "Words.\n").await;
    for label in NAUGHTY {
        let path = make(&erin, &["notice:contact"], label, "day").await;
        let answer = office.public.get(&path).await;
        assert_eq!(answer.status, 200, "{label}");
        assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<img"), "{label}");
    }
    let list = erin.get("/previews").await;
    assert!(!list.body.contains("<script>alert") && !list.body.contains("<img"));
    let page = scraper::Html::parse_document(&list.body);
    let shown: Vec<String> =
        page.select(&scraper::Selector::parse("h2 bdi").unwrap()).map(|label| label.text().collect()).collect();
    for label in NAUGHTY {
        assert!(shown.iter().any(|shown| shown == label), "{label} is not among {shown:?}");
    }
}

#[tokio::test]
async fn a_form_sent_again_makes_no_other_link_and_leaves_the_first() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "Contact", "Words.\n").await;
    let id = uuid::Uuid::now_v7().to_string();
    let fields = [("id", id.as_str()), ("label", "A"), ("lasts", "day"), ("draft", "notice:contact")];
    erin.post("/previews", &fields).await;
    let first = path(&erin.get("/previews").await).unwrap();
    // Reloaded at once or later, by whoever: the address that may be with somebody already goes on working.
    let percy = office.publisher().await;
    for (person, time) in [(&erin, "12:00"), (&percy, "12:00"), (&erin, "12:05")] {
        office.public.clock.set(format!("2026-11-24T{time}:00Z").parse().unwrap());
        let again = person.post("/previews", &fields).await;
        assert_eq!(again.status, 409, "{time}");
        let words = again.words();
        assert!(
            words.contains("This link was made already") && words.contains("Revoke it and make another"),
            "{words}"
        );
        assert!(!again.body.contains("/preview/"), "it shows no address");
        assert_eq!(office.public.get(&first).await.status, 200, "{time}");
    }
    let mut connection = office.public.connection().await;
    let made: i64 = sqlx::query_scalar("select count(*) from audit_entry where action = 'preview_made'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(made, 1);
}

#[tokio::test]
async fn only_those_who_write_make_or_revoke_links() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "Contact", "Words.\n").await;
    let path = make(&erin, &["notice:contact"], "A", "day").await;
    let audrey = office.auditor().await;
    let list = audrey.get("/previews").await;
    assert_eq!(list.status, 200);
    assert!(!list.body.contains("/revoke") && !list.body.contains("/previews/new"));
    let id: uuid::Uuid = sqlx::query_scalar("select id from preview_link")
        .fetch_one(&mut office.public.connection().await)
        .await
        .unwrap();
    let revoke = format!("/previews/{id}/revoke");
    let adele = office.administrator().await;
    let dorian = office.protector().await;
    for person in [&audrey, &adele, &dorian] {
        assert_eq!(person.get("/previews/new").await.status, 403, "{}", person.name);
        assert_eq!(send(person, &["notice:contact"], "A", "day").await.status, 403, "{}", person.name);
        assert_eq!(person.post(&revoke, &[]).await.status, 403, "{}", person.name);
    }
    assert_eq!(office.nobody().get("/previews").await.header("location"), "/sign-in?next=%2Fpreviews");
    assert_eq!(office.public.get(&path).await.status, 200);
    // The public listener makes and revokes nothing, and the staff listener shows no preview.
    assert_eq!(office.public.get("/previews").await.status, 404);
    assert_eq!(office.public.post(&path, "a=b").await.status, 405);
    assert_eq!(office.nobody().get(&path).await.status, 404);
}

#[tokio::test]
async fn without_the_database_a_link_says_that_it_cannot_be_shown_just_now() {
    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "Contact", "Words.\n").await;
    let path = make(&erin, &["notice:contact"], "A", "day").await;
    office.public.site.database().mark_away(&"a test");
    for path in [path.as_str(), "/preview/x"] {
        let answer = office.public.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.words().contains("Drafts cannot be shown just now"), "{}", answer.words());
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("retry-after"), "30");
    }
}

#[tokio::test]
async fn the_log_line_of_a_preview_carries_the_pattern_and_not_the_secret() {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use bluelamp::base::config::LogFormat;
    use bluelamp::features::consent::Recorder;
    use bluelamp::front::request_log::RequestLog;
    use tower::ServiceExt as _;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);
    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let office = Office::open().await;
    let erin = office.editor().await;
    draft(&office, &erin, "contact", "Contact", "Words.\n").await;
    let path = make(&erin, &["notice:contact"], "A", "day").await;
    let sink = Sink::default();
    let log = RequestLog::to(LogFormat::Pretty, sink.clone()).unwrap();
    let service =
        bluelamp::routes::public::service_with(office.public.site.clone(), Recorder::default(), log.clone()).unwrap();
    let request = axum::http::Request::get(&path).body(axum::body::Body::empty()).unwrap();
    assert_eq!(service.oneshot(request).await.unwrap().status(), 200);
    log.close();
    let lines = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    assert!(lines.contains("/preview/{secret}"), "{lines}");
    assert!(!lines.contains(path.strip_prefix("/preview/").unwrap()), "{lines}");
}
