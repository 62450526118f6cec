//! The first page of the staff site, made of what whoever looks may see.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;

use super::model::{Agreement, ago, agreement, called, did, path};
use super::nodes::{self, NodeHead};
use crate::accounts::permission::{
    Administering, By, ConfirmingRedaction, Editing, Permission as _, Publishing, Reading, SignedIn,
};
use crate::accounts::{Actor, Desk};
use crate::audit::model::{Filter, Recorded};
use crate::audit::{self, Action};
use crate::clock::{day_words, time_words};
use crate::error::AppError;
use crate::ledger::store::{self as ledger, Kept, LedgerError};
use crate::ledger::{Hash, Sealed};
use crate::notices::Edition;
use crate::notices::drafts::model::Person;
use crate::notices::drafts::{self, Draft, State as DraftState};
use crate::notices::reviews;
use crate::notices::workflow::model::Particulars;
use crate::notices::workflow::store::{self as workflow, Alone, RedactionRequest, WithdrawalRequest};
use crate::web::respond;
use crate::web::staff_shell::{self, StaffShell};

/// Entries of the ledger that are shown.
const LATELY: i64 = 10;
/// How long an account's reset is shown to administrators.
const RESETS_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Resets shown.
const MOST_RESETS: i64 = 20;

#[derive(Template)]
#[template(path = "staff/dashboard/show.html")]
struct Show {
    shell: StaffShell,
    reads: bool,
    edits: bool,
    waiting: Vec<Item>,
    mine: Vec<Item>,
    overdue: Vec<Item>,
    scheduled: Vec<Item>,
    lately: Vec<Item>,
    agreement: Agreement,
    length: i64,
    nodes: Vec<NodeView>,
}

