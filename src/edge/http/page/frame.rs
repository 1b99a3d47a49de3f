//! The frame around every page: the signed-in person, the navigation, the banner while the mode is
//! on, and the flash message.

use super::asset;
use super::flash::Flash;
use super::person::Person;
use super::visit::Visit;
use crate::domain::mode::{Mode, ModeView};
use crate::edge::http::Parts;
use crate::policy::gate::REFUSAL;
use jiff::Timestamp;

/// One entry of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The path of the page.
    pub path: &'static str,
    /// The label shown.
    pub label: &'static str,
}

/// A group of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// The heading of the group.
    pub label: &'static str,
    /// Its pages.
    pub entries: &'static [Entry],
}

const fn entry(path: &'static str, label: &'static str) -> Entry {
    Entry { path, label }
}

/// All pages in the navigation.
const NAVIGATION: &[Group] = &[
    Group {
        label: "Mail",
        entries: &[
            entry("/admin", "Overview"),
            entry("/admin/suppressed_mails", "Suppressed mail"),
            entry("/admin/incoming_mails", "Incoming mail"),
        ],
    },
    Group {
        label: "Monitoring",
        entries: &[
            entry("/admin/background_jobs", "Background jobs"),
            entry("/admin/queues", "Queues"),
            entry("/admin/maintenance/history", "History"),
        ],
    },
    Group {
        label: "Access",
        entries: &[
            entry("/admin/users", "Users"),
            entry("/admin/sessions", "Sessions"),
            entry("/admin/tokens", "Tokens"),
        ],
    },
    Group { label: "Settings", entries: &[entry("/admin/application_settings/general", "General")] },
];

/// The banner that every page shows while the mode is on.
#[derive(Debug, Clone)]
pub struct Banner {
    /// The administrator's message.
    pub message: Option<String>,
    /// When the mode came on.
    pub since: Timestamp,
    /// The planned end.
    pub until: Option<Timestamp>,
}

/// The signed-in person, as the frame shows it.
#[derive(Debug, Clone)]
pub struct Who {
    /// The user's name.
    pub name: String,
    /// The name of the role.
    pub role: &'static str,
    /// Whether the password was generated and still has to be replaced.
    pub has_made_password: bool,
}

/// The frame around a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The path of the current entry in the navigation.
    pub here: &'static str,
    /// The signed-in person, if any.
    pub who: Option<Who>,
    /// The hidden field `csrf` of this page's forms; empty if no person is signed in.
    pub csrf: String,
    /// `off`, `on` or `unknown`.
    pub mode: &'static str,
    /// The mode's banner.
    pub banner: Option<Banner>,
    /// The flash message.
    pub flash: Option<Flash>,
    /// Why this person may not change anything.
    pub barred: Option<&'static str>,
    /// Whether the store went back to an older version and an administrator has to set the mode
    /// again.
    pub is_lost: bool,
    /// Why nothing can be changed now, for any person; includes `barred`.
    pub held: Option<&'static str>,
}

impl Frame {
    /// The frame for a signed-in person, at the navigation entry `here`. It reads the mode from the
    /// store, so a page never says that the mode is off while it is on.
    pub async fn of(parts: &Parts, person: &Person, here: &'static str) -> Self {
        let mut frame = Self::around(&person.visit, &parts.watch.look().await);
        frame.here = here;
        frame.csrf.clone_from(&person.csrf);
        frame.who = Some(Who {
            name: person.account.name.clone(),
            role: person.account.role.as_str(),
            has_made_password: person.account.must_change,
        });
        frame.barred = (!person.is_administrator())
            .then_some("You are signed in as an auditor, who may read everything and change nothing.");
        frame.is_lost = frame.mode == "unknown" && parts.watch.has_gone_back();
        if frame.is_lost {
            frame.held = Some(
                "The store went back to an older version, so nothing can be changed before somebody says whether the mode is on.",
            );
        }
        frame.held = frame.barred.or(frame.held);
        frame
    }

    /// The frame for a request without a session.
    pub async fn stranger(parts: &Parts, visit: &Visit) -> Self {
        Self::around(visit, &parts.watch.look().await)
    }

    /// The frame under a mode, without a person.
    #[must_use]
    pub fn around(visit: &Visit, mode: &ModeView) -> Self {
        let held = match mode {
            ModeView::Unknown => Some("The store cannot be reached, so nothing can be changed now."),
            ModeView::Known(_) if mode.is_on() => Some(REFUSAL),
            ModeView::Known(_) => None,
        };
        Self {
            here: "",
            who: None,
            csrf: String::new(),
            mode: mode.as_str(),
            banner: banner(mode),
            flash: Flash::read(visit),
            barred: None,
            is_lost: false,
            held,
        }
    }

    /// The groups of the navigation.
    #[must_use]
    pub fn navigation(&self) -> &'static [Group] {
        if self.who.is_some() { NAVIGATION } else { &[] }
    }

    /// The path of the stylesheet.
    #[must_use]
    pub fn style(&self) -> &'static str {
        asset::style()
    }

    /// The path of htmx.
    #[must_use]
    pub fn htmx(&self) -> &'static str {
        asset::htmx()
    }

    /// The path of the script that shows times in the viewer's zone.
    #[must_use]
    pub fn times(&self) -> &'static str {
        asset::times()
    }

    /// The path of the icon.
    #[must_use]
    pub fn icon(&self) -> &'static str {
        asset::icon()
    }
}

fn banner(mode: &ModeView) -> Option<Banner> {
    match mode {
        ModeView::Known(Mode { message, since, until, .. }) if mode.is_on() => {
            Some(Banner { message: message.clone(), since: *since, until: *until })
        }
        ModeView::Known(_) | ModeView::Unknown => None,
    }
}
