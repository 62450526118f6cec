//! Email to staff: sealed while it waits, sent once, tried again by the clock.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bluelamp::base::config::Settings;
use bluelamp::base::mail::{Message, Sender, store};
use bluelamp::desk::accounts::{Role, addresses};
use bluelamp::features::publishing::review_reminders as reviews;
use jiff::SignedDuration;
use sqlx::{Connection as _, Row as _};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::people::Office;

fn message(subject: &str) -> Message {
    let text = "“Contact” waits for you.\n\nhttp://localhost:8001/notices/contact\n";
    Message::new("ann@northshire.example".to_owned(), subject.to_owned(), text.to_owned())
}

impl Office {
    async fn queue(&self, subject: &str, name: Option<&str>) {
        let mut connection = self.public.connection().await;
        let mut transaction = connection.begin().await.unwrap();
        let now = self.public.clock.now();
        store::queue(&mut transaction, self.desk.keys().public(), &message(subject), name, now).await.unwrap();
        transaction.commit().await.unwrap();
    }

    fn sender(&self, settings: &Settings) -> Sender {
        let (database, keys) = (self.desk.database().clone(), self.desk.keys().clone());
        Sender::new(settings, database, keys, self.public.clock.clone()).unwrap()
    }

    async fn waiting(&self) -> i64 {
        let mut connection = self.public.connection().await;
        sqlx::query_scalar("select count(*) from mail_outbox").fetch_one(&mut connection).await.unwrap()
    }
}

/// Settings without a mail server, and the folder that messages go to.
fn folder() -> (Settings, PathBuf) {
    let mut settings = Settings::for_tests();
    settings.data_dir = std::env::temp_dir().join(format!("bl-mail-{}", uuid::Uuid::now_v7().simple()));
    let folder = settings.data_dir.join("mail");
    (settings, folder)
}

