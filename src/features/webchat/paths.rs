//! The path of webchat.

use crate::base::web::paths::paths;

paths! {
    WEBCHAT = "/webchat";
}
