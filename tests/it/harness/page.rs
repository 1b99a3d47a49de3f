//! The pages, as a browser without scripts uses them.

use super::gateway::Gateway;
use super::http::{Response, request};

/// The header of a form.
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

/// The first cookie of this name that an answer sets, as `name=value`.
pub fn cookie(answer: &Response, name: &str) -> String {
    let lines = answer.head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let cookie = lines.filter_map(|line| line.split(';').next()).find(|cookie| cookie.starts_with(name));
    cookie.unwrap_or_else(|| panic!("no {name} in {}", answer.head)).to_owned()
}

/// The response to signing in. Name and password must consist of plain letters and digits.
pub fn sign_in(gateway: &Gateway, name: &str, password: &str) -> Response {
    let form = request(gateway.http_port, "GET", "/users/sign_in", &[], b"");
    let text = String::from_utf8(form.body.clone()).unwrap();
    let csrf = text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let header = format!("Cookie: {}", cookie(&form, "postern_sign_in"));
    let body = format!("username={name}&password={password}&csrf={csrf}");
    request(gateway.http_port, "POST", "/users/sign_in", &[FORM, &header], body.as_bytes())
}
