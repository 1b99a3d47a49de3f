//! `postern queue`: shows what waits and why, and lets an operator retry, cancel or release it.

mod why;

use super::args;
use super::console::{self, Console};
use super::ending::{Ending, Result};
use super::pages;
use super::present::{Format, Rows, Style, one, rows};
use super::progress;
use crate::domain::id::{AnyId, ItemId};
use crate::run::hint::say;
use crate::shown::{self, Row};
use crate::store::desk::{Action, QueueFilter, QueueItem};
use crate::store::listed::Listed;
use serde_json::json;
use std::io::stdout;
use why::Reasons;

pub async fn run(console: &Console, command: args::Queue) -> Result<()> {
    match command {
        args::Queue::List { selection, limit, output } => list(console, &filter(&selection), limit, output).await,
        args::Queue::Show { id, output } => show(console, &id, output).await,
        args::Queue::Retry(picked) => act(console, Action::Retry, picked).await,
        args::Queue::Cancel(picked) => act(console, Action::Cancel, picked).await,
        args::Queue::Release(picked) => act(console, Action::Release, picked).await,
    }
}

fn filter(selection: &args::Selection) -> QueueFilter {
    QueueFilter {
        kind: selection.kind,
        state: selection.state.clone(),
        recipient: selection.recipient.clone(),
        sender: selection.sender.clone(),
        message_id: selection.message_id.clone(),
        ..QueueFilter::default()
    }
}

async fn list(console: &Console, filter: &QueueFilter, limit: Option<i64>, output: args::Output) -> Result<()> {
    let pauses = console.store.pauses().await?;
    for pause in &pauses {
        say!(
            "The flow {} stands still since {}: {}; trying again at {}.",
            pause.flow,
            pause.since,
            pause.reason,
            pause.until
        );
    }
    let mut out = stdout();
    let style = Style::choose(output.format);
    let mut sheet = Rows::begin(shown::QueueItem::TABLE, style, &mut out)?;
    let mut reasons = Reasons::beside(&pauses);
    let fetch = |page| console.store.queue(filter.clone(), page);
    let show = |row| {
        reasons.note(&row);
        Ok(sheet.push(&json!(shown::QueueItem::from(row)))?)
    };
    pages::each(limit, fetch, Listed::key, show).await?;
    sheet.end(if *filter == QueueFilter::default() {
        "Nothing waits."
    } else {
        "Nothing like that is in the queue."
    })?;
    if style.format == Format::Table && style.width.is_some() {
        reasons.sentences().iter().for_each(|sentence| say!("{sentence}"));
    }
    Ok(())
}

async fn show(console: &Console, id: &str, output: args::Output) -> Result<()> {
    let id = console::id(id)?;
    let style = Style::choose(output.format);
    let item = match console.store.queue_item(id.as_if_of()).await? {
        Some(item) => item,
        None => {
            let mut items = console.store.queue_items_of(id).await?;
            if items.len() > 1 {
                return present(items, style);
            }
            items.pop().ok_or_else(|| no_such(id))?
        }
    };
    let attempts = console.store.attempts(item.id).await?;
    let mut object = json!(shown::QueueItem::from(item));
    object["attempt_history"] = match style.format {
        Format::Json => json!(shown::all::<_, shown::AttemptRecord>(attempts)),
        Format::Table | Format::Csv => {
            let words = attempts.iter().map(|one| format!("{} {}: {}", one.ended_at, one.outcome, one.reply));
            json!(words.collect::<Vec<_>>())
        }
    };
    Ok(one(shown::QueueItem::TABLE, &object, style, &mut stdout())?)
}

fn present(items: Vec<QueueItem>, style: Style) -> Result<()> {
    let items = items.into_iter().map(|item| json!(shown::QueueItem::from(item)));
    Ok(rows(shown::QueueItem::TABLE, items, "", style, &mut stdout())?)
}

fn no_such(id: AnyId) -> Ending {
    Ending::failed(format!("nothing with the id {id} is in this store: see `postern queue list`"))
}

async fn act(console: &Console, action: Action, picked: args::Picked) -> Result<()> {
    let ids = pick(console, &picked).await?;
    let progress = progress::bar(ids.len());
    let (mut done, mut left_alone) = (Vec::new(), 0);
    for id in ids {
        let (item, applied) =
            console.store.act(id, action, console.clock.now()).await?.ok_or_else(|| no_such(id.any()))?;
        progress.inc(1);
        if applied {
            done.push(item);
        } else {
            left_alone += 1;
            progress.suspend(|| say!("{id} is {}: {action} does not apply to it.", item.state));
        }
    }
    progress.finish_and_clear();
    say!("{action}: {} done, {left_alone} left alone.", done.len());
    let style = Style::choose(picked.output.format);
    let nothing_done = done.is_empty() && left_alone > 0;
    present(done, style)?;
    console.close().await;
    if nothing_done { Err(Ending::failed("nothing was changed")) } else { Ok(()) }
}

/// The given ids, or all items that match the filters. An empty selection is an error, so that no
/// item is picked by accident.
async fn pick(console: &Console, picked: &args::Picked) -> Result<Vec<ItemId>> {
    let filter = filter(&picked.selection);
    let filtered = picked.all || filter != QueueFilter::default();
    match (picked.ids.is_empty(), filtered) {
        (false, false) => picked.ids.iter().map(|id| console::id(id).map(AnyId::as_if_of)).collect(),
        (true, true) => every(console, filter).await,
        (true, false) => {
            Err(Ending::misused("name ids, filters (--state, --recipient, --sender, --message-id, --type), or --all"))
        }
        (false, true) => Err(Ending::misused("name either ids or filters, not both")),
    }
}

async fn every(console: &Console, filter: QueueFilter) -> Result<Vec<ItemId>> {
    let mut ids = Vec::new();
    let take = |item: QueueItem| {
        ids.push(item.id);
        Ok(())
    };
    pages::each(None, |page| console.store.queue(filter.clone(), page), Listed::key, take).await?;
    Ok(ids)
}
