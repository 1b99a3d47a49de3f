//! A macro that describes a response struct of a lower floor.

/// Declares the API schema of a response struct from a lower floor, member by member, with
/// descriptions and examples for users of the API.
///
/// It destructures the struct, so a missing member, an extra one, or one of another type does not
/// compile. Members after `;` are hidden. A member that may be `null` but is always present is an
/// `Option` marked `required`.
macro_rules! shape {
    (
        $(#[$meta:meta])*
        pub struct $name:ident = $type:ident { $($(#[$field_meta:meta])* $field:ident: $field_type:ty,)+ $(; $($hidden:ident),+)? }
    ) => {
        $(#[$meta])*
        #[derive(utoipa::ToSchema)]
        #[schema(as = $type)]
        pub struct $name { $($(#[$field_meta])* pub $field: $field_type),+ }

        impl From<$type> for $name {
            fn from(row: $type) -> Self {
                let $type { $($field,)+ $($($hidden: _),+)? } = row;
                Self { $($field),+ }
            }
        }
    };
}

pub(super) use shape;
