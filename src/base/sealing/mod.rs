//! Encryption of what the database must not show: it is sealed to a public key (HPKE, RFC 9180), so that only a node which holds
//! the secret key can read it. Every sealed value is bound to its place: moved to another row or column it does not open.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use hmac::{Hmac, Mac as _};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem as _, OpModeR, OpModeS, Serializable};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

type Kem = X25519HkdfSha256;
type Secret = <Kem as hpke::Kem>::PrivateKey;
type Public = <Kem as hpke::Kem>::PublicKey;
type Encapsulated = <Kem as hpke::Kem>::EncappedKey;

/// Name of the file under `DATA_DIR` unless `KEYS_FILE` says otherwise.
pub const FILE: &str = "keys.toml";
/// Name of the file with the public half under `DATA_DIR` unless `PUBLIC_KEYS_FILE` says otherwise.
pub const PUBLIC_FILE: &str = "public-keys.toml";

/// Says what the bytes are, and keeps other uses of a key apart.
const INFO: &[u8] = b"bluelamp sealed value 1";
/// First byte of a sealed value.
const FORMAT: u8 = 1;
/// Bytes that name the key which opens it.
const KEY_ID: usize = 8;
/// Bytes of an X25519 key.
const KEY: usize = 32;

/// The public half of a node's keys: it seals for those who hold the secret half, and opens nothing. Cheap to clone; cannot be printed.
#[derive(Clone)]
pub struct PublicKeys(Arc<Vec<PublicHalf>>);

struct PublicHalf {
    id: [u8; KEY_ID],
    public: Public,
    /// The key under which addresses are hashed that must be found again.
    addresses: [u8; KEY],
}

/// The keys of a node that serves staff: the first seals, any opens. Cheap to clone; cannot be printed.
#[derive(Clone)]
pub struct Keys {
    pairs: Arc<Vec<Pair>>,
    public: PublicKeys,
}

struct Pair {
    id: [u8; KEY_ID],
    secret: Secret,
    /// The key of look-up values, derived from the secret key.
    lookup: [u8; KEY],
}

/// A reason why keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file is not there or cannot be read.
    #[error(
        "cannot read the keys in {file}: {source}. Make them with `bluelamp keys new`, or set KEYS_FILE to where they are"
    )]
    Read {
        /// Its path.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write keys to {file}: {source}. Set KEYS_FILE to a place that can be written to")]
    Write {
        /// Its path.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{0} holds no keys that can be used: restore the file from where you keep a copy")]
    Damaged(String),
    /// The system gave no random bytes.
    #[error("the operating system gave no random bytes for a key: {0}")]
    Random(#[from] getrandom::Error),
}

/// A sealed value that does not open: another key, another place, or changed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be opened with this node's keys")]
pub struct Unopened;

#[derive(Serialize, Deserialize)]
struct File {
    key: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    secret: String,
}

#[derive(Serialize, Deserialize)]
struct PublicFile {
    key: Vec<PublicLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicLine {
    public: String,
    addresses: String,
}

impl PublicKeys {
    /// Reads the file that [`PublicKeys::write_new`] wrote.
    pub fn read(path: &Path) -> Result<Self, KeysError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| KeysError::Read { file: name.clone(), source })?;
        let damaged = || KeysError::Damaged(name.clone());
        let file: PublicFile = toml::from_str(&text).map_err(|_| damaged())?;
        let half = |line: PublicLine| {
            let public = Public::from_bytes(&hex::decode(line.public).ok()?).ok()?;
            let addresses = hex::decode(line.addresses).ok()?.try_into().ok()?;
            Some(PublicHalf { id: id_of(&public), public, addresses })
        };
        let halves: Option<Vec<PublicHalf>> = file.key.into_iter().map(half).collect();
        halves.filter(|halves| !halves.is_empty()).map(|halves| Self(Arc::new(halves))).ok_or_else(damaged)
    }

    /// Writes a new file, readable by its owner alone; never over one that is there.
    pub fn write_new(&self, path: &Path) -> Result<(), KeysError> {
        let mut text = String::from(
            "# The public half of Bluelamp's keys, for nodes that serve the public site alone. It seals and opens nothing.\n\
             # Keep it to yourself all the same: its second part tells which address a hash belongs to.\n",
        );
        for half in self.0.iter() {
            let (public, addresses) = (hex::encode(half.public.to_bytes()), hex::encode(half.addresses));
            text.extend(["\n[[key]]\npublic = \"", &public, "\"\naddresses = \"", &addresses, "\"\n"]);
        }
        write_new(path, &text)
    }

    /// Seals bytes for their place, such as `staff.totp:` and the account's id.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, Unopened> {
        let half = self.0.first().ok_or(Unopened)?;
        let (encapsulated, sealed) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeS::Base,
            &half.public,
            INFO,
            plain,
            place.as_bytes(),
        )
        .map_err(|_| Unopened)?;
        let mut bytes = Vec::with_capacity(1 + KEY_ID + KEY + sealed.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&half.id);
        bytes.extend_from_slice(&encapsulated.to_bytes());
        bytes.extend_from_slice(&sealed);
        Ok(bytes)
    }

    /// Hashes of an address under each key, by which a row about it is found again. Only a holder of the file can make them.
    pub fn addresses(&self, address: &str) -> Vec<[u8; 32]> {
        self.0.iter().map(|half| keyed(&half.addresses, "address", address)).collect()
    }

    /// A secret drawn from the first key and a value: whoever knows the value alone cannot make it.
    pub fn derived(&self, purpose: &str, value: &[u8]) -> [u8; 32] {
        let mut secret = self.0.first().map_or_else(Vec::new, |half| half.addresses.to_vec());
        secret.extend_from_slice(value);
        derive(&secret, purpose)
    }

    /// Names of the keys, the one that seals first. They tell nothing of the keys.
    pub fn ids(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|half| &half.id[..])
    }
}

