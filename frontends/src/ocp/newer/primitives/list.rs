//! The functions of lists.

use super::super::machine::{Machine, Result};
use super::Call;
use crate::ocp::value::{Items, Value};

pub(super) fn call(machine: &mut Machine<'_, '_>, call: Call<'_>) -> Result<Value> {
    let Call { name, arguments, place, env } = call;
    match (name, arguments) {
        ("List_mem", [item, Value::List(list)]) => {
            Ok(Value::Bool(list.iter().any(|one| one.same(item))))
        }
        ("List_tail", [Value::List(list)]) if !list.is_empty() => {
            Ok(Value::list(list.iter().skip(1).cloned()))
        }
        ("List_tail", [Value::List(_)]) => {
            call.raise("failure", Value::text("the tail of an empty list"))
        }
        (
            "List_map",
            [function @ (Value::Function(_) | Value::Primitive(_)), Value::List(list)],
        )
        | (
            "List_map",
            [Value::List(list), function @ (Value::Function(_) | Value::Primitive(_))],
        ) => {
            let mut out = Items::default();
            for item in list.iter() {
                out.push(machine.call(function, vec![item.clone()], place, env)?);
            }
            Ok(Value::List(out))
        }
        ("List_flatten", [Value::List(list)]) => {
            let mut out = Items::default();
            for item in list.iter() {
                match item {
                    Value::List(inner) => {
                        machine.project.spend(inner.len(), place)?;
                        inner.iter().for_each(|item| out.push(item.clone()));
                    }
                    other => out.push(other.clone()),
                }
            }
            Ok(Value::List(out))
        }
        ("List_fold_left", [function, start, Value::List(list)]) => {
            let mut value = start.clone();
            for item in list.iter() {
                value = machine.call(function, vec![value, item.clone()], place, env)?;
            }
            Ok(value)
        }
        _ => call.arity(),
    }
}
