//! Where a page leads next: only ever to another page of ours.

/// Where people go after they signed in.
pub const HOME: &str = "/admin";
/// Where people sign in.
pub const SIGN_IN: &str = "/users/sign_in";
/// Where people change their own password.
pub const PASSWORD: &str = "/users/password";

/// The longest path that is carried along, in bytes.
const MAX_BYTES: usize = 1000;

/// `wanted` when it is one of our pages, told by its beginning; `None` for anything else, above all for another host.
#[must_use]
pub fn back(wanted: &str) -> Option<&str> {
    let (path, _) = wanted.split_once('?').unwrap_or((wanted, ""));
    let is_page = path == HOME || path == PASSWORD || path.starts_with("/admin/");
    // A browser reads `\` as `/`, and drops tabs and line ends before it looks where a link goes.
    let is_plain = wanted.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    // Nor does a path of ours go up again; `%2e` would be another spelling of that.
    let is_straight =
        !path.contains("//") && !path.contains('%') && path.split('/').all(|part| !matches!(part, "." | ".."));
    (is_page && is_plain && is_straight && wanted.len() <= MAX_BYTES).then(|| whole(path).unwrap_or(wanted))
}

/// The whole page around a part that only a script asks for.
fn whole(path: &str) -> Option<&'static str> {
    match path {
        "/admin/standing" | "/admin/events" => Some(HOME),
        "/admin/application_settings/general/preview" => Some("/admin/application_settings/general"),
        _ => None,
    }
}

/// The path of the sign-in page, which leads back to `wanted`.
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
