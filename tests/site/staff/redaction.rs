//! Redaction: one asks on a legal ground, another confirms, and nothing of the text is left.

use super::desk_work::{actions, chain_holds, draft, last_entry, letters, particulars, publish, released, write};
use super::people::{Office, Person};
use crate::support::Answer;
use crate::support::client::held_fields;

const OF: &str = "notice:helplines";
const GROUND: &str = "A name published by mistake, UK GDPR Article 17.";

/// Dorian asks for one version to be removed; the path of the request.
async fn asked(dorian: &Person, entry: i64) -> String {
    let answer = dorian
        .fill(&format!("/entries/{entry}/redact"), &format!("/entries/{entry}/redact"), &[("ground", GROUND)])
        .await;
    assert_eq!(answer.status, 303, "{}", answer.words());
    answer.header("location").split('?').next().unwrap().to_owned()
}

async fn confirm(person: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
    person.post(&format!("{path}/confirm"), fields).await
}

#[tokio::test]
async fn a_text_goes_when_a_second_person_confirms_and_its_entry_says_so() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    released(&erin, &percy, "helplines", "Ask for Zebrafinch.").await;
    let entry = last_entry(&office, OF).await;
    let path = asked(&dorian, entry).await;
    assert_eq!(letters(&office).await, 2, "to Erin that her text is live, and to Percy, who may confirm its end");
    assert!(office.public.get("/helplines").await.body.contains("Zebrafinch"), "nothing happens before");
    let own = confirm(&dorian, &path, &[]).await;
    assert_eq!(own.status, 409);
    assert!(own.words().contains("another person has to confirm it"));
    assert_eq!(confirm(&erin, &path, &[]).await.status, 403, "an editor confirms nothing");
    let asked = percy.get(&path).await.words();
    assert!(asked.contains(GROUND) && asked.contains("It stands on the page “Contact us”"), "{asked}");
    let done = confirm(&percy, &path, &[]).await;
    assert_eq!(done.header("location"), "/redactions?done=redacted", "{}", done.words());
    let list = percy.get("/redactions").await.words();
    assert!(list.contains("from 24 November 2026"), "{list}");
    for path in ["/helplines", "/contact", "/notices/helplines", "/notices/changes.atom", "/search?q=zebrafinch"] {
        assert!(!office.public.get(path).await.body.contains("Zebrafinch"), "{path}");
    }
    for end in ["", "/json", "/changes"] {
        let gone = office.public.get(&format!("/notices/helplines/versions/2{end}")).await;
        assert_eq!(gone.status, 410, "{end}");
        assert!(gone.words().contains(GROUND));
    }
    let mut connection = office.public.connection().await;
    let (number, left): (i64, i64) = sqlx::query_as(
        "select (select number from ledger_entry where kind = 'redaction'),
            (select count(*) from ledger_content where body like '%Zebrafinch%')",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(left, 0);
    let known = particulars(&office, number).await;
    assert_eq!(known["asked_by"], dorian.id.to_string());
    assert_eq!(known["confirmed_by"], percy.id.to_string());
    let at = actions(&office, OF).await;
    assert_eq!(at[at.len() - 2..], ["redaction_asked", "redacted"]);
    chain_holds(&office).await;
}

#[tokio::test]
async fn whoever_asks_and_whoever_confirms_reads_the_text_that_goes_and_where_visitors_read_it() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    let before = last_entry(&office, OF).await;
    released(&erin, &percy, "helplines", "## Who\n\nAsk for Zebrafinch on [our page](/contact).").await;
    let entry = last_entry(&office, OF).await;
    let form = dorian.get(&format!("/entries/{entry}/redact")).await;
    let request = asked(&dorian, entry).await;
    let question = percy.get(&request).await;
    for page in [&form, &question] {
        let words = page.words();
        assert!(words.contains("Ask for Zebrafinch on our page."), "{words}");
        assert!(words.contains("Visitors read it now:"), "{words}");
        let places = page.attributes("main a", "href");
        for path in ["/helplines", "/contact", "/notices/helplines/versions/2"] {
            let place = format!("{}{path}", office.public.site.settings().public_origin());
            assert!(places.contains(&place), "{place}: {places:?}");
        }
        assert!(!places.contains(&"/contact".to_owned()), "links of the text lead to the public site");
        let ids = page.attributes("[id]", "id");
        assert_eq!(ids.len(), ids.iter().collect::<std::collections::BTreeSet<_>>().len(), "{ids:?}");
    }
    // The form offers the earlier version as well, which visitors can still read in the history.
    assert!(form.words().contains("Samaritans"));
    assert!(form.words().contains("visitors can still read it as an earlier version"));
    assert!(!question.words().contains("Samaritans"), "only what was asked for");

    let earlier = percy.get(&asked(&dorian, before).await).await;
    assert!(earlier.words().contains("visitors can still read it as an earlier version"), "{}", earlier.words());
    let later = [("when", "later"), ("date", "2026-12-01"), ("time", "09:00")];
    write(&erin, "cookies", &[("markdown", "Nuthatch."), ("change_note", "N.")]).await;
    assert_eq!(super::desk_work::publish(&percy, "notice:cookies", &later).await.status, 303);
    let due = percy.get(&asked(&dorian, last_entry(&office, "notice:cookies").await).await).await.words();
    assert!(due.contains("Nuthatch.") && due.contains("It is not public yet. It is due on"), "{due}");

    assert_eq!(confirm(&percy, &request, &[]).await.status, 303);
    let done = percy.get(&request).await;
    assert!(!done.body.contains("Zebrafinch") && done.words().contains("Nobody can read it any more."));
}

