//! The path of the page on reporting.

use crate::base::web::paths::paths;

paths! {
    REPORT = "/report";
}
