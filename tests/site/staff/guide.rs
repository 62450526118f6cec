//! The guide for staff, read on the staff site.

use bluelamp::desk::accounts::Role;
use bluelamp::desk::shell::HELP;

use super::people::Office;

#[tokio::test]
async fn everybody_who_is_signed_in_finds_the_guide_on_each_page() {
    let office = Office::open().await;
    let agent = office.staff("Wanda Agent", &[Role::WebchatAgent]).await;
    for person in [office.editor().await, agent] {
        let home = person.get("/").await;
        assert!(home.attributes("header a", "href").iter().any(|href| href.starts_with("/guide")), "{}", home.words());
        let guide = person.get("/guide").await;
        assert_eq!(guide.status, 200, "{}", guide.words());
        for heading in ["Change a notice in three minutes", "Who may do what"] {
            assert!(guide.words_of("main").contains(heading), "{heading}");
        }
    }
    assert_eq!(office.nobody().get("/guide").await.status, 303);
}

#[tokio::test]
async fn help_on_a_page_leads_to_its_part_of_the_guide() {
    let office = Office::open().await;
    let erin = office.editor().await;
    let guide = erin.get("/guide").await;
    for (path, part) in HELP {
        assert!(guide.body.contains(&format!("id=\"guide-{part}\"")), "{path}: {part}");
    }
    let editor = erin.get("/notices/contact/edit").await;
    let help = "/guide#guide-change-a-notice-in-three-minutes".to_owned();
    assert!(editor.attributes("header a", "href").contains(&help), "{}", editor.body);
}