#[tokio::test]
async fn a_redaction_is_confirmed_once_and_never_after_it_was_refused() {
    let office = Office::open().await;
    let (percy, dorian, adele) = (office.publisher().await, office.protector().await, office.administrator().await);
    let entry = last_entry(&office, OF).await;
    let refused = asked(&dorian, entry).await;
    assert_eq!(adele.post(&format!("{refused}/refuse"), &[]).await.status, 303);
    let late = confirm(&percy, &refused, &[]).await;
    assert_eq!(late.status, 409);
    assert!(late.words().contains("confirmed or refused this already"));
    let path = asked(&dorian, entry).await;
    let (one, other) = tokio::join!(confirm(&percy, &path, &[]), confirm(&adele, &path, &[]));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    let again = dorian.get(&format!("/entries/{entry}/redact")).await;
    assert_eq!(again.status, 409);
    assert!(again.words().contains("removed before"), "{}", again.words());
    chain_holds(&office).await;
}

#[tokio::test]
async fn only_the_data_protection_officer_asks_and_never_without_a_ground() {
    let office = Office::open().await;
    let dorian = office.protector().await;
    let entry = last_entry(&office, OF).await;
    let path = format!("/entries/{entry}/redact");
    for person in [office.editor().await, office.publisher().await, office.administrator().await] {
        assert_eq!(person.get(&path).await.status, 403, "{}", person.name);
        let form = [("entry", entry.to_string())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(person.post(&path, &form).await.status, 403, "{}", person.name);
    }
    assert_eq!(dorian.fill(&path, &path, &[("ground", "x")]).await.status, 422);
    let none = dorian.post(&path, &[("ground", GROUND)]).await;
    assert_eq!(none.status, 422);
    assert!(none.words().contains("Choose at least one text") && none.body.contains(GROUND), "{}", none.words());
    let facts = last_entry(&office, "facts").await;
    let path = format!("/entries/{facts}/redact");
    let frame = dorian.fill(&path, &path, &[("ground", GROUND)]).await;
    assert_eq!(frame.status, 409, "every page needs the facts that are in force");
}

#[tokio::test]
async fn a_draft_that_holds_the_text_goes_too_or_stands_in_the_way() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    released(&erin, &percy, "helplines", "Ask for Zebrafinch.").await;
    let entry = last_entry(&office, OF).await;
    write(&erin, "helplines", &[("markdown", "Ask for Zebrafinch or Owl."), ("change_note", "N.")]).await;
    let path = asked(&dorian, entry).await;
    assert!(percy.get(&path).await.words().contains("Drafts hold the text too"));
    let stopped = confirm(&percy, &path, &[]).await;
    assert_eq!(stopped.status, 409);
    assert!(office.public.get("/helplines").await.body.contains("Zebrafinch"));
    let done = percy.fill(&path, &format!("{path}/confirm"), &[("discard", "yes")]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(draft(&office, OF).await.is_none());
    let restored = erin.post(&format!("/entries/{entry}/restore"), &[]).await;
    assert_eq!(restored.status, 409);
    assert!(restored.words().contains("removed by a redaction"));
    for end in ["correct", "put-back"] {
        let answer = percy.get(&format!("/entries/{entry}/{end}")).await;
        assert!(answer.status == 409 || answer.status == 200, "{end}: {}", answer.words());
        assert!(!answer.body.contains("Zebrafinch"), "{end}");
    }
    chain_holds(&office).await;
}

#[tokio::test]
async fn a_correction_and_a_reason_for_withdrawing_can_be_removed_as_well() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    released(&erin, &percy, "helplines", "A text.").await;
    let entry = last_entry(&office, OF).await;
    percy.post(&format!("/entries/{entry}/correct"), &[("text", "Ask for Zebrafinch instead.")]).await;
    let mut connection = office.public.connection().await;
    let correction: i64 = sqlx::query_scalar("select number from ledger_entry where kind = 'correction'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let path = asked(&dorian, correction).await;
    assert_eq!(confirm(&percy, &path, &[]).await.status, 303);
    let version = office.public.get("/notices/helplines/versions/2").await;
    assert_eq!(version.status, 200, "the version itself stays");
    assert!(!version.body.contains("Zebrafinch") && version.words().contains("Its text was removed."));
    let withdrawn = [
        ("note", "Zebrafinch has closed its doors."),
        ("go_to", "/contact"),
        ("when", "now"),
        ("reason", "Its number rings nowhere."),
    ];
    assert_eq!(percy.post("/notices/helplines/withdraw", &withdrawn).await.status, 303);
    let withdrawal: i64 = sqlx::query_scalar("select number from ledger_entry where kind = 'withdrawal'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let path = asked(&dorian, withdrawal).await;
    assert_eq!(confirm(&percy, &path, &[]).await.status, 303);
    let gone = office.public.get("/helplines").await;
    assert!(gone.status == 410 && !gone.body.contains("Zebrafinch"), "{}", gone.words());
    assert!(!office.public.get("/notices/helplines").await.body.contains("Zebrafinch"));
    chain_holds(&office).await;
}

#[tokio::test]
async fn the_newest_address_of_a_moved_notice_goes_on_answering() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    write(&erin, "helplines", &[("markdown", "Zebrafinch."), ("address", "who-can-help"), ("change_note", "N.")]).await;
    assert_eq!(super::desk_work::publish(&percy, OF, &[]).await.status, 303);
    let path = asked(&dorian, last_entry(&office, OF).await).await;
    assert!(percy.get(&path).await.words().contains("Stay for ever, so that old links"));
    assert_eq!(confirm(&percy, &path, &[]).await.status, 303);
    let newest = office.public.get("/who-can-help").await;
    assert_eq!(newest.status, 410, "{}", newest.words());
    assert!(newest.words().contains(GROUND) && !newest.body.contains("Zebrafinch"), "{}", newest.words());
    assert_eq!(office.public.get("/helplines").await.header("location"), "/who-can-help");
    for end in ["", "/json", "/changes"] {
        assert_eq!(office.public.get(&format!("/notices/who-can-help/versions/2{end}")).await.status, 410, "{end}");
    }
    // It still belongs to this notice: another cannot take it.
    write(&erin, "contact", &[("address", "who-can-help"), ("change_note", "N.")]).await;
    assert_eq!(super::desk_work::publish(&percy, "notice:contact", &[]).await.status, 422);
    chain_holds(&office).await;
}

#[tokio::test]
async fn an_address_that_says_what_must_go_goes_too() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    write(&erin, "helplines", &[("address", "zebrafinch"), ("change_note", "N.")]).await;
    assert_eq!(super::desk_work::publish(&percy, OF, &[]).await.status, 303);
    let form = format!("/entries/{}/redact", last_entry(&office, OF).await);
    let held = held_fields(&dorian.get(&form).await.body, &form).unwrap();
    let kept = held.iter().filter(|(name, _)| name != "keep-addresses" && name != "ground");
    let mut pairs: Vec<(&str, &str)> = kept.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.push(("ground", GROUND));
    let asked = dorian.post(&form, &pairs).await;
    let path = asked.header("location").split('?').next().unwrap().to_owned();
    assert!(percy.get(&path).await.words().contains("Go too."));
    assert_eq!(confirm(&percy, &path, &[]).await.status, 303);
    assert_eq!(office.public.get("/zebrafinch").await.status, 404);
    assert!(office.public.get("/helplines").await.words().contains(GROUND));
    assert_eq!(contents_with(&office, "zebrafinch").await, 0);
}

