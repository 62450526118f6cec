//! The text of a page on a day: by a replay of the log, on days when the clocks change, and in the tables of a real database.

use bluelamp::base::ledger::{Kind, NewEntry};
use bluelamp::site::model::PageContent;
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::ledger::{Log, address, banner, cancellation, state, text, version, withdrawal};
use crate::support::{Answer, NOON, TestSite};

/// Something that is entered. Hours count from when it is entered; before it only for imported history.
#[derive(Clone, Debug)]
enum Action {
    Notice { which: usize, hours: i64 },
    Banner { hours: i64, lasts: Option<i64> },
    Page { which: usize, notices: Vec<usize>, hours: i64 },
    Withdraw { which: usize, hours: i64 },
    Cancel { which: usize },
}

/// The last two are pages as well; `both` has a notice of its own.
const NOTICES: [&str; 3] = ["first", "second", "both"];
const PAGES: [&str; 2] = ["board", "both"];

fn action() -> impl Strategy<Value = Action> {
    // Few hours, so that equal instants are common.
    let hours = || -6..7_i64;
    prop_oneof![
        4 => (0..NOTICES.len(), hours()).prop_map(|(which, hours)| Action::Notice { which, hours }),
        1 => (hours(), proptest::option::of(0..8_i64)).prop_map(|(hours, lasts)| Action::Banner { hours, lasts }),
        2 => (0..PAGES.len(), Just(vec![0, 1, 2]).prop_shuffle(), 1..4_usize, hours()).prop_map(
            |(which, mut notices, most, hours)| {
                notices.truncate(most);
                Action::Page { which, notices, hours }
            }
        ),
        2 => (0..NOTICES.len() + PAGES.len() + 1, hours()).prop_map(|(which, hours)| Action::Withdraw { which, hours }),
        2 => (0..40_usize).prop_map(|which| Action::Cancel { which }),
    ]
}

fn start() -> Timestamp {
    "2026-03-28T12:00:00Z".parse().unwrap()
}

fn hour(hours: i64) -> Timestamp {
    start() + hours.hours()
}

fn enter(log: &mut Log, action: &Action, recorded: i64) {
    let next = i64::try_from(log.0.len()).unwrap() + 1;
    let number = |log: &Log, subject: &str| {
        i32::try_from(log.0.iter().filter(|kept| kept.entry.subject == subject && kept.entry.version.is_some()).count())
            .unwrap()
            + 1
    };
    let token = format!("<p>token-{next}-</p>");
    let at =
        |new: NewEntry, hours: i64| NewEntry { in_force_at: Some(hour(recorded + hours)), imported: hours < 0, ..new };
    let new = match action {
        Action::Notice { which, hours } => {
            let subject = format!("notice:{}", NOTICES[*which]);
            at(version(number(log, &subject), &text(NOTICES[*which], &token)), *hours)
        }
        Action::Banner { hours, lasts } => {
            let ends = lasts.map(|lasts| hour(recorded + hours + lasts));
            at(version(number(log, "notice:flag"), &banner("flag", &token, ends)), *hours)
        }
        Action::Page { which, notices, hours } => {
            let page = PageContent {
                address: address(PAGES[*which]),
                title: "Board".to_owned(),
                description: "Board.".to_owned(),
                notices: notices.iter().map(|notice| address(NOTICES[*notice])).collect(),
                about_harm: false,
            };
            let subject = format!("page:{}", PAGES[*which]);
            at(state(Kind::Page, &subject, number(log, &subject), &page), *hours)
        }
        Action::Withdraw { which, hours } => {
            let notices = NOTICES.iter().map(|name| format!("notice:{name}"));
            let pages = PAGES.iter().map(|name| format!("page:{name}"));
            let subject = notices.chain(pages).chain(["notice:flag".to_owned()]).nth(*which).unwrap();
            at(withdrawal(&subject), *hours)
        }
        Action::Cancel { which } => {
            // As the database has it: what is in force already, or cancelled already, cannot be cancelled.
            let cancelled = |number| log.0.iter().any(|kept| kept.entry.target == Some(number));
            let open = log.0.iter().filter(|kept| {
                kept.entry.target.is_none() && kept.entry.in_force_at > hour(recorded) && !cancelled(kept.entry.number)
            });
            let open: Vec<_> = open.map(|kept| (kept.entry.number, kept.entry.subject.clone())).collect();
            let Some((target, subject)) = open.get(which % open.len().max(1)).cloned() else { return };
            cancellation(&subject, target)
        }
    };
    log.add(new, hour(recorded));
}