/// A line of a list.
#[derive(Default)]
struct Item {
    /// What sort of thing, where a list holds several.
    tag: Option<&'static str>,
    title: String,
    href: Option<String>,
    meta: String,
    /// One more thing to do: label and address.
    more: Option<(&'static str, String)>,
}

struct NodeView {
    name: String,
    length: i64,
    head: String,
    seen: String,
    state: &'static str,
    class: &'static str,
}

/// / (the dashboard)
pub fn routes() -> Router<Desk> {
    Router::new().route("/", get(show))
}

/// What the database knows, as far as whoever looks may see it.
#[derive(Default)]
struct Found {
    drafts: Vec<Draft>,
    seen: Vec<(String, Option<Hash>)>,
    alone: Vec<(i64, String, Alone)>,
    withdrawals: Vec<(String, WithdrawalRequest)>,
    redactions: Vec<RedactionRequest>,
    resets: Vec<(Action, Recorded)>,
    people: Vec<(uuid::Uuid, String)>,
    head: Option<(i64, Hash)>,
    lately: Vec<(Kept, Option<Sealed>)>,
    scheduled: Vec<Kept>,
    nodes: Vec<NodeHead>,
}

async fn find(connection: &mut PgConnection, actor: &Actor, now: Timestamp) -> Result<Found, LedgerError> {
    let mut found = Found::default();
    if actor.is_any(Editing::ROLES) {
        found.drafts = drafts::store::all(connection).await?;
        found.seen = drafts::store::seen_by(connection, actor.id()).await?;
        found.alone = workflow::all_alone(connection).await?;
    }
    if actor.is_any(Publishing::ROLES) {
        found.withdrawals = workflow::withdrawal_requests(connection).await?;
    }
    if actor.is_any(ConfirmingRedaction::ROLES) {
        found.redactions = workflow::redactions(connection, None).await?;
    }
    if actor.is_any(Administering::ROLES) {
        for action in [Action::StaffReset, Action::RecoveryCodeUsed] {
            let filter = Filter { action: Some(action), from: Some(now - RESETS_FOR), ..Filter::default() };
            let rows = audit::store::page(connection, &filter, None, MOST_RESETS).await?;
            found.resets.extend(rows.into_iter().map(|row| (action, row)));
        }
        found.people = audit::store::people(connection).await?;
    }
    if actor.is_any(Reading::ROLES) {
        found.head = ledger::head(connection).await?;
        let after = found.head.map_or(0, |(number, _)| number - LATELY);
        let mut particulars = ledger::particulars_after(connection, after, LATELY).await?;
        for kept in ledger::entries_after(connection, after, LATELY).await?.into_iter().rev() {
            let own = particulars.iter().position(|(entry, _)| *entry == kept.entry.number);
            let own = own.map(|at| particulars.swap_remove(at).1);
            found.lately.push((kept, own));
        }
        found.scheduled = ledger::scheduled(connection, now).await?;
        found.nodes = nodes::all(connection).await?;
    }
    Ok(found)
}

async fn show(State(desk): State<Desk>, by: By<SignedIn>, uri: Uri) -> Result<Response, AppError> {
    let (actor, now): (&Actor, _) = (&by, desk.now());
    let found = desk
        .database()
        .read(async move |connection| {
            find(connection, actor, now).await.map_err(|error| match error {
                LedgerError::Sql(error) => error,
                other => sqlx::Error::Decode(Box::new(other)),
            })
        })
        .await?;
    let edition = desk.site().edition();
    let reads = actor.is_any(Reading::ROLES);
    let overdue = if reads { reviews::overdue(&edition, desk.site().clock().today()) } else { Vec::new() };
    let shell = desk.shell(Some(actor), "Today", "/").saying(staff_shell::said(uri.query()));
    let page = Show {
        shell,
        reads,
        edits: actor.is_any(Editing::ROLES),
        waiting: waiting(&found, &edition, actor, now),
        mine: mine(&found.drafts, actor, now),
        overdue: overdue.into_iter().map(overdue_item).collect(),
        scheduled: found.scheduled.iter().map(|kept| scheduled(kept, &edition, actor)).collect(),
        lately: found.lately.iter().map(|(kept, own)| lately(kept, own.as_ref(), &edition, now)).collect(),
        agreement: agreement(&found.nodes, found.head.map(|(_, hash)| hash), now),
        length: found.head.map_or(0, |(number, _)| number),
        nodes: found.nodes.iter().map(|node| node_view(node, found.head, now)).collect(),
    };
    respond::page(StatusCode::OK, &page)
}

/// What only whoever looks, or somebody like them, can move on.
fn waiting(found: &Found, edition: &Edition, actor: &Actor, now: Timestamp) -> Vec<Item> {
    let mut items = Vec::new();
    for draft in &found.drafts {
        let subject = draft.subject.to_string();
        let own = draft.saved_by.id == actor.id();
        // Who saw it with other facts has to look again, whoever wrote it too.
        let facts = draft.content.facts_in(&edition.facts);
        let seen = own && draft.facts == facts || found.seen.iter().any(|(of, with)| *of == subject && *with == facts);
        if draft.state == DraftState::Review && !seen {
            items.push(Item {
                tag: Some("For review"),
                title: draft.content.title().to_owned(),
                href: Some(format!("/drafts/{subject}/review")),
                meta: format!("Written by {}, {}", draft.saved_by.name, ago(draft.saved_at, now)),
                more: None,
            });
        } else if draft.state == DraftState::Back && (own || draft.started_by.id == actor.id()) {
            items.push(Item {
                tag: Some("Sent back"),
                title: draft.content.title().to_owned(),
                href: Some(draft.subject.path()),
                meta: draft.comment.clone().unwrap_or_else(|| "Without a comment.".to_owned()),
                more: None,
            });
        }
    }
    let mine = |person: &Person| person.id == actor.id();
    items.extend(found.alone.iter().filter(|(_, _, alone)| !mine(&alone.publisher)).map(|(entry, subject, alone)| {
        Item {
            tag: Some("Published alone"),
            title: format!("Entry {entry}: {}", called(edition, subject)),
            href: Some(format!("/entries/{entry}/approve")),
            meta: format!("{} published it alone. Reason: {}", alone.publisher.name, alone.reason),
            more: None,
        }
    }));
    items.extend(found.withdrawals.iter().filter(|(_, asked)| !mine(&asked.asked_by)).map(|(subject, asked)| Item {
        tag: Some("Withdrawal"),
        title: format!("Withdraw {}", called(edition, subject)),
        href: path(subject).map(|path| format!("{path}/withdraw")),
        meta: format!("{} asked {}. {}", asked.asked_by.name, ago(asked.asked_at, now), asked.note),
        more: None,
    }));
    let open = found.redactions.iter().filter(|asked| asked.closed.is_none() && !mine(&asked.asked_by));
    items.extend(open.map(|asked| Item {
        tag: Some("Removal"),
        title: match asked.entries.len() {
            1 => "Remove a text".to_owned(),
            count => format!("Remove {count} texts"),
        },
        href: Some(format!("/redactions/{}", asked.id)),
        meta: format!("{} asked {}. Ground: {}", asked.asked_by.name, ago(asked.asked_at, now), asked.ground),
        more: None,
    }));
    items.extend(found.resets.iter().map(|(action, reset)| {
        let id = reset.subject.split_once(':').and_then(|(_, id)| id.parse::<uuid::Uuid>().ok());
        let name = id.and_then(|id| found.people.iter().find(|(known, _)| *known == id));
        Item {
            tag: Some("Account"),
            title: name.map_or_else(|| reset.subject.clone(), |(_, name)| name.clone()),
            href: Some("/accounts".to_owned()),
            meta: format!(
                "{} {}, {}. If nobody asked for it, suspend the account.",
                reset.actor_name,
                action.words(),
                ago(reset.at, now)
            ),
            more: None,
        }
    }));
    items
}

/// Drafts that whoever looks started or wrote last, and that wait for nobody else.
fn mine(drafts: &[Draft], actor: &Actor, now: Timestamp) -> Vec<Item> {
    let own = |draft: &&Draft| draft.saved_by.id == actor.id() || draft.started_by.id == actor.id();
    let mine = drafts.iter().filter(own).filter(|draft| draft.state != DraftState::Back);
    mine.map(|draft| {
        let review = draft.state == DraftState::Review;
        Item {
            tag: Some(draft.state.words()),
            title: draft.content.title().to_owned(),
            href: Some(if review { format!("/drafts/{}/review", draft.subject) } else { draft.subject.path() }),
            meta: format!("Saved by {}, {}", draft.saved_by.name, ago(draft.saved_at, now)),
            more: None,
        }
    })
    .collect()
}

fn overdue_item(overdue: reviews::Overdue) -> Item {
    Item {
        title: overdue.title,
        href: Some(format!("/notices/{}", overdue.name)),
        meta: format!("Was to be reviewed by {}. The public sees that date.", day_words(overdue.due)),
        ..Item::default()
    }
}

fn scheduled(kept: &Kept, edition: &Edition, actor: &Actor) -> Item {
    let entry = &kept.entry;
    Item {
        title: did(entry, &called(edition, &entry.subject)),
        href: path(&entry.subject),
        meta: format!("Comes into force on {}, London time", time_words(entry.in_force_at)),
        more: actor.is_any(Publishing::ROLES).then(|| ("Cancel", format!("/entries/{}/cancel", entry.number))),
        ..Item::default()
    }
}

fn lately(kept: &Kept, own: Option<&Sealed>, edition: &Edition, now: Timestamp) -> Item {
    let entry = &kept.entry;
    let people = own.and_then(|sealed| serde_json::from_str::<Particulars>(&sealed.body).ok());
    let who = people.map_or_else(String::new, |people| format!("{}, ", people.publisher.unwrap_or(people.writer)));
    let from = if entry.in_force_at > entry.recorded_at {
        format!("; in force from {}", time_words(entry.in_force_at))
    } else {
        String::new()
    };
    Item {
        title: did(entry, &called(edition, &entry.subject)),
        href: path(&entry.subject),
        meta: format!("{who}{}{from}", ago(entry.recorded_at, now)),
        ..Item::default()
    }
}

fn node_view(node: &NodeHead, head: Option<(i64, Hash)>, now: Timestamp) -> NodeView {
    let (state, class) = if node.is_away(now) {
        ("Away", "tag-off")
    } else if node.head == head.map(|(_, hash)| hash) {
        ("Up to date", "tag-on")
    } else {
        ("Shows something else", "tag-wait")
    };
    NodeView {
        name: node.name.clone(),
        length: node.length,
        head: node.head.map_or_else(|| "none".to_owned(), |head| head.to_string().chars().take(12).collect()),
        seen: ago(node.seen_at, now),
        state,
        class,
    }
}
