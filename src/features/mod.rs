//! What people come for, a folder each.

pub mod archive;
pub mod auditor;
pub mod consent;
pub mod dashboard;
pub mod drafts;
pub mod editor;
pub mod notices;
pub mod previews;
pub mod publishing;
pub mod quick_exit;
pub mod report;
pub mod search;
pub mod sign_in;
pub mod structure;
pub mod webchat;
