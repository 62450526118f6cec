//! What a visitor meets: whether anybody answers, the start of a chat, the chat itself, and the way back to it with a code.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::base::database::{DatabaseError, Topic};
use crate::base::error::AppError;
use crate::base::web::client;
use crate::base::web::cookies::cookie;
use crate::base::web::extract::{Form, Query};
use crate::base::web::form::{Problems, Wrong};
use crate::base::web::respond;
use crate::base::web::shell::Shell;
use crate::features::conversations;
use crate::features::conversations::model::{Content, ConversationKey, Receipt, Side, read_text};
use crate::features::conversations::store::Said;
use crate::features::webchat::limits::Limits;
use crate::features::webchat::model::{COOKIE_AFTER_END, COOKIE_SECONDS, Chat, EndedBy, label};
use crate::features::webchat::paths::public as paths;
use crate::features::webchat::view::MessageView;
use crate::features::webchat::{store, words};
use crate::site::now::SiteNow;
use crate::site::{Around, Site};
use crate::text::urgency::find_crisis;

/// How long a write of a visitor may take.
const LIMIT: Duration = Duration::from_secs(3);
/// How long "Check for new messages" waits for one.
const WAIT: Duration = Duration::from_secs(8);
/// How much sooner than any request it answers.
const SPARE: Duration = Duration::from_secs(2);

/// The visitor's address, and the receipt in their cookie.
pub(crate) struct Chatter {
    pub(super) from: Option<IpAddr>,
    pub(super) receipt: Option<Receipt>,
    /// Whether the browser sent the cookie, whatever is in it.
    has_cookie: bool,
}

impl FromRequestParts<Site> for Chatter {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Infallible> {
        let sent = cookie(&parts.headers, site.cookies().chat);
        let (receipt, has_cookie) = (sent.and_then(Receipt::read), sent.is_some());
        Ok(Self { from: client::of(parts, site.settings()), receipt, has_cookie })
    }
}

#[derive(Template)]
#[template(path = "webchat/chat.html")]
struct ChatPage {
    shell: Shell,
    chat: Chat,
    line: String,
    place: String,
    messages: Vec<MessageView>,
    last: i32,
    code: Option<String>,
    message: Uuid,
    checked: bool,
    has_new: bool,
    form: TextForm,
}

/// What was typed into the chat.
#[derive(Default)]
struct TextForm {
    text: String,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "webchat/return.html")]
struct ReturnPage {
    shell: Shell,
    form: CodeForm,
}

#[derive(Default)]
struct CodeForm {
    problems: Problems,
}

#[derive(Deserialize)]
pub(crate) struct SentText {
    #[serde(default)]
    text: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    after: i32,
}

#[derive(Deserialize)]
pub(crate) struct SentCode {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    code: Option<String>,
}

/// A chat that a visitor's receipt opens.
struct Opened {
    chat: Chat,
    key: ConversationKey,
    receipt: Receipt,
}

/// Opens the chat of a receipt. Invented, another site's and destroyed: one answer.
async fn open(site: &SiteNow, chatter: &Chatter) -> Result<Option<Opened>, AppError> {
    let Some(receipt) = chatter.receipt.clone() else { return Ok(None) };
    let id = receipt.conversation();
    let found = site.database().read(async |connection| {
        let wrapped = conversations::store::wrapped_keys(&mut *connection, id).await?;
        Ok((wrapped, store::chat(connection, id).await?))
    });
    let (Some(wrapped), Some(chat)) = found.await? else { return Ok(None) };
    Ok(ConversationKey::for_visitor(&receipt, &wrapped).ok().map(|key| Opened { chat, key, receipt }))
}

/// The shell of a page on which somebody does something: no search, no navigation, no question about cookies.
pub(super) fn narrow_shell(site: &SiteNow, path: &'static str) -> Shell {
    let mut shell = site.shell(&site.edition, Around { title: "Webchat", path, ..Around::default() });
    shell.noindex = true;
    shell
}

pub(crate) async fn show_chat(
    site: SiteNow,
    chatter: Chatter,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    let Some(opened) = open(&site, &chatter).await? else { return no_chat(&site, &chatter) };
    let shown = Shown { code: asked.code.is_some(), seen: i32::MAX, ..Shown::default() };
    page(&site, opened, shown).await
}

