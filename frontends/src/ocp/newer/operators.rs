//! What the operators of the newer language give.

use std::borrow::Cow;

use super::super::files::Place;
use super::super::value::{Text, Value};
use super::machine::{Leave, Machine, Result};

/// What an operator gives.
pub(super) fn operator(
    machine: &mut Machine<'_, '_>,
    operator: &'static str,
    one: Value,
    two: &Value,
    place: Place,
) -> Result<Value> {
    let wrong = |one: &Value| {
        let message = format!("`{operator}` of {} and {}", one.kind(), two.kind());
        Err(Leave::Raise("type-error", Value::text(message), place))
    };
    match operator {
        "=" | "==" => return Ok(Value::Bool(one.same(two))),
        "!=" | "<>" => return Ok(Value::Bool(!one.same(two))),
        "<" | ">" | "<=" | ">=" => {
            let Ok(order) = one.compare(two) else { return wrong(&one) };
            return Ok(Value::Bool(match operator {
                "<" => order.is_lt(),
                ">" => order.is_gt(),
                "<=" => order.is_le(),
                _ => order.is_ge(),
            }));
        }
        _ => {}
    }
    match (operator, one, two) {
        ("||" | "|", Value::Bool(one), Value::Bool(two)) => Ok(Value::Bool(one || *two)),
        ("&&" | "&", Value::Bool(one), Value::Bool(two)) => Ok(Value::Bool(one && *two)),
        ("+", Value::List(mut one), Value::List(two)) => {
            let copied = if one.is_shared() { one.len() } else { 0 };
            machine.project.spend(copied + two.len(), place)?;
            two.iter().for_each(|item| one.push(item.clone()));
            Ok(Value::List(one))
        }
        ("+", Value::List(mut one), two) => {
            machine.project.spend(if one.is_shared() { one.len() } else { 0 }, place)?;
            one.push(two.clone());
            Ok(Value::List(one))
        }
        ("+", Value::Text(one), two) => {
            let more = match two {
                Value::Text(two) => Cow::Borrowed(&*two.text),
                other => Cow::Owned(other.shown()),
            };
            machine.project.spend(one.text.len() + more.len(), place)?;
            let text = format!("{}{more}", one.text);
            Ok(Value::Text(Text { text: text.into(), ..one }))
        }
        ("+", Value::Object(mut one), Value::Object(two)) => {
            machine.project.spend(two.len(), place)?;
            two.iter().for_each(|(name, value)| one.set(name.clone(), value.clone()));
            Ok(Value::Object(one))
        }
        ("-", Value::Object(mut one), two @ (Value::Text(_) | Value::List(_))) => {
            for name in two.words().unwrap_or_default() {
                machine.project.spend(1, place)?;
                one.remove(&name.text);
            }
            Ok(Value::Object(one))
        }
        (_, Value::Int(one), Value::Int(two)) => match number(operator, one, *two) {
            Some(number) => Ok(Value::Int(number)),
            None => Err(Leave::Raise("div-by-zero", Value::Int(one), place)),
        },
        (_, one, _) => wrong(&one),
    }
}

/// An operator on numbers; `None` is a division by zero.
fn number(operator: &str, one: i64, two: i64) -> Option<i64> {
    let shift = |two: i64| u32::try_from(two.clamp(0, 63)).unwrap_or_default();
    Some(match operator {
        "+" => one.wrapping_add(two),
        "-" => one.wrapping_sub(two),
        "*" => one.wrapping_mul(two),
        "/" => one.checked_div(two)?,
        "%" => one.checked_rem(two)?,
        "<<" => one.wrapping_shl(shift(two)),
        ">>" => one.wrapping_shr(shift(two)),
        "^" => one ^ two,
        "|" | "||" => one | two,
        _ => one & two,
    })
}
