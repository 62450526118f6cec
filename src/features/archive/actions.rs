//! The actions of imports, as the audit log records them.

use crate::base::audit::actions;

actions! {
    IMPORTED = "imported", "imported a folder";
}
