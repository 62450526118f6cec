//! Names and addresses that staff give themselves and one another: what a colleague could not see or could take for somebody else is
//! refused.

use axum::http::StatusCode;
use bluelamp::desk::accounts::Role;

use super::people::Office;

#[tokio::test]
async fn nobody_takes_a_name_that_looks_like_a_colleagues() {
    let office = Office::open().await;
    office.staff("Ann Admin", &[Role::Administrator]).await;
    let audrey = office.auditor().await;
    for name in ["Ann Admin", "ann  admin", "Аnn Аdmin", "Ann Adrnin", "Ánn-Admin", "Ａｎｎ Admin", "command line"]
    {
        let answer = audrey.post("/account/name", &[("name", name)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.words().contains("looks like that of another account"), "{}", answer.words());
    }
    for name in ["Audrey Auditor", "AUDREY Auditor", "Ann Adams"] {
        let answer = audrey.post("/account/name", &[("name", name)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}: {}", answer.words());
    }
}

#[tokio::test]
async fn names_with_characters_that_nobody_sees_or_that_turn_a_line_around_are_refused_at_every_door() {
    let office = Office::open().await;
    let adele = office.administrator().await;
    let erin = office.editor().await;
    let one = format!("/accounts/{}", erin.id);
    for name in ["\u{202E}evE", "Pat\u{200B}", "Pat\u{FEFF}", "Pat\u{7}Lee", "Pat\u{1B}[31m", "\u{2067}Pat", "\u{3164}"]
    {
        let fields = [("name", name), ("email", "pat@northshire.example"), ("role", "editor")];
        for (who, path) in [(&erin, "/account/name"), (&adele, "/accounts/new"), (&adele, one.as_str())] {
            let answer = who.post(path, &fields).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {name:?}");
        }
    }
}

#[tokio::test]
async fn an_administrator_gives_nobody_a_look_alike_name_or_an_address_that_is_no_single_address() {
    let office = Office::open().await;
    let adele = office.administrator().await;
    let erin = office.editor().await;
    let one = format!("/accounts/{}", erin.id);
    for path in ["/accounts/new", one.as_str()] {
        let alike = [("name", "Adele Αdmin"), ("email", "pat@northshire.example"), ("role", "editor")];
        let answer = adele.post(path, &alike).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(answer.words().contains("Adele Admin"), "it says whose: {}", answer.words());
        for email in ["a@b.c,d@e.f", "<a@b.c>", "pat\u{202E}@northshire.example", "pat@north\u{200B}shire.example"] {
            let answer = adele.post(path, &[("name", "Pat Lee"), ("email", email), ("role", "editor")]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {email}");
            assert!(answer.words().contains("Type their email address"), "{}", answer.words());
        }
    }
}
