//! Ending a banner before its time: one publisher, one reason, and what still waits to be approved afterwards.

use bluelamp::desk::accounts::Role;
use bluelamp::features::drafts::DraftContent;

use super::dashboard::{section, waits};
use super::desk_work::{actions, chain_holds, draft_of, last_entry, messages, publish};
use super::people::{Office, Person};

const OF: &str = "notice:flood";
const PATH: &str = "/notices/flood/end";

/// An emergency banner on all pages, published by one publisher alone.
async fn up(office: &Office, percy: &Person) {
    let banner = DraftContent::Notice(
        serde_json::from_str(
            r#"{"address":"flood","title":"Flood in Northby","language":"en-GB","kind":"banner","markdown":"Keep away from the river.",
            "change_note":"A flood.","ask_again":false,"review_by":null,
            "banner":{"level":"emergency","pages":["all"],"ends_at":"2026-11-30T00:00:00Z"}}"#,
        )
        .unwrap(),
    );
    draft_of(office, percy, OF, &banner).await;
    assert_eq!(publish(percy, OF, &[]).await.status, 303);
    assert!(office.public.get("/contact").await.body.contains("Keep away from the river."));
}

#[tokio::test]
async fn one_publisher_ends_a_banner_with_one_reason() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    office.staff("Pia Publisher", &[Role::Publisher]).await;
    up(&office, &percy).await;
    for page in ["/banners", "/notices/flood"] {
        let shown = percy.get(page).await;
        assert!(shown.body.contains("href=\"/notices/flood/end\""), "{page}: {}", shown.words());
        assert!(shown.words().contains("End this banner now"), "{page}");
    }
    let asked = percy.get(PATH).await;
    for said in [
        "End this banner now: Flood in Northby",
        "Emergency banner, until 30 November 2026",
        "nobody has approved that yet",
    ] {
        assert!(asked.words().contains(said), "{said}: {}", asked.words());
    }
    assert!(!asked.words().contains("instead"), "a banner leads nowhere: {}", asked.words());
    assert_eq!(percy.fill(PATH, PATH, &[("reason", "over")]).await.status, 422);
    assert_eq!(erin.post(PATH, &[("reason", "The water has gone down.")]).await.status, 403);
    messages(&office).await;
    let done = percy.fill(PATH, PATH, &[("reason", "The water has gone down.")]).await;
    assert_eq!(done.header("location"), "/notices/flood?done=banner-ended", "{}", done.words());
    for page in ["/", "/contact", "/cookies"] {
        assert!(!office.public.get(page).await.body.contains("Keep away from the river."), "{page}");
    }
    let overview = percy.get("/notices/flood?done=banner-ended").await.words();
    assert!(overview.contains("Ended. It is off all pages."), "{overview}");
    assert!(overview.contains("It was ended on 24 November 2026") && !overview.contains("withdrawn"), "{overview}");
    let list = percy.get("/banners").await;
    assert!(list.words().contains("In force ended") && !list.body.contains("/notices/flood/end"), "{}", list.words());
    assert_eq!(actions(&office, OF).await.last().unwrap(), "banner_ended");
    let sent = messages(&office).await;
    assert!(sent.iter().all(|letter| letter.subject.contains("The end of the banner")), "{sent:?}");
    let again = percy.post(PATH, &[("reason", "The water has gone down.")]).await;
    assert_eq!(again.status, 409, "pressed twice, done once");
    chain_holds(&office).await;
}

#[tokio::test]
async fn the_start_and_the_end_of_a_banner_are_each_approved_afterwards() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    up(&office, &percy).await;
    let start = last_entry(&office, OF).await;
    let approve = format!("/entries/{start}/approve");
    let shown = erin.get(&approve).await;
    for said in [
        "Urgency: Emergency. Shown on: all pages. Ends: 30 November 2026",
        "If it is not right",
        "Ask to end this banner",
    ] {
        assert!(shown.words().contains(said), "{said}: {}", shown.words());
    }
    let overseer = office.staff("Pia Publisher", &[Role::Publisher]).await;
    let shown = overseer.get(&approve).await;
    assert!(shown.body.contains("/notices/flood/end") && shown.body.contains(&format!("/entries/{start}/correct")));
    assert_eq!(percy.fill(PATH, PATH, &[("reason", "The water has gone down.")]).await.status, 303);
    let shown = erin.get(&approve).await.words();
    assert!(shown.contains("The banner ended on 24 November 2026") && shown.contains("changes nothing"), "{shown}");
    let waiting = waits(&erin).await;
    assert!(
        waiting.contains("the end of “Flood in Northby”") && waiting.contains("The banner has ended since"),
        "{waiting}"
    );
    let own = section(&percy.get("/").await.body, "With someone else");
    assert_eq!(own.matches("You published it without a second check.").count(), 2, "{own}");
    assert_eq!(erin.fill(&approve, &approve, &[]).await.status, 303);
    let end = format!("/entries/{}/approve", start + 1);
    assert!(erin.get(&end).await.words().contains("The end of the banner “Flood in Northby”"));
    assert_eq!(erin.fill(&end, &end, &[]).await.status, 303);
    assert_eq!(section(&percy.get("/").await.body, "With someone else"), "");
}

#[tokio::test]
async fn an_editor_asks_a_publisher_to_end_a_banner() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    up(&office, &percy).await;
    let path = "/notices/flood/withdraw";
    assert_eq!(erin.get(PATH).await.header("location"), path);
    let form = erin.get(path).await;
    assert!(form.words().contains("End the banner: Flood in Northby") && !form.body.contains("go_to"));
    let asked = erin.fill(path, &format!("{path}/ask"), &[("note", "The water has gone down.")]).await;
    assert_eq!(asked.status, 303, "{}", asked.words());
    assert!(waits(&percy).await.contains("End “Flood in Northby”"));
    let done = percy.fill(path, &format!("{path}/confirm"), &[]).await;
    assert_eq!(done.header("location"), "/notices/flood?done=banner-ended", "{}", done.words());
    assert_eq!(percy.get("/notices/helplines/end").await.status, 409, "a text is withdrawn, not ended");
}
