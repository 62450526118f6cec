//! Publishing: two people or a reason, once and no more, now or at a time, and what can be done about it afterwards.

use bluelamp::desk::accounts::Role;

use super::desk_work::{
    actions, chain_holds, database_time, draft, last_entry, messages, particulars, press, publish, released, versions,
    wait_until, write,
};
use super::people::Office;

const OF: &str = "notice:helplines";

#[tokio::test]
async fn what_two_people_have_seen_is_in_force_at_once_and_says_nothing_of_them() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "Call Zebrafinch."), ("change_note", "A new helpline.")]).await;
    press(&erin, OF, "submit", &[]).await;
    let done = publish(&percy, OF, &[]).await;
    assert_eq!(done.header("location"), "/notices/helplines?done=published", "{}", done.words());
    assert!(office.public.get("/helplines").await.body.contains("Zebrafinch"));
    assert!(office.public.get("/contact").await.body.contains("Zebrafinch"), "on its page too");
    let entry = last_entry(&office, OF).await;
    let known = particulars(&office, entry).await;
    assert_eq!((&known["writer"], &known["approver"]), (&"Erin Editor".into(), &"Percy Publisher".into()));
    assert_eq!(known["alone"], false);
    assert_eq!(known["seen"].as_array().unwrap().len(), 2);
    for path in
        ["/helplines", "/notices/helplines", "/notices/helplines/versions/2", "/notices/helplines/versions/2/json"]
    {
        let page = office.public.get(path).await;
        assert!(!page.body.contains("Erin") && !page.body.contains("Percy"), "{path}");
    }
    assert!(draft(&office, OF).await.is_none());
    assert_eq!(actions(&office, OF).await.last().unwrap(), "published");
    chain_holds(&office).await;
}

#[tokio::test]
async fn nobody_publishes_alone_without_a_reason() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    write(&percy, "helplines", &[("markdown", "Alone."), ("change_note", "N.")]).await;
    for reason in ["", "urgent", "         x         "] {
        let refused = publish(&percy, OF, &[("reason", reason)]).await;
        assert_eq!(refused.status, 422, "{reason:?}");
        assert!(refused.words().contains("Nobody else has seen this text"), "{}", refused.words());
    }
    assert_eq!(versions(&office, OF).await, 1);
}

#[tokio::test]
async fn what_was_published_alone_waits_for_another_to_approve_it() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let pia = office.staff("Pia Publisher", &[Role::Publisher]).await;
    office.administrator().await;
    write(&percy, "helplines", &[("markdown", "Alone."), ("change_note", "N.")]).await;
    let done = publish(&percy, OF, &[("reason", "Nobody else is on duty tonight.")]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let mut to: Vec<String> = messages(&office).await.into_iter().map(|letter| letter.to).collect();
    to.sort();
    let expected = ["erin.editor@northshire.example", "pia.publisher@northshire.example"];
    assert_eq!(to, expected, "whom the link lets in: not Adele, an administrator");
    assert_eq!(actions(&office, OF).await.last().unwrap(), "published_alone");
    let entry = last_entry(&office, OF).await;
    assert_eq!(particulars(&office, entry).await["reason"], "Nobody else is on duty tonight.");
    let path = format!("/entries/{entry}/approve");
    let own = percy.post(&path, &[]).await;
    assert_eq!(own.status, 409);
    assert!(own.words().contains("another person has to approve it"));
    let asked = erin.get(&path).await;
    assert!(asked.words().contains("Nobody else is on duty tonight."), "{}", asked.words());
    assert_eq!(erin.fill(&path, &path, &[]).await.header("location"), "/notices/helplines?done=approved");
    let second = pia.post(&path, &[]).await;
    assert_eq!(second.status, 409);
    assert!(second.words().contains("approved it already"));
    let approvals = actions(&office, OF).await.iter().filter(|action| *action == "approved_afterwards").count();
    assert_eq!(approvals, 1);
}

#[tokio::test]
async fn an_editor_may_approve_the_publishers_fix_of_their_own_text() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "Tyop."), ("change_note", "N.")]).await;
    press(&erin, OF, "submit", &[]).await;
    write(&percy, "helplines", &[("markdown", "Typo.")]).await;
    assert_eq!(publish(&percy, OF, &[]).await.status, 422, "only Percy has seen the fix");
    assert_eq!(press(&erin, OF, "approve", &[]).await.status, 303);
    assert_eq!(publish(&percy, OF, &[]).await.status, 303);
    let known = particulars(&office, last_entry(&office, OF).await).await;
    assert_eq!((&known["writer"], &known["approver"]), (&"Percy Publisher".into(), &"Erin Editor".into()));
}

