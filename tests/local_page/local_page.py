"""The page of the local queue server in a real browser: light and dark, narrow and wide, empty and full, with the
keyboard alone. Saves screenshots.

usage: python local_page.py PATH_OF_LONGSHORE FOLDER_FOR_SCREENSHOTS

Exits 1 if any case fails. A third argument plays only the cases whose names contain it.
"""

import contextlib
import json
import os
import pathlib
import sys
import time
import traceback

import boto3
from botocore.config import Config

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "page"))
from browser import NARROW, WIDE, answers, chromium, free_port, opened, running, violations, wait_for  # noqa: E402

LONGSHORE = os.path.abspath(sys.argv[1])
SHOTS = pathlib.Path(sys.argv[2])
VARIANTS = [(scheme, width) for scheme in ("light", "dark") for width in (NARROW, WIDE)]
NAMES = {NARROW: "narrow", WIDE: "wide"}
# The page reports a cost when the server is older than this.
RATE_SECONDS = 10
HOSTILE = "</pre><script>document.title = 'attacked'</script><img src=x onerror=alert(1)>"


@contextlib.contextmanager
def server(*queues):
    """Yields the URL of a local queue server with these queues, and a client of it."""
    port = free_port()
    arguments = [argument for queue in queues for argument in ("--queue", queue)]
    with running([LONGSHORE, "local", "--port", str(port), *arguments]) as process:
        url = f"http://127.0.0.1:{port}/"
        wait_for(process, lambda: answers(url))
        yield url, client(url)


def client(url, agent="orders-service/2.3 boto3"):
    return boto3.client("sqs", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test",
                        aws_secret_access_key="test", config=Config(user_agent=agent))


def queue_url(url, name):
    return f"{url}000000000000/{name}"


def pictures(browser, url, path, name):
    """Saves a picture of each variant, and checks each one."""
    for scheme, width in VARIANTS:
        with opened(browser, url, scheme, width, script=True) as (page, complaints):
            page.goto(f"{url}{path}")
            check(page, complaints, width)
            page.screenshot(path=SHOTS / f"{name}-{scheme}-{NAMES[width]}.png", full_page=True)


def check(page, complaints, width):
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, f"the page is {overflow} px wider than the window of {width} px"
    assert complaints == [], complaints
    found = violations(page)
    assert not found, "\n".join(found)


def an_empty_server_says_how_to_create_a_queue(browser):
    with server() as (url, _):
        pictures(browser, url, "", "empty")
        with opened(browser, url, script=False) as (page, complaints):
            assert page.locator("h1").inner_text() == "0 queues, 0 messages"
            assert complaints == [], complaints


def the_states_of_messages_are_shown_and_nothing_is_received(browser):
    with server("orders", "mail.fifo") as (url, sqs):
        orders, mail = queue_url(url, "orders"), queue_url(url, "mail.fifo")
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
        pictures(browser, url, "", "overview")
        pictures(browser, url, "queues/orders", "states")
        pictures(browser, url, "queues/mail.fifo", "fifo")
        with opened(browser, url) as (page, complaints):
            page.goto(f"{url}queues/orders")
            states = page.locator(".message .state").all_inner_texts()
            assert [state.split(",")[0].lower() for state in states] == [
                "in flight", "visible", "visible", "visible", "delayed"], states
            hostile = page.locator(".message").nth(1)
            hostile.locator("summary").click()
            assert hostile.locator("pre").inner_text() == HOSTILE
            assert "invoice" in hostile.inner_text() and page.title().startswith("orders")
            long = page.locator(".message").nth(2)
            long.locator("summary").click()
            check(page, complaints, WIDE)
            page.screenshot(path=SHOTS / "unfolded.png", full_page=True)
            long.get_by_role("link", name="Open the whole body of 200,000 bytes").click()
            assert len(page.locator("body").inner_text().strip()) >= 199_000
        counts = sqs.get_queue_attributes(QueueUrl=orders, AttributeNames=["All"])["Attributes"]
        kinds = ("", "NotVisible", "Delayed")
        assert [counts[f"ApproximateNumberOfMessages{kind}"] for kind in kinds] == ["3", "1", "1"], counts


def many_messages_are_not_all_shown(browser):
    with server("orders") as (url, sqs):
        for batch in range(25):
            entries = [{"Id": str(n), "MessageBody": f"message {batch * 10 + n}"} for n in range(10)]
            sqs.send_message_batch(QueueUrl=queue_url(url, "orders"), Entries=entries)
        with opened(browser, url, "dark", NARROW) as (page, complaints):
            page.goto(f"{url}queues/orders")
            assert page.locator(".message").count() == 100
            assert page.get_by_text("150 more messages not shown.").is_visible()
            check(page, complaints, NARROW)
            page.screenshot(path=SHOTS / "many-dark-narrow.png", full_page=True)


