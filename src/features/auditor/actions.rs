//! The actions of reading the audit log, as the audit log records them.

use crate::base::audit::actions;

actions! {
    AUDIT_READ = "audit_read", "read the audit log";
    AUDIT_EXPORTED = "audit_exported", "exported the audit log";
    SHEET_READ = "sheet_read", "opened an auditor's sheet";
}
