//! Who the staff tests are played by. Being in process, each of them is a browser without scripts.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use bluelamp::base::database::DatabaseError;
use bluelamp::base::sealing::Keys;
use bluelamp::desk::accounts::model::{Confirmed, Role, Stage};
use bluelamp::desk::accounts::password::Cost;
use bluelamp::desk::accounts::{Desk, store};
use bluelamp::desk::session::Secret;
use bluelamp::features;
use sqlx::Connection as _;
use tower::ServiceExt as _;
use uuid::Uuid;

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
    pub(crate) cookie: String,
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
        let cookie = format!("{}={}", self.desk.cookies().session, secret.text());
        Person { id, name: name.to_owned(), cookie, desk: self.desk.clone() }
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
        let cookie = format!("{}={}", self.desk.cookies().session, secret.text());
        Person { id, name: name.to_owned(), cookie, desk: self.desk.clone() }
    }

    /// Somebody whose browser has no session.
    pub(crate) fn nobody(&self) -> Person {
        Person { id: Uuid::nil(), name: String::new(), cookie: String::new(), desk: self.desk.clone() }
    }
}

impl Person {
    /// Sends a request as this person's browser would.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        if !self.cookie.is_empty() {
            request.headers_mut().insert(header::COOKIE, self.cookie.parse().unwrap());
        }
        send(&self.desk, request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form from the site's own page. Where the site asks for a proof first, the person gives it and sends the form again.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post_once(path, fields).await;
        let kept = answer.header("location").strip_prefix("/confirm?next=%2Fresume%2F").map(ToOwned::to_owned);
        let Some(kept) = kept else { return answer };
        self.prove(kept.parse().unwrap()).await;
        let page = format!("/resume/{kept}");
        let opened = self.get(&page).await;
        let again = format!("{path}?resumed={kept}");
        let held = held_fields(&opened.body, &again).unwrap_or_else(|| panic!("{page}: {}", opened.words()));
        let pairs: Vec<(&str, &str)> = held.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post_once(&again, &pairs).await
    }

    /// Shows that it is them, for a form that was kept.
    pub(crate) async fn prove(&self, form: Uuid) {
        let secret = self.cookie.split_once('=').and_then(|(_, value)| Secret::read(value)).unwrap();
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
        self.send(form(path, fields)).await
    }

    /// Opens a page, fills in the form that posts to `action` over what it holds already, and sends it.
    pub(crate) async fn fill(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let opened = self.get(page).await;
        let held = filled(&opened, page, action, fields);
        let pairs: Vec<(&str, &str)> = held.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(action, &pairs).await
    }
}

/// Sends a request to the staff site.
pub(crate) async fn send(desk: &Desk, request: Request<Body>) -> Answer {
    Answer::read(bluelamp::routes::staff::router(desk.clone()).unwrap().oneshot(request).await.unwrap()).await
}

/// A form as a page of the site sends it.
pub(crate) fn form(path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate")
        .body(Body::from(form.finish()))
        .unwrap()
}

/// What the form of a page that posts to `action` holds, with some fields filled in.
pub(crate) fn filled(opened: &Answer, page: &str, action: &str, fields: &[(&str, &str)]) -> Vec<(String, String)> {
    assert_eq!(opened.status, StatusCode::OK, "{page}: {}", opened.words());
    let mut held = held_fields(&opened.body, action)
        .unwrap_or_else(|| panic!("{page} has no form that posts to {action}: {}", opened.words()));
    for (name, value) in fields {
        held.retain(|(known, _)| known != name);
        held.push(((*name).to_owned(), (*value).to_owned()));
    }
    held
}

/// What a form holds as the page shows it: hidden, typed and ticked fields; buttons are not pressed.
pub(crate) fn held_fields(html: &str, action: &str) -> Option<Vec<(String, String)>> {
    let page = scraper::Html::parse_document(html);
    let selector = |text: &str| scraper::Selector::parse(text).unwrap();
    let form = page.select(&selector("form")).find(|form| form.value().attr("action") == Some(action))?;
    let mut fields = Vec::new();
    for input in form.select(&selector("input[name], textarea[name], select[name]")) {
        let element = input.value();
        let name = element.attr("name").unwrap().to_owned();
        let kind = element.attr("type").unwrap_or("text");
        if matches!(kind, "checkbox" | "radio") && element.attr("checked").is_none() {
            continue;
        }
        let value = match element.name() {
            // The parser drops the line break that follows the start tag.
            "textarea" => input.text().collect(),
            "select" => input
                .select(&selector("option[selected]"))
                .next()
                .or_else(|| input.select(&selector("option")).next())
                .map_or_else(String::new, |option| {
                    option.value().attr("value").map_or_else(|| option.text().collect(), ToOwned::to_owned)
                }),
            _ if matches!(kind, "checkbox" | "radio") => element.attr("value").unwrap_or("on").to_owned(),
            _ => element.attr("value").unwrap_or_default().to_owned(),
        };
        fields.push((name, value));
    }
    Some(fields)
}
