//! Every route of the staff site, by everybody: each role alone, and nobody. One without a row here fails.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use bluelamp::desk::accounts::Role;
use bluelamp::desk::permission::{
    Administering, Auditing, ConfirmingRedaction, Editing, Permission as _, Publishing, Reading, Redacting,
};

use super::people::{Office, Person};
use super::routes::{routes, routes_in, unvisited};

/// Who gets in.
#[derive(Clone, Copy)]
enum May {
    /// Everybody, signed in or not.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever has one of these roles.
    Only(&'static [Role]),
}

use May::{Anyone, Only, SignedIn};

const READING: May = Only(Reading::ROLES);
const EDITING: May = Only(Editing::ROLES);
const PUBLISHING: May = Only(Publishing::ROLES);
const REDACTING: May = Only(Redacting::ROLES);
const CONFIRMING: May = Only(ConfirmingRedaction::ROLES);
const AUDITING: May = Only(Auditing::ROLES);
const ADMINISTERING: May = Only(Administering::ROLES);

/// Method, pattern, who gets in. In the paths of the requests `{id}` and the like are filled in by [`filled`].
const ROWS: &[(&str, &str, May)] = &[
    ("get", "/healthz", Anyone),
    ("get", "/sign-in", Anyone),
    ("post", "/sign-in", Anyone),
    ("get", "/sign-in/code", Anyone),
    ("post", "/sign-in/code", Anyone),
    ("post", "/sign-in/passkey", Anyone),
    ("post", "/sign-in/passkey/start", Anyone),
    ("get", "/sign-in/recover", Anyone),
    ("post", "/sign-in/recover", Anyone),
    ("post", "/sign-out", Anyone),
    ("get", "/unlock/{secret}", Anyone),
    ("post", "/unlock/{secret}", Anyone),
    ("get", "/welcome/{secret}", Anyone),
    ("post", "/welcome/{secret}", Anyone),
    ("post", "/welcome/{secret}/passkey", Anyone),
    ("post", "/welcome/{secret}/passkey/start", Anyone),
    ("get", "/confirm", SignedIn),
    ("post", "/confirm", SignedIn),
    ("post", "/confirm/passkey", SignedIn),
    ("post", "/confirm/passkey/start", SignedIn),
    ("get", "/account", SignedIn),
    ("post", "/account/name", SignedIn),
    ("post", "/account/sessions/{id}/end", SignedIn),
    ("post", "/account/sessions/end-others", SignedIn),
    ("get", "/account/password", SignedIn),
    ("post", "/account/password", SignedIn),
    ("get", "/account/app", SignedIn),
    ("post", "/account/app", SignedIn),
    ("get", "/account/codes", SignedIn),
    ("post", "/account/codes", SignedIn),
    ("post", "/account/codes/kept", SignedIn),
    ("get", "/account/passkeys", SignedIn),
    ("post", "/account/passkeys", SignedIn),
    ("post", "/account/passkeys/start", SignedIn),
    ("post", "/account/passkeys/{credential}/remove", SignedIn),
    ("get", "/accounts", ADMINISTERING),
    ("get", "/accounts/new", ADMINISTERING),
    ("post", "/accounts/new", ADMINISTERING),
    ("get", "/accounts/{id}", ADMINISTERING),
    ("post", "/accounts/{id}", ADMINISTERING),
    ("post", "/accounts/{id}/suspend", ADMINISTERING),
    ("post", "/accounts/{id}/restore", ADMINISTERING),
    ("post", "/accounts/{id}/reset", ADMINISTERING),
    ("post", "/accounts/{id}/vouch", ADMINISTERING),
    ("post", "/accounts/{id}/link/kept", ADMINISTERING),
    ("post", "/accounts/{id}/sessions/end", ADMINISTERING),
    ("get", "/resume/{id}", SignedIn),
    ("get", "/", SignedIn),
    ("get", "/notices", READING),
    ("get", "/banners", READING),
    ("get", "/notices/new", EDITING),
    ("post", "/notices/new", EDITING),
    ("get", "/banners/new", EDITING),
    ("post", "/banners/new", EDITING),
    ("get", "/notices/{name}", READING),
    ("get", "/notices/{name}/edit", EDITING),
    ("post", "/notices/{name}/edit", EDITING),
    ("post", "/notices/{name}/autosave", EDITING),
    ("post", "/notices/{name}/presence", EDITING),
    ("post", "/notices/{name}/preview", EDITING),
    ("get", "/notices/{name}/compare", READING),
    ("get", "/notices/{name}/sheet", READING),
    ("get", "/notices/{name}/end", EDITING),
    ("post", "/notices/{name}/end", PUBLISHING),
    ("get", "/notices/{name}/withdraw", EDITING),
    ("post", "/notices/{name}/withdraw", PUBLISHING),
    ("post", "/notices/{name}/withdraw/ask", EDITING),
    ("post", "/notices/{name}/withdraw/confirm", PUBLISHING),
    ("post", "/notices/{name}/withdraw/drop", EDITING),
    ("get", "/drafts/{subject}/review", READING),
    ("post", "/drafts/{subject}/submit", EDITING),
    ("post", "/drafts/{subject}/approve", EDITING),
    ("post", "/drafts/{subject}/send-back", EDITING),
    ("post", "/drafts/{subject}/discard", EDITING),
    ("get", "/drafts/{subject}/publish", PUBLISHING),
    ("post", "/drafts/{subject}/publish", PUBLISHING),
    ("get", "/entries/{number}/cancel", PUBLISHING),
    ("post", "/entries/{number}/cancel", PUBLISHING),
    ("get", "/entries/{number}/approve", EDITING),
    ("post", "/entries/{number}/approve", EDITING),
    ("get", "/entries/{number}/correct", PUBLISHING),
    ("post", "/entries/{number}/correct", PUBLISHING),
    ("get", "/entries/{number}/restore", EDITING),
    ("post", "/entries/{number}/restore", EDITING),
    ("get", "/entries/{number}/put-back", PUBLISHING),
    ("post", "/entries/{number}/put-back", PUBLISHING),
    ("get", "/entries/{number}/redact", REDACTING),
    ("post", "/entries/{number}/redact", REDACTING),
    ("get", "/redactions", CONFIRMING),
    ("get", "/redactions/{id}", CONFIRMING),
    ("post", "/redactions/{id}/confirm", CONFIRMING),
    ("post", "/redactions/{id}/refuse", CONFIRMING),
    ("get", "/audit", AUDITING),
    ("get", "/audit.csv", AUDITING),
    ("get", "/facts", READING),
    ("post", "/facts", EDITING),
    ("get", "/facts/affected", READING),
    ("post", "/facts/affected", EDITING),
    ("get", "/pages", READING),
    ("get", "/pages/new", EDITING),
    ("post", "/pages/new", EDITING),
    ("get", "/pages/{name}", READING),
    ("post", "/pages/{name}", EDITING),
    ("get", "/pages/{name}/preview", READING),
    ("get", "/navigation", READING),
    ("post", "/navigation", EDITING),
    ("get", "/previews", READING),
    ("post", "/previews", EDITING),
    ("get", "/previews/new", EDITING),
    ("post", "/previews/{id}/revoke", EDITING),
];

/// Routes whose last part belongs to one person: another's is not there.
const OWN: &[(&str, &str)] = &[
    ("post", "/account/sessions/{id}/end"),
    ("post", "/account/passkeys/{credential}/remove"),
    ("get", "/resume/{id}"),
];

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let there = routes();
    let rows: BTreeSet<(String, String)> =
        ROWS.iter().map(|(method, pattern, _)| ((*method).to_owned(), (*pattern).to_owned())).collect();
    assert_eq!(rows.len(), ROWS.len(), "a row stands here twice");
    let missing: Vec<_> = there.difference(&rows).collect();
    let left_over: Vec<_> = rows.difference(&there).collect();
    assert!(missing.is_empty(), "say here who may use these routes: {missing:?}");
    assert!(left_over.is_empty(), "there are no such routes any more: {left_over:?}");
}

