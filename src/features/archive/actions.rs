//! What is recorded of imports.

use crate::base::audit::actions;

actions! {
    IMPORTED = "imported", "imported a folder";
}
