//! `/webchat`: what each line offers now, and the start of a chat.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Problems, Wrong, read_line};
use crate::base::web::respond;
use crate::base::web::shell::Shell;
use crate::features::consent::Visitor;
use crate::features::conversations;
use crate::features::conversations::model::{Content, ConversationKey, Receipt, Side, read_text};
use crate::features::conversations::store::Said;
use crate::features::webchat::limits::Limits;
use crate::features::webchat::model::{COOKIE_SECONDS, LONGEST_NAME, Offer, hours};
use crate::features::webchat::paths::public as paths;
use crate::features::webchat::public::{Chatter, keep};
use crate::features::webchat::{store, words};
use crate::site::Around;
use crate::site::model::NoticeContent;
use crate::site::now::SiteNow;
use crate::text::urgency::find_crisis;

/// How long the start of a chat may take.
const LIMIT: Duration = Duration::from_secs(3);

#[derive(Template)]
#[template(path = "webchat/show.html")]
struct ShowPage {
    shell: Shell,
    lines: Vec<LineView>,
    ahead: Vec<String>,
    disclaimer: Option<Arc<NoticeContent>>,
    disclaimer_version: i32,
    state: Service,
    has_chat: bool,
    form: StartForm,
}

/// Whether webchat works at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    /// Nobody of the force ever came on duty, or this node cannot seal what visitors write.
    NotYet,
    /// What is going on cannot be told just now.
    Unknown,
    /// No line can be asked now.
    Shut,
    /// A line can be asked now.
    Open,
}

impl Service {
    fn is_not_yet(self) -> bool {
        self == Self::NotYet
    }

    fn is_unknown(self) -> bool {
        self == Self::Unknown
    }

    fn is_open(self) -> bool {
        self == Self::Open
    }
}

struct LineView {
    name: String,
    label: String,
    hours: String,
    now: String,
    is_open: bool,
}

/// The start of a chat as it was typed.
#[derive(Default)]
struct StartForm {
    token: String,
    line: String,
    name: String,
    text: String,
    danger: String,
    problems: Problems,
}

#[derive(Deserialize)]
pub(crate) struct Sent {
    #[serde(default)]
    form: String,
    #[serde(default)]
    line: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    danger: String,
    #[serde(default)]
    disclaimer: String,
}

pub(crate) async fn show(site: SiteNow, visitor: Visitor, chatter: Chatter) -> Result<Response, AppError> {
    let token = Receipt::random().map_err(anyhow::Error::from)?.text();
    page(&site, &visitor, &chatter, StartForm { token, ..StartForm::default() }, None).await
}

/// What each line offers; `NotYet` and `Unknown` without asking or where asking fails.
async fn offers(site: &SiteNow) -> (Service, Vec<(LineView, Offer)>) {
    let now = site.clock().now();
    let hours = hours(&site.edition, now);
    let queues = match site.public_keys() {
        None => Ok(None),
        Some(_) => site.database().read(async |connection| store::queues(connection, now).await).await,
    };
    let (state, queues) = match queues {
        Ok(None) => (Service::NotYet, Vec::new()),
        Ok(Some(queues)) => (Service::Shut, queues),
        Err(_) => (Service::Unknown, Vec::new()),
    };
    let Some(hours) = hours else { return (state, Vec::new()) };
    let lines: Vec<(LineView, Offer)> = hours
        .lines
        .iter()
        .map(|line| {
            let offer = Offer::of(&hours, line, &queues, now);
            let view = LineView {
                name: line.name.clone(),
                label: line.label.clone(),
                hours: line.words(),
                now: words::offer(&offer, now),
                is_open: offer.is_open(),
            };
            (view, offer)
        })
        .collect();
    let is_open = state == Service::Shut && lines.iter().any(|(_, offer)| offer.is_open());
    (if is_open { Service::Open } else { state }, lines)
}

async fn page(
    site: &SiteNow,
    visitor: &Visitor,
    chatter: &Chatter,
    form: StartForm,
    status: Option<StatusCode>,
) -> Result<Response, AppError> {
    let edition = &*site.edition;
    let now = site.clock().now();
    let around = Around {
        title: "Webchat",
        path: paths::WEBCHAT,
        return_to: Some(visitor.return_to.clone()),
        page: Some("webchat"),
        cookies: visitor.banner,
    };
    let mut shell = site.shell(edition, around);
    shell.description = Some("Whether our webchat is open, when it is, and how else to reach us.".to_owned());
    let (state, lines) = offers(site).await;
    let ahead = hours(edition, now).map(|hours| hours.ahead(now)).unwrap_or_default();
    // By its name, which stays when it moves.
    let notice = edition.published.notices.get("webchat-disclaimer");
    let version = notice.and_then(|notice| notice.in_force(now));
    let page = ShowPage {
        shell,
        lines: lines.into_iter().map(|(view, _)| view).collect(),
        ahead,
        disclaimer: version.and_then(|version| version.text.clone()),
        disclaimer_version: version.map_or(0, |version| version.number),
        state,
        has_chat: chatter.receipt.is_some(),
        form,
    };
    respond::page(status.unwrap_or_else(|| page.form.problems.status()), &page)
}

