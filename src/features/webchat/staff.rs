//! What the people who answer meet: one page with who waits, their own chats, and what they say of their duty.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::base::audit;
use crate::base::clock::time_words;
use crate::base::database::DatabaseError;
use crate::base::error::AppError;
use crate::base::web::extract::{Form, Path};
use crate::base::web::form::{Fields, Problems, Wrong, read_line};
use crate::base::web::{assets, respond};
use crate::desk::Desk;
use crate::desk::accounts::{Actor, By, Looking, Role};
use crate::desk::now::DeskNow;
use crate::desk::permission::{Answering, SupervisingChats};
use crate::desk::shell::StaffShell;
use crate::features::conversations;
use crate::features::conversations::model::{Content, ConversationKey, Side, read_text};
use crate::features::conversations::store::Said;
use crate::features::webchat::model::{Agent, Chat, Duty, EndedBy, MOST_CHATS, hours, label};
use crate::features::webchat::paths::staff as paths;
use crate::features::webchat::store::Taken;
use crate::features::webchat::view::MessageView;
use crate::features::webchat::{actions, store, words};

/// How long a write may take.
const LIMIT: Duration = Duration::from_secs(3);
/// Ended chats that supervisors are shown.
const ENDED: i64 = 50;

#[derive(Template)]
#[template(path = "webchat/board.html")]
struct BoardPage {
    shell: StaffShell,
    script: &'static str,
    duty: &'static str,
    most: i32,
    lines: Vec<LineChoice>,
    waiting: Vec<ChatView>,
    mine: Vec<Mine>,
    others: Vec<ChatView>,
    supervises: bool,
    form: BoardForm,
}

/// What the board could not do.
#[derive(Default)]
struct BoardForm {
    problems: Problems,
    /// The chat that an answer was for, and the answer.
    typed: Option<(Uuid, String)>,
    /// The id that the answer was sent under.
    message: Option<Uuid>,
}

struct LineChoice {
    name: String,
    label: String,
    ticked: bool,
}

struct ChatView {
    id: Uuid,
    line: String,
    since: String,
    urgent: bool,
    state: String,
    who: String,
}

/// A chat of one's own, with what was said.
struct Mine {
    view: ChatView,
    left: Option<String>,
    /// Id of the field for the answer.
    field: String,
    messages: Vec<MessageView>,
    typed: String,
    message: Uuid,
}

#[derive(Template)]
#[template(path = "webchat/opened.html")]
struct OpenedPage {
    shell: StaffShell,
    view: ChatView,
    messages: Vec<MessageView>,
}

#[derive(Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    chat: String,
}

#[derive(Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    text: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
pub(crate) struct Reason {
    #[serde(default)]
    reason: String,
}

fn subject(id: Uuid) -> String {
    format!("chat:{id}")
}

fn view(desk: &DeskNow, chat: &Chat) -> ChatView {
    ChatView {
        id: chat.id,
        line: label(&desk.edition, &chat.line, desk.now()),
        since: time_words(chat.began_at),
        urgent: chat.urgent,
        state: chat.state.clone(),
        who: chat.agent_name.clone().unwrap_or_default(),
    }
}

pub(crate) async fn board(desk: DeskNow, actor: By<Answering>) -> Result<Response, AppError> {
    note_sign_of_life(&desk, &actor).await?;
    page(&desk, &actor, BoardForm::default(), None).await
}

async fn note_sign_of_life(desk: &Desk, actor: &Actor) -> Result<(), AppError> {
    let (staff, now) = (actor.id(), desk.now());
    let noted = desk
        .database()
        .write(LIMIT, async |connection| Ok::<_, DatabaseError>(store::seen(connection, staff, now).await?));
    Ok(noted.await?)
}

