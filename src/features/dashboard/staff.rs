//! The first page of the staff site, made of what whoever looks may see.

use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use sqlx::PgConnection;

use crate::base::clock::{day_words, time_words};
use crate::base::error::AppError;
use crate::base::ledger::store::{Kept, LedgerError};
use crate::base::ledger::{Hash, Sealed, store as ledger};
use crate::base::web::respond;
use crate::desk::accounts::Actor;
use crate::desk::declared::{Item, Tasks, Viewer};
use crate::desk::now::DeskNow;
use crate::desk::permission::{Administering, By, Editing, Permission as _, Publishing, Reading, SignedIn};
use crate::desk::shell::StaffShell;
use crate::desk::{paths, shell as staff_shell};
use crate::features::dashboard::first_hour;
use crate::features::dashboard::first_hour::Step;
use crate::features::dashboard::model::{Agreement, agreement, describe_entry, path, relative_time};
use crate::features::dashboard::nodes;
use crate::features::dashboard::nodes::NodeHead;
use crate::features::publishing::model::Particulars;
use crate::features::publishing::review_reminders as reviews;
use crate::site::edition::Edition;

/// Entries of the ledger that are shown.
const LATELY: i64 = 10;

#[derive(Template)]
#[template(path = "dashboard/show.html")]
struct Show {
    shell: StaffShell,
    reads: bool,
    edits: bool,
    administers: bool,
    first_hour: Vec<Step>,
    waiting: Vec<Item>,
    elsewhere: Vec<Item>,
    mine: Vec<Item>,
    overdue: Vec<Item>,
    scheduled: Vec<Item>,
    lately: Vec<Item>,
    agreement: Agreement,
    length: i64,
    nodes: Vec<NodeView>,
}

struct NodeView {
    name: String,
    length: i64,
    head: String,
    seen: String,
    state: &'static str,
    class: &'static str,
}

/// The rows of the database that the viewer may see.
#[derive(Default)]
struct Found {
    tasks: Tasks,
    head: Option<(i64, Hash)>,
    lately: Vec<(Kept, Option<Sealed>)>,
    scheduled: Vec<Kept>,
    nodes: Vec<NodeHead>,
    first_hour: Vec<Step>,
}

async fn find(connection: &mut PgConnection, desk: &DeskNow, viewer: Viewer<'_>) -> Result<Found, LedgerError> {
    let mut found = Found::default();
    for find_tasks in &desk.declared().tasks {
        let tasks = find_tasks(&mut *connection, viewer).await?;
        found.tasks.waiting.extend(tasks.waiting);
        found.tasks.elsewhere.extend(tasks.elsewhere);
        found.tasks.mine.extend(tasks.mine);
    }
    let Viewer { actor, now, .. } = viewer;
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
        if actor.is_any(Administering::ROLES) {
            found.nodes = nodes::all(connection).await?;
        }
    }
    if actor.is_any(Administering::ROLES) {
        found.first_hour = first_hour::steps(connection, desk, &desk.edition).await?;
    }
    Ok(found)
}

pub(crate) async fn show(desk: DeskNow, by: By<SignedIn>, uri: Uri) -> Result<Response, AppError> {
    let (actor, now): (&Actor, _) = (&by, desk.now());
    let edition = &desk.edition;
    let (desk, viewer) = (&desk, Viewer { actor, edition, now });
    let found = desk
        .database()
        .read(async move |connection| find(connection, desk, viewer).await.map_err(LedgerError::into_sql))
        .await?;
    let reads = actor.is_any(Reading::ROLES);
    let overdue = if reads { reviews::overdue(edition, desk.site().clock().today()) } else { Vec::new() };
    let shell = desk.shell(Some(actor), "Today", paths::HOME).saying(staff_shell::said(uri.query()));
    let page = Show {
        shell,
        reads,
        edits: actor.is_any(Editing::ROLES),
        administers: actor.is_any(Administering::ROLES),
        first_hour: found.first_hour,
        waiting: found.tasks.waiting,
        elsewhere: found.tasks.elsewhere,
        mine: found.tasks.mine,
        overdue: overdue.into_iter().map(overdue_item).collect(),
        scheduled: found.scheduled.iter().map(|kept| scheduled(kept, edition, actor)).collect(),
        lately: found.lately.iter().map(|(kept, own)| recent_item(kept, own.as_ref(), edition, now)).collect(),
        agreement: agreement(&found.nodes, found.head.map(|(_, hash)| hash), now),
        length: found.head.map_or(0, |(number, _)| number),
        nodes: found.nodes.iter().map(|node| node_view(node, found.head, now)).collect(),
    };
    respond::page(StatusCode::OK, &page)
}

fn overdue_item(overdue: reviews::Overdue) -> Item {
    Item {
        title: overdue.title,
        href: Some(paths::notice(&overdue.name)),
        meta: format!("Was to be reviewed by {}. The public sees that date.", day_words(overdue.due)),
        ..Item::default()
    }
}

fn scheduled(kept: &Kept, edition: &Edition, actor: &Actor) -> Item {
    let entry = &kept.entry;
    Item {
        title: describe_entry(entry, edition),
        href: path(entry),
        meta: format!("Comes into force on {}, London time", time_words(entry.in_force_at)),
        more: actor.is_any(Publishing::ROLES).then(|| ("Cancel", paths::entry_cancel(entry.number))),
        ..Item::default()
    }
}

fn recent_item(kept: &Kept, own: Option<&Sealed>, edition: &Edition, now: Timestamp) -> Item {
    let entry = &kept.entry;
    let people = own.and_then(|sealed| serde_json::from_str::<Particulars>(&sealed.body).ok());
    let who = people.map_or_else(String::new, |people| format!("{}, ", people.publisher.unwrap_or(people.writer)));
    let from = if entry.in_force_at > entry.recorded_at {
        format!("; in force from {}", time_words(entry.in_force_at))
    } else {
        String::new()
    };
    Item {
        title: describe_entry(entry, edition),
        href: path(entry),
        meta: format!("{who}{}{from}", relative_time(entry.recorded_at, now)),
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
        seen: relative_time(node.seen_at, now),
        state,
        class,
    }
}
