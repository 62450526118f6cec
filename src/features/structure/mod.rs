//! What stands around the texts: the force's facts, the pages with their order and address, and the links around every page. Staff
//! change them as drafts, which are read and published like those of notices.

pub mod facts;
pub mod model;
pub mod shared;
pub mod staff;
pub mod store;
