//! Every route of the staff site, asked for by everybody: each role alone, and nobody. What the table says of who may is what the
//! handlers enforce.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use bluelamp::desk::accounts::Role;
use bluelamp::desk::paths;
use bluelamp::routes::Route;
use bluelamp::routes::staff::{Who, table};

use super::people::{Office, Person};
use super::routes::unvisited;

/// Routes whose last part belongs to one person: another's is not there.
const OWN: [&str; 3] = [paths::ACCOUNT_SESSION_END, paths::ACCOUNT_PASSKEY_REMOVE, paths::RESUME];

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
        assert_eq!(missed.contains(&page), expected, "{page}: {missed:?}");
    }
}

/// A path with its parts filled in: with things that are somebody else's, or are not there.
async fn filled(office: &Office, pattern: &str, other: &Person) -> String {
    let id = match pattern {
        _ if pattern.starts_with("/accounts/") => other.id.to_string(),
        paths::ACCOUNT_SESSION_END => session_of(office, other).await,
        _ => uuid::Uuid::now_v7().to_string(),
    };
    pattern
        .replace("{id}", &id)
        .replace("{secret}", &"0".repeat(64))
        .replace("{credential}", "00ff")
        .replace("{name}", "contact")
        .replace("{subject}", "notice:contact")
        .replace("{number}", "1")
        .replace("{hash}/{file}", "0/none.css")
        .replace("{file}", "staff.css")
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

async fn ask(person: &Person, method: &Method, path: &str) -> crate::support::Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::empty())
        .unwrap();
    person.send(request).await
}

/// Tells whether an answer is that of somebody let in, whatever the handler then says.
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
    for Route { method, path: pattern, who, .. } in &table() {
        let other = office.staff(&format!("Other {}", uuid::Uuid::now_v7()), &[Role::Editor]).await;
        let path = filled(&office, pattern, &other).await;
        let answer = ask(&office.nobody(), method, &path).await;
        if matches!(who, Who::Anyone) {
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
            let expected = match who {
                Who::Only(roles) => roles.contains(&role),
                Who::Anyone | Who::SignedIn => true,
            };
            let refused = answer.status == StatusCode::FORBIDDEN;
            if is_in(&answer) != expected || refused == expected || answer.status.is_server_error() {
                wrong.push(format!("{} {method} {path}: {}", role.name(), answer.status));
            }
            if OWN.contains(pattern) && answer.status != StatusCode::NOT_FOUND {
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
        let answer = ask(&person, &Method::POST, &paths::account_session_end(own)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", role.name());
    }
}
