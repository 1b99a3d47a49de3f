//! Two PostgreSQL clusters, a primary and a standby that streams from it, and a host name that
//! points to one of them.
//!
//! fsync is off, because only processes die here, never the machine.

use super::postgres::{script, script_with};
use super::process::Answer;
use super::wait::{seconds, until_true};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// One of the two clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cluster {
    /// The primary at the beginning.
    Old,
    /// The standby at the beginning.
    New,
}

impl Cluster {
    fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// Both clusters; stopped and deleted on drop.
pub struct Pair {
    folder: PathBuf,
}

impl Pair {
    /// A streaming pair with an empty database; the name points to the old cluster.
    pub fn start() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let own = std::process::id();
        // Keep the path short: a socket's path has at most 107 bytes.
        let name = format!("postern-it-pair-{own}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let pair = Self { folder: std::env::temp_dir().join(name) };
        script(&["pair", &pair.folder.display().to_string(), &own.to_string()]).well();
        pair.move_name_to(Cluster::Old);
        pair.await_standby("state = 'streaming'");
        pair
    }

    /// The URL for `[store] url` that names one cluster directly.
    pub fn url(&self, cluster: Cluster) -> String {
        self.url_at(cluster.name())
    }

    /// The URL for `[store] url` with the name that moves.
    pub fn moving_url(&self) -> String {
        self.url_at("name")
    }

    fn url_at(&self, socket: &str) -> String {
        format!("postgres://postgres@localhost/postern?host={}", self.path(socket))
    }

    /// How a standby connects to this cluster.
    pub fn conninfo(&self, cluster: Cluster) -> String {
        format!("host={} user=postgres application_name=standby", self.path(cluster.name()))
    }

    /// The cluster's data directory.
    pub fn data(&self, cluster: Cluster) -> String {
        format!("{}/data", self.path(cluster.name()))
    }

    /// Points the name to this cluster.
    pub fn move_name_to(&self, cluster: Cluster) {
        let link = format!("ln -sfn {} {}", cluster.name(), self.path("name"));
        self.run(cluster, &[], &link).well();
    }

    /// Runs shell commands on the machine of `cluster` as PostgreSQL's account.
    pub fn run(&self, cluster: Cluster, variables: &[(&str, String)], commands: &str) -> Answer {
        let mut all = vec![
            ("PGHOST", self.path(cluster.name())),
            ("PGUSER", "postgres".to_owned()),
            ("PGDATABASE", "postgres".to_owned()),
        ];
        all.extend(variables.iter().cloned());
        script_with(&all, &["run", commands])
    }

    /// The rows of a query on the store of `cluster`, one per line.
    pub fn rows(&self, cluster: Cluster, query: &str) -> Vec<String> {
        let ask = [("QUERY", query.to_owned())];
        let answer = self.run(cluster, &ask, "psql -X -A -t -d postern -c \"$QUERY\"").well();
        answer.lines().map(str::to_owned).collect()
    }

    /// Waits until the old cluster reports this condition of its standby.
    pub fn await_standby(&self, condition: &str) {
        self.await_follower(Cluster::Old, condition);
    }

    /// Waits until `primary` reports this condition of a standby.
    pub fn await_follower(&self, primary: Cluster, condition: &str) {
        let query = format!("select 1 from pg_stat_replication where application_name = 'standby' and {condition}");
        until_true(&format!("the standby has {condition}"), seconds(30), || self.rows(primary, &query).len() == 1);
    }

    /// Kills all processes of the old primary at once.
    pub fn lose_the_primary(&self) {
        // Stop the postmaster first, so that it does not start other processes meanwhile.
        let kill =
            "p=$(head -n 1 \"$OLD/postmaster.pid\"); kill -STOP \"$p\"; kill -KILL $(ps -o pid= --ppid \"$p\") \"$p\"";
        self.run(Cluster::Old, &[("OLD", self.data(Cluster::Old))], kill).well();
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        script(&["end", &self.folder.display().to_string()]);
    }
}