/// What the page of a chat shows besides the messages.
#[derive(Default)]
struct Shown {
    status: Option<StatusCode>,
    code: bool,
    seen: i32,
    checked: bool,
    form: TextForm,
    message: Option<Uuid>,
}

async fn page(site: &SiteNow, opened: Opened, shown: Shown) -> Result<Response, AppError> {
    let id = opened.chat.id;
    let (messages, chat, ahead) = site
        .database()
        .read(async |connection| {
            let messages = conversations::store::messages(&mut *connection, &opened.key, 0).await?;
            let chat = store::chat(&mut *connection, id).await?.unwrap_or(opened.chat);
            let ahead = store::ahead_of(connection, &chat).await?;
            Ok((messages, chat, ahead))
        })
        .await?;
    let now = site.clock().now();
    let age = match chat.ended_at {
        None => COOKIE_SECONDS,
        Some(ended) => {
            let left = (ended + COOKIE_AFTER_END).duration_since(now).as_secs();
            u64::try_from(left).unwrap_or_default()
        }
    };
    if age == 0 {
        return no_chat(site, &Chatter { from: None, receipt: None, has_cookie: true });
    }
    let last = messages.last().map_or(0, |message| message.number);
    let status = shown.status.unwrap_or_else(|| shown.form.problems.status());
    let page = ChatPage {
        shell: narrow_shell(site, paths::CHAT),
        line: label(&site.edition, &chat.line, now),
        place: words::place(ahead),
        messages: messages.into_iter().map(|message| MessageView::of(message, "visitor", shown.seen)).collect(),
        has_new: last > shown.seen,
        last,
        code: shown.code.then(|| opened.receipt.code()),
        message: shown.message.unwrap_or_else(Uuid::new_v4),
        checked: shown.checked,
        form: shown.form,
        chat,
    };
    let mut response = respond::page(status, &page)?;
    keep(site, &opened.receipt, age, &mut response);
    Ok(response)
}

