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
    // Nor does a path of ours go up again; `%2e` would be another way to.
    let is_straight =
        !path.contains("//") && !path.contains('%') && path.split('/').all(|part| !matches!(part, "." | ".."));
    (is_page && is_plain && is_straight && wanted.len() <= MOST).then(|| whole(path).unwrap_or(wanted))
}

/// The page around a part that only a script of it asks for: nobody is led to a part.
fn whole(path: &str) -> Option<&'static str> {
    match path {
        "/admin/standing" | "/admin/events" => Some(HOME),
        "/admin/application_settings/general/preview" => Some("/admin/application_settings/general"),
        _ => None,
    }
}

/// The way to the page to sign in, and from there back to `wanted`.
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
            "/admin/../users/sign_out",
            "/admin/..",
            "/admin/./x",
            "/admin/%2e%2e/x",
        ] {
            assert_eq!(back(way), None, "{way:?}");
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