#[test]
fn a_table_of_routes_is_read_whole() {
    let source = r#"Router::new().route("/a/{id}", get(one::show).post(one::change)).route("/b", post(b))"#;
    let read: Vec<String> = routes_in(source).into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    assert_eq!(read, ["get /a/{id}", "post /a/{id}", "post /b"]);
}

#[test]
fn a_page_that_nobody_visits_is_missed() {
    let visited = ["/", "/notices/new", "/notices/contact/edit"].map(str::to_owned);
    let missed = unvisited(&visited);
    for (page, expected) in [
        ("/", false),
        ("/notices/new", false),
        ("/notices/{name}", true),
        ("/notices/{name}/edit", false),
        ("/pages/new", true),
        ("/audit.csv", false),
    ] {
        assert_eq!(missed.iter().any(|one| one == page), expected, "{page}: {missed:?}");
    }
}

/// A path with its parts filled in: with things that are somebody else's, or are not there.
async fn filled(office: &Office, pattern: &str, other: &Person) -> String {
    let id = match pattern {
        _ if pattern.starts_with("/accounts/") => other.id.to_string(),
        "/account/sessions/{id}/end" => session_of(office, other).await,
        _ => uuid::Uuid::now_v7().to_string(),
    };
    pattern
        .replace("{id}", &id)
        .replace("{secret}", &"0".repeat(64))
        .replace("{credential}", "00ff")
        .replace("{name}", "contact")
        .replace("{subject}", "notice:contact")
        .replace("{number}", "1")
}