def short_polls_are_named_with_their_cost(browser):
    with server("orders", "mail") as (url, sqs):
        began = time.monotonic()
        for _ in range(200):
            sqs.receive_message(QueueUrl=queue_url(url, "orders"), WaitTimeSeconds=0)
        client(url, "mail-service/1.0").receive_message(QueueUrl=queue_url(url, "mail"), WaitTimeSeconds=1)
        with opened(browser, url) as (page, complaints):
            # The rate is measured for 10 s. The page needs no script, so it is loaded again.
            while "per month." not in page.locator("#pollers + .lead").inner_text():
                assert time.monotonic() - began < 6 * RATE_SECONDS, "the cost per month is missing"
                page.wait_for_timeout(500)
                page.reload()
            rows = page.locator("section[aria-labelledby=pollers] tbody tr").all_inner_texts()
            assert "orders-service" in rows[0] and "\torders\t200\t200\t200\t200\t$" in rows[0], rows
            assert "mail-service" in rows[1] and "\tmail\t1\t0\t1\t1\t$" in rows[1], rows
            assert page.locator("tr.bad").count() == 1, "only a client with a wait time of 0 polls short"
            assert page.get_by_text("Clients poll short").is_visible()
            assert complaints == [], complaints
        pictures(browser, url, "", "short-polls")


def the_forms_work_with_the_keyboard_and_without_script(browser):
    with server("orders") as (url, sqs):
        orders = queue_url(url, "orders")
        with opened(browser, url, script=False) as (page, complaints):
            page.goto(f"{url}queues/orders")
            page.get_by_label("Body", exact=True).focus()
            page.keyboard.type("from the keyboard")
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.type("kind=test")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            page.get_by_text("The message is sent.").wait_for()
            assert page.locator(".preview").all_inner_texts() == ["from the keyboard"]
            assert complaints == [], complaints
            page.screenshot(path=SHOTS / "sent.png", full_page=True)
        found = sqs.receive_message(QueueUrl=orders, MessageAttributeNames=["All"], VisibilityTimeout=0)["Messages"][0]
        assert found["Body"] == "from the keyboard" and found["MessageAttributes"]["kind"]["StringValue"] == "test"
        with opened(browser, url, script=False) as (page, _):
            page.goto(f"{url}queues/orders")
            page.get_by_label("Body", exact=True).fill("kept \u0001 text")
            page.get_by_role("button", name="Send the message").click()
            page.get_by_role("alert").wait_for()
            assert page.get_by_label("Body", exact=True).input_value() == "kept \u0001 text"
            page.screenshot(path=SHOTS / "refused.png", full_page=True)
            page.get_by_text("Delete all messages of this queue").click()
            page.get_by_role("button", name="Delete all messages").click()
            page.get_by_text("The queue is purged.").wait_for()
        assert "Messages" not in sqs.receive_message(QueueUrl=orders)


def a_dead_letter_queue_is_redriven(browser):
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": "1"}
    with server("dead", f"orders:RedrivePolicy={json.dumps(policy)}") as (url, sqs):
        orders = queue_url(url, "orders")
        sqs.send_message(QueueUrl=orders, MessageBody="m")
        for _ in range(2):
            sqs.receive_message(QueueUrl=orders, VisibilityTimeout=0)
        pictures(browser, url, "queues/dead", "dead-letters")
        with opened(browser, url, script=False) as (page, complaints):
            page.goto(f"{url}queues/dead")
            page.get_by_role("button", name="Start the move task").click()
            page.get_by_text("The move task is started.").wait_for()
            while "COMPLETED" not in page.locator("section[aria-labelledby=redrive] ul").inner_text():
                page.reload()
            page.goto(f"{url}queues/orders")
            assert page.locator(".preview").all_inner_texts() == ["m"]
            assert complaints == [], complaints


def a_page_of_another_web_site_cannot_purge_a_queue(browser):
    with server("orders") as (url, sqs), server() as (other, _):
        orders = queue_url(url, "orders")
        sqs.send_message(QueueUrl=orders, MessageBody="m")
        query = f"{url}?Action=PurgeQueue&QueueUrl={orders}"
        context = browser.new_context()
        page = context.new_page()
        # A page of this server forbids forms to others, so the attacker's page is a file of the test.
        page.route(f"{other}attack", lambda route: route.fulfill(content_type="text/html", body=(
            f'<form method=post action="{url}queues/orders/purge"><button>form</button></form>'
            f'<form method=post action="{query}"><button>query</button></form><img src="{query}">')))
        for button in ("form", "query"):
            page.goto(f"{other}attack")
            with page.expect_navigation() as navigation:
                page.get_by_role("button", name=button).click()
            assert navigation.value.status == 403, navigation.value.status
        context.close()
        counts = sqs.get_queue_attributes(QueueUrl=orders, AttributeNames=["All"])["Attributes"]
        assert counts["ApproximateNumberOfMessages"] == "1", counts


CASES = [
    an_empty_server_says_how_to_create_a_queue,
    the_states_of_messages_are_shown_and_nothing_is_received,
    many_messages_are_not_all_shown,
    short_polls_are_named_with_their_cost,
    the_forms_work_with_the_keyboard_and_without_script,
    a_dead_letter_queue_is_redriven,
    a_page_of_another_web_site_cannot_purge_a_queue,
]


def main():
    SHOTS.mkdir(parents=True, exist_ok=True)
    failed, cases = 0, [case for case in CASES if (sys.argv[3:] or [""])[0] in case.__name__]
    with chromium() as browser:
        print(f"Chromium {browser.version}")
        for case in cases:
            sentence = case.__name__.replace("_", " ")
            try:
                case(browser)
            except Exception:  # noqa: BLE001: any exception is a failure of the case
                failed += 1
                print(f"FAILED {sentence}\n{traceback.format_exc()}", flush=True)
            else:
                print(f"ok     {sentence}", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
