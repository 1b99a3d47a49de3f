//! People who can sign in: their names and roles.

use super::spelling::spelled;

spelled! {
    /// What a person may do.
    pub enum Role {
        /// Read and change everything.
        Administrator = "administrator",
        /// Read everything, change nothing.
        Auditor = "auditor",
    }
}

/// The longest name, in characters.
const MAX_NAME: usize = 64;

/// Not a valid user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user's name has 1 to {MAX_NAME} letters a-z, digits and . _ - @, and begins with a letter or digit")]
pub struct NotAName;

/// Parses a user name. Case is ignored: two names never differ by case only.
///
/// # Errors
/// When it holds anything but plain letters, digits and `. _ - @`: names that look alike must be
/// identical.
pub fn read_name(text: &str) -> Result<String, NotAName> {
    let name = text.trim().to_ascii_lowercase();
    let is_plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-@".contains(&b));
    let begins_well = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    if is_plain && begins_well && name.len() <= MAX_NAME { Ok(name) } else { Err(NotAName) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_case_does_not_tell_them_apart() {
        assert_eq!(read_name(" Ann.Smith@example.com ").as_deref(), Ok("ann.smith@example.com"));
        for odd in ["", " ", "-x", "a b", "аnn", "a\nb", "<b>", &"x".repeat(65)] {
            assert_eq!(read_name(odd), Err(NotAName), "{odd:?}");
        }
    }
}