impl fmt::Debug for PublicKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PublicKeys")
    }
}

impl Keys {
    /// New keys from the system's random source.
    pub fn generate() -> Result<Self, KeysError> {
        let mut seed = [0; KEY];
        getrandom::fill(&mut seed)?;
        let (secret, _) = Kem::derive_keypair(&seed);
        Ok(Self::of(vec![Pair::new(secret)]))
    }

    /// The keys that 32 secret bytes make, the same each time.
    pub fn of_seed(seed: &[u8; KEY]) -> Self {
        Self::of(vec![Pair::new(Kem::derive_keypair(seed).0)])
    }

    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self, KeysError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| KeysError::Read { file: name.clone(), source })?;
        let damaged = || KeysError::Damaged(name.clone());
        let file: File = toml::from_str(&text).map_err(|_| damaged())?;
        let mut pairs = Vec::with_capacity(file.key.len());
        for line in file.key {
            let bytes = hex::decode(&line.secret).map_err(|_| damaged())?;
            pairs.push(Pair::new(Secret::from_bytes(&bytes).map_err(|_| damaged())?));
        }
        if pairs.is_empty() { Err(damaged()) } else { Ok(Self::of(pairs)) }
    }

    fn of(pairs: Vec<Pair>) -> Self {
        let public = PublicKeys(Arc::new(pairs.iter().map(Pair::public).collect()));
        Self { pairs: Arc::new(pairs), public }
    }

    /// The half that seals.
    pub fn public(&self) -> &PublicKeys {
        &self.public
    }

    /// Writes a new file, readable by its owner alone; never over one that is there.
    pub fn write_new(&self, path: &Path) -> Result<(), KeysError> {
        let mut text = String::from(
            "# Keys of Bluelamp. Whoever holds them can read what the database keeps sealed; without them nobody can.\n\
             # Keep a copy apart from the database and its backups. The first key seals, each of them opens.\n",
        );
        for pair in self.pairs.iter() {
            text.push_str("\n[[key]]\nsecret = \"");
            text.push_str(&hex::encode(pair.secret.to_bytes()));
            text.push_str("\"\n");
        }
        write_new(path, &text)
    }

    /// Seals bytes for their place ([`PublicKeys::seal`]).
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, Unopened> {
        self.public.seal(place, plain)
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (format, rest) = sealed.split_first().ok_or(Unopened)?;
        let (id, rest) = rest.split_first_chunk::<KEY_ID>().ok_or(Unopened)?;
        let (encapsulated, sealed) = rest.split_first_chunk::<KEY>().ok_or(Unopened)?;
        let pair = self.pairs.iter().find(|pair| pair.id == *id).filter(|_| *format == FORMAT).ok_or(Unopened)?;
        let encapsulated = Encapsulated::from_bytes(encapsulated).map_err(|_| Unopened)?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeR::Base,
            &pair.secret,
            &encapsulated,
            INFO,
            sealed,
            place.as_bytes(),
        )
        .map_err(|_| Unopened)
    }

    /// The text that was sealed for this place. Errors: the errors of [`Keys::open`], or the value is not text.
    pub fn open_text(&self, place: &str, sealed: &[u8]) -> Result<String, Unopened> {
        String::from_utf8(self.open(place, sealed)?).map_err(|_| Unopened)
    }

    /// A keyed hash (HMAC-SHA-256, RFC 2104) under which a sealed value can be found again. All keys of the file are tried in
    /// turn by whoever looks up; the first is what new rows carry.
    pub fn lookups(&self, purpose: &str, value: &str) -> Vec<[u8; 32]> {
        self.pairs.iter().map(|pair| keyed(&pair.lookup, purpose, value)).collect()
    }

    /// Secrets for another purpose, one drawn from each key of the file, in its order (the expansion of RFC 5869 with one block):
    /// whoever has one of them learns nothing of the key.
    pub fn derived(&self, purpose: &str) -> Vec<[u8; 32]> {
        let secret = |pair: &Pair| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&pair.secret.to_bytes()).ok()?;
            mac.update(purpose.as_bytes());
            mac.update(&[1]);
            Some(mac.finalize().into_bytes().into())
        };
        self.pairs.iter().filter_map(secret).collect()
    }

    /// The first of [`Keys::lookups`].
    pub fn lookup(&self, purpose: &str, value: &str) -> [u8; 32] {
        self.pairs.first().map_or([0; 32], |pair| keyed(&pair.lookup, purpose, value))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keys")
    }
}

