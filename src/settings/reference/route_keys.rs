//! The keys of `[[queue.route]]`, and the fate of the messages that no route takes.

use super::key::{Key, Kind, key};
use Kind::{Boolean, Choice, Text};

pub(super) const UNROUTED: Key = key(
    "unrouted",
    Choice(&["handler", "reject", "retry"]),
    "What happens to a message that no `[[queue.route]]` takes: the handler of the queue gets it, it is rejected (see `on_reject`), or it is retried. The default is `handler`.",
);

pub(super) const ROUTE: &[Key] = &[
    key(
        "name",
        Text,
        "The label `route` in metrics: 1 to 64 letters, digits, `-` and `_`. `default` is the route of the messages that no other route takes.",
    ),
    key("attribute", Text, "The route looks at this message attribute. Either this or `body`."),
    key(
        "body",
        Text,
        "The route looks at this place of the body, a JSON pointer such as `/order/type`. Either this or `attribute`.",
    ),
    key(
        "equal",
        Text,
        "The route takes messages with this text there. A number or a truth value is compared as JSON writes it. Either this, `prefix` or `exists`.",
    ),
    key("prefix", Text, "The route takes messages with a text there that begins with this one."),
    key("exists", Boolean, "`true`: the route takes messages that have something there."),
];
