//! Rows as templates see them: a column is made when it is asked for.

use std::fmt::Debug;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};

/// A row of a list.
pub trait Columns: Debug + Send + Sync + 'static {
    /// A column by its name; `None` when there is none.
    fn column(&self, name: &str) -> Option<Value>;
}

/// Says the columns of a struct: its fields, and those of what it shares with other rows.
#[macro_export]
macro_rules! columns {
    ($row:ty: $($field:ident),+ $(; $shared:ident)?) => {
        impl $crate::render::columns::Columns for $row {
            fn column(&self, name: &str) -> Option<minijinja::value::Value> {
                match name {
                    $(stringify!($field) => Some($crate::render::columns::Cell::value(&self.$field)),)+
                    $(_ => self.$shared.column(name),)?
                    #[allow(unreachable_patterns)]
                    _ => None,
                }
            }
        }
    };
}

/// What stands in a column.
pub trait Cell {
    /// As a value of a template.
    fn value(&self) -> Value;
}

impl Cell for String {
    fn value(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Cell for &'static str {
    fn value(&self) -> Value {
        Value::from(*self)
    }
}

/// A text that many rows share is not copied for each.
impl Cell for Arc<str> {
    fn value(&self) -> Value {
        Value::from(self)
    }
}

/// A list whose rows become values of a template one by one, and of each only the columns that are asked for: all of them
/// at once are most of the memory of a build of a long list, and a third of its time.
pub fn one_by_one<T: Columns>(rows: Vec<T>) -> Value {
    Value::from_object(List(rows))
}

#[derive(Debug)]
struct List<T>(Vec<T>);

impl<T: Columns> Object for List<T> {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = key.as_usize().filter(|at| *at < self.0.len())?;
        Some(Value::from_object(Row { list: Arc::clone(self), at }))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

#[derive(Debug)]
struct Row<T> {
    list: Arc<List<T>>,
    at: usize,
}

impl<T: Columns> Object for Row<T> {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.list.0.get(self.at)?.column(key.as_str()?)
    }
}
