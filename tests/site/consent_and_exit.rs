//! The cookie choice and the quick exit.

use crate::support::TestSite;

#[tokio::test]
async fn the_banner_asks_until_a_choice_is_made() {
    let site = TestSite::start().await;
    assert!(site.get("/contact").await.body.contains("value=\"accept\""));
    let chosen = site.post("/cookies", "choice=reject&return_to=%2Fcontact").await;
    assert_eq!(chosen.status, 303);
    assert_eq!(chosen.header("location"), "/contact?cookies=saved");
    let cookie = chosen.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("bluelamp_choice=") && cookie.rsplit('.').next() == Some("none"), "{cookie}");
    assert!(!site.get_with("/contact", "cookie", &cookie).await.body.contains("Reject cookies"));
    let said = site.get_with("/contact?cookies=saved", "cookie", &cookie).await;
    assert!(said.words().contains("You rejected the cookies"));
}

#[tokio::test]
async fn global_privacy_control_counts_as_a_reject_without_a_cookie() {
    let site = TestSite::start().await;
    let answer = site.get_with("/contact", "sec-gpc", "1").await;
    assert!(!answer.body.contains("Reject cookies"));
    assert_eq!(answer.header("set-cookie"), "");
    assert!(site.get_with("/cookies", "sec-gpc", "1").await.words().contains("Global Privacy Control"));
}

#[tokio::test]
async fn a_choice_never_leads_to_another_site() {
    let site = TestSite::start().await;
    for form in ["choice=reject&return_to=https%3A%2F%2Fevil.test%2F", "choice=reject&return_to=%2F%2Fevil.test"] {
        assert!(!site.post("/cookies", form).await.header("location").contains("evil"));
    }
    assert_eq!(site.post("/cookies", "choice=maybe").await.status, 422);
}

#[tokio::test]
async fn after_a_quick_exit_every_page_leads_to_the_neutral_site_until_it_is_lifted() {
    let site = TestSite::start().await;
    let left = site.get("/quick-exit").await;
    assert_eq!(left.status, 303);
    let neutral = left.header("location").to_owned();
    assert!(neutral.starts_with("https://"));
    let cookie = left.header("set-cookie").to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Max-Age=300"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap();
    for path in ["/", "/contact", "/search?q=a", "/notices", "/nothing", "/cookies"] {
        let answer = site.get_with(path, "cookie", cookie).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, neutral.as_str()), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    for path in ["/return", "/healthz", "/robots.txt", "/favicon.svg"] {
        let answer = site.get_with(path, "cookie", cookie).await;
        assert!(path == "/robots.txt" || answer.status == 200, "{path}");
    }
    assert!(site.post("/return", "").await.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn another_site_cannot_set_off_the_exit() {
    let site = TestSite::start().await;
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("sec-purpose", "prefetch")]
    {
        let answer = site.get_with("/quick-exit", name, value).await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (303, ""), "{name}: {value}");
    }
}
