//! A sink of a few lines that says the titles of alerts, and its entry in a pipeline.

use std::time::Duration;

use alert_core::delivery::Delivery;
use alert_core::{
    Alert, Attempt, Batch, Delivered, Limits, OpenContext, Plan, Sink, SinkEntry, SinkError,
};
use alert_http_support::{Client, Endpoint, Exchange, Message, Method, Request};
use alert_testkit::http::{HttpServer, Received};

use super::{PATH, client, endpoint};

struct Pager {
    client: Client,
    pages: Pages,
}

struct Pages(Endpoint);

impl Exchange for Pages {
    fn request(&mut self, message: &Message<'_>) -> Result<Request, SinkError> {
        let titles: Vec<&str> = message.iter().map(|(alert, _)| alert.title()).collect();
        let request = Request::new(Method::Post, &self.0).header("x-key", message.key());
        Ok(request.body("text/plain", titles.join(" ")))
    }
}

impl Sink for Pager {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Batch::one(alert, attempt, |batch| self.deliver_batch(batch))
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        self.client.deliver_batch(batch, &mut self.pages)
    }
}

/// It is impatient; `change` may make its policy another.
pub(crate) fn entry(
    server: &HttpServer,
    limits: Limits,
    change: impl FnOnce(&mut Delivery),
) -> SinkEntry {
    let url = server.url(PATH);
    let open = move |_: &OpenContext<'_>| {
        let at = endpoint(&url);
        Ok(Pager {
            client: client(&at),
            pages: Pages(at),
        })
    };
    let mut delivery = Delivery::default();
    delivery.retry.first = Duration::from_millis(1);
    delivery.retry.cap = Duration::from_millis(10);
    delivery.circuit.wait = Duration::from_millis(10);
    delivery.in_flight = usize::MAX;
    change(&mut delivery);
    SinkEntry::new("pager", Plan::opener("pager", limits, open)).delivery(delivery)
}

/// The titles that a request says.
pub(crate) fn numbers_of(request: &Received) -> Vec<usize> {
    let numbers = request.text().split(' ');
    numbers.map(|number| number.parse().unwrap()).collect()
}