#[tokio::test]
async fn a_double_press_and_two_publishers_at_once_make_one_version() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let pia = office.staff("Pia Publisher", &[Role::Publisher]).await;
    write(&erin, "helplines", &[("markdown", "Once."), ("change_note", "N.")]).await;
    let now = draft(&office, OF).await.unwrap();
    let (revision, fingerprint) = (now.revision.to_string(), now.fingerprint.to_string());
    let form = [("revision", revision.as_str()), ("fingerprint", fingerprint.as_str()), ("when", "now")];
    let path = format!("/drafts/{OF}/publish");
    let (one, two, three) = tokio::join!(percy.post(&path, &form), percy.post(&path, &form), pia.post(&path, &form));
    let mut statuses = [one.status.as_u16(), two.status.as_u16(), three.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409, 409]);
    for answer in [one, two, three].iter().filter(|answer| answer.status == 409) {
        assert!(answer.words().contains("published it as version 2"), "{}", answer.words());
    }
    assert_eq!(versions(&office, OF).await, 2);
    chain_holds(&office).await;
}

#[tokio::test]
async fn publishing_and_saving_at_once_loses_nothing() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "First."), ("change_note", "N.")]).await;
    let now = draft(&office, OF).await.unwrap();
    let (revision, fingerprint) = (now.revision.to_string(), now.fingerprint.to_string());
    let form = [("revision", revision.as_str()), ("fingerprint", fingerprint.as_str()), ("when", "now")];
    let path = format!("/drafts/{OF}/publish");
    let edit = "/notices/helplines/edit";
    let (published, saved) = tokio::join!(percy.post(&path, &form), erin.fill(edit, edit, &[("markdown", "Second.")]));
    let left = draft(&office, OF).await;
    if published.status == 303 {
        let text = office.public.get("/helplines").await.body;
        assert!(text.contains("First."), "what was approved is what is published");
    } else {
        assert_eq!(published.status, 409);
        assert!(left.is_some());
    }
    // The save is in a draft, or its text came back on the page.
    assert!(left.is_some() || saved.body.contains("Second."), "{}", saved.words());
}

#[tokio::test]
async fn a_role_taken_away_between_opening_and_sending_counts() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "N."), ("change_note", "N.")]).await;
    let now = draft(&office, OF).await.unwrap();
    assert_eq!(percy.get("/drafts/notice:helplines/publish").await.status, 200);
    sqlx::query("update staff set roles = array['auditor'] where id = $1")
        .bind(percy.id)
        .execute(&mut office.public.connection().await)
        .await
        .unwrap();
    let (revision, fingerprint) = (now.revision.to_string(), now.fingerprint.to_string());
    let sent =
        percy.post("/drafts/notice:helplines/publish", &[("revision", &revision), ("fingerprint", &fingerprint)]).await;
    assert_eq!(sent.status, 403);
    assert!(sent.words().contains("does not have the role"));
    assert_eq!(versions(&office, OF).await, 1);
}

#[tokio::test]
async fn what_is_not_ready_is_not_published_and_what_was_typed_is_kept() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "See {{ nobody }}."), ("change_note", "")]).await;
    let answer = publish(&percy, OF, &[("when", "later"), ("date", "2026-12-01"), ("time", "09:00")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.words().contains("Line 1:"), "{}", answer.words());
    assert!(answer.body.contains("2026-12-01") && answer.body.contains("09:00"));
    assert_eq!(versions(&office, OF).await, 1);
}

#[tokio::test]
async fn a_day_given_beside_now_publishes_nothing() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "Call Zebrafinch."), ("change_note", "A new helpline.")]).await;
    let answer = publish(&percy, OF, &[("when", "now"), ("date", "2026-12-01"), ("time", "09:00")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.words().contains("You gave a day or a time, but chose “now”"), "{}", answer.words());
    assert!(answer.body.contains("2026-12-01") && answer.body.contains("09:00"));
    assert_eq!(versions(&office, OF).await, 1);
}

