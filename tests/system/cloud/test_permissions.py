"""The documented permissions are exactly those of the calls in the source."""

import re

import botocore.session
import hcl2
import pytest
from botocore import xform_name

from cloud.files import ROOT, read

# Sends messages for the demo. A worker does not use it.
SENDER = ROOT / "crates/longshore/src/queue/sqs/sender.rs"
# Moves rejected messages, with a setting that is off by default.
DEAD_LETTER = ROOT / "crates/longshore/src/queue/sqs/dead_letter.rs"
# Sends periodic tasks to the queue, and claims them in a table, with settings that are off by default.
OUTGOING = ROOT / "crates/longshore/src/queue/sqs/outgoing.rs"
TABLE = ROOT / "crates/longshore/src/queue/sqs/table.rs"
# Reads the configuration and the metrics of an account. It has its own list of permissions.
AUDIT = ROOT / "crates/longshore-audit/src/account"
# Reads and deletes payloads, with settings that are off by default.
PAYLOADS = ROOT / "crates/longshore/src/queue/s3.rs"
ACTION = r"(?:sqs|dynamodb):[A-Z]\w+"
OF_S3 = r"s3:[A-Z]\w+"


def rust_sources():
    return [path for directory in ("src", "crates") for path in (ROOT / directory).rglob("*.rs")]


def called(paths, service="sqs"):
    """The operations that these files call, found by the method names of the SDK."""
    sources = "\n".join(path.read_text() for path in paths)
    operations = botocore.session.get_session().get_service_model(service).operation_names
    return {operation for operation in operations if f".{xform_name(operation)}()" in sources}


def permissions(operations):
    """A batch call is authorized under the name of its single action.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    """
    return {f"sqs:{operation.removesuffix('Batch')}" for operation in operations}


def needed():
    worker = [path for path in (ROOT / "crates/longshore/src/queue/sqs").glob("*.rs")
              if path not in (SENDER, DEAD_LETTER, OUTGOING, TABLE)]
    return permissions(called(worker))


def with_settings():
    """With the permissions that only some settings need."""
    sends = permissions(called([DEAD_LETTER]) | called([OUTGOING]))
    tables = {f"dynamodb:{operation}" for operation in called([TABLE], "dynamodb")}
    return sorted(needed() | sends | tables)


def for_payloads():
    """Listing is no call. S3 needs the permission to answer that an object is missing.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    return sorted({f"s3:{operation}" for operation in called([PAYLOADS], "s3")} | {"s3:ListBucket"})


def named_in(path, begin, end, action=ACTION):
    text = read(path)
    start = text.index(begin)
    return sorted(set(re.findall(action, text[start:text.index(end, start)])))


def test_the_sdk_calls_are_found():
    # If the source changes so that no call is found, this test must fail.
    assert len(needed()) >= 5, needed()
    assert called([DEAD_LETTER]) == {"SendMessage"}, called([DEAD_LETTER])
    assert called([OUTGOING]) == {"SendMessage"}, called([OUTGOING])
    assert called([TABLE], "dynamodb") == {"UpdateItem"}, called([TABLE], "dynamodb")
    assert called([SENDER]) == {"SendMessageBatch"}, called([SENDER])
    assert called([PAYLOADS], "s3") == {"GetObject", "DeleteObject"}, called([PAYLOADS], "s3")
    assert called(AUDIT.glob("*.rs"), "cloudwatch") == {"GetMetricData"}, called(AUDIT.glob("*.rs"), "cloudwatch")


def test_no_other_file_calls_sqs():
    allowed = (ROOT / "crates/longshore/src/queue/sqs", AUDIT)
    others = [path for path in rust_sources() if path.parent not in allowed]
    naming = [path for path in others if "aws_sdk_sqs::Client" in path.read_text()]
    assert not naming, naming


def test_the_document_of_the_audit_lists_its_actions():
    files = list(AUDIT.glob("*.rs"))
    metrics = {f"cloudwatch:{operation}" for operation in called(files, "cloudwatch")}
    listed = named_in("docs/audit.md", "## Permissions", "\n## ", r"(?:sqs|cloudwatch):[A-Z]\w+")
    assert listed == sorted(permissions(called(files)) | metrics), listed


def test_the_audit_changes_nothing():
    changing = [name for name in called(AUDIT.glob("*.rs")) if not name.startswith(("Get", "List"))]
    assert not changing, changing


def test_only_one_file_calls_s3():
    naming = [path for path in rust_sources() if "aws_sdk_s3::Client" in path.read_text()]
    assert naming == [PAYLOADS], naming


@pytest.mark.parametrize(("path", "begin", "end"), [
    ("README.md", "The worker needs", "Several queues"),
    ("docs/payloads.md", "## Permissions", "\n## "),
    ("docs/deploy/terraform.md", "## Permissions", "\n## "),
    ("deploy/terraform/iam.tf", "locals {", "\n}\n"),
    ("deploy/kubernetes/base/serviceaccount.yaml", "The role needs", "apiVersion"),
])
def test_the_permissions_for_payloads_are_listed_everywhere(path, begin, end):
    assert named_in(path, begin, end, OF_S3) == for_payloads()


def test_only_the_demo_sends_messages():
    sending = [path for path in rust_sources() if ".sender(" in path.read_text()]
    assert {str(path.parent.relative_to(ROOT)) for path in sending} == {"src/demo"}, sending


def test_the_terraform_policy_lists_all_actions():
    locals_, = hcl2.loads(read("deploy/terraform/iam.tf"))["locals"]
    assert sorted(action.strip('"') for action in locals_["worker_actions"]) == sorted(needed())
    assert [action.strip('"') for action in locals_["dead_letter_actions"]] == ["sqs:SendMessage"]
    assert [action.strip('"') for action in locals_["periodic_task_actions"]] == ["sqs:SendMessage"]
    assert [action.strip('"') for action in locals_["periodic_task_table_actions"]] == ["dynamodb:UpdateItem"]


def test_the_readme_lists_all_actions():
    assert named_in("README.md", "The worker needs", "Several queues") == with_settings()


def test_the_advice_on_access_denied_lists_all_actions():
    assert named_in("crates/longshore/src/queue/failure.rs", "Self::Denied => {", "}") == sorted(needed())


def test_the_terraform_document_lists_all_actions():
    assert named_in("docs/deploy/terraform.md", "## Permissions", "\n## ") == with_settings()
