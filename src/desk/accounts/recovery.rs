//! Recovery codes: ten, each good for one sign-in in place of the app's code. They hold 128 random bits, so that a plain hash keeps
//! them well.

use totp_rs::Secret;

use crate::base::ledger::Hash;

/// The number of codes that a person gets.
pub const MANY: usize = 10;

/// New codes, as they are written down.
pub fn codes() -> Result<Vec<String>, getrandom::Error> {
    (0..MANY)
        .map(|_| {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes)?;
            let letters: Vec<char> = Secret::from(bytes.to_vec()).to_base32().to_lowercase().chars().collect();
            Ok(letters.chunks(7).map(String::from_iter).collect::<Vec<_>>().join("-"))
        })
        .collect()
}

/// The hash of a code. Blanks, hyphens and capitals are ignored.
pub fn hash(code: &str) -> Hash {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Hash::of(format!("bluelamp recovery code 1\n{plain}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_codes_differ_and_are_read_however_they_are_typed() {
        let codes = codes().unwrap();
        assert_eq!(codes.len(), MANY);
        let kept: std::collections::HashSet<_> = codes.iter().map(|code| hash(code).0).collect();
        assert_eq!(kept.len(), MANY);
        let code = &codes[0];
        assert_eq!(code.len(), 29, "{code}");
        assert_eq!(hash(&format!(" {} ", code.to_uppercase().replace('-', " "))), hash(code));
    }
}
