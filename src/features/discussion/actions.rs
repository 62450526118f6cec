//! The actions of a discussion, as the audit log records them; never its words.

use crate::base::audit::actions;

actions! {
    COMMENTED = "commented", "commented on a text";
}
