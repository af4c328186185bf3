"""The page of the local queue server in a real browser: light and dark, narrow and wide, empty and full, with the
keyboard alone. Saves screenshots."""

import json

import pytest

from page.views import NAMES, VARIANTS, check_layout
from running.chromium import NARROW, WIDE, opened
from running.local_queue import redriving
from running.processes import until

# The page reports a cost when the server is older than this.
RATE_SECONDS = 10
HOSTILE = "</pre><script>document.title = 'attacked'</script><img src=x onerror=alert(1)>"


@pytest.fixture
def draw(chromium, pictures):
    """A function that saves a picture of each variant of a page, and checks each one."""
    def drawn(server, path, name):
        for scheme, width in VARIANTS:
            with opened(chromium, server.url, scheme, width, script=True) as (page, complaints):
                page.goto(f"{server.url}/{path}")
                check(page, complaints, width)
                page.screenshot(path=pictures / f"{name}-{scheme}-{NAMES[width]}.png", full_page=True)

    return drawn


def check(page, complaints, width):
    check_layout(page, width)
    assert complaints == [], complaints


def test_an_empty_server_says_how_to_create_a_queue(local_queue, chromium, draw):
    server = local_queue()
    draw(server, "", "empty")
    with opened(chromium, server.url, script=False) as (page, complaints):
        assert page.locator("h1").inner_text() == "0 queues, 0 messages"
        assert complaints == [], complaints


def send_messages_in_each_state(server):
    sqs = server.client()
    orders, mail = server.queue_url("orders"), server.queue_url("mail.fifo")
    attributes = {"kind": {"DataType": "String", "StringValue": "invoice"},
                  "picture": {"DataType": "Binary", "BinaryValue": b"\x89PNG"}}
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps({"order": 17, "total": "12.50"}))
    sqs.receive_message(QueueUrl=orders, VisibilityTimeout=600)
    sqs.send_message(QueueUrl=orders, MessageBody=HOSTILE, MessageAttributes=attributes)
    sqs.send_message(QueueUrl=orders, MessageBody="long " * 40_000)
    sqs.send_message(QueueUrl=orders, MessageBody="x" * 3_000)
    sqs.send_message(QueueUrl=orders, MessageBody="later", DelaySeconds=900)
    for number in range(3):
        sqs.send_message(QueueUrl=mail, MessageBody=f"mail {number}", MessageGroupId="customer-1",
                         MessageDeduplicationId=str(number))
    sqs.receive_message(QueueUrl=mail)


def test_the_states_of_messages_are_shown_and_nothing_is_received(local_queue, chromium, draw, pictures):
    server = local_queue("orders", "mail.fifo")
    send_messages_in_each_state(server)
    draw(server, "", "overview")
    draw(server, "queues/orders", "states")
    draw(server, "queues/mail.fifo", "fifo")
    with opened(chromium, server.url) as (page, complaints):
        page.goto(f"{server.url}/queues/orders")
        states = page.locator(".message .state").all_inner_texts()
        assert [state.split(",")[0].lower() for state in states] == [
            "in flight", "visible", "visible", "visible", "delayed"], states
        check_hostile_message(page)
        long = page.locator(".message").nth(2)
        long.locator("summary").click()
        check(page, complaints, WIDE)
        page.screenshot(path=pictures / "unfolded.png", full_page=True)
        long.get_by_role("link", name="Open the whole body of 200,000 bytes").click()
        assert len(page.locator("body").inner_text().strip()) >= 199_000
    counts = server.attributes("orders")
    kinds = ("", "NotVisible", "Delayed")
    assert [counts[f"ApproximateNumberOfMessages{kind}"] for kind in kinds] == ["3", "1", "1"], counts


def check_hostile_message(page):
    hostile = page.locator(".message").nth(1)
    hostile.locator("summary").click()
    assert hostile.locator("pre").inner_text() == HOSTILE
    assert "invoice" in hostile.inner_text()
    assert page.title().startswith("orders")


def test_many_messages_are_not_all_shown(local_queue, chromium, pictures):
    server = local_queue("orders")
    server.send("orders", [f"message {number}" for number in range(250)])
    with opened(chromium, server.url, "dark", NARROW) as (page, complaints):
        page.goto(f"{server.url}/queues/orders")
        assert page.locator(".message").count() == 100
        assert page.get_by_text("150 more messages not shown.").is_visible()
        check(page, complaints, NARROW)
        page.screenshot(path=pictures / "many-dark-narrow.png", full_page=True)


