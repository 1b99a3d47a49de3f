//! The path that a page returns to, which is always another page of Postern's.

/// The page after signing in.
pub const HOME: &str = "/admin";
/// The sign-in page.
pub const SIGN_IN: &str = "/users/sign_in";
/// The page for a person's own password.
pub const PASSWORD: &str = "/users/password";

/// Longest return path in bytes.
const MAX_BYTES: usize = 1000;

/// `wanted` if its prefix is that of one of Postern's pages; `None` for everything else, such as
/// another host.
#[must_use]
pub fn back(wanted: &str) -> Option<&str> {
    let (path, _) = wanted.split_once('?').unwrap_or((wanted, ""));
    let is_page = path == HOME || path == PASSWORD || path.starts_with("/admin/");
    // A browser reads `\` as `/`, and removes tabs and line ends before it resolves a link.
    let is_plain = wanted.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    // The path must not go up again, and `%2e` would be another spelling of a dot.
    let is_straight =
        !path.contains("//") && !path.contains('%') && path.split('/').all(|part| !matches!(part, "." | ".."));
    (is_page && is_plain && is_straight && wanted.len() <= MAX_BYTES).then(|| whole(path).unwrap_or(wanted))
}

/// The whole page for a fragment that only a script requests.
fn whole(path: &str) -> Option<&'static str> {
    match path {
        "/admin/standing" | "/admin/events" => Some(HOME),
        "/admin/application_settings/general/preview" => Some("/admin/application_settings/general"),
        _ => None,
    }
}

/// The path of the sign-in page, which returns to `wanted`.
#[must_use]
pub fn to_sign_in(wanted: &str) -> String {
    match back(wanted).filter(|page| *page != HOME) {
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
    fn no_path_leads_out() {
        for path in
            ["/admin", "/admin/users", "/admin/suppressed_mails?kind=a&since=2026-12-01T00:00:00Z", "/users/password"]
        {
            assert_eq!(back(path), Some(path));
        }
        for path in [
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
            "/admin/../users/sign_out",
            "/admin/..",
            "/admin/./x",
            "/admin/%2e%2e/x",
        ] {
            assert_eq!(back(path), None, "{path:?}");
        }
        for (part, page) in [
            ("/admin/standing?seen=8a76", "/admin"),
            ("/admin/events", "/admin"),
            ("/admin/application_settings/general/preview?x=y", "/admin/application_settings/general"),
        ] {
            assert_eq!(back(part), Some(page));
        }
        assert_eq!(to_sign_in("/admin/standing?seen=8a76"), SIGN_IN);
        assert_eq!(to_sign_in("/admin/queues?a=b&c"), "/users/sign_in?return_to=%2Fadmin%2Fqueues%3Fa%3Db%26c");
        assert_eq!(to_sign_in("//evil.example"), SIGN_IN);
    }
}
