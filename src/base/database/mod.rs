//! Postgres: a pool that never makes a visitor wait for a database that is away, migrations under a lock, the change
//! feed, roles and grants, and a cluster of the program's own for the first run.

#![expect(
    clippy::disallowed_methods,
    reason = "roles, grants and migrations run before there is a schema that the macros could check against"
)]

pub(crate) mod embedded_error;

mod account;
mod connect;
pub mod embedded;
mod error;
pub mod excess;
pub mod feed;
pub mod guards;
mod lease;
pub mod migrate;
mod place;
pub mod pool;
pub mod pooler;
pub mod programs;
pub mod roles;
pub mod schema;
mod stale;
mod transaction;
pub mod wakes;

pub use crate::base::database::connect::{DatabaseSettings, options};
pub use crate::base::database::embedded::{Cluster, ClusterOptions, EmbeddedError};
pub use crate::base::database::error::{DatabaseError, NotWritable};
pub use crate::base::database::feed::Feed;
pub use crate::base::database::migrate::{MigrateError, Migrated, migrate};
pub use crate::base::database::pool::{Database, DatabaseStatus, Waiting};
pub use crate::base::database::programs::Programs;
pub use crate::base::database::schema::{Compatibility, compatibility};
pub use crate::base::database::transaction::{begin, begin_snapshot};
pub use crate::base::database::wakes::{Topic, Wakes};
