//! Describing a struct of a lower floor.

/// Declares what an answer's struct of a lower floor looks like outside, member by member, with words and examples for readers outside.
///
/// It reads the struct apart, so that a member that is missing here, too much here, or of another type does not
/// compile. What stands after `;` is not shown. A member that may be `null` but is always there is an `Option` marked `required`.
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
