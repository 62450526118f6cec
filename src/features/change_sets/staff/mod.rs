//! The pages about change sets: the list, a new one, one set with what may be done with it, and the last step.

pub(crate) mod buttons;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod publish;
pub(crate) mod show;
