//! Sends what is in the outbox, on a node that holds the keys. Each message is sent once by one node; where a node ends between
//! the mail server's yes and the database's, the same message goes again under the same id.
//!
//! A mail server's answer may repeat the address, so of an answer only its code is logged.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use jiff::Timestamp;
use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use crate::base::clock::Clock;
use crate::base::config::Settings;
use crate::base::database::{Database, DatabaseError};
use crate::base::mail::model::{Message, wait_after};
use crate::base::mail::store;
use crate::base::mail::store::Taken;
use crate::base::sealing::Keys;

/// Folder under `DATA_DIR` for messages where there is no mail server.
pub const FOLDER: &str = "mail";
/// The longest that the mail server may take over each of its answers.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// The time limit for sending one message; shorter than the first wait, so that nobody else takes the message meanwhile.
const SEND_LIMIT: Duration = Duration::from_secs(10);
/// The time limit for a write to the outbox.
const WRITE_LIMIT: Duration = Duration::from_secs(3);

/// The sender of messages.
pub struct Sender {
    database: Database,
    keys: Keys,
    clock: Clock,
    from: Mailbox,
    way: Way,
}

/// The destination of messages.
enum Way {
    Server(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Folder(PathBuf),
}

/// A reason why a message was not sent. Holds nothing of the message.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("this node's keys do not open it")]
    Unopened,
    #[error("the address cannot be written to")]
    Address,
    #[error("it cannot be put into the form of an email: {0}")]
    Form(#[from] lettre::error::Error),
    #[error("the mail server answered {0}")]
    Refused(smtp::response::Code),
    #[error("the mail server did not answer in time")]
    TimedOut,
    #[error("there is no safe connection to the mail server: check its certificate")]
    Tls,
    #[error("the mail server cannot be reached")]
    Unreachable,
    #[error("it cannot be written to the folder for mail: {0}")]
    Folder(#[from] io::Error),
}

impl From<smtp::Error> for SendError {
    fn from(error: smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Refused(code),
            None if error.is_timeout() => Self::TimedOut,
            None if error.is_tls() => Self::Tls,
            None => Self::Unreachable,
        }
    }
}

impl Sender {
    /// A sender to the mail server of the settings, or to a folder where they name none.
    pub fn new(settings: &Settings, database: Database, keys: Keys, clock: Clock) -> anyhow::Result<Self> {
        let address = settings.mail_from.parse().context("MAIL_FROM is no email address that mail can come from")?;
        let way = match &settings.smtp_url {
            Some(url) => {
                let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|_| anyhow::anyhow!("SMTP_URL cannot be used: write smtps://user:password@host"))?;
                Way::Server(Box::new(server.timeout(Some(ANSWER_LIMIT)).build()))
            }
            None => Way::Folder(settings.data_dir.join(FOLDER)),
        };
        Ok(Self { database, keys, clock, from: Mailbox::new(None, address), way })
    }

    /// Sends what is due whenever it is woken, until `stop`. A message being sent then is still sent.
    pub async fn run(self, mut woken: watch::Receiver<u64>, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return,
                changed = woken.changed() => if changed.is_err() { return },
            }
            loop {
                match self.send_one().await {
                    Ok(true) => {}
                    Ok(false) | Err(DatabaseError::Away | DatabaseError::Busy | DatabaseError::NotWritable(_)) => break,
                    Err(error) => {
                        tracing::warn!(%error, "mail waits for the database");
                        break;
                    }
                }
                if futures_util::FutureExt::now_or_never(&mut stop).is_some() {
                    return;
                }
            }
        }
    }

    /// Sends one message that is due. Says whether there was one.
    pub async fn send_one(&self) -> Result<bool, DatabaseError> {
        let now = self.clock.now();
        let keys = &self.keys;
        let taken = self
            .database
            .write(WRITE_LIMIT, async move |connection| {
                Ok::<_, DatabaseError>(store::take(connection, keys, now).await?)
            })
            .await?;
        let Some(taken) = taken else { return Ok(false) };
        let (id, tries) = (taken.id, taken.tries);
        let done = match timeout(SEND_LIMIT, self.send(taken)).await {
            Ok(Ok(())) => {
                tracing::info!(mail = %id, tries, "a message was sent");
                true
            }
            Ok(Err(error)) => failed(id, tries, &error),
            Err(_) => failed(id, tries, &SendError::TimedOut),
        };
        if done {
            self.database
                .write(WRITE_LIMIT, async move |connection| {
                    store::forget(connection, id).await.map_err(DatabaseError::from)
                })
                .await?;
        }
        Ok(true)
    }

    async fn send(&self, taken: Taken) -> Result<(), SendError> {
        let id = taken.id;
        let message = taken.message.map_err(|_| SendError::Unopened)?;
        let email = self.email(id, message, taken.queued_at)?;
        match &self.way {
            Way::Server(server) => {
                server.send(email).await?;
            }
            Way::Folder(folder) => {
                let (folder, bytes) = (folder.clone(), email.formatted());
                let written = tokio::task::spawn_blocking(move || write(&folder, id, &bytes)).await;
                written.map_err(io::Error::other)??;
            }
        }
        Ok(())
    }

    /// RFC 5322, with an id that stays over all tries, so that a server can tell that it has the message already.
    fn email(&self, id: Uuid, message: Message, at: Timestamp) -> Result<lettre::Message, SendError> {
        let to = message.to.parse().map_err(|_| SendError::Address)?;
        let host = self.from.email.domain();
        let from = Mailbox::new(message.from_name.or_else(|| self.from.name.clone()), self.from.email.clone());
        // A line break in a subject would be the end of it.
        let subject = message.subject.replace(|c: char| c.is_control(), " ");
        Ok(lettre::Message::builder()
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(subject)
            .date(SystemTime::from(at))
            .message_id(Some(format!("<{id}@{host}>")))
            .header(ContentType::TEXT_PLAIN)
            .body(message.text)?)
    }
}

/// Logs a try that failed. Says whether it was the last.
fn failed(id: Uuid, tries: i32, error: &SendError) -> bool {
    if wait_after(tries).is_none() {
        tracing::error!(mail = %id, tries, %error, "a message was given up and not sent: whoever it was for was not told");
        return true;
    }
    tracing::warn!(mail = %id, tries, %error, "a message was not sent and is tried again later");
    false
}

/// Writes a message to a file of its own that only its owner reads; a file that is there is a whole one.
fn write(folder: &Path, id: Uuid, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let (part, whole) = (folder.join(format!("{id}.part")), folder.join(format!("{id}.eml")));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(part, whole)
}
