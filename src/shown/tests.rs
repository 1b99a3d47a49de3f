//! Columns are members.

use super::*;
use serde_json::Value;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// The members of a thing, also those of the things that are flattened into it.
fn members<S: ToSchema>() -> BTreeSet<String> {
    let mut others = Vec::new();
    S::schemas(&mut others);
    let others: Vec<(String, Value)> =
        others.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap())).collect();
    collect(&serde_json::to_value(S::schema()).unwrap(), &others)
}

fn collect(schema: &Value, others: &[(String, Value)]) -> BTreeSet<String> {
    let own = schema["properties"].as_object().into_iter().flat_map(|members| members.keys().cloned());
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let flattened = parts.flat_map(|part| match part["$ref"].as_str() {
        Some(place) => {
            let name = place.rsplit('/').next().unwrap();
            collect(&others.iter().find(|(other, _)| other == name).unwrap().1, others)
        }
        None => collect(part, others),
    });
    own.chain(flattened).collect()
}

fn assert_every_member_is_a_column<S: ToSchema>(columns: &[&str]) {
    let named: BTreeSet<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    assert_eq!(named.len(), columns.len(), "a column is there twice: {columns:?}");
    assert_eq!(named, members::<S>(), "{}", S::name());
}

fn assert_is_whole<S: Row + ToSchema>() {
    assert_every_member_is_a_column::<S>(S::SHEET);
    assert_every_member_is_a_column::<S>(S::TABLE);
}

#[test]
fn every_member_of_a_row_is_a_column_of_its_sheet_and_of_its_table() {
    assert_is_whole::<SuppressedMail>();
    assert_is_whole::<IncomingMail>();
    assert_is_whole::<QueueItem>();
    assert_is_whole::<ScheduledWindow>();
    assert_every_member_is_a_column::<BackgroundJob>(BackgroundJob::SHEET);
}
