//! Two nodes behind nginx, with the very configuration that the README gives, are restarted in turn while visitors read and choose.
//!
//! `RESTARTS` says how often; `script/bench` asks for 20.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::net::TcpStream;

use crate::support::cluster::{Scratch, Urls, until};
use crate::support::process::Process;
use crate::support::wire;

/// A port that is free, and that the system gives to no outgoing connection meanwhile.
fn free_port() -> u16 {
    loop {
        let random = u16::try_from(uuid::Uuid::now_v7().as_u128() % 11_000).unwrap();
        if TcpListener::bind(("127.0.0.1", 20_000 + random)).is_ok() {
            return 20_000 + random;
        }
    }
}

/// nginx as the README sets it up, and beside TLS a plain port for the load.
struct Nginx {
    process: Child,
    address: SocketAddr,
}

impl Nginx {
    async fn start(folder: &Path, nodes: [u16; 2]) -> Self {
        let readme = include_str!("../../README.md");
        let told = readme.split("```nginx").nth(1).unwrap().split("```").next().unwrap();
        let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=www.northshire.example", "-out"])
            .arg(&certificate)
            .arg("-keyout")
            .arg(&key)
            .output()
            .unwrap_or_else(|error| panic!("openssl is needed (apt-get install openssl): {error}"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let (plain, tls, redirect) = (free_port(), free_port(), free_port());
        let mut config = String::new();
        for line in told.lines() {
            let trimmed = line.trim();
            let said = match trimmed.split_whitespace().next().unwrap_or_default() {
                "ssl_certificate" => format!("ssl_certificate {};", certificate.display()),
                "ssl_certificate_key" => format!("ssl_certificate_key {};", key.display()),
                "listen" if trimmed.contains("[::]") => String::new(),
                "listen" if trimmed.contains("443") => format!("listen 127.0.0.1:{tls} ssl; listen 127.0.0.1:{plain};"),
                "listen" => format!("listen 127.0.0.1:{redirect};"),
                _ => line
                    .replace("127.0.0.1:8000", &format!("127.0.0.1:{}", nodes[0]))
                    .replace("10.0.0.2:8000", &format!("127.0.0.1:{}", nodes[1])),
            };
            config.push_str(&said);
            config.push('\n');
        }
        assert!(nodes.iter().all(|node| config.contains(&format!("127.0.0.1:{node} "))), "the README names two nodes");
        let user = if std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0 {
            "user root;"
        } else {
            ""
        };
        let here = folder.display();
        let whole = format!(
            "{user} worker_processes 1; daemon off; pid {here}/pid; error_log {here}/error.log;\nevents {{ worker_connections 1024; }}\n\
             http {{ client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi;\n\
             uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;\n{config}\n}}\n"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, whole).unwrap();
        let program =
            ["/usr/sbin/nginx", "target/tools/nginx/usr/sbin/nginx"].into_iter().find(|path| Path::new(path).exists());
        let mut command = Command::new(program.unwrap_or("nginx"));
        command.arg("-p").arg(folder).arg("-e").arg(folder.join("error.log")).arg("-c").arg(&file);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process =
            command.spawn().unwrap_or_else(|error| panic!("nginx is needed (apt-get install nginx): {error}"));
        let mut nginx = Self { process, address: SocketAddr::from(([127, 0, 0, 1], plain)) };
        until("nginx listens", async || {
            let log = || std::fs::read_to_string(folder.join("error.log")).unwrap_or_default();
            assert!(nginx.process.try_wait().unwrap().is_none(), "nginx ended: {}", log());
            TcpStream::connect(nginx.address).await.is_ok()
        })
        .await;
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its master ends its worker.
        Command::new("kill").arg(self.process.id().to_string()).status().ok();
        self.process.wait().ok();
    }
}

/// Asks once and says whether it was answered as it should be.
async fn asks(address: SocketAddr, form: Option<&str>) -> bool {
    let host = [("host", "www.northshire.example")];
    let (answer, wanted) = match form {
        None => (wire::get(address, "/contact", &host).await, 200),
        Some(form) => (wire::post(address, "/cookies", &host, form).await, 303),
    };
    answer.is_ok_and(|answer| answer.status == wanted)
}

async fn serve(urls: &Urls, data: &Path, port: u16) -> Process {
    let address = format!("127.0.0.1:{port}");
    let settings = [
        ("PUBLIC_ADDRESS", address.as_str()),
        ("PUBLIC_URL", "https://www.northshire.example"),
        ("LOG_FILTER", "info"),
    ];
    let node = Process::serve(&urls.app, data, &settings).await;
    until("the node is ready", async || node.get("/readyz").await.1.contains("\"ready\"")).await;
    node
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_behind_nginx_are_restarted_in_turn_and_no_request_fails() {
    let restarts: usize = std::env::var("RESTARTS").map_or(4, |number| number.parse().unwrap());
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let ports = [free_port(), free_port()];
    let data = [scratch.0.join("one"), scratch.0.join("other")];
    let mut nodes = [Some(serve(&urls, &data[0], ports[0]).await), Some(serve(&urls, &data[1], ports[1]).await)];
    let nginx = Nginx::start(&scratch.0, ports).await;
    let (done, failed, ended) =
        (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let mut visitors = tokio::task::JoinSet::new();
    for visitor in 0..8 {
        let (done, failed, ended, address) =
            (Arc::clone(&done), Arc::clone(&failed), Arc::clone(&ended), nginx.address);
        visitors.spawn(async move {
            while !ended.load(Ordering::Relaxed) {
                let form = (visitor % 4 == 0).then_some("choice=reject");
                if !asks(address, form).await {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    for restart in 0..restarts {
        let which = restart % 2;
        nodes[which].take().unwrap().end().await;
        nodes[which] = Some(serve(&urls, &data[which], ports[which]).await);
        let so_far = done.load(Ordering::Relaxed);
        until("visitors are answered", async || done.load(Ordering::Relaxed) > so_far + 20).await;
    }
    ended.store(true, Ordering::Relaxed);
    visitors.join_all().await;
    let (done, failed) = (done.load(Ordering::Relaxed), failed.load(Ordering::Relaxed));
    eprintln!("\nrolling: {restarts} restarts of two nodes, {done} requests, {failed} failed");
    assert_eq!(failed, 0, "of {done} requests");
}
