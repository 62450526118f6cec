//! What an auditor meets: the audit log, and the sheet that says which text was in force at an instant.

pub(crate) mod csv;
pub mod log;
pub(crate) mod sheet;