/// The entry in force of a subject at an instant, found by reading the log from its start: the last in force among those
/// that were not taken back, among equals the one entered last. None where that is a withdrawal.
fn replay(log: &Log, subject: &str, at: Timestamp) -> Option<i64> {
    decisive(log, subject, at).filter(|(_, is_state)| *is_state).map(|(number, _)| number)
}

/// The entry that decides what is in force, and whether it is a state and no withdrawal.
fn decisive(log: &Log, subject: &str, at: Timestamp) -> Option<(i64, bool)> {
    let taken_back = |number| log.0.iter().any(|kept| kept.entry.target == Some(number));
    let mut best: Option<(Timestamp, i64, bool)> = None;
    for kept in &log.0 {
        let entry = &kept.entry;
        let counts = entry.subject == subject && entry.target.is_none() && !taken_back(entry.number);
        if counts && entry.in_force_at <= at && best.is_none_or(|(time, _, _)| entry.in_force_at >= time) {
            best = Some((entry.in_force_at, entry.number, entry.version.is_some()));
        }
    }
    best.map(|(_, number, is_state)| (number, is_state))
}

fn content<T: serde::de::DeserializeOwned>(log: &Log, number: i64) -> T {
    let kept = &log.0[usize::try_from(number).unwrap() - 1];
    serde_json::from_str(&kept.content.as_ref().unwrap().body).unwrap()
}

/// The texts that an address shows at an instant: their numbers in order, the banner's behind them. None where it has
/// nothing to show.
fn expected(log: &Log, path: &str, at: Timestamp) -> Option<Vec<i64>> {
    let notice = |name: &str| replay(log, &format!("notice:{name}"), at);
    let texts = match replay(log, &format!("page:{path}"), at) {
        Some(page) => {
            let page: PageContent = content(log, page);
            page.notices.iter().filter_map(|name| notice(name.as_str())).collect::<Vec<_>>()
        }
        None => vec![notice(path)?],
    };
    let banner = notice("flag").filter(|number| {
        let text: bluelamp::site::model::NoticeContent = content(log, *number);
        text.banner.unwrap().ends_at.is_none_or(|end| end > at)
    });
    Some(texts.into_iter().chain(banner).collect())
}

/// Tells that a state of a subject came into force by an instant.
fn was_in_force(log: &Log, subject: &str, at: Timestamp) -> bool {
    let taken_back = |number| log.0.iter().any(|kept| kept.entry.target == Some(number));
    log.0.iter().map(|kept| &kept.entry).any(|entry| {
        entry.subject == subject && entry.version.is_some() && entry.in_force_at <= at && !taken_back(entry.number)
    })
}

/// Tells that a notice stands on a page that is in force at an instant.
fn stands_on_a_page(log: &Log, notice: &str, at: Timestamp) -> bool {
    let pages = PAGES.iter().filter_map(|name| replay(log, &format!("page:{name}"), at));
    pages
        .map(|number| content::<PageContent>(log, number))
        .any(|page| page.notices.iter().any(|on| on.as_str() == notice))
}

