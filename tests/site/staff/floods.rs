//! Strangers who send a form again and again leave next to nothing in the database.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use bluelamp::base::web::client::Peer;
use bluelamp::desk::accounts::Role;
use bluelamp::front::request_log::RequestLog;
use futures_util::stream::{self, StreamExt as _};
use sqlx::{AssertSqlSafe, PgConnection};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::people::Office;

/// The number of times that each form is sent.
const TRIES: usize = 2_000;
/// Rows that all of them together may leave.
const MOST_ROWS: i64 = 50;

/// The forms that somebody who is not signed in can send, with what makes each of them do its work. `NEW` stands for a value that
/// is another one each time, `KNOWN` for the address of an account.
const FORMS: [(&str, &str); 14] = [
    ("/sign-in", "email=NEW@northshire.example&password=harbour+violet"),
    ("/sign-in", "email=KNOWN&password=harbour+violet"),
    ("/sign-in/recover", "email=NEW@northshire.example&recovery=NEW"),
    ("/sign-in/recover", "email=KNOWN&recovery=NEW"),
    ("/sign-in/code", "code=123456"),
    ("/sign-in/passkey", "ceremony=x&credential=y"),
    ("/sign-in/passkey/start", ""),
    ("/sign-out", ""),
    ("/welcome/NEW", "name=N&email=KNOWN&password=harbour+violet+casting&app=&code=123456"),
    ("/welcome/NEW/passkey", "ceremony=x&credential=y"),
    ("/unlock/NEW", ""),
    ("/cookies", "choice=accept"),
    ("/cookies", "choice=reject"),
    ("/quick-exit", ""),
];

/// The number of rows in each table.
pub(crate) async fn rows(connection: &mut PgConnection) -> BTreeMap<String, i64> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    let mut counted = BTreeMap::new();
    for table in tables {
        let sql = format!("select count(*) from {table}");
        counted.insert(table, sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await.unwrap());
    }
    counted
}

/// The rows that were added to each table.
fn added(before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let more = |(table, count): (&String, &i64)| (table.clone(), count - before.get(table).unwrap_or(&0));
    after.iter().map(more).filter(|(_, more)| *more != 0).collect()
}

/// Sends a form from one address again and again, some at a time.
async fn flood(router: &Router, times: usize, path: &str, form: &str) {
    let from: IpAddr = "203.0.113.9".parse().unwrap();
    let requests = (0..times).map(|_| {
        let new = |text: &str| text.replace("NEW", &Uuid::now_v7().simple().to_string().repeat(2));
        let mut request = Request::post(new(path))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(new(form)))
            .unwrap();
        request.extensions_mut().insert(Peer(from));
        router.clone().oneshot(request)
    });
    let answers: Vec<_> = stream::iter(requests).buffer_unordered(8).collect().await;
    for answer in answers {
        let status = answer.unwrap().status();
        assert!(!status.is_server_error(), "{path}: {status}");
    }
}

#[tokio::test]
async fn thousands_of_tries_from_one_address_leave_a_few_rows_in_all_tables_together() {
    let office = Office::open().await;
    let erin = office.settled("Erin Editor", &[Role::Editor]).await;
    let (site, recorder) = (office.public.site.clone(), office.public.recorder.clone());
    let public = bluelamp::routes::public::service_with(site, recorder, RequestLog::none()).unwrap();
    let public = Router::new().fallback_service(public);
    let staff = bluelamp::routes::staff::router(office.desk.clone()).unwrap();
    let mut connection = office.public.connection().await;
    let before = rows(&mut connection).await;
    for (path, form) in FORMS {
        let router = if matches!(path, "/cookies" | "/quick-exit") { &public } else { &staff };
        flood(router, TRIES, path, &form.replace("KNOWN", &erin.email)).await;
    }
    // Every other form, as somebody sends it who is not signed in.
    for route in bluelamp::routes::staff::table() {
        if route.method == Method::POST {
            let path = route.path.split('/').map(|part| if part.starts_with('{') { "NEW" } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            flood(&staff, 20, &path, "name=x&markdown=x&choice=accept").await;
            flood(&public, 20, &path, "name=x&markdown=x&choice=accept").await;
        }
    }
    office.public.write_behind().await;
    let added = added(&before, &rows(&mut connection).await);
    assert!(added.values().sum::<i64>() <= MOST_ROWS, "{added:?}");
}
