//! Lists and maps of a request, parsed up to a limit, so that an oversized request is refused
//! before it is read to its end.

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Most entries. The limits on what can be sent are far lower and have messages of their own.
const MAX_ENTRIES: usize = 10_000;

/// Reads a list of texts.
///
/// # Errors
/// When it is none, or has too many entries.
pub fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_seq(List)
}

/// Reads an object whose members are texts.
///
/// # Errors
/// When it is none, or has too many members.
pub fn map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    deserializer.deserialize_map(Map)
}

fn too_many<E: Error>() -> E {
    E::custom(format_args!("more than {MAX_ENTRIES} entries: give fewer"))
}

struct List;

impl<'de> Visitor<'de> for List {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<String>, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            if list.len() == MAX_ENTRIES {
                return Err(too_many());
            }
            list.push(entry);
        }
        Ok(list)
    }
}

struct Map;

impl<'de> Visitor<'de> for Map {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<BTreeMap<String, String>, A::Error> {
        let (mut map, mut count) = (BTreeMap::new(), 0);
        while let Some((name, value)) = members.next_entry()? {
            if count == MAX_ENTRIES {
                return Err(too_many());
            }
            count += 1;
            map.insert(name, value);
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Request {
        #[serde(deserialize_with = "list")]
        list: Vec<String>,
        #[serde(deserialize_with = "map")]
        map: BTreeMap<String, String>,
    }

    fn read(list: usize, map: usize) -> Result<Request, String> {
        let members: Vec<String> = (0..map).map(|n| format!("\"{n}\":\"x\"")).collect();
        let json = format!(r#"{{"list":[{}],"map":{{{}}}}}"#, vec!["\"x\""; list].join(","), members.join(","));
        serde_json::from_str(&json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_has_too_many_entries_is_refused_where_they_are_too_many() {
        let read_well = read(MAX_ENTRIES, MAX_ENTRIES).unwrap();
        assert_eq!((read_well.list.len(), read_well.map.len()), (MAX_ENTRIES, MAX_ENTRIES));
        for (list, map) in [(MAX_ENTRIES + 1, 0), (0, MAX_ENTRIES + 1)] {
            let error = read(list, map).unwrap_err();
            assert!(error.starts_with("more than 10000 entries: give fewer at line 1 column"), "{error}");
        }
    }
}
