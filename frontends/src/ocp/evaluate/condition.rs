//! Evaluates conditions of the old language.

use super::super::project::Enough;
use super::super::scope::Scope;
use super::super::syntax::{Comparison, Condition, Form};
use super::Evaluator;

impl Evaluator<'_, '_> {
    /// Whether a condition holds.
    pub(super) fn condition(
        &mut self,
        condition: &Condition,
        scope: &Scope<'_>,
    ) -> Result<bool, Enough> {
        self.project.enter(self.place(0))?;
        let found = self.asked(condition, scope);
        self.project.leave();
        found
    }

    fn asked(&mut self, condition: &Condition, scope: &Scope<'_>) -> Result<bool, Enough> {
        match condition {
            Condition::Any(all) => {
                for one in all {
                    if self.condition(one, scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::All(all) => {
                for one in all {
                    if !self.condition(one, scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Not(inner) => Ok(!self.condition(inner, scope)?),
            Condition::Holds(expression) => {
                // What has no value is false, and no mistake.
                if let Form::Variable(name) = &expression.form
                    && self.variable(name, scope).is_none()
                {
                    return Ok(false);
                }
                Ok(self.expression(expression, scope)?.holds())
            }
            Condition::Compare(how, both) => {
                let (left, right) = (&both.0, &both.1);
                let one = self.expression(left, scope)?;
                let two = self.expression(right, scope)?;
                if *how == Comparison::Equal {
                    return Ok(one.same(&two));
                }
                let Ok(order) = one.compare(&two) else {
                    let message = format!("{} cannot be compared with {}", one.kind(), two.kind());
                    self.error(
                        left.at,
                        message,
                        "compare a text with a text, such as `ocaml_version >= \"4.01\"`",
                    );
                    return Ok(false);
                };
                Ok(match how {
                    Comparison::Equal => order.is_eq(),
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterOrEqual => order.is_ge(),
                })
            }
        }
    }
}
