//! Codes of an authenticator app (RFC 6238): six digits that change every 30 seconds, each taken once.

use anyhow::anyhow;
use jiff::Timestamp;
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

use crate::base::sealing::{Keys, Unopened};

/// Bytes of a secret (RFC 4226 section 4 recommends 160 bits).
const SECRET: usize = 20;

/// A secret before its owner has shown that their app has it.
pub struct Candidate {
    secret: Vec<u8>,
}

impl Candidate {
    /// A new one.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut secret = vec![0; SECRET];
        getrandom::fill(&mut secret)?;
        Ok(Self { secret })
    }

    /// The secret as a form carries it from page to page: sealed, so that nobody can bring a secret of their own.
    pub fn carried(&self, keys: &Keys, whose: &str) -> Result<String, Unopened> {
        Ok(hex::encode(keys.seal(&format!("staff.totp.candidate:{whose}"), &self.secret)?))
    }

    /// Reads what a form carried.
    pub fn read(keys: &Keys, whose: &str, carried: &str) -> Option<Self> {
        let sealed = hex::decode(carried).ok()?;
        let secret = keys.open(&format!("staff.totp.candidate:{whose}"), &sealed).ok()?;
        Some(Self { secret })
    }

    /// The secret to be typed into an app: in groups of four letters.
    pub fn text(&self) -> String {
        let text = Secret::from(self.secret.clone()).to_base32();
        let letters: Vec<char> = text.chars().collect();
        letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
    }

    /// The secret to be scanned by an app: a QR code of the `otpauth` address, as an SVG element.
    pub fn picture(&self, issuer: &str, account: &str) -> anyhow::Result<String> {
        // A colon ends the issuer's name in the address.
        let plain = |text: &str| text.replace(':', " ");
        let totp = Builder::new()
            .with_secret(self.secret.clone())
            .with_issuer(Some(plain(issuer)))
            .with_account_name(plain(account))
            .build()
            .map_err(|error| anyhow!("{error}"))?;
        let address = totp.to_url().map_err(|error| anyhow!("{error}"))?;
        let picture = qrcode::QrCode::new(address.as_bytes())?
            .render::<qrcode::render::svg::Color<'_>>()
            .min_dimensions(220, 220)
            .build();
        // Inside a page there is no XML declaration.
        Ok(picture.split_once("?>").map_or_else(String::new, |(_, element)| element.to_owned()))
    }

    /// The step whose code this is, at a time.
    pub fn step(&self, code: &str, now: Timestamp) -> Option<i64> {
        step(&self.secret, code, now)
    }

    /// Sealed for the account's row.
    pub fn sealed(&self, keys: &Keys, staff: Uuid) -> Result<Vec<u8>, Unopened> {
        keys.seal(&place(staff), &self.secret)
    }
}

/// The place for which the secret of an account's app is sealed.
fn place(staff: Uuid) -> String {
    format!("staff.totp:{staff}")
}

/// The step whose code this is, by the secret of an account's row. Whether it was taken before, the row says.
pub fn sealed_step(
    keys: &Keys,
    staff: Uuid,
    sealed: &[u8],
    code: &str,
    now: Timestamp,
) -> Result<Option<i64>, Unopened> {
    Ok(step(&keys.open(&place(staff), sealed)?, code, now))
}

/// A code may be one step early or late (RFC 6238 section 5.2).
fn step(secret: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let totp: Totp = Builder::new().with_secret(secret.to_vec()).with_account_name("x").build().ok()?;
    let step = totp.check(&code, u64::try_from(now.as_second()).ok()?)?;
    i64::try_from(step).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_at(secret_text: &str, at: Timestamp) -> Option<String> {
        let secret = Secret::try_from_base32(secret_text.replace(' ', "")).ok()?;
        let totp: Totp = Builder::new().with_secret(secret).with_account_name("x").build().ok()?;
        Some(totp.generate(u64::try_from(at.as_second()).ok()?).to_string())
    }

    #[test]
    fn a_code_counts_a_step_early_or_late_and_no_more() {
        let candidate = Candidate::random().unwrap();
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let later = |seconds| now + jiff::SignedDuration::from_secs(seconds);
        let code = code_at(&candidate.text(), now).unwrap();
        let step = candidate.step(&code, now).unwrap();
        assert_eq!(step, now.as_second() / 30);
        assert_eq!(candidate.step(&code, later(59)), Some(step));
        assert_eq!(candidate.step(&code, later(-1)), Some(step));
        assert_eq!(candidate.step(&code, later(60)), None);
        let (first, last) = code.split_at(3);
        assert_eq!(candidate.step(&format!(" {first} {last} "), now), Some(step));
        for wrong in ["", "12345", "1234567", "+12345", "abcdef"] {
            assert_eq!(candidate.step(wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn a_candidate_comes_back_to_its_owner_alone() {
        let keys = Keys::generate().unwrap();
        let candidate = Candidate::random().unwrap();
        let carried = candidate.carried(&keys, "one").unwrap();
        assert_eq!(Candidate::read(&keys, "one", &carried).unwrap().text(), candidate.text());
        assert!(Candidate::read(&keys, "other", &carried).is_none());
        assert!(Candidate::read(&keys, "one", "00").is_none());
    }

    #[test]
    fn the_picture_is_an_element_for_a_page() {
        let candidate = Candidate::random().unwrap();
        let picture = candidate.picture("Northshire: Police", "ann@northshire.example").unwrap();
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>"), "{picture}");
        assert!(!picture.contains("style"));
    }
}
