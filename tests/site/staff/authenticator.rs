//! A passkey in software: makes a key for a site, and signs its challenges (Web Authentication sections 6.1 and 6.5).

#![expect(clippy::indexing_slicing, reason = "what is not there should end the test")]

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Flags of the authenticator data: present, verified, with a new credential.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const NEW: u8 = 0x40;

pub(crate) struct Authenticator {
    key: SigningKey,
    id: [u8; 16],
    owner: Vec<u8>,
    pub(crate) counter: u32,
    /// Set if it checks whose finger it is.
    pub(crate) verifies: bool,
    /// Set if the page that asks stands inside a page of another site.
    pub(crate) embedded: bool,
}

const ORIGIN: &str = "http://localhost:8001";

impl Authenticator {
    pub(crate) fn new() -> Self {
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        seed[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        let key = SigningKey::from_slice(&seed).unwrap();
        Self {
            key,
            id: *uuid::Uuid::new_v4().as_bytes(),
            owner: Vec::new(),
            counter: 0,
            verifies: true,
            embedded: false,
        }
    }

    /// Answers what `…/passkey/start` said, as a form: (ceremony, credential).
    pub(crate) fn create(&mut self, start: &str) -> (String, String) {
        let start: Value = serde_json::from_str(start).unwrap();
        let options = &start["publicKey"];
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        self.owner = unbase64(options["user"]["id"].as_str().unwrap());
        let client = self.client_data("webauthn.create", options["challenge"].as_str().unwrap());
        let mut data = self.data(options["rp"]["id"].as_str().unwrap(), NEW);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        let point = self.key.verifying_key().to_sec1_point(false);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().unwrap());
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().unwrap());
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(&data);
        let response = json!({ "clientDataJSON": base64(client.as_bytes()), "attestationObject": base64(&object) });
        (start["ceremony"].as_str().unwrap().to_owned(), self.credential(&response))
    }

    /// Answers a request to sign in with a passkey.
    pub(crate) fn get(&mut self, start: &str) -> (String, String) {
        let start: Value = serde_json::from_str(start).unwrap();
        let options = &start["publicKey"];
        assert_eq!(options["userVerification"], "required");
        assert_eq!(options["allowCredentials"], json!([]));
        let client = self.client_data("webauthn.get", options["challenge"].as_str().unwrap());
        self.counter += 1;
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let signed = [data.as_slice(), &Sha256::digest(client.as_bytes())].concat();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({
            "clientDataJSON": base64(client.as_bytes()), "authenticatorData": base64(&data),
            "signature": base64(signature.to_der().as_bytes()), "userHandle": base64(&self.owner),
        });
        (start["ceremony"].as_str().unwrap().to_owned(), self.credential(&response))
    }

    fn data(&self, host: &str, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = Sha256::digest(host.as_bytes()).to_vec();
        data.push(flags | PRESENT | verified);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn credential(&self, response: &Value) -> String {
        let id = base64(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {} }).to_string()
    }

    fn client_data(&self, kind: &str, challenge: &str) -> String {
        json!({ "type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": self.embedded }).to_string()
    }
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize]));
        }
    }
    text
}

fn unbase64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.bytes() {
        let value = LETTERS.iter().position(|known| *known == letter).unwrap();
        bits = bits << 6 | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 255) as u8);
        }
    }
    bytes
}
