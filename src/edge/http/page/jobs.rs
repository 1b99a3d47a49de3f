//! `/admin/background_jobs`: shows each job's last run and result, and pauses and resumes jobs. It
//! works while the mode is on.

use super::answer;
use super::flash::Flash;
use super::form::Form;
use super::frame::Frame;
use super::person::Person;
use crate::domain::job::Job;
use crate::edge::http::Parts;
use crate::edge::http::problem::Problem;
use crate::store::job::{JobResult, JobState, ShownJob};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

/// The page's path.
const HERE: &str = "/admin/background_jobs";

#[derive(Template)]
#[template(path = "jobs.html")]
struct Jobs {
    frame: Frame,
    jobs: Vec<ShownJob>,
    /// Actions on all jobs: the form's target and the button's label.
    acts: Vec<(&'static str, &'static str)>,
}

/// `GET`.
pub async fn show(State(parts): State<Arc<Parts>>, person: Person) -> Result<Response, Problem> {
    let now = parts.clock.now();
    let jobs: Vec<_> = parts.store.jobs().await?.into_iter().map(|job| job.shown(now)).collect();
    let is_paused = |job: &ShownJob| job.paused_at.is_some();
    let mut acts = Vec::new();
    if !jobs.iter().all(is_paused) {
        acts.push(("pause", "Pause all"));
    }
    if jobs.iter().any(is_paused) {
        acts.push(("resume", "Resume all"));
    }
    answer::show(&person.visit, &Jobs { frame: Frame::of(&parts, &person, HERE).await, jobs, acts })
}

/// `POST …/pause`.
pub async fn pause(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    let (jobs, by) = (named(&form)?, &form.person.account.name);
    for job in jobs {
        tracing::info!(%job, by, "{by} pauses the job {job}");
        parts.store.pause_job(*job, by.clone(), parts.clock.now()).await?;
    }
    let text = match jobs {
        [job] => format!("The job {job} is paused. A turn that is under way goes on to its end."),
        _ => "All jobs are paused. Turns that are under way go on to their end.".to_owned(),
    };
    Ok(answer::go(&form.person.visit, HERE, &Flash::done(text)))
}

/// `POST …/resume`.
pub async fn resume(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    let (jobs, by) = (named(&form)?, &form.person.account.name);
    for job in jobs {
        tracing::info!(%job, by, "{by} resumes the job {job}");
        parts.store.resume_job(*job, parts.clock.now()).await?;
    }
    let text = match jobs {
        [job] => format!("The job {job} goes on; its next turn is due now."),
        _ => "All jobs go on; their next turns are due now.".to_owned(),
    };
    Ok(answer::go(&form.person.visit, HERE, &Flash::done(text)))
}

/// The job that a form names, or all jobs.
fn named(form: &Form) -> Result<&'static [Job], Problem> {
    if form.fields.text("all")? == Some("true") {
        return Ok(Job::ALL);
    }
    let name = form.fields.text("name")?.unwrap_or_default();
    Job::parse(name)
        .and_then(|job| Job::ALL.iter().find(|one| **one == job))
        .map(std::slice::from_ref)
        .ok_or_else(|| Problem::missing("job"))
}

/// The style of a state's badge.
fn look(state: JobState) -> &'static str {
    match state {
        JobState::Waiting => "good",
        JobState::Running => "info",
        JobState::Pausing | JobState::Paused => "warn",
    }
}