async fn session_of(office: &Office, person: &Person) -> String {
    let mut connection = office.public.connection().await;
    let id: uuid::Uuid = sqlx::query_scalar("select id from staff_session where staff = $1")
        .bind(person.id)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    id.to_string()
}

async fn ask(person: &Person, method: &str, path: &str) -> crate::support::Answer {
    let request = Request::builder().method(method.to_uppercase().as_str()).uri(path);
    let request = request
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::empty())
        .unwrap();
    person.send(request).await
}

/// Whether an answer is that of somebody let in, whatever the handler then says.
fn is_in(answer: &crate::support::Answer) -> bool {
    // Only whoever may send a form has it kept until they have shown that it is them.
    let is_kept = answer.header("location").starts_with("/confirm?next=%2Fresume%2F");
    let asks = answer.header("location").starts_with("/sign-in")
        || answer.header("location").starts_with("/confirm") && !is_kept;
    !asks && ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status)
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    let office = Office::open().await;
    let mut wrong = Vec::new();
    for (method, pattern, may) in ROWS {
        let other = office.staff(&format!("Other {}", uuid::Uuid::now_v7()), &[Role::Editor]).await;
        let path = filled(&office, pattern, &other).await;
        let answer = ask(&office.nobody(), method, &path).await;
        if matches!(may, Anyone) {
            // The sign-in itself asks for the sign-in, and nobody is told 403.
            if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status) {
                wrong.push(format!("nobody {method} {path}: {}", answer.status));
            }
            continue;
        }
        let asked = answer.status == StatusCode::SEE_OTHER && answer.header("location").starts_with("/sign-in");
        if !asked {
            wrong.push(format!("nobody {method} {path}: {}", answer.status));
        }
        for role in Role::ALL {
            // Each time somebody new: some routes end the session that asks.
            let person = office.staff(&format!("Some {}", uuid::Uuid::now_v7()), &[role]).await;
            let answer = ask(&person, method, &path).await;
            let expected = match may {
                Only(roles) => roles.contains(&role),
                Anyone | SignedIn => true,
            };
            let refused = answer.status == StatusCode::FORBIDDEN;
            if is_in(&answer) != expected || refused == expected || answer.status.is_server_error() {
                wrong.push(format!("{} {method} {path}: {}", role.name(), answer.status));
            }
            if OWN.contains(&(*method, *pattern)) && answer.status != StatusCode::NOT_FOUND {
                wrong.push(format!("{} {method} {path}, which is another's: {}", role.name(), answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_ones_own_is_there() {
    let office = Office::open().await;
    for role in Role::ALL {
        let person = office.staff(&format!("Some {}", role.name()), &[role]).await;
        let own = session_of(&office, &person).await;
        let answer = ask(&person, "post", &format!("/account/sessions/{own}/end")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", role.name());
    }
}