async fn page(
    desk: &DeskNow,
    actor: &Actor,
    form: BoardForm,
    status: Option<StatusCode>,
) -> Result<Response, AppError> {
    let (staff, supervises) = (actor.id(), actor.is(Role::WebchatSupervisor));
    let read = desk.database().read(async |connection| {
        let agent = store::agent(&mut *connection, staff).await?;
        let chats = store::open_chats(&mut *connection).await?;
        let ended = if supervises { store::ended_chats(&mut *connection, ENDED).await? } else { Vec::new() };
        let mut said = Vec::new();
        for chat in chats.iter().filter(|chat| chat.is_taken() && chat.agent == Some(staff)) {
            let key = key(&mut *connection, desk, chat.id).await?;
            said.push(match key {
                Some(key) => conversations::store::messages(&mut *connection, &key, 0).await?,
                None => Vec::new(),
            });
        }
        Ok((agent, chats, ended, said))
    });
    let (agent, chats, ended, said) = read.await?;
    let agent = agent.unwrap_or(Agent { most: 3, ..Agent::default() });
    let known = hours(&desk.edition, desk.now()).map_or_else(Vec::new, |hours| hours.lines);
    let is_mine = |chat: &&Chat| chat.is_taken() && chat.agent == Some(staff);
    let mine = chats.iter().filter(is_mine).zip(said).map(|(chat, messages)| {
        let typed = form.typed.as_ref().filter(|(id, _)| *id == chat.id).map(|(_, text)| text.clone());
        Mine {
            view: view(desk, chat),
            left: chat.left_at.map(time_words),
            field: format!("text-{}", chat.id),
            messages: messages.into_iter().map(|message| MessageView::of(message, "staff", i32::MAX)).collect(),
            message: form.message.filter(|_| typed.is_some()).unwrap_or_else(Uuid::new_v4),
            typed: typed.unwrap_or_default(),
        }
    });
    let mine: Vec<Mine> = mine.collect();
    let waits = |chat: &&Chat| !chat.is_taken() && agent.lines.contains(&chat.line);
    let waiting: Vec<ChatView> = chats.iter().filter(waits).map(|chat| view(desk, chat)).collect();
    let others = chats.iter().filter(|chat| supervises && !is_mine(chat)).chain(&ended);
    let title = if waiting.is_empty() { "Webchat".to_owned() } else { format!("({}) Webchat", waiting.len()) };
    let page = BoardPage {
        shell: desk.shell(Some(actor), &title, paths::BOARD),
        script: assets::file("webchat.js"),
        duty: agent.duty.name(),
        most: agent.most,
        lines: known
            .into_iter()
            .map(|line| LineChoice { ticked: agent.lines.contains(&line.name), name: line.name, label: line.label })
            .collect(),
        others: others.map(|chat| view(desk, chat)).collect(),
        waiting,
        mine,
        supervises,
        form,
    };
    respond::page(status.unwrap_or_else(|| page.form.problems.status()), &page)
}

/// The key of a conversation, by this node's keys.
async fn key(
    connection: &mut sqlx::PgConnection,
    desk: &Desk,
    id: Uuid,
) -> Result<Option<ConversationKey>, sqlx::Error> {
    let wrapped = conversations::store::wrapped_keys(connection, id).await?;
    Ok(wrapped.and_then(|wrapped| ConversationKey::for_staff(id, desk.keys(), &wrapped).ok()))
}

async fn refuse(
    desk: &DeskNow,
    actor: &Actor,
    status: StatusCode,
    why: impl Into<Wrong>,
) -> Result<Response, AppError> {
    let form = BoardForm { problems: Problems::one("", why), ..BoardForm::default() };
    page(desk, actor, form, Some(status)).await
}

