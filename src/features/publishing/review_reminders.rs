//! Reviews that are overdue: every notice says in public until when the force means to look at it again.

use std::time::Duration;

use jiff::civil::Date;
use url::Url;

use crate::base::clock::day_words;
use crate::base::database::DatabaseError;
use crate::base::mail;
use crate::base::mail::Message;
use crate::base::web::paths::absolute;
use crate::desk::accounts::model::Role;
use crate::desk::accounts::{Desk, addresses};
use crate::desk::paths;
use crate::site::edition::Edition;

/// The time limit for queueing a day's messages.
const LIMIT: Duration = Duration::from_secs(10);

/// A notice in force that was to be looked at again before today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Name of the notice.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The day by which it was to be reviewed.
    pub due: Date,
}

/// The reviews that are overdue on a day, the longest first.
pub fn overdue(edition: &Edition, today: Date) -> Vec<Overdue> {
    let mut found: Vec<Overdue> = edition
        .published
        .notices
        .values()
        .filter_map(|notice| {
            let about = notice.in_force(edition.at)?.about.as_ref()?;
            let due = about.review_by.filter(|due| *due < today)?;
            Some(Overdue { name: notice.name.clone(), title: about.title.clone(), due })
        })
        .collect();
    found.sort_by(|one, other| one.due.cmp(&other.due).then_with(|| one.name.cmp(&other.name)));
    found
}

/// Queues a message to every editor and publisher for every overdue review; one for each person, notice and date, for ever.
pub async fn tell(desk: &Desk) -> Result<(), DatabaseError> {
    let (now, today) = (desk.now(), desk.site().clock().today());
    let overdue = overdue(&desk.site().edition(), today);
    if overdue.is_empty() {
        return Ok(());
    }
    let (keys, site) = (desk.keys(), &desk.settings().staff_url);
    desk.database()
        .write(LIMIT, async move |connection| {
            for role in [Role::Publisher, Role::Editor] {
                for person in addresses::with_role(connection, keys, role).await? {
                    for notice in &overdue {
                        let name = format!("review:{}:{}:{}", notice.name, notice.due, person.id);
                        let message = message(notice, &person.email, site);
                        mail::store::queue(connection, keys.public(), &message, Some(&name), now).await?;
                    }
                }
            }
            Ok(())
        })
        .await
}

fn message(notice: &Overdue, to: &str, site: &Url) -> Message {
    let text = format!(
        "“{}” was due to be reviewed by {}.\n\nReview it here: {}\n",
        notice.title,
        day_words(notice.due),
        absolute(site, &paths::notice(&notice.name)),
    );
    Message::new(to.to_owned(), format!("Review overdue: {}", notice.title), text)
}
