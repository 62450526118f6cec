//! `bluelamp staff`: accounts, from the command line of a node.

use anyhow::Context as _;
use bluelamp::base::audit::Who;
use bluelamp::base::ledger;
use bluelamp::desk::accounts;
use bluelamp::desk::accounts::invite;
use bluelamp::desk::accounts::invite::{InviteError, Newcomer};
use bluelamp::desk::accounts::letters;
use bluelamp::desk::accounts::letters::Post;
use bluelamp::desk::accounts::model::{email_address, person_name};
use bluelamp::server;

use crate::cli::StaffCommand;
use crate::cli::common::{in_transaction, logged};

/// Carries out a command on an account, and gives what to say.
pub(crate) async fn staff(command: StaffCommand) -> anyhow::Result<String> {
    let (StaffCommand::Add { email, settings, .. }
    | StaffCommand::Roles { email, settings, .. }
    | StaffCommand::Vouch { email, settings }
    | StaffCommand::Unlock { email, settings }
    | StaffCommand::Reset { email, settings }) = &command;
    let settings = logged(settings.clone())?;
    let email = email_address(email).context("--email is no address: write it as ann@northshire.example")?;
    let (said, shown, has_link) = in_transaction(&settings, async |connection| {
        let keys = server::keys::read(&settings)?;
        let now = ledger::store::now(connection).await?;
        let known = accounts::store::id_by_address(connection, &keys, &email).await?;
        let (said, link) = match &command {
            StaffCommand::Add { name, roles, .. } => {
                let name =
                    person_name(name, "the").map_err(|wrong| anyhow::anyhow!("--name cannot be used: {wrong}"))?;
                let newcomer = Newcomer { name: &name, email: &email, roles };
                let made = invite::add(connection, &keys, Who::CONSOLE, &newcomer, now).await?;
                (format!("{name} has an account."), Some(made))
            }
            StaffCommand::Roles { roles, .. } => {
                let staff = known.ok_or(InviteError::NoAccount)?;
                let post = Post { keys: &keys, staff_url: &settings.staff_url, now };
                invite::give_roles(connection, post, staff, roles).await?;
                ("They have these roles now, and sign in again.".to_owned(), None)
            }
            StaffCommand::Unlock { .. } => {
                let unlocked = invite::unlock(connection, known.ok_or(InviteError::NoAccount)?).await?;
                let said = if unlocked { "The password counts again" } else { "The password was not locked" };
                (format!("{said}. Nothing was taken away."), None)
            }
            StaffCommand::Vouch { .. } => {
                let staff = known.ok_or(InviteError::NoAccount)?;
                let post = Post { keys: &keys, staff_url: &settings.staff_url, now };
                anyhow::ensure!(
                    invite::vouch(connection, post, staff).await?,
                    "there is nothing to vouch for: the account counts already, or its owner has not set it up yet"
                );
                (
                    "You have vouched for the account. It counts as a second person 24 hours after its set-up."
                        .to_owned(),
                    None,
                )
            }
            StaffCommand::Reset { .. } => {
                let staff = known.ok_or(InviteError::NoAccount)?;
                let secret = invite::reset(connection, Who::CONSOLE, staff, now).await?;
                let post = Post { keys: &keys, staff_url: &settings.staff_url, now };
                letters::tell_owner(connection, post, staff, "The sign-in was reset", Who::CONSOLE).await?;
                ("The sign-in is reset.".to_owned(), Some((staff, secret)))
            }
        };
        let shown = match &link {
            Some((staff, secret)) => {
                let post = Post { keys: &keys, staff_url: &settings.staff_url, now };
                let is_mailed = settings.smtp_url.is_some();
                invite::hand_over(connection, post, is_mailed, Who::CONSOLE, *staff, secret).await?
            }
            None => None,
        };
        Ok((said, shown, link.is_some()))
    })
    .await?;
    Ok(match (shown, has_link) {
        (Some(link), _) => {
            format!("{said} Give this link to them and to nobody else; it works once, within 72 hours:\n  {link}")
        }
        (None, true) => format!("{said} A link to set it up is mailed to them by a node that serves the staff site."),
        (None, false) => said,
    })
}
