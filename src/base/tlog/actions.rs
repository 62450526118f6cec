//! What is recorded of the public log.

use crate::base::audit::actions;

actions! {
    PUBLIC_LOG_RESTARTED = "public_log_restarted", "opened another public log";
}
