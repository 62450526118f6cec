//! The sites of a test behind one TLS front, as a force would run its own: the force's site and its desk (the built program with
//! its own first-run Postgres), the search engine that visitors come from, and the neutral site that quick exit leads to.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bluelamp::base::clock::Clock;
use bluelamp::base::database::{Cluster, ClusterOptions, Programs};
use bluelamp::desk::accounts::store;
use bluelamp::desk::session::Secret;
use jiff::SignedDuration;
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OnceCell;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::program::{Program, folder};
use super::until;

const FORCE: &str = "www.northshire.test";
/// Under `localhost`: elsewhere Chromium makes no passkey on a site whose certificate it was told to overlook.
const DESK: &str = "desk.localhost";
const SEARCH: &str = "search.test";
const NEUTRAL: &str = "weather.test";

/// The names that browsers must find on this machine.
pub(crate) const HOSTS: [&str; 4] = [FORCE, DESK, SEARCH, NEUTRAL];

/// The search engine's pages, each with a link to the next; the last one links to the force.
const TRAIL: [&str; 4] = ["/", "/news", "/more", "/results"];

static SITES: OnceCell<Sites> = OnceCell::const_new();

/// The addresses of the sites.
pub(crate) struct Sites {
    /// Address of the force's site, without a slash at its end.
    pub(crate) force: String,
    /// Address of the staff site, without a slash at its end.
    pub(crate) desk: String,
    /// Addresses of the search engine's pages, in the order of their links.
    pub(crate) trail: Vec<String>,
    /// A page of the search engine that asks whether a visitor has left: its policy reports where its forms are redirected to.
    pub(crate) asks: String,
    /// Address of the neutral site.
    pub(crate) neutral: String,
    plain: SocketAddr,
    data: PathBuf,
    _program: Program,
}

/// The sites that all tests of a run share; they end with it.
pub(crate) async fn sites() -> &'static Sites {
    SITES.get_or_init(Sites::start).await
}

impl Sites {
    async fn start() -> Self {
        // Each test has a runtime that ends with it; the front must outlive them.
        let (tell, told) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(front(tell));
        });
        let (port, set_ours) = told.await.unwrap();
        let url = |host: &str| format!("https://{host}:{port}");
        let folder = folder();
        let data = folder.join("data");
        let mut command = bluelamp(&data, &url(DESK));
        command.arg("serve");
        command.envs([
            ("PUBLIC_ADDRESS", "127.0.0.1:0"),
            ("STAFF_ADDRESS", "127.0.0.1:0"),
            ("STARTER", "true"),
            ("LOG", "json"),
        ]);
        command.env("LOG_FILTER", "info,sqlx=warn").env("QUICK_EXIT_LOCK", "5m");
        command.env("PUBLIC_URL", url(FORCE)).env("QUICK_EXIT_URL", url(NEUTRAL) + "/");
        let program = Program::start(folder, &command);
        let serving = async |site: &str| {
            let address = |log: &str| {
                let line = log.lines().find(|line| line.contains(site))?;
                serde_json::from_str::<serde_json::Value>(line).ok()?["address"].as_str()?.parse::<SocketAddr>().ok()
            };
            program.says("log", address).await
        };
        let plain = serving("serving the public site").await;
        let ours = Ours { force: plain, desk: serving("serving the staff site").await };
        set_ours.send(ours).unwrap();
        let sites = Self {
            force: url(FORCE),
            desk: url(DESK),
            trail: TRAIL.map(|path| url(SEARCH) + path).to_vec(),
            asks: url(SEARCH) + "/asks",
            neutral: url(NEUTRAL) + "/",
            plain,
            data,
            _program: program,
        };
        // It listens before it has read its texts.
        until("the site to show its texts", async || {
            let home = sites.source("GET", "/").await;
            if home.contains("class=\"tasks\"") { Ok(()) } else { Err(home) }
        })
        .await;
        sites
    }

    /// Makes an account of staff as the console does; the one-time link that it prints.
    pub(crate) fn invite(&self, email: &str, name: &str, roles: &[&str]) -> String {
        let mut command = bluelamp(&self.data, &self.desk);
        command.args(["staff", "add", "--email", email, "--name", name]);
        command.args(roles.iter().flat_map(|role| ["--role", role]));
        let output = command.output().unwrap();
        assert!(output.status.success(), "no account: {}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).unwrap();
        said.split_whitespace().find(|word| word.starts_with(&self.desk)).unwrap().to_owned()
    }

    /// The link that unlocks somebody's password, as it is mailed to them after many wrong ones. `account` is the path of their account.
    pub(crate) async fn unlock(&self, account: &str) -> String {
        let staff = account.strip_prefix("/accounts/").unwrap().parse().unwrap();
        let programs = Programs::find(None).unwrap();
        let cluster = Cluster::start(&programs, &self.data, ClusterOptions::default()).await.unwrap();
        let mut connection = PgConnection::connect(&cluster.owner_url()).await.unwrap();
        let (secret, now) = (Secret::random().unwrap(), Clock::system().now());
        store::count_failure(&mut connection, staff).await.unwrap();
        let ends_at = now + SignedDuration::from_hours(1);
        assert!(store::add_unlock_link(&mut connection, staff, secret.hash(), ends_at, now).await.unwrap());
        format!("/unlock/{}", secret.text())
    }

    /// A page of the force's site as its source.
    pub(crate) async fn source(&self, method: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(self.plain).await.unwrap();
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {FORCE}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.to_ascii_lowercase().contains("content-length"), "{path} comes in pieces: {head}");
        body.to_owned()
    }
}

