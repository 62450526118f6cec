//! The path of the cookie choice.

use crate::base::web::paths::paths;

paths! {
    COOKIES = "/cookies";
}
