//! Emails to the owner of an account: what was changed about how they sign in, when, by whom, and what to do if it was not them.

use jiff::Timestamp;
use sqlx::PgConnection;
use url::Url;
use uuid::Uuid;

use crate::base::audit::Who;
use crate::base::clock::time_words;
use crate::base::mail;
use crate::base::mail::Message;
use crate::base::sealing::Keys;
use crate::desk::accounts::addresses;

/// The values that letters are made with.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    /// The keys of this node.
    pub keys: &'a Keys,
    /// Address of the staff site.
    pub staff_url: &'a Url,
    /// The time.
    pub now: Timestamp,
}

/// Tells an account's owner that `change` was done, in the transaction that does it.
pub async fn tell_owner(
    connection: &mut PgConnection,
    post: Post<'_>,
    staff: Uuid,
    change: &str,
    by: Who<'_>,
) -> Result<(), sqlx::Error> {
    let Some(owner) = addresses::of_any(connection, post.keys, staff).await? else { return Ok(()) };
    tell_address(connection, post, owner.email, change, by, staff).await
}

/// Tells the address that an account had until now.
pub async fn tell_address(
    connection: &mut PgConnection,
    post: Post<'_>,
    to: String,
    change: &str,
    by: Who<'_>,
    staff: Uuid,
) -> Result<(), sqlx::Error> {
    let who = if by.id == Some(staff) {
        "Someone signed in as you made this change.".to_owned()
    } else {
        format!("{} made this change.", by.name)
    };
    let text = format!(
        "{change}.\n\nThis was on {}, London time, for your account at {}\n{who}\n\nIf you were expecting this, you do not need to do \
         anything.\n\nIf you were not, sign in, open “Your account”, remove anything that is not yours and sign out everywhere else. If \
         you cannot sign in, call an administrator of the site at once. They can suspend the account.\n",
        time_words(post.now),
        post.staff_url
    );
    let message = Message::new(to, change.to_owned(), text);
    mail::store::queue(connection, post.keys.public(), &message, None, post.now).await
}

/// Sends a set-up link to the person it is for, and to nobody else.
pub async fn send_link(
    connection: &mut PgConnection,
    post: Post<'_>,
    staff: Uuid,
    link: &str,
) -> Result<(), sqlx::Error> {
    let Some(owner) = addresses::of_any(connection, post.keys, staff).await? else { return Ok(()) };
    let text = format!(
        "You have an account at {}\n\nUse this link to set up how you sign in. It works once, for 72 hours, and is only for you:\n\n\
         {link}\n\nIf you were not expecting this, do not open the link, and tell an administrator of the site.\n",
        post.staff_url
    );
    let message = Message::new(owner.email, "Set up your sign-in".to_owned(), text);
    mail::store::queue(connection, post.keys.public(), &message, None, post.now).await
}
