//! Signed notes and their keys (C2SP signed-note), and the cosignatures of witnesses on them (C2SP tlog-cosignature).

use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::base::ledger::Hash;

/// Signature type of plain Ed25519.
const ED25519_NOTE: u8 = 1;
/// Signature type of a witness's cosignature with its time.
const ED25519_COSIGNATURE: u8 = 4;
/// Bytes of a key's short id.
const KEY_ID: usize = 4;
/// Bytes of an Ed25519 signature.
const SIGNATURE: usize = 64;
/// The beginning of a signature line.
const DASH: &str = "\u{2014} ";

/// A key that others check signatures with, written as `name+id+key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: u8,
    public: [u8; 32],
}

/// The text is not a verifier key of a known kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a verifier key is a name, eight hexadecimal digits and a base64 text, with plus signs between")]
pub struct NotAVerifierKey;

impl VerifierKey {
    /// The name of its owner.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether it belongs to a witness and checks cosignatures.
    pub fn is_cosigner(&self) -> bool {
        self.kind == ED25519_COSIGNATURE
    }

    fn id(&self) -> [u8; KEY_ID] {
        let mut bytes = Vec::with_capacity(self.name.len() + 34);
        bytes.extend_from_slice(self.name.as_bytes());
        bytes.extend_from_slice(&[b'\n', self.kind]);
        bytes.extend_from_slice(&self.public);
        Hash::of(&bytes).0.first_chunk().copied().unwrap_or_default()
    }

    /// Finds the first of some lines that is a valid signature of a text by this key.
    pub fn find_signature<'a>(&self, text: &str, lines: &'a str) -> Option<&'a str> {
        lines.lines().find(|line| self.has_signed(text, line))
    }

    fn has_signed(&self, text: &str, line: &str) -> bool {
        let Some((name, signature)) = line.strip_prefix(DASH).and_then(|line| line.split_once(' ')) else {
            return false;
        };
        let Ok(bytes) = BASE64_STANDARD.decode(signature) else { return false };
        let Some((id, signature)) = bytes.split_first_chunk::<KEY_ID>() else { return false };
        if name != self.name || *id != self.id() {
            return false;
        }
        let key = UnparsedPublicKey::new(&ED25519, &self.public);
        if self.is_cosigner() {
            let Some((time, signature)) = signature.split_first_chunk::<8>() else { return false };
            let time = u64::from_be_bytes(*time);
            signature.len() == SIGNATURE
                && key.verify(format!("cosignature/v1\ntime {time}\n{text}").as_bytes(), signature).is_ok()
        } else {
            key.verify(text.as_bytes(), signature).is_ok()
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind];
        key.extend_from_slice(&self.public);
        let id = u32::from_be_bytes(self.id());
        write!(formatter, "{}+{id:08x}+{}", self.name, BASE64_STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = NotAVerifierKey;

    fn from_str(text: &str) -> Result<Self, NotAVerifierKey> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotAVerifierKey);
        };
        let key = BASE64_STANDARD.decode(key).map_err(|_| NotAVerifierKey)?;
        let (kind, public) = key.split_first().ok_or(NotAVerifierKey)?;
        let read = Self { name: name.to_owned(), kind: *kind, public: public.try_into().map_err(|_| NotAVerifierKey)? };
        let known = matches!(read.kind, ED25519_NOTE | ED25519_COSIGNATURE);
        let plain = !name.is_empty() && !name.chars().any(|letter| letter.is_whitespace() || letter.is_control());
        let own = id == format!("{:08x}", u32::from_be_bytes(read.id()));
        if known && plain && own { Ok(read) } else { Err(NotAVerifierKey) }
    }
}

/// A key that signs notes under a name.
pub struct Signer {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl Signer {
    /// Makes a signer from a secret. None if the name is not valid in a note.
    pub fn new(name: &str, secret: &[u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(secret).ok()?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        let verifier = VerifierKey { name: name.to_owned(), kind: ED25519_NOTE, public };
        let reads_back = verifier.to_string().parse() == Ok(verifier.clone());
        reads_back.then_some(Self { pair, verifier })
    }

    /// The public key that checks its signatures.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The signature line of a text, with its line break.
    pub fn sign(&self, text: &str) -> String {
        let mut bytes = self.verifier.id().to_vec();
        bytes.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{DASH}{} {}\n", self.verifier.name, BASE64_STANDARD.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use signed_note::{Note, StandardVerifier, VerifierList};

    use super::*;

    #[test]
    fn another_implementation_takes_our_notes_and_no_changed_ones() {
        let signer = Signer::new("www.northshire.example/notices/proof", &[7; 32]).unwrap();
        let text = "www.northshire.example/notices/proof\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let note = format!("{text}\n{}", signer.sign(text));
        let check = |note: &str| {
            let key = StandardVerifier::new(&signer.verifier().to_string()).unwrap();
            let known = VerifierList::new(vec![Box::new(key)]);
            Note::from_bytes(note.as_bytes()).unwrap().verify(&known).is_ok()
        };
        assert!(check(&note));
        assert!(!check(&note.replacen("\n1\n", "\n2\n", 1)));
        assert_eq!(signer.verifier().find_signature(text, &note), note.lines().last());
        assert_eq!(signer.verifier().find_signature("other\n", &note), None);
        let another = Signer::new("www.northshire.example/notices/proof", &[8; 32]).unwrap();
        assert_eq!(another.verifier().find_signature(text, &note), None);
    }

    #[test]
    fn a_verifier_key_is_read_back_as_written_and_nothing_else_is_read() {
        let key = Signer::new("log.example/a", &[7; 32]).unwrap().verifier().clone();
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key));
        for wrong in ["", "a", "a+b", "a+b+c", &text.replacen("log", "lag", 1), &text.replacen('+', "+0", 1)] {
            assert_eq!(wrong.parse::<VerifierKey>(), Err(NotAVerifierKey), "{wrong}");
        }
        assert!(Signer::new("two words", &[7; 32]).is_none());
        assert!(Signer::new("a+b", &[7; 32]).is_none());
    }
}