/// The built program, with its data in a folder.
fn bluelamp(data: &Path, desk: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bluelamp"));
    command.env("DATA_DIR", data).env("STAFF_URL", desk);
    command.env_remove("DATABASE_URL").env_remove("DATABASE_OWNER_URL").env_remove("KEYS_FILE");
    command
}

/// The addresses at which the program listens.
#[derive(Debug)]
struct Ours {
    force: SocketAddr,
    desk: SocketAddr,
}

type OursAt = tokio::sync::oneshot::Sender<Ours>;

/// Ends TLS for all of them, by the name that the browser asks for. Tells its port, and is told where the program is.
async fn front(tell: tokio::sync::oneshot::Sender<(u16, OursAt)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (set_ours, ours) = tokio::sync::oneshot::channel();
    tell.send((port, set_ours)).ok().unwrap();
    let ours = ours.await.unwrap();
    let search = serve(search_engine(format!("https://{FORCE}:{port}/contact"))).await;
    let neutral = serve(Router::new().fallback(async || page("Weather", "<p>Rain later.</p>"))).await;
    let acceptor = acceptor();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let address = match stream.get_ref().1.server_name() {
                Some(FORCE) => ours.force,
                Some(DESK) => ours.desk,
                Some(SEARCH) => search,
                _ => neutral,
            };
            let mut plain = TcpStream::connect(address).await.unwrap();
            copy_bidirectional(&mut stream, &mut plain).await.ok();
        });
    }
}

fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(HOSTS.map(str::to_owned)).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn search_engine(force: String) -> Router {
    let asks = asks(&force);
    let links = TRAIL.iter().skip(1).map(|path| (*path).to_owned()).chain([force]);
    let router = Router::new().route("/asks", get(async move || asks));
    TRAIL.iter().zip(links).fold(router, |router, (path, link)| {
        let body = format!("<p><a id=\"next\" href=\"{link}\">Go on</a></p>");
        router.route(path, get(async move || page("Search", &body)))
    })
}

/// A page whose forms may lead to the force's site alone, and that notes each address its policy reports.
fn asks(page_of_the_force: &str) -> ([(header::HeaderName, HeaderValue); 2], String) {
    let force = page_of_the_force.trim_end_matches("/contact");
    let policy = HeaderValue::from_str(&format!("form-action {force}")).unwrap();
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><title>Search</title><link rel=\"icon\" href=\"data:,\">
        <script>
        addEventListener('securitypolicyviolation', event => localStorage.setItem('told', event.blockedURI));
        </script>
        <form action=\"{page_of_the_force}\"><button id=\"ask\">Ask</button></form>
        <form action=\"{force}/quick-exit\"><button id=\"exit\">Exit</button></form>"
    );
    let html_type = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, html_type), (header::CONTENT_SECURITY_POLICY, policy)], html)
}

/// A page that browsers may keep.
fn page(title: &str, body: &str) -> Response {
    let html =
        format!("<!DOCTYPE html><html lang=\"en\"><title>{title}</title><link rel=\"icon\" href=\"data:,\">{body}");
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], html).into_response()
}