fn shown(answer: &Answer) -> Vec<i64> {
    // The head describes the page, too.
    let body = answer.body.split_once("<body>").map_or("", |(_, body)| body);
    body.split("token-").skip(1).map(|rest| rest.split('-').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn any_address_at_any_instant_is_what_a_replay_of_the_log_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let actions = proptest::collection::vec((action(), 0..3_i64), 1..24);
    let instants = proptest::collection::vec((-8..60_i64, -1..2_i64), 12);
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() });
    runner
        .run(&(actions, instants), |(actions, instants)| {
            let mut log = Log::default();
            let mut recorded = 0;
            for (action, later) in &actions {
                recorded += later;
                enter(&mut log, action, recorded);
            }
            // On the hour, and a microsecond to either side of it.
            let mut instants: Vec<Timestamp> =
                instants.iter().map(|(hours, beside)| hour(*hours) + beside.microseconds()).collect();
            instants.sort_unstable();
            let site = log.site();
            let addresses = ["board", "first", "second", "both"];
            runtime.block_on(async {
                // As the clock goes on, each address shows what is in force.
                for at in &instants {
                    site.clock.set(*at);
                    for path in addresses {
                        let answer = site.get(&format!("/{path}")).await;
                        let expected = expected(&log, path, *at);
                        let last = decisive(&log, &format!("notice:{path}"), *at);
                        let withdrawn = last.is_some_and(|(_, is_state)| !is_state);
                        // A page that was taken away leads its visitors on, unless a text is read there by itself.
                        let page = decisive(&log, &format!("page:{path}"), *at);
                        let leads_on = page.is_some_and(|(_, is_state)| !is_state)
                            && was_in_force(&log, &format!("page:{path}"), *at)
                            && (expected.is_none() || stands_on_a_page(&log, path, *at));
                        let status = match (&expected, withdrawn) {
                            _ if leads_on => 308,
                            (Some(_), _) => 200,
                            (None, true) => 410,
                            (None, false) => 404,
                        };
                        prop_assert_eq!(answer.status.as_u16(), status, "/{} at {}", path, at);
                        if let Some(expected) = expected.filter(|_| !leads_on) {
                            prop_assert_eq!(shown(&answer), expected, "/{} at {}", path, at);
                        }
                    }
                }
                // ReviewState back on, the same, whatever came later.
                site.clock.set(hour(100));
                for at in &instants {
                    for path in addresses {
                        let answer = site.get(&format!("/{path}?as_of={at}")).await;
                        let known = |sort| {
                            log.0.iter().any(|kept| {
                                kept.entry.subject == format!("{sort}:{path}")
                                    && kept.entry.version.is_some()
                                    && !log.0.iter().any(|other| other.entry.target == Some(kept.entry.number))
                            })
                        };
                        let status = if known("page") || known("notice") { 200 } else { 404 };
                        prop_assert_eq!(answer.status.as_u16(), status, "/{} as of {}", path, at);
                        if let Some(expected) = expected(&log, path, *at) {
                            prop_assert_eq!(shown(&answer), expected, "/{} as of {}", path, at);
                        } else if status == 200 {
                            let banner = expected_banner(&log, *at);
                            prop_assert_eq!(shown(&answer), banner, "/{} as of {}", path, at);
                        }
                    }
                }
                Ok(())
            })
        })
        .unwrap();
}

/// The banners that are expected below a page that has no text of its own.
fn expected_banner(log: &Log, at: Timestamp) -> Vec<i64> {
    let number = replay(log, "notice:flag", at);
    let in_time = |number: &i64| {
        let text: bluelamp::site::model::NoticeContent = content(log, *number);
        text.banner.unwrap().ends_at.is_none_or(|end| end > at)
    };
    number.filter(in_time).into_iter().collect()
}

/// A notice of which a version comes into force at each of some instants.
fn with_versions(instants: &[&str]) -> TestSite {
    let mut log = Log::default();
    for (index, at) in instants.iter().enumerate() {
        let number = i32::try_from(index).unwrap() + 1;
        let content = text("rota", &format!("<p>token-{number}-</p>"));
        let at: Timestamp = at.parse().unwrap();
        log.add(NewEntry { in_force_at: Some(at), imported: true, ..version(number, &content) }, start());
    }
    let site = log.site();
    site.at(NOON);
    site
}

#[tokio::test]
async fn a_day_ends_at_midnight_in_london_also_where_the_clocks_change() {
    let site = with_versions(&[
        "2021-03-27T23:59:59.999999Z",
        "2021-03-28T00:00:00Z",
        "2021-03-28T22:59:59.999999Z",
        "2021-03-28T23:00:00Z",
        "2021-10-30T22:59:59.999999Z",
        "2021-10-30T23:00:00Z",
        "2021-10-31T23:59:59.999999Z",
        "2021-11-01T00:00:00Z",
    ]);
    for (asked, token) in [
        ("2021-03-27", 1),
        ("2021-03-28", 3),
        ("2021-03-29", 4),
        ("2021-10-29", 4),
        ("2021-10-30", 5),
        ("2021-10-31", 7),
        ("2021-11-01", 8),
    ] {
        assert_eq!(shown(&site.get(&format!("/rota?as_of={asked}")).await), [token], "{asked}");
    }
}

