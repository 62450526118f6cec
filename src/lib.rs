//! Bluelamp: a police force's public website in one binary. This is the map of the house, from the top down; a wing imports from
//! itself and from those below it, never from above.
//!
//! - [`server`]: start-up, listeners, upkeep, shutdown.
//! - [`routes`]: every URL, a line each.
//! - [`front`]: what every request meets before and after its route.
//! - [`features`]: what people come for, a folder each. A feature may use another's `model` and `store`, never its handlers.
//! - [`desk`]: the ground of the staff site: accounts, session, permission, shell.
//! - [`site`]: the ground of the public site: the published site in memory, the edition in force, hours.
//! - [`text`]: Markdown, the differences of texts, words of crisis and the folding of letters, without any I/O.
//! - [`base`]: web, database, ledger, audit log, mail, settings, clock; it knows no feature.
//!
//! Every feature has the same floor plan: `model` what it is, `store` how it is kept, `public` what a visitor meets, `staff` what
//! staff meet.

pub mod base;
pub mod desk;
pub mod features;
pub mod front;
pub mod routes;
pub mod server;
pub mod site;
pub mod text;