def test_short_polls_are_named_with_their_cost(local_queue, chromium, draw):
    server = local_queue("orders", "mail")
    sqs = server.client(user_agent="orders-service/2.3 boto3")
    for _ in range(200):
        sqs.receive_message(QueueUrl=server.queue_url("orders"), WaitTimeSeconds=0)
    server.client(user_agent="mail-service/1.0").receive_message(QueueUrl=server.queue_url("mail"), WaitTimeSeconds=1)
    with opened(chromium, server.url) as (page, complaints):
        # The rate is measured for 10 s. The page needs no script, so it is loaded again.
        until("the cost per month", lambda: page.reload() and (
            "per month." in page.locator("#pollers + .lead").inner_text()), 6 * RATE_SECONDS)
        rows = page.locator("section[aria-labelledby=pollers] tbody tr").all_inner_texts()
        assert "orders-service" in rows[0], rows
        assert "\torders\t200\t200\t200\t200\t$" in rows[0], rows
        assert "mail-service" in rows[1], rows
        assert "\tmail\t1\t0\t1\t1\t$" in rows[1], rows
        assert page.locator("tr.bad").count() == 1, "only a client with a wait time of 0 polls short"
        assert page.get_by_text("Clients poll short").is_visible()
        assert complaints == [], complaints
    draw(server, "", "short-polls")


def send_with_the_keyboard(page):
    page.get_by_label("Body", exact=True).focus()
    page.keyboard.type("from the keyboard")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("kind=test")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def test_the_forms_work_with_the_keyboard_and_without_script(local_queue, chromium, pictures):
    server = local_queue("orders")
    sqs = server.client()
    orders = server.queue_url("orders")
    with opened(chromium, server.url, script=False) as (page, complaints):
        page.goto(f"{server.url}/queues/orders")
        send_with_the_keyboard(page)
        page.get_by_text("The message is sent.").wait_for()
        assert page.locator(".preview").all_inner_texts() == ["from the keyboard"]
        assert complaints == [], complaints
        page.screenshot(path=pictures / "sent.png", full_page=True)
    found = sqs.receive_message(QueueUrl=orders, MessageAttributeNames=["All"], VisibilityTimeout=0)["Messages"][0]
    assert found["Body"] == "from the keyboard"
    assert found["MessageAttributes"]["kind"]["StringValue"] == "test"
    with opened(chromium, server.url, script=False) as (page, _):
        page.goto(f"{server.url}/queues/orders")
        page.get_by_label("Body", exact=True).fill("kept \u0001 text")
        page.get_by_role("button", name="Send the message").click()
        page.get_by_role("alert").wait_for()
        assert page.get_by_label("Body", exact=True).input_value() == "kept \u0001 text"
        page.screenshot(path=pictures / "refused.png", full_page=True)
        page.get_by_text("Delete all messages of this queue").click()
        page.get_by_role("button", name="Delete all messages").click()
        page.get_by_text("The queue is purged.").wait_for()
    assert "Messages" not in sqs.receive_message(QueueUrl=orders)


def test_a_dead_letter_queue_is_redriven(local_queue, chromium, draw):
    server = local_queue("dead", redriving("orders", "dead", 1))
    sqs = server.client()
    orders = server.queue_url("orders")
    sqs.send_message(QueueUrl=orders, MessageBody="m")
    for _ in range(2):
        sqs.receive_message(QueueUrl=orders, VisibilityTimeout=0)
    draw(server, "queues/dead", "dead-letters")
    with opened(chromium, server.url, script=False) as (page, complaints):
        page.goto(f"{server.url}/queues/dead")
        page.get_by_role("button", name="Start the move task").click()
        page.get_by_text("The move task is started.").wait_for()
        until("the end of the move task", lambda: page.reload() and (
            "COMPLETED" in page.locator("section[aria-labelledby=redrive] ul").inner_text()))
        page.goto(f"{server.url}/queues/orders")
        assert page.locator(".preview").all_inner_texts() == ["m"]
        assert complaints == [], complaints


def test_a_page_of_another_web_site_cannot_purge_a_queue(local_queue, chromium):
    server = local_queue("orders")
    other = local_queue()
    sqs = server.client()
    orders = server.queue_url("orders")
    sqs.send_message(QueueUrl=orders, MessageBody="m")
    query = f"{server.url}/?Action=PurgeQueue&QueueUrl={orders}"
    context = chromium.new_context()
    page = context.new_page()
    # A page of this server forbids forms to others, so the attacker's page is a file of the test.
    page.route(f"{other.url}/attack", lambda route: route.fulfill(content_type="text/html", body=(
        f'<form method=post action="{server.url}/queues/orders/purge"><button>form</button></form>'
        f'<form method=post action="{query}"><button>query</button></form><img src="{query}">')))
    for button in ("form", "query"):
        page.goto(f"{other.url}/attack")
        with page.expect_navigation() as navigation:
            page.get_by_role("button", name=button).click()
        assert navigation.value.status == 403, navigation.value.status
    context.close()
    counts = server.attributes("orders")
    assert counts["ApproximateNumberOfMessages"] == "1", counts