#[tokio::test]
async fn an_hour_that_comes_twice_is_told_apart_by_its_offset() {
    let site = with_versions(&["2021-10-31T00:30:00Z", "2021-10-31T01:30:00Z"]);
    for (asked, token) in [
        ("2021-10-31T01:30:00%2B01:00", 1),
        // A plus sign that nobody encoded arrives as a space.
        ("2021-10-31T01:30:00+01:00", 1),
        ("2021-10-31T01:30:00Z", 2),
        ("2021-10-31T01:29:59.999999Z", 1),
        ("2021-10-31T02:30:00%2B01:00", 2),
    ] {
        assert_eq!(shown(&site.get(&format!("/rota?as_of={asked}")).await), [token], "{asked}");
    }
    assert!(site.get("/rota?as_of=2021-10-31T00:29:59Z").await.words_of("main").contains("Nothing was in force"));
}

#[tokio::test]
async fn today_means_until_now_and_tomorrow_is_refused_by_the_day_in_london() {
    let site = with_versions(&["2026-06-30T22:30:00Z", "2026-06-30T23:30:00Z"]);
    site.at("2026-06-30T22:59:00Z");
    assert_eq!(shown(&site.get("/rota?as_of=2026-06-30").await), [1]);
    assert_eq!(site.get("/rota?as_of=2026-07-01").await.status, 422);
    // In London it is the first of July already.
    site.at("2026-06-30T23:00:00Z");
    assert_eq!(shown(&site.get("/rota?as_of=2026-07-01").await), [1]);
    site.at("2026-06-30T23:30:00Z");
    assert_eq!(shown(&site.get("/rota?as_of=2026-07-01").await), [2]);
    assert_eq!(shown(&site.get("/rota?as_of=2026-06-30").await), [1]);
}

#[tokio::test]
async fn the_page_says_which_instant_it_shows_and_leads_back_to_now() {
    let site = TestSite::start().await;
    let then = site.get("/website-privacy?as_of=2021-12-01").await;
    assert!(then.words_of("main").contains("1 December 2021"), "{}", then.words());
    assert!(then.attributes("main a", "href").contains(&"/website-privacy".to_owned()));
    assert_eq!(then.attributes("meta[name=robots]", "content"), ["noindex"]);
    let exact = site.get("/website-privacy?as_of=2022-07-01T10:30:00Z").await;
    assert!(exact.words_of("main").contains("1 July 2022 at 11:30"), "{}", exact.words());
    let before = site.get("/website-privacy?as_of=2020-01-01").await;
    assert_eq!(before.words_of("main").matches("Nothing was in force").count(), 3, "{}", before.words());
    assert!(
        before.words_of("section#webchat-disclaimer h2").contains("Webchat disclaimer"),
        "each says what it speaks of"
    );
    for bad in ["2030-01-01", "x", "2021-02-30", "2026-11-24T12:00:01Z", ""] {
        assert_eq!(site.get(&format!("/website-privacy?as_of={bad}")).await.status, 422, "{bad}");
    }
    assert_eq!(site.get("/nothing?as_of=2021-12-01").await.status, 404);
}

#[tokio::test]
async fn old_texts_are_read_from_the_database_with_their_banners() {
    let site = TestSite::start().await;
    let then = site.get("/webchat-disclaimer?as_of=2021-12-01").await.body;
    assert!(then.contains("Malicious Communications Act 1998"));
    assert!(!site.get("/webchat-disclaimer").await.body.contains("Malicious Communications Act 1998"));
    // A banner that is over by now stands above the page as it was.
    site.enter(version(1, &banner("flood", "<p>The river rises.</p>", Some("2026-11-25T00:00:00Z".parse().unwrap()))))
        .await;
    assert!(site.get("/contact").await.body.contains("The river rises"));
    site.at("2026-11-26T12:00:00Z");
    assert!(!site.get("/contact").await.body.contains("The river rises"));
    for (asked, shows) in [("2026-11-23", false), ("2026-11-24", true), ("2026-11-25", false)] {
        for page in ["/contact", "/", "/report"] {
            let answer = site.get(&format!("{page}?as_of={asked}")).await;
            assert_eq!(answer.body.contains("The river rises"), shows, "{page} {asked}");
        }
    }
}

