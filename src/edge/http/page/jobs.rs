//! `/admin/background_jobs`: what runs by itself: when it ran, what came of it, pausing and resuming. Also while the mode is on.

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

/// Where this page is.
const HERE: &str = "/admin/background_jobs";

#[derive(Template)]
#[template(path = "jobs.html")]
struct Jobs {
    frame: Frame,
    jobs: Vec<ShownJob>,
}

/// `GET`.
pub async fn show(State(parts): State<Arc<Parts>>, person: Person) -> Result<Response, Problem> {
    let now = parts.clock.now();
    let jobs = parts.store.jobs().await?.into_iter().map(|job| job.shown(now)).collect();
    answer::show(&person.visit, &Jobs { frame: Frame::of(&parts, &person, HERE).await, jobs })
}

/// `POST …/pause`.
pub async fn pause(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    let (job, by) = (named(&form)?, form.person.account.name.clone());
    tracing::info!(%job, by, "{by} pauses the job {job}");
    parts.store.pause_job(job, by, parts.clock.now()).await?;
    let text = format!("The job {job} is paused. A turn that is under way goes on to its end.");
    Ok(answer::go(&form.person.visit, HERE, &Flash::done(text)))
}

/// `POST …/resume`.
pub async fn resume(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    let (job, by) = (named(&form)?, &form.person.account.name);
    tracing::info!(%job, by, "{by} resumes the job {job}");
    parts.store.resume_job(job, parts.clock.now()).await?;
    Ok(answer::go(&form.person.visit, HERE, &Flash::done(format!("The job {job} goes on; its next turn is due now."))))
}

fn named(form: &Form) -> Result<Job, Problem> {
    let name = form.fields.text("name")?.unwrap_or_default();
    Job::parse(name).ok_or_else(|| Problem::missing("job"))
}

/// How a badge of its state looks.
fn look(state: JobState) -> &'static str {
    match state {
        JobState::Waiting => "good",
        JobState::Running => "info",
        JobState::Pausing | JobState::Paused => "warn",
    }
}
