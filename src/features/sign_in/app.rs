//! The part of a form that sets up an authenticator app: the picture to scan, the same to type, and the code that proves it.

use anyhow::Error;

use crate::base::error::AppError;
use crate::base::web::form::Problems;
use crate::desk::Desk;
use crate::desk::accounts::password;
use crate::desk::accounts::totp::Candidate;
use crate::features::sign_in::{hashing, words};

/// The values of `templates/sign_in/app_part.html`.
pub(super) struct AppPart {
    /// An SVG element of our own making.
    pub(super) picture: String,
    /// The secret in groups of letters.
    pub(super) text: String,
    /// The secret sealed, for the form to carry.
    pub(super) carried: String,
}

impl AppPart {
    /// Shows a secret; `whose` binds what the form carries to one person, `account` is how the app names it.
    pub(super) fn new(desk: &Desk, candidate: &Candidate, whose: &str, account: &str) -> Result<Self, AppError> {
        Ok(Self {
            picture: candidate.picture(&desk.force_name(), account)?,
            text: candidate.text(),
            carried: candidate.carried(desk.keys(), whose).map_err(Error::from)?,
        })
    }
}

/// The secret that a form carried, or a new one where it carried none that counts.
pub(super) fn candidate(desk: &Desk, whose: &str, carried: &str) -> Result<Candidate, AppError> {
    match Candidate::read(desk.keys(), whose, carried) {
        Some(candidate) => Ok(candidate),
        None => Ok(Candidate::random().map_err(Error::from)?),
    }
}

/// The step of the code that proves that the app is set up, or what is wrong with it.
pub(super) fn proven(desk: &Desk, candidate: &Candidate, code: &str, problems: &mut Problems) -> Option<i64> {
    let step = candidate.step(code, desk.now());
    if step.is_none() {
        problems.add("code", if code.trim().is_empty() { words::NO_CODE } else { words::WRONG_NEW_CODE });
    }
    step
}

/// The hash of a new password, or what is wrong with it.
pub(super) async fn new_password(
    desk: &Desk,
    typed: &str,
    about: &[&str],
    problems: &mut Problems,
) -> Result<Option<String>, AppError> {
    let force = desk.force_name();
    let mut about: Vec<String> = about.iter().map(|word| (*word).to_owned()).collect();
    about.push(force);
    let settings = desk.settings();
    about.extend(
        [&settings.public_url, &settings.staff_url].into_iter().filter_map(|url| url.host_str()).map(str::to_owned),
    );
    let (cost, typed) = (desk.cost(), typed.to_owned());
    let hashed = hashing::run(desk, move || {
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        match password::unfit(&typed, &about) {
            Some(unfit) => Ok(Err(unfit)),
            None => password::hash(cost, &typed).map(Ok),
        }
    });
    match hashed.await?? {
        Ok(hash) => Ok(Some(hash)),
        Err(unfit) => {
            problems.add("password", unfit.sentence());
            Ok(None)
        }
    }
}
