//! Asks a witness to cosign a checkpoint (C2SP tlog-witness). A witness is a third party that vouches that the log only grew.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

use crate::base::database::Database;
use crate::base::tlog::checkpoint::Checkpoint;
use crate::base::tlog::note::VerifierKey;
use crate::base::tlog::store;
use crate::base::tlog::tree::Tree;

/// The longest wait for a witness to answer.
const LIMIT: Duration = Duration::from_secs(10);
/// The most bytes of an answer that are read.
const LONGEST_ANSWER: usize = 64 * 1024;
/// The longest time for storing a cosignature.
const WRITE_LIMIT: Duration = Duration::from_secs(3);

/// A witness: its key, and the address at which it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    key: VerifierKey,
    url: Url,
}

/// The text is not a valid setting of a witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "write each witness as its verifier key, a blank and the address that it is asked at, with commas between witnesses"
)]
pub struct NotAWitness;

impl FromStr for Witness {
    type Err = NotAWitness;

    fn from_str(text: &str) -> Result<Self, NotAWitness> {
        let (key, url) = text.trim().split_once(' ').ok_or(NotAWitness)?;
        let key: VerifierKey = key.parse().map_err(|_| NotAWitness)?;
        let url = Url::parse(url.trim()).map_err(|_| NotAWitness)?;
        let plain = matches!(url.scheme(), "http" | "https") && url.host_str().is_some() && url.query().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        if key.is_cosigner() && plain && anonymous { Ok(Self { key, url }) } else { Err(NotAWitness) }
    }
}

impl Witness {
    /// Tells whether its cosignature is among those of a checkpoint.
    pub fn has_cosigned(&self, checkpoint: &Checkpoint) -> bool {
        self.key.find_signature(&checkpoint.text(), &checkpoint.cosignatures.join("\n")).is_some()
    }
}

/// An error of asking a witness.
#[derive(Debug, thiserror::Error)]
enum WitnessError {
    #[error("it cannot be reached: {0}")]
    Connect(#[from] std::io::Error),
    #[error("its answer cannot be read: {0}")]
    Http(#[from] hyper::Error),
    #[error("its answer cannot be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    #[error("it did not answer within 10 seconds")]
    TimedOut,
    #[error("no certificate of this machine can be used")]
    Certificates,
    #[error("the request cannot be written: {0}")]
    Request(#[from] hyper::http::Error),
    #[error("it refused with status {0}")]
    Refused(StatusCode),
    #[error("it answered without a cosignature of its key")]
    Unsigned,
    #[error("the checkpoint has no proof from size {0}")]
    Unproved(i64),
    #[error(transparent)]
    Database(#[from] crate::base::database::DatabaseError),
}

/// The answer of a witness to a checkpoint.
enum Said {
    Cosigned(String),
    /// The last size of the log that the witness has seen.
    Seen(i64),
}

/// Asks a witness for a cosignature, and stores it. Errors are logged.
pub(super) async fn ask(database: &Database, witness: &Witness, checkpoint: &Checkpoint, tree: &Tree) {
    if witness.has_cosigned(checkpoint) {
        return;
    }
    match cosign(database, witness, checkpoint, tree).await {
        Ok(Said::Cosigned(_)) => {}
        Ok(Said::Seen(size)) if size > checkpoint.size => tracing::error!(
            witness = witness.key.name(),
            size,
            signed = checkpoint.size,
            "a witness has seen more of the public log than there is: a checkpoint was lost"
        ),
        Ok(Said::Seen(size)) => tracing::warn!(witness = witness.key.name(), size, "a witness did not cosign"),
        Err(error) => tracing::warn!(witness = witness.key.name(), %error, "a witness did not cosign"),
    }
}

async fn cosign(
    database: &Database,
    witness: &Witness,
    checkpoint: &Checkpoint,
    tree: &Tree,
) -> Result<Said, WitnessError> {
    let (origin, name) = (checkpoint.origin.as_str(), witness.key.name());
    let known = database.read(async |connection| store::size_cosigned_by(connection, origin, name).await).await?;
    let mut said = add_checkpoint(witness, checkpoint, tree, known).await?;
    // The witness remembers another size than we do: ask once more from its size.
    if let Said::Seen(size) = said
        && size != known
        && size <= checkpoint.size
    {
        said = add_checkpoint(witness, checkpoint, tree, size).await?;
    }
    if let Said::Cosigned(line) = &said {
        database
            .write(WRITE_LIMIT, async |connection| {
                let kept = store::add_cosignature(connection, checkpoint, name, line).await;
                kept.map_err(crate::base::database::DatabaseError::Sql)
            })
            .await?;
    }
    Ok(said)
}

async fn add_checkpoint(
    witness: &Witness,
    checkpoint: &Checkpoint,
    tree: &Tree,
    old: i64,
) -> Result<Said, WitnessError> {
    let proof = usize::try_from(old).ok().and_then(|old| tree.consistency_proof(old));
    let mut body = format!("old {old}\n");
    for hash in proof.ok_or(WitnessError::Unproved(old))? {
        body.push_str(&BASE64_STANDARD.encode(hash.0));
        body.push('\n');
    }
    body.push('\n');
    body.push_str(&checkpoint.text());
    body.push('\n');
    body.push_str(&checkpoint.signatures);
    let (status, answer) = timeout(LIMIT, post(&witness.url, body)).await.unwrap_or(Err(WitnessError::TimedOut))?;
    match status {
        StatusCode::OK => {
            let line = witness.key.find_signature(&checkpoint.text(), &answer).ok_or(WitnessError::Unsigned)?;
            Ok(Said::Cosigned(line.to_owned()))
        }
        StatusCode::CONFLICT => answer.trim_end().parse().map(Said::Seen).map_err(|_| WitnessError::Refused(status)),
        status => Err(WitnessError::Refused(status)),
    }
}

async fn post(prefix: &Url, body: String) -> Result<(StatusCode, String), WitnessError> {
    let host = prefix.host_str().unwrap_or_default();
    let plain_host = host.trim_start_matches('[').trim_end_matches(']');
    let port = prefix.port_or_known_default().unwrap_or(443);
    let authority = prefix.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let request = Request::post(format!("{}/add-checkpoint", prefix.path().trim_end_matches('/')))
        .header(HOST, authority)
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(Full::new(Bytes::from(body)))?;
    let stream = TcpStream::connect((plain_host, port)).await?;
    if prefix.scheme() == "http" {
        return send(stream, request).await;
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(WitnessError::Certificates);
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(plain_host.to_owned()).map_err(std::io::Error::other)?;
    send(TlsConnector::from(Arc::new(config)).connect(name, stream).await?, request).await
}

async fn send(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, String), WitnessError> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // The task ends with the sender or with the runtime.
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await.map_err(WitnessError::Body);
    driver.abort();
    Ok((status, String::from_utf8_lossy(&body?.to_bytes()).into_owned()))
}
