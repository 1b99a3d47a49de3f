//! The frame around every page: who is signed in, where one is, the banner while the mode is on, and what was just done.

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
    /// Where it leads.
    pub path: &'static str,
    /// What it says.
    pub label: &'static str,
}

/// A group of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// What the group is about.
    pub label: &'static str,
    /// Its pages.
    pub entries: &'static [Entry],
}

const fn entry(path: &'static str, label: &'static str) -> Entry {
    Entry { path, label }
}

/// All pages one can go to.
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

/// What stands on every page while the mode is on.
#[derive(Debug, Clone)]
pub struct Banner {
    /// The administrator's words.
    pub message: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// Until when, as planned.
    pub until: Option<Timestamp>,
}

/// Who is signed in, as the frame shows it.
#[derive(Debug, Clone)]
pub struct Who {
    /// The name.
    pub name: String,
    /// The role.
    pub role: &'static str,
    /// Is the password one that was made for them?
    pub has_made_password: bool,
}

/// The frame around a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The path of the navigation's entry one is at.
    pub here: &'static str,
    /// Who is signed in.
    pub who: Option<Who>,
    /// The hidden field `csrf` of this page's forms; empty when nobody is signed in.
    pub csrf: String,
    /// `off`, `on` or `unknown`.
    pub mode: &'static str,
    /// The mode's banner.
    pub banner: Option<Banner>,
    /// What to say first.
    pub flash: Option<Flash>,
    /// Why this person can change nothing at all.
    pub barred: Option<&'static str>,
    /// The store went back to an older version, and somebody has to say what holds.
    pub is_lost: bool,
    /// Why nothing can be changed now, by what the mode keeps from everybody; `barred` included.
    pub held: Option<&'static str>,
}

impl Frame {
    /// The frame for somebody signed in, at the navigation's entry `here`. The mode is read anew: a page never says that it is
    /// off when it is on.
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

    /// The frame for somebody who is not signed in.
    pub async fn stranger(parts: &Parts, visit: &Visit) -> Self {
        Self::around(visit, &parts.watch.look().await)
    }

    /// The frame under a mode, around nobody yet.
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

    /// The navigation.
    #[must_use]
    pub fn navigation(&self) -> &'static [Group] {
        if self.who.is_some() { NAVIGATION } else { &[] }
    }

    /// Where the stylesheet is.
    #[must_use]
    pub fn style(&self) -> &'static str {
        asset::style()
    }

    /// Where the script is.
    #[must_use]
    pub fn htmx(&self) -> &'static str {
        asset::htmx()
    }

    /// Where the script is that shows times in the viewer's zone.
    #[must_use]
    pub fn times(&self) -> &'static str {
        asset::times()
    }

    /// Where the icon is.
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
