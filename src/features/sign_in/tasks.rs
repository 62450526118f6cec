//! Tasks of administrators: to look at what was done lately to accounts that may release or destroy text.

use jiff::SignedDuration;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit;
use crate::base::audit::Action;
use crate::base::audit::model::{Filter, Recorded};
use crate::desk::accounts::permission::{Administering, Permission as _};
use crate::desk::accounts::{Role, actions};
use crate::desk::declared::{Item, Tasks, Viewer};
use crate::desk::paths;
use crate::features::dashboard::model::relative_time;

/// The time that an action on an account is shown.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Actions that are shown.
const SHOWN: [Action; 5] = [
    actions::STAFF_RESET,
    actions::RECOVERY_CODE_USED,
    actions::STAFF_ADDED,
    actions::STAFF_CHANGED,
    actions::STAFF_VOUCHED,
];
/// Rows that are read of each action.
const MOST: i64 = 20;

pub(super) async fn find(connection: &mut PgConnection, viewer: Viewer<'_>) -> Result<Tasks, sqlx::Error> {
    let mut found = Tasks::default();
    if !viewer.actor.is_any(Administering::ROLES) {
        return Ok(found);
    }
    let people = audit::store::people(connection).await?;
    for action in SHOWN {
        let filter = Filter { action: Some(action), from: Some(viewer.now - SHOWN_FOR), ..Filter::default() };
        let rows = audit::store::page(connection, &filter, None, MOST).await?;
        let rows = rows.iter().filter(|row| action != actions::STAFF_CHANGED || !releasing_roles(row).is_empty());
        found.waiting.extend(rows.map(|row| item(action, row, &people, viewer)));
    }
    Ok(found)
}

fn item(action: Action, row: &Recorded, people: &[(Uuid, String)], viewer: Viewer<'_>) -> Item {
    let id = row.subject.split_once(':').and_then(|(_, id)| id.parse::<Uuid>().ok());
    let name = id.and_then(|id| people.iter().find(|(known, _)| *known == id));
    let roles = match releasing_roles(row).as_slice() {
        [] => String::new(),
        roles => format!(" and gave the role of {}", roles.join(", ")),
    };
    let (who, did, when) = (&row.actor_name, action.words(), relative_time(row.at, viewer.now));
    Item {
        tag: Some("Account"),
        title: name.map_or_else(|| row.subject.clone(), |(_, name)| name.clone()),
        href: Some(paths::PEOPLE.to_owned()),
        meta: format!("{who} {did}{roles}, {when}. If nobody asked for it, suspend the account."),
        more: None,
    }
}

/// The roles that release or destroy text which an account got with what was recorded.
fn releasing_roles(row: &Recorded) -> Vec<&'static str> {
    let details: serde_json::Value = serde_json::from_str(&row.details).unwrap_or_default();
    let has = |field: &str, role: Role| {
        let held = details.get(field).and_then(serde_json::Value::as_array);
        held.is_some_and(|held| held.iter().any(|held| held == role.name()))
    };
    let gained = Role::RELEASING.into_iter().filter(|role| has("roles", *role) && !has("roles_before", *role));
    gained.map(Role::words).collect()
}
