//! The status page: its figures are those of `/slo` and `/metrics`, and its words say what is so.

mod agreement;
mod colors;
mod figures;
mod many;
mod markup;
mod words;

use longshore::admin::{Selection, status_page};
use longshore::health::Health;
use longshore::telemetry::Metrics;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use crate::support::Rig;

/// The page of a worker, and the report that it is to be of. Under paused time nothing comes
/// between.
struct Look {
    page: Html,
    bytes: usize,
    report: Value,
}

impl Look {
    fn at(rig: &Rig) -> Self {
        Self::selected(&rig.metrics, &rig.health, "")
    }

    /// The page of an address with this query.
    fn selected(metrics: &Metrics, health: &Health, query: &str) -> Self {
        let report = longshore::report::Report::new(metrics, health);
        let html = status_page(metrics, health, &Selection::parse(query));
        let page = Html::parse_document(&html);
        Self { page, bytes: html.len(), report: serde_json::to_value(&report).unwrap() }
    }

    fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        self.page.select(&Selector::parse(selector).unwrap()).collect()
    }

    /// The text of the only element of this kind.
    fn text(&self, selector: &str) -> String {
        let [element] = self.all(selector)[..] else { panic!("not one {selector}") };
        text(element)
    }

    fn heading(&self) -> String {
        self.text("h1")
    }
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