/// Keeps the receipt in the visitor's browser.
pub(super) fn keep(site: &Site, receipt: &Receipt, seconds: u64, response: &mut Response) {
    let names = site.cookies();
    if let Some(value) = names.set(names.chat, &receipt.text(), seconds) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// There is no chat of this browser, or none any more.
fn no_chat(site: &Site, chatter: &Chatter) -> Result<Response, AppError> {
    let names = site.cookies();
    let mut response = respond::see_other(paths::WEBCHAT)?;
    if let Some(value) = names.set(names.chat, "", 0).filter(|_| chatter.has_cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

pub(crate) async fn send(site: SiteNow, chatter: Chatter, Form(sent): Form<SentText>) -> Result<Response, AppError> {
    let Some(opened) = open(&site, &chatter).await? else { return no_chat(&site, &chatter) };
    let message: Option<Uuid> = sent.message.parse().ok();
    let refuse = async |opened, status, why: Wrong, id: Option<Uuid>| {
        let form = TextForm { text: sent.text.clone(), problems: Problems::one("text", why) };
        page(&site, opened, Shown { status: Some(status), seen: i32::MAX, form, message: id, ..Shown::default() }).await
    };
    let text = match read_text(&sent.text) {
        Ok(text) => text,
        Err(wrong) => return refuse(opened, StatusCode::UNPROCESSABLE_ENTITY, wrong, message).await,
    };
    let (id, now) = (message.unwrap_or_else(Uuid::new_v4), site.clock().now());
    let urgent = find_crisis(&text).is_some();
    let content = Content { from: String::new(), text };
    let key = &opened.key;
    let said = site.database().write(LIMIT, async |connection| {
        let said = conversations::store::say(&mut *connection, key, id, Side::Visitor, &content, now).await?;
        if matches!(said, Said::Kept(_)) {
            store::visitor_wrote(connection, key.id(), urgent, now).await?;
        }
        Ok::<_, DatabaseError>(said)
    });
    match said.await {
        Ok(Said::Kept(number)) => respond::see_other(&format!("{}#m{number}", paths::CHAT)),
        Ok(Said::Unknown) => no_chat(&site, &chatter),
        Ok(Said::Ended) => refuse(opened, StatusCode::CONFLICT, words::HAS_ENDED.into(), Some(id)).await,
        Ok(Said::OtherText) => refuse(opened, StatusCode::CONFLICT, words::OTHER_TEXT.into(), None).await,
        Ok(Said::TooMany) => refuse(opened, StatusCode::TOO_MANY_REQUESTS, words::TOO_MANY.into(), Some(id)).await,
        // Whether it was kept is not known; sent again under the same id it is one message.
        Err(_) if !site.database().is_away() => {
            refuse(opened, StatusCode::SERVICE_UNAVAILABLE, words::NOT_KEPT.into(), Some(id)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Waits for a message for a moment, and gives back what is typed so far.
pub(crate) async fn check(site: SiteNow, chatter: Chatter, Form(sent): Form<SentText>) -> Result<Response, AppError> {
    let Some(opened) = open(&site, &chatter).await? else { return no_chat(&site, &chatter) };
    let id = opened.chat.id;
    // Before the first look, so that no message falls between the two.
    let mut said = site.database().wakes().subscribe(Topic::Talk(id));
    said.mark_unchanged();
    let count =
        async || site.database().read(async |connection| conversations::store::count(connection, id).await).await;
    let until = Instant::now() + WAIT.min(site.settings().request_timeout.saturating_sub(SPARE));
    while !opened.chat.has_ended() && count().await?.is_some_and(|count| count <= sent.after) {
        // A wake says only that something may have been said.
        if !matches!(timeout_at(until, said.changed()).await, Ok(Ok(()))) {
            break;
        }
    }
    let form = TextForm { text: sent.text, problems: Problems::default() };
    let shown = Shown { seen: sent.after, checked: true, form, message: sent.message.parse().ok(), ..Shown::default() };
    page(&site, opened, shown).await
}

pub(crate) async fn end(site: SiteNow, chatter: Chatter) -> Result<Response, AppError> {
    let Some(opened) = open(&site, &chatter).await? else { return no_chat(&site, &chatter) };
    let (key, now) = (&opened.key, site.clock().now());
    site.database()
        .write(LIMIT, async |connection| {
            let content = Content { from: String::new(), text: words::ENDED_BY_VISITOR.to_owned() };
            conversations::store::say(&mut *connection, key, Uuid::new_v4(), Side::System, &content, now).await?;
            store::end(connection, key.id(), EndedBy::Visitor, now).await?;
            Ok::<_, DatabaseError>(())
        })
        .await?;
    respond::see_other(paths::CHAT)
}

/// Leads from the address of a form to the chat.
pub(crate) async fn lead_to_chat() -> Result<Response, AppError> {
    respond::see_other(paths::CHAT)
}

pub(crate) async fn ask_for_code(site: SiteNow) -> Result<Response, AppError> {
    return_page(&site, Problems::default())
}

fn return_page(site: &SiteNow, problems: Problems) -> Result<Response, AppError> {
    let page = ReturnPage { shell: narrow_shell(site, paths::RETURN), form: CodeForm { problems } };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn come_back(
    site: SiteNow,
    chatter: Chatter,
    Form(sent): Form<SentCode>,
) -> Result<Response, AppError> {
    if !site.beside::<Limits>().codes.admits(chatter.from, site.clock().now()) {
        return Err(AppError::TooMany { retry_after: 3600 });
    }
    let chatter = Chatter { receipt: Receipt::read(&sent.code), ..chatter };
    let Some(opened) = open(&site, &chatter).await? else {
        return return_page(&site, Problems::one("code", words::NO_SUCH_CODE));
    };
    let id = opened.chat.id;
    let noted = site
        .database()
        .write(LIMIT, async |connection| Ok::<_, DatabaseError>(store::came_back(connection, id).await?));
    noted.await?;
    let mut response = respond::see_other(paths::CHAT)?;
    keep(&site, &opened.receipt, COOKIE_SECONDS, &mut response);
    Ok(response)
}