fn files(folder: &std::path::Path) -> Vec<(PathBuf, String)> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    found.sort();
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// A mail server that takes what it is given, or refuses everybody by name.
#[derive(Clone, Default)]
struct Server {
    refuses: Arc<AtomicBool>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start() -> (Self, Settings) {
        let (server, listener) = (Self::default(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let mut settings = Settings::for_tests();
        settings.smtp_url = Some(format!("smtp://{}", listener.local_addr().unwrap()));
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        (server, settings)
    }

    /// Serves as much of RFC 5321 as one message needs.
    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 mail.test\r\n").await.unwrap();
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let answer = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
                "RCPT" if self.refuses.load(Ordering::SeqCst) => "451 4.2.1 <ann@northshire.example> try later\r\n",
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await.unwrap();
                    let mut text = String::new();
                    while !text.ends_with("\r\n.\r\n") {
                        assert!(stream.read_line(&mut text).await.unwrap() > 0);
                    }
                    self.taken.lock().unwrap().push(text);
                    "250 taken\r\n"
                }
                "QUIT" => "221 bye\r\n",
                _ => "250 mail.test\r\n",
            };
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

/// Encoded words (RFC 2047) of a folded header, decoded.
fn decoded(text: &str, header: &str) -> String {
    let unfolded = text.replace("\r\n ", " ");
    let line = unfolded.lines().find_map(|line| line.strip_prefix(&format!("{header}: "))).unwrap().trim().to_owned();
    let mut bytes = Vec::new();
    for word in line.split(' ') {
        match word.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?=")) {
            Some(encoded) => bytes.extend(base64(encoded)),
            None => bytes.extend(word.bytes()),
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.trim_end_matches('=').chars() {
        bits = bits << 6 | u32::try_from(ALPHABET.find(letter).unwrap()).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}

#[tokio::test]
async fn without_a_mail_server_a_message_becomes_a_file_that_only_its_owner_reads() {
    let office = Office::open().await;
    let (settings, folder) = folder();
    let sender = office.sender(&settings);
    office.queue("For review: “Cymraeg ŵ”", None).await;
    assert!(sender.send_one().await.unwrap());
    assert!(!sender.send_one().await.unwrap());
    assert_eq!(office.waiting().await, 0);
    let files = files(&folder);
    let [(path, text)] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!(path.extension().unwrap(), "eml");
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.is_ascii(), "{head}");
    assert_eq!(decoded(head, "Subject").replace(' ', ""), "Forreview:“Cymraegŵ”");
    for line in ["From: bluelamp@localhost", "To: ann@northshire.example", "Date: Tue, 24 Nov 2026 12:00:00 +0000"] {
        assert!(head.contains(line), "{line} is not in {head}");
    }
    assert!(head.contains("Message-ID: <") && head.contains("Content-Type: text/plain; charset=utf-8"), "{head}");
    std::fs::remove_dir_all(settings.data_dir).unwrap();
}

#[tokio::test]
async fn two_senders_send_each_message_once() {
    let office = Office::open().await;
    let (server, settings) = Server::start().await;
    for number in 0..10 {
        office.queue(&format!("Number {number}"), None).await;
    }
    let (one, other) = (office.sender(&settings), office.sender(&settings));
    let all = async |sender: &Sender| while sender.send_one().await.unwrap() {};
    tokio::join!(all(&one), all(&other));
    let taken = server.taken();
    assert_eq!(taken.len(), 10);
    for number in 0..10 {
        let subject = format!("Subject: Number {number}\r\n");
        assert_eq!(taken.iter().filter(|text| text.contains(&subject)).count(), 1, "{subject}");
    }
    assert_eq!(office.waiting().await, 0);
}

#[tokio::test]
async fn a_message_that_was_refused_is_tried_again_by_the_clock_under_the_same_id() {
    let office = Office::open().await;
    let (server, settings) = Server::start().await;
    let sender = office.sender(&settings);
    server.refuses.store(true, Ordering::SeqCst);
    office.queue("Sent back", None).await;
    assert!(sender.send_one().await.unwrap());
    assert!(!sender.send_one().await.unwrap(), "it was tried again at once");
    assert_eq!(office.waiting().await, 1);
    server.refuses.store(false, Ordering::SeqCst);
    office.public.clock.set(office.public.clock.now() + SignedDuration::from_secs(15));
    assert!(sender.send_one().await.unwrap());
    assert_eq!((server.taken().len(), office.waiting().await), (1, 0));
}

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_message_is_given_up_in_the_end_and_the_log_names_nobody() {
    let office = Office::open().await;
    let (server, settings) = Server::start().await;
    let sender = office.sender(&settings);
    server.refuses.store(true, Ordering::SeqCst);
    office.queue("Secret subject", None).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let mut tries = 0;
    while office.waiting().await > 0 {
        if sender.send_one().await.unwrap() {
            tries += 1;
        }
        office.public.clock.set(office.public.clock.now() + SignedDuration::from_hours(12));
        assert!(tries < 20, "it is never given up");
    }
    drop(guard);
    assert_eq!(tries, 9);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("ERROR") && log.contains("given up") && log.contains("answered 451"), "{log}");
    for secret in ["ann@", "Secret", "waits for you", "try later"] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}

#[tokio::test]
async fn a_waiting_message_shows_nothing_in_the_database() {
    let office = Office::open().await;
    office.queue("Secret subject", Some("review:contact:2026-11-01")).await;
    let mut connection = office.public.connection().await;
    let rows = sqlx::query("select mail_outbox::text as row, sealed from mail_outbox")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    for row in rows {
        let (text, sealed): (String, Vec<u8>) = (row.get("row"), row.get("sealed"));
        let sealed = String::from_utf8_lossy(&sealed).into_owned();
        for secret in ["ann", "northshire", "Secret", "waits"] {
            assert!(!text.contains(secret) && !sealed.contains(secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn what_was_queued_once_under_a_name_is_not_queued_again_even_after_it_went() {
    let office = Office::open().await;
    let (server, settings) = Server::start().await;
    let sender = office.sender(&settings);
    office.queue("One", Some("submitted:notice:contact:3")).await;
    office.queue("Two", Some("submitted:notice:contact:3")).await;
    assert!(sender.send_one().await.unwrap());
    office.queue("Three", Some("submitted:notice:contact:3")).await;
    assert!(!sender.send_one().await.unwrap());
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test]
async fn those_with_a_role_are_written_to_unless_they_are_suspended() {
    let office = Office::open().await;
    let (erin, _percy) = (office.editor().await, office.publisher().await);
    let mut connection = office.public.connection().await;
    let keys = office.desk.keys();
    let found = addresses::with_role(&mut connection, keys, Role::Editor).await.unwrap();
    assert_eq!(
        found.iter().map(|person| person.email.as_str()).collect::<Vec<_>>(),
        ["erin.editor@northshire.example"]
    );
    sqlx::query("update staff set suspended_at = now() where id = $1")
        .bind(erin.id)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(addresses::with_role(&mut connection, keys, Role::Editor).await.unwrap(), []);
    assert_eq!(addresses::of(&mut connection, keys, erin.id).await.unwrap(), None);
}

#[tokio::test]
async fn an_overdue_review_is_told_once_to_each_editor_and_publisher_without_the_text() {
    let office = Office::open().await;
    office.staff("Edwina Both", &[Role::Editor, Role::Publisher]).await;
    office.publisher().await;
    office.auditor().await;
    office.public.clock.set("2035-01-01T09:00:00Z".parse().unwrap());
    let overdue = reviews::overdue(&office.desk.site().edition(), office.public.clock.today()).len();
    assert!(overdue > 0, "nothing of the starter set has a date to review it by");
    reviews::tell(&office.desk).await.unwrap();
    assert_eq!(office.waiting().await, i64::try_from(overdue * 2).unwrap());
    let (server, settings) = Server::start().await;
    let sender = office.sender(&settings);
    while sender.send_one().await.unwrap() {}
    reviews::tell(&office.desk).await.unwrap();
    assert_eq!(office.waiting().await, 0);
    let taken = server.taken();
    for to in ["edwina.both", "percy.publisher"] {
        let own = taken.iter().filter(|text| text.contains(&format!("To: {to}@northshire.example"))).count();
        assert_eq!(own, overdue, "{to}");
    }
}