/// Begins a chat. The same form begins one chat however often it comes.
pub(crate) async fn start(
    site: SiteNow,
    visitor: Visitor,
    chatter: Chatter,
    Form(sent): Form<Sent>,
) -> Result<Response, AppError> {
    let now = site.clock().now();
    let mut problems = Problems::default();
    if !matches!(sent.danger.as_str(), "yes" | "no") {
        problems.add("danger", "Say whether you are in danger now. If you are, call 999.");
    }
    let (_, lines) = offers(&site).await;
    let offer = lines.iter().find(|(view, _)| view.name == sent.line).map(|(_, offer)| offer.clone());
    if offer.is_none() {
        problems.add("line", "Choose what it is about.");
    }
    let name = if sent.name.trim().is_empty() { Ok(String::new()) } else { read_line(&sent.name, LONGEST_NAME) };
    let name = problems.check("name", "Name", name);
    let text = problems.check("text", "Your question", read_text(&sent.text));
    let token = Receipt::read(&sent.form);
    let again = |token: Option<Receipt>, problems| StartForm {
        token: token.map_or_else(String::new, |token| token.text()),
        line: sent.line.clone(),
        name: sent.name.clone(),
        text: sent.text.clone(),
        danger: sent.danger.clone(),
        problems,
    };
    let token = match token {
        Some(token) => token,
        None => Receipt::random().map_err(anyhow::Error::from)?,
    };
    let (Some(name), Some(text), Some(offer), Some(keys), true) =
        (name, text, offer, site.public_keys(), problems.is_empty())
    else {
        if problems.is_empty() {
            problems.add("line", words::LINE_CLOSED);
        }
        return page(&site, &visitor, &chatter, again(Some(token), problems), None).await;
    };
    let receipt = Receipt::of_form(&keys, &token);
    let id = receipt.conversation();
    let is_begun = site.database().read(async |connection| store::chat(connection, id).await).await?.is_some();
    if !is_begun {
        if !offer.is_open() {
            let problems = Problems::one("line", words::LINE_CLOSED);
            return page(&site, &visitor, &chatter, again(Some(token), problems), None).await;
        }
        if !site.beside::<Limits>().starts.admits(chatter.from, now) {
            let problems = Problems::one("text", Wrong::from(words::TOO_MANY_STARTS));
            let form = again(Some(token), problems);
            return page(&site, &visitor, &chatter, form, Some(StatusCode::TOO_MANY_REQUESTS)).await;
        }
    }
    let urgent = sent.danger == "yes" || find_crisis(&text).is_some();
    let disclaimer: Option<i32> = sent.disclaimer.parse().ok().filter(|version| *version > 0);
    let content = Content { from: name, text };
    let (made, wrapped) = ConversationKey::make(&receipt, &keys).map_err(anyhow::Error::from)?;
    let begun = site.database().write(LIMIT, async |connection| {
        let key = if conversations::store::begin(&mut *connection, id, &wrapped, now).await? {
            store::begin(&mut *connection, id, &sent.line, urgent, disclaimer, now).await?;
            Some(made)
        } else {
            let wrapped = conversations::store::wrapped_keys(&mut *connection, id).await?;
            wrapped.and_then(|wrapped| ConversationKey::for_visitor(&receipt, &wrapped).ok())
        };
        let Some(key) = key else { return Ok(Said::Unknown) };
        // The first message has the id of its conversation.
        Ok::<_, DatabaseError>(conversations::store::say(connection, &key, id, Side::Visitor, &content, now).await?)
    });
    match begun.await? {
        Said::Kept(_) => {
            let mut response = respond::see_other(paths::CHAT)?;
            keep(&site, &receipt, COOKIE_SECONDS, &mut response);
            Ok(response)
        }
        Said::Unknown | Said::Ended | Said::OtherText | Said::TooMany => {
            // A new form, so that what is typed begins another chat if it is sent again.
            let token = Receipt::random().map_err(anyhow::Error::from)?;
            let form = again(Some(token), Problems::one("text", words::OTHER_TEXT));
            page(&site, &visitor, &chatter, form, Some(StatusCode::CONFLICT)).await
        }
    }
}
