//! Signing the public log of a site, and reading it as a stranger does.

use std::time::Duration;

use bluelamp::base::sealing::Keys;
use bluelamp::base::tlog::Checkpoint;
use bluelamp::base::tlog::signing::{Signing, SigningError};
use signed_note::{Note, StandardVerifier, VerifierList};
use sqlx::AssertSqlSafe;
use tlog_tiles::tlog;

use super::TestSite;

/// The root that a stranger reads out of a checkpoint whose signature holds.
pub(crate) struct Root {
    pub(crate) origin: String,
    pub(crate) size: u64,
    pub(crate) hash: tlog::Hash,
}

/// Checks a signed checkpoint with code that is not the site's own.
pub(crate) fn read_checkpoint(note: &str, verifier_key: &str) -> Root {
    let key = StandardVerifier::new(verifier_key).unwrap();
    let parsed = Note::from_bytes(note.as_bytes()).unwrap();
    parsed.verify(&VerifierList::new(vec![Box::new(key)])).unwrap();
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(parsed.text()).unwrap();
    Root { origin: checkpoint.origin().to_owned(), size: checkpoint.size(), hash: *checkpoint.hash() }
}

impl TestSite {
    /// The signing for this site, once entries have some age.
    pub(crate) fn signing(&self, keys: &Keys, after: Duration) -> Signing {
        Signing {
            database: self.site.database().clone(),
            keys: keys.clone(),
            log: self.site.public_log().clone(),
            after,
            witnesses: Vec::new(),
            public_url: "https://www.northshire.example/".parse().unwrap(),
        }
    }

    /// Signs all entries whatever their age, and lets this node read it.
    pub(crate) async fn sign(&self, keys: &Keys) -> Result<Option<Checkpoint>, SigningError> {
        let signed = self.signing(keys, Duration::ZERO).sign_due().await;
        self.site.refresh_public_log().await.unwrap();
        signed
    }

    /// Moves the database's clock; this node's stays.
    pub(crate) async fn database_at(&self, instant: &str) {
        let clock = format!(
            "create or replace function bluelamp_now() returns timestamptz language sql volatile parallel safe
            as $$ select timestamptz '{instant}' $$"
        );
        sqlx::raw_sql(AssertSqlSafe(clock)).execute(&mut self.connection().await).await.unwrap();
    }
}
