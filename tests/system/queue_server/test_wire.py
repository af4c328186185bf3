"""The protocol, and the additions of the local queue server: faults on demand and its state."""

import hashlib
import json
import urllib.error
import urllib.request
import xml.etree.ElementTree

import pytest

from queue_server.calls import SQS, counts, entries, queue, receive, refused, send


def http(method, path, body=b"", **headers):
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    request = urllib.request.Request(SQS.url + path, data=body or None, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, lower(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, lower(error.headers), error.read().decode()


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


@pytest.fixture
def faults():
    """A function that sets the faults of the server until the end of the test."""
    def replace(*rules):
        status, _, body = http("PUT", "/_local/faults", json.dumps({"seed": 1, "rules": rules}).encode())
        assert status == 200, body

    yield replace
    status, _, body = http("DELETE", "/_local/faults")
    assert status == 200, body


def test_an_error_has_a_type_a_code_and_a_request_id():
    body = json.dumps({"QueueUrl": f"{SQS.url}/000000000000/absent"}).encode()
    status, headers, body = http("POST", "/", body, X_Amz_Target="AmazonSQS.ReceiveMessage",
                                 Content_Type="application/x-amz-json-1.0")
    assert status == 400
    assert json.loads(body)["__type"] == "com.amazonaws.sqs#QueueDoesNotExist"
    assert headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert len(headers["x-amzn-requestid"]) == 36


def test_unknown_actions_and_invalid_json_are_refused():
    status, _, body = http("POST", "/", b"{}", X_Amz_Target="AmazonSQS.Sink")
    assert status == 404
    assert "UnknownOperationException" in body
    for bad in (b"{", b"[]", b'{"QueueUrl":1}', b'[""]'):
        status, _, body = http("POST", "/", bad, X_Amz_Target="AmazonSQS.ReceiveMessage")
        assert status == 400, body
        assert "SerializationException" in body, body


FORM = "application/x-www-form-urlencoded"


def element(name, body):
    (found,) = [one.text for one in xml.etree.ElementTree.fromstring(body).iter() if one.tag.endswith("}" + name)]
    return found


def test_a_form_gets_xml_by_post_and_get_on_the_root_and_on_the_path_of_a_queue():
    path = "/" + queue().split("/", 3)[3]
    status, headers, body = http("POST", path, b"Action=SendMessage&MessageBody=a%0D%26b", Content_Type=FORM)
    assert status == 200, (status, headers)
    assert headers["content-type"] == "text/xml", (status, headers)
    assert element("MD5OfMessageBody", body) == hashlib.md5(b"a\r&b").hexdigest()
    assert element("RequestId", body) == headers["x-amzn-requestid"]
    status, _, body = http("GET", path + "?Action=ReceiveMessage&AttributeName.1=SentTimestamp")
    assert status == 200
    assert element("Body", body) == "a\r&b"
    assert element("Name", body) == "SentTimestamp"
    status, _, body = http("POST", "/?Action=GetQueueUrl", b"QueueName=" + path.rsplit("/", 1)[1].encode(),
                           Content_Type=FORM)
    assert status == 200
    assert element("QueueUrl", body).endswith(path)


def test_an_error_of_the_query_protocol_has_the_code_of_the_query_protocol():
    form = b"Action=ReceiveMessage&QueueUrl=" + f"{SQS.url}/000000000000/absent".encode()
    status, headers, body = http("POST", "/", form, Content_Type=FORM)
    found = [element(name, body) for name in ("Type", "Code", "Message", "RequestId")]
    assert status == 400
    assert found == ["Sender", "AWS.SimpleQueueService.NonExistentQueue",
                     "The specified queue does not exist.", headers["x-amzn-requestid"]]
    for form, code in ((b"Action=Sink", "InvalidAction"), (b"Version=2012-11-05", "MissingAction")):
        status, _, body = http("POST", "/", form, Content_Type=FORM)
        assert status == 400, body
        assert element("Code", body) == code, body


def test_an_array_in_the_place_of_an_object_is_refused():
    url = queue()
    body = json.dumps({"QueueUrl": url, "Entries": [["", "id", "body"]]}).encode()
    status, _, answer = http("POST", "/", body, X_Amz_Target="AmazonSQS.SendMessageBatch")
    assert status == 400, answer
    assert "SerializationException" in answer, answer
    assert counts(url) == (0, 0, 0)


def test_the_trace_header_of_a_request_becomes_that_of_its_message():
    url = queue()
    body = json.dumps({"QueueUrl": url, "MessageBody": "m"}).encode()
    trace = "Root=1-00000000-000000000000000000000000"
    http("POST", "/", body, X_Amz_Target="AmazonSQS.SendMessage", X_Amzn_Trace_Id=trace)
    (got,) = receive(url, AttributeNames=["AWSTraceHeader"])
    assert got["Attributes"] == {"AWSTraceHeader": trace}


def test_a_fault_affects_the_configured_number_of_requests(faults):
    url = queue()
    faults({"fault": "throttle", "action": "SendMessage", "next": 1},
           {"fault": "fail-entry", "action": "SendMessageBatch", "next": 1})
    refused("RequestThrottled", 403, send, url)
    send(url)
    answer = SQS.send_message_batch(QueueUrl=url, Entries=entries(2))
    (failed,) = answer["Failed"]
    assert failed["SenderFault"] is False
    assert len(answer["Successful"]) == 1


def test_an_invalid_fault_is_refused():
    for bad in (b"{", b'{"rules":[{"fault":"rain"}]}', b'{"rules":[{"fault":"throttle","chance":2}]}'):
        assert http("PUT", "/_local/faults", bad)[0] == 400


def advance(seconds):
    return http("POST", "/_local/clock", json.dumps({"advance_seconds": seconds}).encode())


def test_an_advance_of_the_clock_ends_delays_and_visibility_timeouts():
    url = queue()
    send(url, DelaySeconds=900)
    before = json.loads(http("GET", "/_local/clock")[2])
    status, _, body = advance(900)
    assert status == 200, body
    assert json.loads(body)["ahead_ms"] == before["ahead_ms"] + 900_000, body
    (got,) = receive(url, AttributeNames=["SentTimestamp", "ApproximateFirstReceiveTimestamp"])
    times = [int(got["Attributes"][name]) for name in ("ApproximateFirstReceiveTimestamp", "SentTimestamp")]
    assert 900_000 <= times[0] - times[1] < 960_000, times
    assert counts(url) == (0, 1, 0)
    advance(30)
    assert counts(url) == (1, 0, 0)


def test_an_invalid_advance_is_refused():
    ahead = json.loads(http("GET", "/_local/clock")[2])["ahead_ms"]
    for bad in (-1, 1.5, "12h", None, 315_360_001):
        status, _, body = advance(bad)
        assert status == 400, body
        assert "invalid `advance_seconds`: " in json.loads(body)["error"], body
    assert http("DELETE", "/_local/clock")[0] == 405
    assert json.loads(http("GET", "/_local/clock")[2])["ahead_ms"] == ahead


def test_the_state_can_be_read():
    url = queue()
    send(url), send(url, DelaySeconds=60)
    receive(url, 1)
    state = json.loads(http("GET", "/_local/state")[2])
    found = next(entry for entry in state["queues"] if url.endswith("/" + entry["name"]))
    assert (found["visible"], found["in_flight"], found["delayed"]) == counts(url) == (0, 1, 1)
    assert state["requests"]["SendMessage"] > 0