/// Keeps what somebody says of their duty.
pub(crate) async fn set_duty(
    desk: DeskNow,
    actor: By<Answering>,
    Form(sent): Form<Fields>,
) -> Result<Response, AppError> {
    let known = hours(&desk.edition, desk.now()).map_or_else(Vec::new, |hours| hours.lines);
    let lines: Vec<String> =
        sent.all("line").filter(|line| known.iter().any(|known| known.name == **line)).map(ToOwned::to_owned).collect();
    let most = sent.get("most").parse().ok().filter(|most| MOST_CHATS.contains(most));
    let (Some(duty), Some(most)) = (Duty::named(sent.get("duty")), most) else {
        return refuse(&desk, &actor, StatusCode::UNPROCESSABLE_ENTITY, "Choose whether you answer, and 1 to 6 chats.")
            .await;
    };
    if duty != Duty::Away && lines.is_empty() {
        return refuse(&desk, &actor, StatusCode::UNPROCESSABLE_ENTITY, "Choose at least one line to answer.").await;
    }
    let (agent, now) = (Agent { duty, lines, most }, desk.now());
    desk.database()
        .write(LIMIT, async |connection| {
            store::set_agent(&mut *connection, actor.id(), &agent, now).await?;
            let details = json!({ "state": agent.duty.name(), "lines": agent.lines, "most": agent.most });
            audit::record(connection, actor.who(), actions::CHAT_DUTY, &format!("staff:{}", actor.id()), &details)
                .await?;
            Ok::<_, DatabaseError>(())
        })
        .await?;
    respond::see_other(paths::BOARD)
}

/// A sign of life of somebody's page. It does not keep their sign-in alive.
pub(crate) async fn presence(State(desk): State<Desk>, actor: Looking<Answering>) -> Result<Response, AppError> {
    note_sign_of_life(&desk, &actor).await?;
    let glance = desk.database().read(async |connection| store::glance(connection, actor.id()).await).await?;
    respond::json(StatusCode::OK, &json!({ "waiting": glance.waiting, "said": glance.said }))
}

/// Takes the next chat, or a chosen one.
pub(crate) async fn take(desk: DeskNow, actor: By<Answering>, Form(sent): Form<Chosen>) -> Result<Response, AppError> {
    let chosen: Option<Uuid> =
        if sent.chat.is_empty() { None } else { Some(sent.chat.parse().map_err(|_| AppError::NotFound)?) };
    let (staff, now) = (actor.id(), desk.now());
    let taken = desk.database().write(LIMIT, async |connection| {
        store::seen(&mut *connection, staff, now).await?;
        let taken = store::take(&mut *connection, staff, chosen, now).await?;
        if let Taken::Mine(id) = taken {
            let text = words::answered_by(actor.name());
            if let Some(key) = key(&mut *connection, &desk, id).await? {
                let content = Content { from: String::new(), text };
                // Taken twice by a double press it is said once.
                let said = Uuid::from_u128(id.as_u128() ^ staff.as_u128());
                conversations::store::say(&mut *connection, &key, said, Side::System, &content, now).await?;
            }
            audit::record(connection, actor.who(), actions::CHAT_TAKEN, &subject(id), &json!({})).await?;
        }
        Ok::<_, DatabaseError>(taken)
    });
    match taken.await? {
        Taken::Mine(id) => respond::see_other(&format!("{}#chat-{id}", paths::BOARD)),
        Taken::NobodyWaits => respond::see_other(paths::BOARD),
        Taken::AtLimit => refuse(&desk, &actor, StatusCode::CONFLICT, words::AT_LIMIT).await,
        Taken::NotOnDuty => refuse(&desk, &actor, StatusCode::CONFLICT, words::NOT_ON_DUTY).await,
        Taken::Gone(Some(name)) => refuse(&desk, &actor, StatusCode::CONFLICT, words::somebody_has_it(&name)).await,
        Taken::Gone(None) => refuse(&desk, &actor, StatusCode::CONFLICT, words::GONE).await,
    }
}

