//! The actions of the public log, as the audit log records them.

use crate::base::audit::actions;

actions! {
    PUBLIC_LOG_RESTARTED = "public_log_restarted", "opened another public log";
}