#[tokio::test]
async fn an_address_that_was_never_public_is_not_told_by_a_redaction() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    write(&erin, "helplines", &[("address", "zebrafinch"), ("change_note", "N.")]).await;
    let later = [("when", "later"), ("date", "2026-12-01"), ("time", "09:00")];
    assert_eq!(super::desk_work::publish(&percy, OF, &later).await.status, 303);
    let path = asked(&dorian, last_entry(&office, OF).await).await;
    assert_eq!(confirm(&percy, &path, &[]).await.status, 303);
    assert_eq!(contents_with(&office, "zebrafinch").await, 0);
}

async fn contents_with(office: &Office, word: &str) -> i64 {
    sqlx::query_scalar("select count(*) from ledger_content where body like '%' || $1 || '%'")
        .bind(word)
        .fetch_one(&mut office.public.connection().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_notice_whose_only_text_was_removed_can_be_written_anew() {
    let office = Office::open().await;
    let (erin, percy, dorian) = (office.editor().await, office.publisher().await, office.protector().await);
    let path = asked(&dorian, last_entry(&office, OF).await).await;
    assert_eq!(confirm(&percy, &path, &[]).await.status, 303);
    let overview = erin.get("/notices/helplines").await;
    assert!(overview.words().contains("It was removed. Visitors read that"), "{}", overview.words());
    let edit = erin.get("/notices/helplines/edit").await;
    assert_eq!((edit.status.as_u16(), edit.attributes("[name=title]", "value")), (200, vec![String::new()]));
    write(
        &erin,
        "helplines",
        &[("title", "Helplines"), ("markdown", "Ask for Owl."), ("change_note", "Written anew.")],
    )
    .await;
    let done = publish(&percy, OF, &[]).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert!(office.public.get("/helplines").await.words().contains("Ask for Owl."));
    assert_eq!(office.public.get("/notices/helplines/versions/1").await.status, 410);
    chain_holds(&office).await;
}
