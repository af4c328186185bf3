//! The names of parameters in the Query protocol that differ from those in JSON, and those whose
//! values are numbers. They are the names of the API version 2012-11-05.

/// What a parameter is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Plain,
    Number,
    /// A list, with its name in JSON.
    List(&'static str),
    /// A map, with its name in JSON and the names of the two members of each entry.
    Map {
        json: &'static str,
        key: &'static str,
        value: &'static str,
    },
}

impl Kind {
    pub(super) fn json_name(self, name: String) -> String {
        match self {
            Self::Plain | Self::Number => name,
            Self::List(json) | Self::Map { json, .. } => json.to_owned(),
        }
    }
}

/// The kind of the parameter with this name.
pub(super) fn kind(name: &str) -> Kind {
    let map = |json, key| Kind::Map { json, key, value: "Value" };
    match name {
        "DelaySeconds"
        | "MaxNumberOfMessages"
        | "MaxNumberOfMessagesPerSecond"
        | "MaxResults"
        | "VisibilityTimeout"
        | "WaitTimeSeconds" => Kind::Number,
        // An empty list has its name in JSON.
        "AttributeName" | "AttributeNames" => Kind::List("AttributeNames"),
        "MessageAttributeName" | "MessageAttributeNames" => Kind::List("MessageAttributeNames"),
        "MessageSystemAttributeName" | "MessageSystemAttributeNames" => {
            Kind::List("MessageSystemAttributeNames")
        }
        "TagKey" | "TagKeys" => Kind::List("TagKeys"),
        "AWSAccountId" | "AWSAccountIds" => Kind::List("AWSAccountIds"),
        "ActionName" | "Actions" => Kind::List("Actions"),
        "Entry"
        | "Entries"
        | "SendMessageBatchRequestEntry"
        | "DeleteMessageBatchRequestEntry"
        | "ChangeMessageVisibilityBatchRequestEntry" => Kind::List("Entries"),
        "Attribute" | "Attributes" => map("Attributes", "Name"),
        "MessageAttribute" | "MessageAttributes" => map("MessageAttributes", "Name"),
        "MessageSystemAttribute" | "MessageSystemAttributes" => {
            map("MessageSystemAttributes", "Name")
        }
        "Tag" | "Tags" => map("Tags", "Key"),
        _ => Kind::Plain,
    }
}
