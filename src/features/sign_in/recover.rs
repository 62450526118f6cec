//! The way back for whoever has lost what they sign in with: a recovery code brings a set-up link to their own address. The code alone
//! lets nobody in, and neither does the mailbox (two codes by two ways, NIST SP 800-63B-4 section 4.2).

use anyhow::Error;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::Who;
use crate::base::error::AppError;
use crate::base::mail::Message;
use crate::base::web::extract::Form;
use crate::base::web::form::{Concealed, Problems, Wrong};
use crate::base::web::respond;
use crate::base::{audit, mail};
use crate::desk::accounts::addresses::email_of;
use crate::desk::accounts::invite::subject;
use crate::desk::accounts::store::Account;
use crate::desk::accounts::tries::seconds;
use crate::desk::accounts::{actions, invite, recovery, store};
use crate::desk::flash::Flash;
use crate::desk::shell::StaffShell;
use crate::desk::{Desk, paths};
use crate::features::sign_in::credentials::{find, tried};
use crate::features::sign_in::trying::{claim, failed};
use crate::features::sign_in::{Client, words};

#[derive(Template)]
#[template(path = "sign_in/recover.html")]
struct RecoverPage {
    shell: StaffShell,
    form: RecoverForm,
}

/// The address of an account and one of its recovery codes.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RecoverForm {
    email: String,
    recovery: Concealed,
    #[serde(skip)]
    problems: Problems,
}

fn page(desk: &Desk, mut form: RecoverForm, problems: Problems) -> Result<Response, AppError> {
    form.problems = problems;
    let shell = desk.shell(None, "Use a recovery code", paths::SIGN_IN_RECOVER);
    let page = RecoverPage { shell, form };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn show(State(desk): State<Desk>) -> Result<Response, AppError> {
    page(&desk, RecoverForm::default(), Problems::default())
}

/// The answer is the same whether or not there is such an account and whether or not the code was right.
pub(crate) async fn send(
    State(desk): State<Desk>,
    client: Client,
    headers: HeaderMap,
    Form(typed): Form<RecoverForm>,
) -> Result<Response, AppError> {
    let mut problems = Problems::default();
    if typed.email.trim().is_empty() {
        problems.add("email", words::NO_EMAIL);
    }
    if typed.recovery.trim().is_empty() {
        problems.add("recovery", words::NO_RECOVERY);
    }
    if problems.has_any() {
        return page(&desk, typed, problems);
    }
    let (address, account) = find(&desk, &typed.email).await?;
    let tried = tried(&desk, &headers, account.as_ref(), &address, &client);
    if let Some(wait) = claim(&desk, &tried).await? {
        return page(&desk, typed, Problems::one("recovery", Wrong::Wait(seconds(wait))));
    }
    let account = account.filter(|account| account.suspended_at.is_none());
    let code = recovery::hash(&typed.recovery);
    let sent = desk.database().write(desk.limit(), async |connection| {
        // The nil id has no codes: an unknown address takes as long as a known one.
        let id = account.as_ref().map_or_else(Uuid::nil, |account| account.id);
        let right = store::use_recovery_code(connection, id, code, desk.now()).await?;
        let Some(account) = account.as_ref().filter(|_| right) else { return Ok::<_, AppError>(false) };
        store::release(connection, &tried).await?;
        send_link(&desk, connection, account).await?;
        Ok(true)
    });
    if !sent.await? {
        failed(&desk, account.map(|account| account.id), "recovery code").await?;
    }
    respond::see_other(&Flash::SetUpLinkSent.at(paths::SIGN_IN))
}

async fn send_link(desk: &Desk, connection: &mut PgConnection, account: &Account) -> Result<(), AppError> {
    let who = Who { id: Some(account.id), name: &account.name };
    let details = json!({ "for": "a set-up link" });
    audit::record(connection, who, actions::RECOVERY_CODE_USED, &subject(account.id), &details).await?;
    let secret = invite::recover(connection, account.id, desk.now()).await.map_err(Error::from)?;
    let link = invite::link_url(&desk.settings().staff_url, &secret);
    let text = format!(
        "Someone used one of your recovery codes to ask for this link. It works once, for one hour:\n\n{link}\n\n\
         If it was not you, do not open the link. Sign in, make new recovery codes, and tell an administrator of the site.\n"
    );
    let message = Message::new(email_of(desk.keys(), account)?, "Set up your sign-in again".to_owned(), text);
    mail::store::queue(connection, desk.keys().public(), &message, None, desk.now()).await?;
    Ok(())
}
