//! `From` the row that has the members of what is shown.

/// Makes a shown thing from its row: `row => thing { members; members of the row that are not shown }`.
///
/// The row is taken apart member by member, so that one that is missing here, or too much, does not compile. A member that is shown in
/// another type says how (`= value`).
macro_rules! made_from {
    (@value $field:ident) => { $field };
    (@value $field:ident $value:expr) => { $value };
    ($row:path => $name:ident { $($field:ident $(= $value:expr)?),+ $(; $($hidden:ident),+)? }) => {
        impl From<$row> for $name {
            fn from(row: $row) -> Self {
                let $row { $($field,)+ $($($hidden: _),+)? } = row;
                Self { $($field: made_from!(@value $field $($value)?)),+ }
            }
        }
    };
}

pub(super) use made_from;
