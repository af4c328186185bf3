"""Sending: bodies, attributes, digests, sizes and delays."""

from queue_server.calls import bodies, counts, invalid, queue, receive, refused, send, text


def test_a_message_is_received_as_it_was_sent():
    url = queue()
    sent = send(url, "ahoy ⚓\n\t\"quoted\"")
    (got,) = receive(url)
    assert got["Body"] == "ahoy ⚓\n\t\"quoted\""
    assert got["MessageId"] == sent["MessageId"]
    assert got["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert "Attributes" not in got
    assert "MessageAttributes" not in got
    assert "MD5OfMessageAttributes" not in got


def test_digests_equal_those_of_sqs():
    url = queue()
    sent_attributes = {"Hello": text("There"), "General": text("Kenobi"), "Help.Me": text("Me")}
    sent = send(url, "msg", MessageAttributes=sent_attributes)
    assert sent["MD5OfMessageBody"] == "6e2baaf3b97dbeef01c0043275f9a0e7"
    assert sent["MD5OfMessageAttributes"] == "4c360f3fdafd970e05fae2f149d997f5"
    for names, digest in ((["All"], "4c360f3fdafd970e05fae2f149d997f5"), ([".*"], "4c360f3fdafd970e05fae2f149d997f5"),
                          (["*"], "4c360f3fdafd970e05fae2f149d997f5"),
                          (["Hello", "General"], "fca026605781cb4126a1e9044df24232"),
                          (["Hello", "Other"], "a311262e065454b75da111d535b8dacd"),
                          (["Hel.*"], "83fee93c1bcd8b9a5a923ffacdc636c7"), (["Other"], None), ([], None)):
        (got,) = receive(url, VisibilityTimeout=0, MessageAttributeNames=names)
        assert got.get("MD5OfMessageAttributes") == digest, names
        assert set(got.get("MessageAttributes", {})) <= set(sent_attributes)


def test_binary_attributes_are_received_unchanged():
    url = queue()
    value = {"DataType": "Binary.raw", "BinaryValue": bytes(range(256))}
    sent_attributes = {"raw": value, "count": text("12.5", "Number"), "größe": text("1e126", "Number")}
    send(url, MessageAttributes=sent_attributes)
    (got,) = receive(url, MessageAttributeNames=["All"])
    assert got["MessageAttributes"] == sent_attributes


def test_bad_attributes_are_refused():
    url = queue()
    for attribute, value in (("AWS.x", text("v")), (".x", text("v")), ("x.", text("v")), ("a..b", text("v")),
                             ("a b", text("v")), ("a", text("v", "Text")), ("a", text("many", "Number")),
                             ("a", text("NaN", "Number")), ("a", text("1e127", "Number")),
                             ("a", text("1" * 39, "Number")), ("a", text("\u0001")),
                             ("a", text("")), ("a", {"DataType": "String", "BinaryValue": b"v"})):
        invalid(send, url, MessageAttributes={attribute: value})
    assert "[11]" in invalid(send, url, MessageAttributes={f"a{n}": text("v") for n in range(11)})


def test_bad_bodies_are_refused():
    url = queue()
    refused("InvalidMessageContents", 400, send, url, "\u0001")
    refused("InvalidMessageContents", 400, send, url, "\uffff")
    refused("MissingParameter", 400, send, url, "")


def test_a_message_has_at_most_one_mebibyte():
    url = queue()
    send(url, "x" * 1_048_576)
    assert len(receive(url)[0]["Body"]) == 1_048_576
    assert "shorter than 1048576 bytes" in invalid(send, url, "x" * 1_048_577)
    invalid(send, url, "x" * 1_048_576, MessageAttributes={"a": text("v")})


def test_a_queue_can_have_a_lower_size_limit():
    url = queue(MaximumMessageSize="1024")
    send(url, "x" * 1024)
    assert "shorter than 1024 bytes" in invalid(send, url, "é" * 513)


def test_the_trace_header_is_a_system_attribute():
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    url = queue()
    sent = send(url, MessageSystemAttributes={"AWSTraceHeader": text(header)})
    assert sent["MD5OfMessageSystemAttributes"] == "5ae4d5d7636402d80f4eb6d213245a88"
    (got,) = receive(url, MessageSystemAttributeNames=["AWSTraceHeader"])
    assert got["Attributes"] == {"AWSTraceHeader": header}
    binary = {"DataType": "String", "BinaryValue": header.encode()}
    invalid(send, url, MessageSystemAttributes={"AWSTraceHeader": binary})


def test_a_delayed_message_is_invisible_until_its_delay_ends():
    url = queue(DelaySeconds="1")
    send(url, "queue's"), send(url, "own", DelaySeconds=0)
    assert bodies(url) == ["own"]
    assert counts(url) == (0, 1, 1)
    assert bodies(url, WaitTimeSeconds=5) == ["queue's"]
    invalid(send, url, DelaySeconds=901)
