//! Bad input at its size, and that what is in force follows the log.

use bluelamp::ledger::store;

use crate::support::TestSite;

#[tokio::test]
async fn a_huge_query_or_cookie_gets_a_page_and_no_fault() {
    let site = TestSite::start().await;
    let long = "a".repeat(60_000);
    for path in [format!("/contact?as_of={long}"), format!("/search?q={long}"), format!("/{long}")] {
        assert!(site.get(&path).await.status.is_client_error());
    }
    let answer = site.get_with("/contact", "cookie", &format!("bluelamp_choice={long}")).await;
    assert!(answer.status.is_success() || answer.status.is_client_error());
    for cookie in [
        "bluelamp_choice=9.statistics.x",
        "bluelamp_choice=",
        "bluelamp_choice=%00",
        "=;=;;=",
        "bluelamp_choice=-1.none",
    ] {
        let answer = site.get_with("/contact", "cookie", cookie).await;
        assert!(answer.status == 200 && answer.body.contains("Reject cookies"), "{cookie}");
    }
}

#[tokio::test]
async fn what_is_in_force_at_any_instant_is_what_a_replay_of_the_log_says() {
    let site = TestSite::start().await;
    let log = store::entries_after(&mut site.connection().await, 0, 1000).await.unwrap();
    let edition = site.site.edition();
    let mut seconds: u32 = 1;
    for _ in 0..2000 {
        // A small generator of our own: the same instants in every run.
        seconds = seconds.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let at = jiff::Timestamp::from_second(1_600_000_000 + i64::from(seconds % 120_000_000)).unwrap();
        for (name, notice) in &edition.published.notices {
            let subject = format!("notice:{name}");
            let mut expected = None;
            for kept in log.iter().filter(|kept| kept.entry.subject == subject && kept.entry.in_force_at <= at) {
                let key = (kept.entry.in_force_at, kept.entry.number);
                if expected.is_none_or(|(best, _)| best < key) {
                    expected = Some((key, kept.entry.version));
                }
            }
            let found = notice.in_force(at).map(|version| version.number);
            assert_eq!(found, expected.and_then(|(_, version)| version), "{name} at {at}");
        }
    }
}

#[tokio::test]
async fn an_accept_leaves_a_receipt_and_counts_a_visit_once() {
    let site = TestSite::start().await;
    let chosen = site.post("/cookies", "choice=accept&return_to=%2Fcontact").await;
    let cookie = chosen.header("set-cookie").split(';').next().unwrap().to_owned();
    let receipt = cookie.rsplit('.').next().unwrap();
    assert!(receipt.len() == 32 && receipt.bytes().all(|byte| byte.is_ascii_hexdigit()), "{cookie}");
    let visit = site.get_with("/contact", "cookie", &cookie).await;
    let visit = visit.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(visit, "bluelamp_visit=1");
    let both = format!("{cookie}; {visit}");
    assert_eq!(site.get_with("/contact", "cookie", &both).await.header("set-cookie"), "");
    let exit = site.get_with("/quick-exit", "cookie", &both).await;
    let removed =
        exit.headers.get_all("set-cookie").iter().filter(|value| value.to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(removed.count(), 2, "the exit removes every other cookie");
}
