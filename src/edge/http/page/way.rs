//! Where a page leads on to: only ever to another page of ours.

/// Where whoever signs in goes by default.
pub const HOME: &str = "/admin";
/// Where people sign in.
pub const SIGN_IN: &str = "/users/sign_in";
/// Where people change their own password.
pub const PASSWORD: &str = "/users/password";

/// The longest way back that is carried along.
const MOST: usize = 1000;

/// `wanted` when it is one of our pages, told by its beginning; anything else, another host above all, is no way.
#[must_use]
pub fn back(wanted: &str) -> Option<&str> {
    let (path, _) = wanted.split_once('?').unwrap_or((wanted, ""));
    let is_page = path == HOME || path == PASSWORD || path.starts_with("/admin/");
    // A browser reads `\` as `/`, and drops tabs and line ends before it looks where a link goes.
    let is_plain = wanted.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (is_page && is_plain && wanted.len() <= MOST && !path.contains("//")).then_some(wanted)
}

/// The way to the page to sign in, and from there back to `wanted`.
#[must_use]
pub fn to_sign_in(wanted: &str) -> String {
    match back(wanted).filter(|wanted| *wanted != HOME) {
        Some(wanted) => {
            let query: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
            format!("{SIGN_IN}?return_to={query}")
        }
        None => SIGN_IN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_leads_out() {
        for way in
            ["/admin", "/admin/users", "/admin/suppressed_mails?kind=a&since=2026-12-01T00:00:00Z", "/users/password"]
        {
            assert_eq!(back(way), Some(way));
        }
        for way in [
            "",
            "/",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/adminevil",
            "admin",
            "/admin/\\x",
            "/admin//x",
            "/admin/\nx",
            "/admin/ä",
            "javascript:alert(1)",
            "/users/sign_out",
            "/api/v4/queue",
            "\t/admin",
            " /admin",
            "/admin.evil",
        ] {
            assert_eq!(back(way), None, "{way:?}");
        }
        assert_eq!(to_sign_in("/admin/queues?a=b&c"), "/users/sign_in?return_to=%2Fadmin%2Fqueues%3Fa%3Db%26c");
        assert_eq!(to_sign_in("//evil.example"), SIGN_IN);
    }
}
