//! Functions that the forms of pages, facts, navigation and promoted answers share with the page of texts behind a fact.

use crate::base::database::DatabaseError;
use crate::desk::accounts::{Actor, Desk, Role};
use crate::desk::paths;
use crate::features::drafts;
use crate::features::drafts::Draft;

/// The pattern of a path in the section of the main navigation that facts, navigation and promoted answers stand in.
pub(crate) const SECTION: &str = paths::PAGE;

pub(crate) fn may_change(actor: &Actor) -> bool {
    actor.is_any(&[Role::Editor, Role::Publisher])
}

pub(crate) async fn all_drafts(desk: &Desk) -> Result<Vec<Draft>, DatabaseError> {
    desk.database().read(async |connection| drafts::store::all(connection).await).await
}
