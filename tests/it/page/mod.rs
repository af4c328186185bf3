//! The status page: its figures are those of `/slo` and `/metrics`, and its words say what is so.

mod agreement;
mod colors;
mod figures;
mod markup;
mod words;

use longshore::admin::status_page;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use crate::support::Rig;

/// The page of a worker, and the report that it is to be of. Under paused time nothing comes
/// between.
struct Look {
    page: Html,
    report: Value,
}

impl Look {
    fn at(rig: &Rig) -> Self {
        let report = longshore::report::Report::new(&rig.metrics, &rig.health);
        let page = Html::parse_document(&status_page(&rig.metrics, &rig.health));
        Self { page, report: serde_json::to_value(&report).unwrap() }
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
