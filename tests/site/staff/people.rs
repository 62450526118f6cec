//! The people who play in the staff tests. Being in process, each of them has a browser without scripts.

use axum::body::Body;
use axum::http::Request;
use bluelamp::base::database::DatabaseError;
use bluelamp::base::sealing::Keys;
use bluelamp::desk::accounts::model::{Confirmed, Role, Stage};
use bluelamp::desk::accounts::password::Cost;
use bluelamp::desk::accounts::{Desk, store};
use bluelamp::desk::session::Secret;
use bluelamp::features;
use sqlx::Connection as _;
use uuid::Uuid;

use crate::support::client::{Client, pairs};
use crate::support::{Answer, TestSite};

/// A staff site over a public one, and whoever works at it.
pub(crate) struct Office {
    pub(crate) public: TestSite,
    pub(crate) desk: Desk,
}

/// Somebody signed in.
pub(crate) struct Person {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    browser: Client,
    desk: Desk,
}

impl Office {
    /// With the starter set and nobody in it.
    pub(crate) async fn open() -> Self {
        let public = TestSite::start().await;
        let desk = Desk::with_cost(public.site.clone(), Keys::generate().unwrap(), features::for_desk(), Cost::LEAST);
        Self { public, desk }
    }

    /// A new account with these roles, signed in.
    pub(crate) async fn staff(&self, name: &str, roles: &[Role]) -> Person {
        let id = Uuid::now_v7();
        let secret = Secret::random().unwrap();
        let email = format!("{}@northshire.example", name.to_lowercase().replace(' ', "."));
        let keys = self.desk.keys();
        let sealed = keys.seal(&bluelamp::desk::accounts::model::email_place(id), email.as_bytes()).unwrap();
        let mut connection = self.public.connection().await;
        let mut transaction = connection.begin().await.unwrap();
        store::add(&mut transaction, id, name, &store::email_lookup(keys, &email), &sealed, roles).await.unwrap();
        store::begin_session(&mut transaction, secret.hash(), id, Stage::Full, "a test", self.desk.now())
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        self.as_person(id, name, &secret)
    }

    /// Erin, who writes.
    pub(crate) async fn editor(&self) -> Person {
        self.staff("Erin Editor", &[Role::Editor]).await
    }

    /// Percy, who publishes.
    pub(crate) async fn publisher(&self) -> Person {
        self.staff("Percy Publisher", &[Role::Publisher]).await
    }

    /// Adele, who looks after accounts.
    pub(crate) async fn administrator(&self) -> Person {
        self.staff("Adele Admin", &[Role::Administrator]).await
    }

    /// Audrey, who reads and changes nothing.
    pub(crate) async fn auditor(&self) -> Person {
        self.staff("Audrey Auditor", &[Role::Auditor]).await
    }

    /// Dorian, who decides on redactions.
    pub(crate) async fn protector(&self) -> Person {
        self.staff("Dorian Protector", &[Role::DataProtectionOfficer]).await
    }

    /// Somebody who signed in to an account that is there.
    pub(crate) fn as_person(&self, id: Uuid, name: &str, secret: &Secret) -> Person {
        let browser = self.browser().with_session(&secret.text());
        Person { id, name: name.to_owned(), browser, desk: self.desk.clone() }
    }

    /// Somebody whose browser has no session.
    pub(crate) fn nobody(&self) -> Person {
        Person { id: Uuid::nil(), name: String::new(), browser: self.browser(), desk: self.desk.clone() }
    }

    pub(crate) fn browser(&self) -> Client {
        Client::of_desk(&self.desk)
    }
}

impl Person {
    /// Sends a request as this person's browser would.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        self.browser.clone().send(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.browser.clone().get(path).await
    }

    /// Sends a form from the site's own page. Where the site asks for a proof first, the person gives it and sends the form again.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post_once(path, fields).await;
        let kept = answer.header("location").strip_prefix("/confirm?next=%2Fresume%2F").map(ToOwned::to_owned);
        let Some(kept) = kept else { return answer };
        self.prove(kept.parse().unwrap()).await;
        let again = format!("{path}?resumed={kept}");
        self.browser.clone().fill(&format!("/resume/{kept}"), &again, &[]).await
    }

    /// Shows that it is them, for a form that was kept.
    pub(crate) async fn prove(&self, form: Uuid) {
        let secret = self.browser.session().and_then(Secret::read).unwrap();
        let (hash, now) = (secret.hash(), self.desk.now());
        let done = self.desk.database().write(self.desk.limit(), async move |connection| {
            let session = store::session(connection, hash).await?.unwrap();
            let confirmed = Confirmed { at: now, by_passkey: false, form: Some(form) };
            store::confirm_session(connection, session.actor.session(), hash, confirmed).await?;
            Ok::<_, DatabaseError>(())
        });
        done.await.unwrap();
    }

    /// Sends a form once, as the browser does.
    pub(crate) async fn post_once(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.browser.clone().post(path, fields).await
    }

    /// Opens a page, fills in the form that posts to `action` over what it holds already, and sends it.
    pub(crate) async fn fill(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let held = self.browser.clone().fill_in(page, action, fields).await;
        self.post(action, &pairs(&held)).await
    }
}