impl Pair {
    fn new(secret: Secret) -> Self {
        let mut lookup = Sha256::new();
        lookup.update(b"bluelamp lookup key 1");
        lookup.update(secret.to_bytes());
        Self { id: id_of(&Kem::sk_to_pk(&secret)), lookup: lookup.finalize().into(), secret }
    }

    fn public(&self) -> PublicHalf {
        let addresses = keyed(&self.secret.to_bytes().into(), "bluelamp addresses 1", "");
        PublicHalf { id: self.id, public: Kem::sk_to_pk(&self.secret), addresses }
    }
}

/// The name of a key: the start of its public half's hash.
fn id_of(public: &Public) -> [u8; KEY_ID] {
    let mut id = [0; KEY_ID];
    id.iter_mut().zip(Sha256::digest(public.to_bytes())).for_each(|(place, byte)| *place = byte);
    id
}

fn write_new(path: &Path, text: &str) -> Result<(), KeysError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let failed = |source| KeysError::Write { file: path.display().to_string(), source };
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// A secret for a purpose, drawn from another secret (HKDF-SHA-256, RFC 5869, with one block and a salt of zeros).
pub fn derive(secret: &[u8], purpose: &str) -> [u8; 32] {
    let mac = |key: &[u8], parts: &[&[u8]]| {
        // A key of any length will do (RFC 2104 section 3), so that this never fails.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
        for part in parts {
            mac.update(part);
        }
        <[u8; 32]>::from(mac.finalize().into_bytes())
    };
    mac(&mac(&[0; 32], &[secret]), &[purpose.as_bytes(), &[1]])
}

fn keyed(key: &[u8; KEY], purpose: &str, value: &str) -> [u8; 32] {
    // A key of any length will do (RFC 2104 section 3), so that this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(value.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests;