#[tokio::test]
async fn a_time_when_the_clocks_change_is_asked_about() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "Spring."), ("change_note", "N.")]).await;
    let skipped = [("when", "later"), ("date", "2027-03-28"), ("time", "01:30")];
    let asked = publish(&percy, OF, &skipped).await;
    assert_eq!(asked.status, 422);
    let words = asked.words();
    assert!(words.contains("28 March 2027 at 00:30, Greenwich Mean Time"), "{words}");
    assert!(words.contains("28 March 2027 at 02:30, British Summer Time"), "{words}");
    let chosen = [("when", "later"), ("date", "2027-03-28"), ("time", "01:30"), ("instant", "2027-03-28T01:30:00Z")];
    let done = publish(&percy, OF, &chosen).await;
    assert_eq!(
        done.header("location"),
        "/notices/helplines?done=scheduled&at=2027-03-28T01:30:00Z",
        "{}",
        done.words()
    );
    let mut connection = office.public.connection().await;
    let at: String = sqlx::query_scalar(
        "select (in_force_at at time zone 'utc')::text from ledger_entry order by number desc limit 1",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(at, "2027-03-28 01:30:00");
}

#[tokio::test]
async fn a_time_that_has_gone_by_or_is_far_off_is_refused() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "N."), ("change_note", "N.")]).await;
    for (date, time) in
        [("2026-11-24", "12:00"), ("2020-01-01", "09:00"), ("", ""), ("2026-12-01", "25:00"), ("2206-12-01", "09:00")]
    {
        let answer = publish(&percy, OF, &[("when", "later"), ("date", date), ("time", time)]).await;
        assert_eq!(answer.status, 422, "{date} {time}");
    }
    assert_eq!(versions(&office, OF).await, 1);
}

#[tokio::test]
async fn a_scheduled_version_is_not_public_before_its_time_and_may_be_cancelled_until_then() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "Zebrafinch."), ("change_note", "Secretive.")]).await;
    let later = [("when", "later"), ("date", "2026-12-01"), ("time", "09:00")];
    assert_eq!(publish(&percy, OF, &later).await.status, 303);
    let entry = last_entry(&office, OF).await;
    for path in
        ["/helplines", "/contact", "/notices", "/notices/helplines", "/notices/changes.atom", "/search?q=zebrafinch"]
    {
        let body = office.public.get(path).await.body;
        assert!(!body.contains("Zebrafinch") && !body.contains("Secretive"), "{path}");
    }
    assert_eq!(office.public.get("/notices/helplines/versions/2").await.status, 404);
    let editor = async || erin.get("/notices/helplines/edit").await.words();
    let to_come = "Version 2 is scheduled and takes the place of this text on 1 December 2026 at 09:00";
    assert!(editor().await.contains(to_come), "whoever writes meanwhile is told");
    let path = format!("/entries/{entry}/cancel");
    assert_eq!(percy.fill(&path, &path, &[("reason", "no")]).await.status, 422);
    let done = percy.fill(&path, &path, &[("reason", "The charity moves later.")]).await;
    assert_eq!(done.header("location"), "/notices/helplines?done=cancelled", "{}", done.words());
    assert!(!editor().await.contains("is scheduled"));
    let again = percy.post(&path, &[("reason", "The charity moves later.")]).await;
    assert_eq!(again.status, 409);
    assert!(again.words().contains("cancelled already"));
    wait_until(&office, "2026-12-02T00:00:00Z").await;
    assert!(!office.public.get("/helplines").await.body.contains("Zebrafinch"));
    let history = office.public.get("/notices/helplines").await;
    assert!(history.words().contains("Version 2 was cancelled on 24 November 2026 and never in force"));
    assert!(!history.body.contains("charity") && !history.body.contains("Secretive"));
    assert_eq!(office.public.get("/notices/helplines/versions/2").await.status, 404);
    chain_holds(&office).await;
}

#[tokio::test]
async fn a_version_is_compared_with_what_was_in_force_before_it_and_not_with_the_number_before() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "Owl."), ("change_note", "Later.")]).await;
    publish(&percy, OF, &[("when", "later"), ("date", "2026-12-01"), ("time", "09:00")]).await;
    released(&erin, &percy, "helplines", "Zebrafinch.").await;
    let overview = erin.get("/notices/helplines").await;
    let compared = overview.attributes("main a[href*='compare']", "href");
    let from = |number: i32, to: i32| format!("/notices/helplines/compare?from={number}&to={to}");
    assert!(compared.contains(&from(3, 2)), "version 2 will take the place of version 3: {compared:?}");
    assert!(compared.contains(&from(1, 3)), "{compared:?}");
    let takes_away = erin.get(&from(3, 2)).await;
    assert_eq!(takes_away.status, 200, "{}", takes_away.words());
    assert!(takes_away.words_of("del").contains("Zebrafinch"), "{}", takes_away.words());
    // The page of a notice shows what visitors read.
    assert!(overview.words_of(".served").contains("Zebrafinch."), "{}", overview.words());
}

