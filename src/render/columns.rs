//! Rows as templates see them: a column is looked at when it is asked for.

use std::fmt::Debug;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

/// A row of a list. Its columns are texts.
pub trait Columns: Debug + Send + Sync + 'static {
    /// The place of a column, by its name; `None` when there is none.
    fn place(name: &str) -> Option<usize>;
    /// What stands in a column; nothing where there is none.
    fn cell(&self, place: usize) -> &str;
    /// Whether a column is one of those that rows may have in common.
    fn is_shared(place: usize) -> bool;
    /// Whether it has all of those in common with another row.
    fn shares(&self, other: &Self) -> bool;
}

/// Says the columns of a struct: its fields, and those of what it shares with other rows.
#[macro_export]
macro_rules! columns {
    ($row:ty: $($field:ident),+ $(; $shared:ident: $of:ty)?) => {
        impl $row {
            const CELLS: &'static [(&'static str, fn(&Self) -> &str)] =
                &[$((stringify!($field), |row| row.$field.as_ref())),+];
        }

        impl $crate::render::columns::Columns for $row {
            fn place(name: &str) -> Option<usize> {
                let own = Self::CELLS.iter().position(|(own, _)| *own == name);
                $(let own = own.or_else(|| <$of>::place(name).map(|place| Self::CELLS.len() + place));)?
                own
            }

            fn cell(&self, place: usize) -> &str {
                match Self::CELLS.get(place) {
                    Some((_, cell)) => cell(self),
                    $(None if place >= Self::CELLS.len() => self.$shared.cell(place - Self::CELLS.len()),)?
                    None => "",
                }
            }

            fn is_shared(place: usize) -> bool {
                place >= Self::CELLS.len()
            }

            fn shares(&self, other: &Self) -> bool {
                let shares = std::ptr::eq(self, other);
                $(let shares = shares || std::sync::Arc::ptr_eq(&self.$shared, &other.$shared);)?
                shares
            }
        }
    };
}

/// A list whose rows become values of a template one by one, and of each only the columns that are asked for: all of them
/// at once are most of the memory of a build of a long list, and a third of its time.
pub fn one_by_one<T: Columns>(rows: Vec<T>) -> Value {
    Value::from_object(List(Box::new(rows)))
}

/// A list of rows.
#[derive(Debug)]
pub(super) struct List(Box<dyn Rows>);

trait Rows: Debug + Send + Sync {
    fn count(&self) -> usize;
    fn place(&self, name: &str) -> Option<usize>;
    fn cell(&self, at: usize, place: usize) -> &str;
    fn is_shared(&self, place: usize) -> bool;
    fn shares(&self, at: usize, other: usize) -> bool;
}

impl<T: Columns> Rows for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn place(&self, name: &str) -> Option<usize> {
        T::place(name)
    }

    fn cell(&self, at: usize, place: usize) -> &str {
        self.get(at).map_or("", |row| row.cell(place))
    }

    fn is_shared(&self, place: usize) -> bool {
        T::is_shared(place)
    }

    fn shares(&self, at: usize, other: usize) -> bool {
        self.get(at).zip(self.get(other)).is_some_and(|(row, other)| row.shares(other))
    }
}

impl List {
    /// The place of a column, by its name.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.0.place(name)
    }

    /// How many rows it has.
    pub(super) fn count(&self) -> usize {
        self.0.count()
    }

    /// What stands in a row, at a place.
    pub(super) fn cell(&self, at: usize, place: usize) -> &str {
        self.0.cell(at, place)
    }

    /// Whether a place is one of those that rows may have in common.
    pub(super) fn is_shared(&self, place: usize) -> bool {
        self.0.is_shared(place)
    }

    /// Whether a row has all of those in common with the one before.
    pub(super) fn goes_on(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|before| self.0.shares(at, before))
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = key.as_usize().filter(|at| *at < self.0.count())?;
        Some(Value::from_object(Row { list: Arc::clone(self), at }))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.count())
    }
}

#[derive(Debug)]
struct Row {
    list: Arc<List>,
    at: usize,
}

impl Object for Row {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let place = self.list.place(key.as_str()?)?;
        Some(Value::from(self.list.0.cell(self.at, place)))
    }
}
