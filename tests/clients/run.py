"""Old and new clients of SQS get the same from the local queue, by either protocol.

usage: python run.py PATH_OF_LONGSHORE PYTHON_WITH_AN_OLD_BOTO3 FOLDER_WITH_NODE_MODULES

Then every case of tests/servers/boto3_cases runs with the old boto3. Exits 1 if an answer differs from journey.json, or
a case fails. The Rust SDK is compared with journey.json in tests/it/local/journey.rs.
"""

import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SERVERS = os.path.join(HERE, "..", "servers")
sys.path.insert(0, SERVERS)
from processes import running, wait_for  # noqa: E402: in another folder of tests

EXPECTED = json.load(open(os.path.join(HERE, "journey.json")))


def clients(url, old_python, modules):
    """The names and commands of the clients."""
    python, script = os.path.join(HERE, "journey.py"), os.path.join(HERE, "journey.mjs")
    node = ["node", script, url]
    return {
        "boto3, JSON": [sys.executable, python, url, "boto3-new"],
        "boto3 1.26, Query": [old_python, python, url, "boto3-old"],
        "aws-sdk for JavaScript 2, Query": [*node, "javascript-2", "v2", modules],
        "aws-sdk for JavaScript 3, JSON": [*node, "javascript-3", "v3", modules],
    }


def differs(name, command):
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        print(f"FAILED {name}: {ran.stderr[-2000:]}")
        return True
    found = json.loads(ran.stdout)
    wrong = {key: found.get(key) for key in {*found, *EXPECTED} if found.get(key) != EXPECTED.get(key)}
    for key, value in wrong.items():
        print(f"FAILED {name}: {key}: expected {EXPECTED.get(key)}, found {value}")
    if not wrong:
        print(f"ok     {name}")
    return bool(wrong)


def curl_differs(url):
    """A form by curl, on the path of a queue."""
    if not shutil.which("curl"):
        print("NOT RUN: curl is missing")
        return False
    form = ["--data", "Action=SendMessage", "--data-urlencode", f"MessageBody={EXPECTED['received']['body']}"]
    ran = subprocess.run(["curl", "--silent", "--fail", *form, f"{url}/000000000000/boto3-old"],
                         capture_output=True, text=True, check=False)
    is_right = f"<MD5OfMessageBody>{EXPECTED['sent'][0]}</MD5OfMessageBody>" in ran.stdout
    print("ok     curl, Query" if is_right else f"FAILED curl: {ran}")
    return not is_right


def main():
    longshore, old_python, modules = map(os.path.abspath, sys.argv[1:])
    with running([longshore, "local", "--listen", "127.0.0.1:0"]) as local:
        url = wait_for(local, lambda: re.search(r"http://127\.0\.0\.1:\d+", local.said())).group()
        all_clients = clients(url, old_python, modules)
        failed = [name for name, command in all_clients.items() if differs(name, command)]
        failed += ["curl"] if curl_differs(url) else []
        print("the cases of boto3, by the Query protocol:", flush=True)
        cases = subprocess.run([old_python, os.path.join(SERVERS, "local_boto3.py"), url], check=False)
    print(f"{len(all_clients) + 1 - len(failed)} of {len(all_clients) + 1} clients get the same")
    return 1 if failed or cases.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