#[tokio::test]
async fn what_has_come_into_force_cannot_be_cancelled() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    write(&erin, "helplines", &[("markdown", "Due."), ("change_note", "N.")]).await;
    publish(&percy, OF, &[("when", "later"), ("date", "2026-12-01"), ("time", "09:00")]).await;
    let path = format!("/entries/{}/cancel", last_entry(&office, OF).await);
    assert_eq!(percy.get(&path).await.status, 200);
    // The database's clock is the one that counts, whatever this node's says.
    database_time(&mut office.public.connection().await, "2026-12-01 09:00:00+00").await;
    let late = percy.post(&path, &[("reason", "Too late by a minute.")]).await;
    assert_eq!(late.status, 409);
    assert!(late.words().contains("come into force already"), "{}", late.words());
    wait_until(&office, "2026-12-01T09:00:00Z").await;
    assert_eq!(percy.get(&path).await.status, 409);
    assert!(office.public.get("/helplines").await.body.contains("Due."));
}

#[tokio::test]
async fn an_emergency_banner_is_up_at_once_with_one_publisher_and_no_reason() {
    let office = Office::open().await;
    let percy = office.publisher().await;
    let erin = office.editor().await;
    let banner = bluelamp::features::drafts::DraftContent::Notice(
        serde_json::from_str(
            r#"{"address":"flood","title":"Flood in Northby","language":"en-GB","kind":"banner","markdown":"Keep away from the river.",
            "change_note":"A flood.","ask_again":false,"review_by":null,
            "banner":{"level":"emergency","pages":["all"],"ends_at":"2026-11-30T00:00:00Z"}}"#,
        )
        .unwrap(),
    );
    super::desk_work::draft_of(&office, &percy, "notice:flood", &banner).await;
    let done = publish(&percy, "notice:flood", &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    for page in ["/", "/contact", "/services"] {
        let body = office.public.get(page).await.body;
        let at = |words: &str| body.find(words).unwrap_or_else(|| panic!("{page} does not say {words}"));
        assert_eq!(body.matches("Keep away from the river.").count(), 1, "{page}");
        // A phone's first screen shows it: nothing but the way out comes before.
        assert!(at("Quick exit") < at("Keep away from the river."), "{page}");
        assert!(at("Keep away from the river.") < at("Cookies on this site"), "{page}");
        assert!(at("Cookies on this site") < at("new website"), "{page}: other banners keep their place");
    }
    let path = format!("/entries/{}/approve", last_entry(&office, "notice:flood").await);
    assert_eq!(erin.fill(&path, &path, &[]).await.status, 303, "and another approves it afterwards");
}

#[tokio::test]
async fn an_old_version_becomes_a_draft_and_never_over_another_without_asking() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let first = last_entry(&office, OF).await;
    released(&erin, &percy, "helplines", "Second text.").await;
    let path = format!("/entries/{first}/restore");
    let done = erin.fill(&path, &path, &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let restored = draft(&office, OF).await.unwrap();
    assert_eq!(restored.base, Some(first));
    let review = erin.get("/drafts/notice:helplines/review").await;
    assert!(review.words().contains("The draft was started from version 1; in force now is version 2."));
    let blind = percy.post(&path, &[]).await;
    assert_eq!(blind.status, 409);
    assert!(blind.words().contains("There is a draft"));
    let asked = percy.get(&path).await;
    assert!(asked.words().contains("If you continue, it is deleted."), "{}", asked.words());
    assert_eq!(percy.fill(&path, &path, &[]).await.status, 303);
    assert!(actions(&office, OF).await.contains(&"draft_discarded".to_owned()));
    assert_eq!(versions(&office, OF).await, 2, "nothing was published by that");
}

#[tokio::test]
async fn the_previous_text_is_put_back_with_one_press_and_a_reason() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    released(&erin, &percy, "helplines", "Right text.").await;
    released(&erin, &percy, "helplines", "Wrong text.").await;
    let wrong = last_entry(&office, OF).await;
    let path = format!("/entries/{wrong}/put-back");
    assert!(percy.get(&path).await.body.contains("Right text."));
    assert_eq!(percy.fill(&path, &path, &[("reason", "x")]).await.status, 422);
    let done = percy.fill(&path, &path, &[("reason", "The number was wrong.")]).await;
    assert_eq!(done.header("location"), "/notices/helplines?done=put-back", "{}", done.words());
    let page = office.public.get("/helplines").await.body;
    assert!(page.contains("Right text.") && !page.contains("Wrong text."));
    let known = particulars(&office, last_entry(&office, OF).await).await;
    assert_eq!(known["alone"], false, "two people had seen that text when it was published");
    assert_eq!(known["reason"], "The number was wrong.");
    assert_eq!(actions(&office, OF).await.last().unwrap(), "put_back", "the log tells it from an ordinary publish");
    let again = percy.post(&path, &[("reason", "The number was wrong.")]).await;
    assert_eq!(again.status, 409, "pressed twice, done once");
    assert_eq!(versions(&office, OF).await, 4);
    assert!(office.public.get("/notices/helplines").await.words().contains("We put back the text of version 2."));
    chain_holds(&office).await;
}

