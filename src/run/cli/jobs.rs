//! `postern jobs`: lists, pauses and resumes background jobs, with or without a running gateway.

use super::args;
use super::console::Console;
use super::ending::Result;
use super::present::{Format, Style, rows};
use super::when;
use crate::domain::job::Job;
use crate::run::hint::say;
use crate::shown::BackgroundJob;
use crate::store::job::{JobRow, JobState};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::stdout;
use std::time::Duration;

/// For people: durations from now instead of times.
const TABLE: &[&str] = &["name", "state", "last_run", "next_run", "purpose", "last_sentence"];

/// Never shown in practice: every job has a row.
const NOTHING: &str = "There is no job.";

/// How long to wait for a turn in progress when its job is paused; a single step is much shorter.
const PATIENCE: Duration = Duration::from_secs(10);
/// Interval between two checks of that turn.
const LOOK: Duration = Duration::from_millis(100);

pub async fn run(console: &Console, command: args::Jobs) -> Result<()> {
    match command {
        args::Jobs::List { output } => {
            let jobs = console.store.jobs().await?;
            jobs.iter().for_each(|job| say_what_is_wrong(job, console.clock.now()));
            show(console, jobs, output)
        }
        args::Jobs::Pause(named) => pause(console, named).await,
        args::Jobs::Resume(named) => {
            let mut resumed = Vec::new();
            for job in picked(&named) {
                resumed.push(console.store.resume_job(job, console.clock.now()).await?);
                say!("The job {job} runs again; its next turn is due now.");
            }
            show(console, resumed, named.output)
        }
    }?;
    console.close().await;
    Ok(())
}

fn picked(named: &args::Named) -> Vec<Job> {
    if named.all { Job::ALL.to_vec() } else { named.names.clone() }
}

async fn pause(console: &Console, named: args::Named) -> Result<()> {
    let jobs = picked(&named);
    for job in &jobs {
        console.store.pause_job(*job, console.author().name, console.clock.now()).await?;
    }
    let began = console.clock.instant();
    let mut paused = Vec::new();
    for job in jobs {
        let row = loop {
            let row = console.store.job(job).await?;
            let is_over = row.state(console.clock.now()) != JobState::Pausing;
            if is_over || console.clock.instant().duration_since(began) >= PATIENCE {
                break row;
            }
            tokio::time::sleep(LOOK).await;
        };
        match row.state(console.clock.now()) {
            JobState::Pausing => say!("The job {job} is paused, but a turn of it is still under way."),
            JobState::Paused | JobState::Waiting | JobState::Running => say!("The job {job} is paused."),
        }
        paused.push(row);
    }
    show(console, paused, named.output)
}

fn show(console: &Console, jobs: Vec<JobRow>, output: args::Output) -> Result<()> {
    let now = console.clock.now();
    let style = Style::choose(output.format);
    let shown = jobs.into_iter().map(|job| BackgroundJob::from(job.shown(now)));
    let done = match style.format {
        Format::Table => rows(TABLE, shown.map(|job| line(&job, now)), NOTHING, style, &mut stdout()),
        Format::Json | Format::Csv => {
            rows(BackgroundJob::SHEET, shown.map(|job| json!(job)), NOTHING, style, &mut stdout())
        }
    };
    Ok(done?)
}

/// Prints why a job does not run as it should, if so.
fn say_what_is_wrong(job: &JobRow, now: Timestamp) {
    if let (Some(at), Some(by)) = (job.paused_at, &job.paused_by) {
        say!("The job {} was paused by {by}, {}.", job.name, when::ago(at, now));
    }
    if let (1.., Some(said)) = (job.failures, &job.last_sentence) {
        let next = when::ahead(job.next_at, now);
        say!("The job {} failed, {} in a row: {said}; trying again {next}.", job.name, job.failures);
    }
}

/// A job as a table row for people.
fn line(job: &BackgroundJob, now: Timestamp) -> Value {
    let ago = |at: Timestamp| when::ago(at, now);
    let last_run = match (job.last_started_at, job.last_ended_at, job.last_result) {
        (None, ..) => "never".to_owned(),
        (Some(started), ..) if matches!(job.state, JobState::Running | JobState::Pausing) => {
            format!("began {}", ago(started))
        }
        (Some(started), Some(ended), Some(result)) if ended >= started => format!("{result}, {}", ago(ended)),
        // The turn's node died.
        (Some(started), ..) => format!("broke off, {}", ago(started)),
    };
    json!({
        "name": job.name, "state": job.state, "last_run": last_run, "next_run": job.next_at.map(|at| when::ahead(at, now)),
        "last_sentence": job.last_sentence, "purpose": job.purpose,
    })
}
