//! What an expression reads, how it aggregates, and which functions it applies to what.

use std::convert::Infallible;
use std::time::Duration;

use promql_parser::label::Labels;
use promql_parser::parser::{self, Expr, LabelModifier, VectorSelector};
use promql_parser::util::{ExprVisitor, walk_expr};

/// One selector.
#[derive(Debug, Clone)]
pub(crate) struct Selector {
    pub(crate) name: String,
    /// Label and value, as written.
    pub(crate) matchers: Vec<(String, String)>,
    /// The length of its range; none if it is an instant.
    pub(crate) range: Option<Duration>,
    /// The function that is applied to its range; none if it is an instant.
    pub(crate) function: Option<&'static str>,
    /// Whether it is read at another time than that of the query.
    pub(crate) is_shifted: bool,
}

/// All that a test wants to know of an expression.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) selectors: Vec<Selector>,
    pub(crate) ranges: Vec<Duration>,
    /// Labels of each `by` and `on`.
    pub(crate) groupings: Vec<Vec<String>>,
    /// Labels that the expression adds.
    pub(crate) added_labels: Vec<String>,
}

/// Parses the expression.
pub(crate) fn read(expr: &str) -> Reading {
    let parsed = parse(expr);
    let mut reading = Reading::default();
    let Ok(_) = walk_expr(&mut reading, &parsed);
    reading
}

fn parse(expr: &str) -> Expr {
    parser::parse(expr).unwrap_or_else(|error| panic!("{error}:\n{expr}"))
}

/// The labels of what the expression gives: its leftmost aggregation's, or none if it has none.
pub(crate) fn leftmost_grouping(expr: &str) -> Option<Vec<String>> {
    let mut node = &parse(expr);
    loop {
        node = match node {
            Expr::Binary(binary) => &binary.lhs,
            Expr::Paren(paren) => &paren.expr,
            Expr::Aggregate(aggregate) => return grouping(aggregate.modifier.as_ref()),
            _ => return None,
        };
    }
}

/// The metric at the very left.
pub(crate) fn leftmost_metric(expr: &str) -> String {
    read(expr).selectors[0].name.clone()
}

fn grouping(modifier: Option<&LabelModifier>) -> Option<Vec<String>> {
    let labels = |labels: &Labels| labels.labels.clone();
    match modifier? {
        LabelModifier::Include(by) => Some(labels(by)),
        LabelModifier::Exclude(without) => panic!("without {without:?} leaks labels of the site"),
    }
}

impl Reading {
    fn note(&mut self, selector: &VectorSelector, over: Option<(&'static str, Duration)>) {
        self.selectors.push(Selector {
            name: selector.name.clone().expect("rules name what they read"),
            matchers: selector
                .matchers
                .matchers
                .iter()
                .map(|matcher| (matcher.name.clone(), matcher.value.clone()))
                .collect(),
            range: over.map(|(_, range)| range),
            function: over.map(|(function, _)| function),
            is_shifted: selector.offset.is_some() || selector.at.is_some(),
        });
    }
}

impl ExprVisitor for Reading {
    type Error = Infallible;

    fn pre_visit(&mut self, expr: &Expr) -> Result<bool, Infallible> {
        match expr {
            Expr::VectorSelector(selector) => self.note(selector, None),
            Expr::Aggregate(aggregate) => {
                self.groupings.extend(grouping(aggregate.modifier.as_ref()));
            }
            Expr::Binary(binary) => {
                let modifier = binary.modifier.as_ref();
                self.groupings.extend(grouping(modifier.and_then(|m| m.matching.as_ref())));
            }
            Expr::Call(call) => {
                if let ("label_join" | "label_replace", Some(Expr::StringLiteral(label))) =
                    (call.func.name, call.args.args.get(1).map(|argument| &**argument))
                {
                    self.added_labels.push(label.val.clone());
                }
                for argument in &call.args.args {
                    if let Expr::MatrixSelector(matrix) = &**argument {
                        self.ranges.push(matrix.range);
                        self.note(&matrix.vs, Some((call.func.name, matrix.range)));
                    }
                }
            }
            _ => {}
        }
        Ok(true)
    }
}