#[tokio::test]
async fn what_a_page_was_made_of_then_is_what_it_shows() {
    let site = TestSite::start().await;
    let page = PageContent {
        address: address("contact"),
        title: "Reach us".to_owned(),
        description: "Reach us.".to_owned(),
        notices: vec![address("helplines")],
        about_harm: false,
    };
    site.at("2026-11-25T12:00:00Z");
    site.enter(NewEntry {
        in_force_at: Some("2026-11-25T10:00:00Z".parse().unwrap()),
        ..state(Kind::Page, "page:contact", 2, &page)
    })
    .await;
    assert_eq!(site.get("/contact").await.words_of("h1"), "Reach us");
    assert_eq!(site.get("/contact?as_of=2026-11-24").await.words_of("h1"), "Contact us");
    assert_eq!(site.get("/contact?as_of=2026-11-24").await.attributes("main section", "id").len(), 2);
    assert_eq!(site.get("/contact").await.attributes("main section", "id").len(), 1);
    // Facts are in the texts themselves: a new name changes none that was published.
    let mut facts = site.site.edition().facts.as_ref().clone();
    facts.insert("force_name".to_owned(), "Southshire Police".to_owned());
    site.enter(NewEntry {
        in_force_at: Some("2026-11-25T11:00:00Z".parse().unwrap()),
        ..state(Kind::Facts, "facts", 2, &facts)
    })
    .await;
    let main = site.get("/website-privacy?as_of=2021-12-01").await.words_of("main");
    assert!(main.contains("Northshire Police") && !main.contains("Southshire"), "{main}");
    assert!(site.get("/website-privacy").await.words_of("footer").contains("Southshire Police"));
}

#[tokio::test]
async fn what_moved_is_shown_with_the_address_that_it_had_then() {
    let mut log = Log::default();
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let (then, moved) = ("2021-06-01T00:00:00Z", "2022-01-02T00:00:00Z");
    log.add(version(1, &text("helpline", "<p>Call Zebrafinch.</p>")), at(then));
    log.add(version(1, &text("kiosk", "<p>Come to the kiosk.</p>")), at(then));
    let page = |place: &str, notices: &[&str]| PageContent {
        address: address(place),
        title: "Help".to_owned(),
        description: "Help.".to_owned(),
        notices: notices.iter().map(|name| address(name)).collect(),
        about_harm: false,
    };
    log.add(state(Kind::Page, "page:help", 1, &page("help", &["helpline"])), at(then));
    log.add(state(Kind::Page, "page:help", 2, &page("get-help", &["helpline"])), at(moved));
    let kiosk =
        bluelamp::site::model::NoticeContent { address: address("kiosks"), ..text("kiosk", "<p>Come to a kiosk.</p>") };
    log.add(state(Kind::Version, "notice:kiosk", 2, &kiosk), at(moved));
    // A page that is new and shows what stood elsewhere before.
    log.add(state(Kind::Page, "page:all", 1, &page("all", &["helpline"])), at(moved));
    let site = log.site();
    site.at("2023-01-01T00:00:00Z");

    let page = site.get("/get-help?as_of=2022-01-01").await;
    assert_eq!(page.status, 200);
    assert!(
        page.words_of("main").contains("It was not at this address then: it was read at /help."),
        "{}",
        page.words()
    );
    assert!(page.body.contains("Call Zebrafinch.") && !page.body.contains("Nothing was in force"), "{}", page.words());
    let link = page.attributes(".past a", "href")[0].clone();
    let there = site.get(&link).await;
    assert!(there.status == 200 && there.body.contains("Call Zebrafinch."), "{link}");
    assert!(!there.words().contains("not at this address"), "{}", there.words());

    let notice = site.get("/kiosks?as_of=2022-01-01").await;
    assert!(notice.words_of("main").contains("it was read at /kiosk."), "{}", notice.words());
    assert!(!notice.words().contains("not at this address then: it was read at /kiosks"));
    assert!(!site.get("/get-help?as_of=2022-02-01").await.words().contains("not at this address"));

    let new = site.get("/all?as_of=2022-01-01").await;
    assert!(
        new.words_of("main").contains("Nothing was in force here at that time")
            && new.words_of("main").contains("This text was read at /helpline then."),
        "{}",
        new.words()
    );
    // Before anything was there, nothing is said of another address.
    let before = site.get("/get-help?as_of=2020-01-01").await;
    assert!(!before.words().contains("not at this address"), "{}", before.words());
}