#[tokio::test]
async fn a_text_that_nobody_is_known_to_have_seen_is_put_back_alone() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    released(&erin, &percy, "helplines", "Wrong text.").await;
    let path = format!("/entries/{}/put-back", last_entry(&office, OF).await);
    assert_eq!(percy.fill(&path, &path, &[("reason", "It was wrong.")]).await.status, 303);
    let entry = last_entry(&office, OF).await;
    assert_eq!(particulars(&office, entry).await["alone"], true, "the first version was imported");
    assert_eq!(erin.post(&format!("/entries/{entry}/approve"), &[]).await.status, 303);
}

#[tokio::test]
async fn a_correction_stands_beside_the_version_for_ever() {
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    released(&erin, &percy, "helplines", "Call 0800 1.").await;
    let entry = last_entry(&office, OF).await;
    released(&erin, &percy, "helplines", "Call 0800 2.").await;
    let path = format!("/entries/{entry}/correct");
    assert_eq!(percy.fill(&path, &path, &[("text", " ")]).await.status, 422);
    let done = percy.fill(&path, &path, &[("text", "The number is 0800 2, not <0800 1>.")]).await;
    assert_eq!(done.header("location"), "/notices/helplines?done=corrected", "{}", done.words());
    for path in ["/notices/helplines/versions/2", "/notices/helplines"] {
        let words = office.public.get(path).await.words();
        assert!(
            words.contains("Correction of 24 November 2026: The number is 0800 2, not <0800 1>."),
            "{path}: {words}"
        );
        assert!(words.contains("Call 0800 1.") || path == "/notices/helplines");
    }
    let json: serde_json::Value =
        serde_json::from_str(&office.public.get("/notices/helplines/versions/2/json").await.body).unwrap();
    assert_eq!(json["corrections"][0]["text"], "The number is 0800 2, not <0800 1>.");
    assert_eq!(erin.get(&format!("/entries/{entry}/correct")).await.status, 403);
    chain_holds(&office).await;
}

#[tokio::test]
async fn facts_pages_and_navigation_are_published_with_a_note_and_seen_everywhere() {
    use bluelamp::features::drafts::DraftContent;
    let office = Office::open().await;
    let (erin, percy) = (office.editor().await, office.publisher().await);
    let edition = office.public.site.edition();
    let mut facts = (*edition.facts).clone();
    facts.insert("force_name".to_owned(), "Southshire Police".to_owned());
    super::desk_work::draft_of(&office, &erin, "facts", &DraftContent::Facts(facts)).await;
    let review = percy.get("/drafts/facts/review").await;
    assert!(review.words().contains("Southshire Police"), "{}", review.words());
    assert_eq!(publish(&percy, "facts", &[("note", "")]).await.status, 422, "a note is asked for");
    assert_eq!(publish(&percy, "facts", &[("note", "The force has a new name.")]).await.status, 303);
    assert!(office.public.get("/contact").await.body.contains("Southshire Police"));
    let entry = last_entry(&office, "facts").await;
    assert_eq!(particulars(&office, entry).await["note"], "The force has a new name.");
    let mut links = (*edition.navigation).clone();
    links.navigation.truncate(1);
    super::desk_work::draft_of(&office, &erin, "navigation", &DraftContent::Navigation(links)).await;
    assert_eq!(percy.get("/drafts/navigation/review").await.status, 200);
    assert_eq!(publish(&percy, "navigation", &[("note", "Fewer links.")]).await.status, 303);
    let page: bluelamp::site::model::PageContent = serde_json::from_str(
        r#"{"address":"contact","title":"Reach us","description":"How to reach us.","notices":["contact"]}"#,
    )
    .unwrap();
    super::desk_work::draft_of(&office, &erin, "page:contact", &DraftContent::Page(page)).await;
    let review = percy.get("/drafts/page:contact/review").await.words();
    assert!(review.contains("Notices: removed"), "{review}");
    assert_eq!(publish(&percy, "page:contact", &[("note", "A better title.")]).await.status, 303);
    assert!(office.public.get("/contact").await.body.contains("<h1>Reach us</h1>"));
    chain_holds(&office).await;
}