/// Answers in a chat of one's own.
pub(crate) async fn answer(
    desk: DeskNow,
    actor: By<Answering>,
    Path(id): Path<Uuid>,
    Form(sent): Form<Answer>,
) -> Result<Response, AppError> {
    let message = sent.message.parse().ok();
    let again = |why: Wrong, message| BoardForm {
        problems: Problems::one(format!("text-{id}"), why),
        typed: Some((id, sent.text.clone())),
        message,
    };
    let text = match read_text(&sent.text) {
        Ok(text) => text,
        Err(wrong) => return page(&desk, &actor, again(wrong, message), None).await,
    };
    let (said, now) = (message.unwrap_or_else(Uuid::new_v4), desk.now());
    let content = Content { from: actor.name().to_owned(), text };
    let done = desk.database().write(LIMIT, async |connection| {
        store::seen(&mut *connection, actor.id(), now).await?;
        let is_mine = store::is_with(&mut *connection, id, actor.id()).await?;
        let Some(key) = (if is_mine { key(&mut *connection, &desk, id).await? } else { None }) else {
            return Ok(Said::Unknown);
        };
        let said =
            conversations::store::say(&mut *connection, &key, said, Side::Staff(actor.id()), &content, now).await?;
        if matches!(said, Said::Kept(_)) {
            store::staff_wrote(connection, id, now).await?;
        }
        Ok::<_, DatabaseError>(said)
    });
    let (status, why) = match done.await? {
        Said::Kept(_) => return respond::see_other(&format!("{}#chat-{id}", paths::BOARD)),
        Said::Unknown => return refuse(&desk, &actor, StatusCode::CONFLICT, words::not_yours(&sent.text)).await,
        Said::Ended => return refuse(&desk, &actor, StatusCode::CONFLICT, words::ended(&sent.text)).await,
        Said::OtherText => (StatusCode::CONFLICT, words::OTHER_TEXT),
        Said::TooMany => (StatusCode::TOO_MANY_REQUESTS, words::TOO_MANY),
    };
    page(&desk, &actor, again(why.into(), None), Some(status)).await
}

/// Ends a chat of one's own.
pub(crate) async fn end(desk: DeskNow, actor: By<Answering>, Path(id): Path<Uuid>) -> Result<Response, AppError> {
    let now = desk.now();
    let done = desk.database().write(LIMIT, async |connection| {
        let chat = store::chat(&mut *connection, id).await?;
        if !chat.is_some_and(|chat| chat.is_taken() && chat.agent == Some(actor.id())) {
            return Ok(false);
        }
        if let Some(key) = key(&mut *connection, &desk, id).await? {
            let content = Content { from: String::new(), text: words::ENDED_BY_STAFF.to_owned() };
            conversations::store::say(&mut *connection, &key, Uuid::new_v4(), Side::System, &content, now).await?;
        }
        store::end(&mut *connection, id, EndedBy::Staff, now).await?;
        audit::record(connection, actor.who(), actions::CHAT_ENDED, &subject(id), &json!({})).await?;
        Ok::<_, DatabaseError>(true)
    });
    if done.await? {
        respond::see_other(paths::BOARD)
    } else {
        refuse(&desk, &actor, StatusCode::CONFLICT, words::GONE).await
    }
}

/// Opens a chat that is another's or has ended. The reason is recorded in the transaction that reads.
pub(crate) async fn open(
    desk: DeskNow,
    actor: By<SupervisingChats>,
    Path(id): Path<Uuid>,
    Form(sent): Form<Reason>,
) -> Result<Response, AppError> {
    let Ok(reason) = read_line(&sent.reason, 300) else {
        return refuse(&desk, &actor, StatusCode::UNPROCESSABLE_ENTITY, words::REASON).await;
    };
    let opened = desk.database().write(LIMIT, async |connection| {
        let Some(chat) = store::chat(&mut *connection, id).await? else { return Ok(None) };
        let Some(key) = key(&mut *connection, &desk, id).await? else { return Ok(None) };
        let messages = conversations::store::messages(&mut *connection, &key, 0).await?;
        audit::record(connection, actor.who(), actions::CHAT_OPENED, &subject(id), &json!({ "reason": reason }))
            .await?;
        Ok::<_, DatabaseError>(Some((chat, messages)))
    });
    let Some((chat, messages)) = opened.await? else { return Err(AppError::NotFound) };
    let page = OpenedPage {
        shell: desk.shell(Some(&actor), "A chat", paths::BOARD),
        view: view(&desk, &chat),
        messages: messages.into_iter().map(|message| MessageView::of(message, "staff", i32::MAX)).collect(),
    };
    respond::page(StatusCode::OK, &page)
}
