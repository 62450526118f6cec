//! People who set up their own sign-in, with a password and an app.

use axum::http::StatusCode;
use bluelamp::base::audit::Who;
use bluelamp::desk::accounts::invite;
use bluelamp::desk::accounts::invite::Newcomer;
use bluelamp::desk::accounts::{Role, cleanup};
use jiff::{SignedDuration, Timestamp};
use sqlx::Connection as _;
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

use super::people::Office;
use crate::support::client::{Client, held_fields};

/// Somebody with a password and an app, signed in.
pub(crate) struct Settled {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) secret: String,
    pub(crate) codes: Vec<String>,
    pub(crate) browser: Client,
}

pub(crate) const PASSWORD: &str = "harbour violet casting umbrella";

/// The code that an app with a secret shows at a time.
pub(crate) fn code_at(secret: &str, at: Timestamp) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp: Totp = Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    totp.generate(u64::try_from(at.as_second()).unwrap()).to_string()
}

/// The secret that a page shows to be typed into an app.
pub(crate) fn shown_secret(html: &str) -> String {
    let page = scraper::Html::parse_document(html);
    let selector = scraper::Selector::parse("form p code").unwrap();
    page.select(&selector).next().unwrap().text().collect()
}

/// The recovery codes that a page shows.
pub(crate) fn shown_codes(html: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(html);
    let selector = scraper::Selector::parse("ol.codes code").unwrap();
    page.select(&selector).map(|code| code.text().collect()).collect()
}

impl Office {
    /// Moves the clock on.
    pub(crate) fn pass(&self, time: SignedDuration) {
        self.public.clock.set(self.desk.now() + time);
    }

    /// Makes an account and gives the path of its set-up link.
    pub(crate) async fn invite(&self, name: &str, email: &str, roles: &[Role]) -> (Uuid, String) {
        let mut connection = self.public.connection().await;
        let mut transaction = connection.begin().await.unwrap();
        let newcomer = Newcomer { name, email, roles };
        let (id, secret) =
            invite::add(&mut transaction, self.desk.keys(), Who::CONSOLE, &newcomer, self.desk.now()).await.unwrap();
        transaction.commit().await.unwrap();
        (id, format!("/welcome/{}", secret.text()))
    }

    /// Somebody who set up a password and an app.
    pub(crate) async fn settled(&self, name: &str, roles: &[Role]) -> Settled {
        let email = format!("{}@northshire.example", name.to_lowercase().replace(' ', "."));
        let (id, link) = self.invite(name, &email, roles).await;
        let mut browser = self.browser();
        let secret = shown_secret(&browser.get(&link).await.body);
        let opened = browser.get(&link).await;
        let held = held_fields(&opened.body, &link).unwrap();
        assert_ne!(shown_secret(&opened.body), secret, "each opening shows a secret of its own");
        let secret = shown_secret(&opened.body);
        let app = held.iter().find(|(name, _)| name == "app").unwrap().1.clone();
        let code = code_at(&secret, self.desk.now());
        let done = browser.post(&link, &[("password", PASSWORD), ("app", &app), ("code", &code)]).await;
        assert_eq!(done.header("location"), "/account/codes", "{}", done.words());
        let codes = shown_codes(&browser.get("/account/codes").await.body);
        self.pass(SignedDuration::from_secs(30));
        Settled { id, email, secret, codes, browser }
    }

    /// The records of an action, with their details.
    pub(crate) async fn recorded(&self, action: &str) -> Vec<String> {
        let mut connection = self.public.connection().await;
        sqlx::query_scalar(
            "select coalesce(actor_name, '') || ' ' || subject || ' ' || details from audit_entry where action = $1 order by id",
        )
        .bind(action)
        .fetch_all(&mut connection)
        .await
        .unwrap()
    }
}

impl Office {
    /// The lines of the log on failed sign-ins, once their minutes are over.
    pub(crate) async fn failed_sign_ins(&self) -> Vec<String> {
        self.pass(SignedDuration::from_mins(1));
        cleanup::record_counts(&self.desk).await.unwrap();
        self.recorded("sign_in_failed").await
    }
}

impl Settled {
    /// Signs in from a browser, with password and code.
    pub(crate) async fn sign_in(&self, office: &Office, browser: &mut Client) {
        let first = browser.type_password(&self.email, PASSWORD).await;
        assert_eq!(first.header("location"), "/sign-in/code", "{}", first.words());
        let code = code_at(&self.secret, office.desk.now());
        let second = browser.post("/sign-in/code", &[("code", &code)]).await;
        assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.words());
        office.pass(SignedDuration::from_secs(30));
    }
}
