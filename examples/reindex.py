#!/usr/bin/env python3
"""Runs a command each time that the tree of a CodeRepo has changed: an index that is kept up to date.

    reindex.py NAMESPACE/NAME COMMAND [ARGUMENT...]

The command finds in its environment COMMIT, BRANCH or REF (if there is one), and CLONE_PATH: the clone's directory on the volume. One
that fails is run again after a while, or for the next tree if there is one by then. Ends with 0 when the CodeRepo is deleted, and with 1
when the operator refuses.

Needs Python 3.9. Its settings are environment variables:

    API_URL      the operator's Ensure API, as http://coderepo-operator-api.coderepo-system.svc:8080
    TOKEN_FILE   a file with the token of a ServiceAccount for that API; not set: none is sent
    STATE_FILE   where it is kept which tree the command has succeeded for; not set: each start begins with the tree that is there
"""
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

API_URL = os.environ.get("API_URL", "").rstrip("/")
STATE_FILE = os.environ.get("STATE_FILE")
SILENCE = 60  # seconds: a stream that lives says so each 15 s
PAUSE = 2  # seconds: before the next connection, when nobody says how long to wait


class Refused(Exception):
    """It can't be watched, and trying again will not help."""


def known():
    """The id of the last tree that was dealt with; None: there is none."""
    try:
        with open(STATE_FILE, encoding="ascii") as state:
            return state.read().strip() or None
    except (FileNotFoundError, TypeError):
        return None


def remember(event_id):
    """Written beside and renamed: what is there is whole, whatever ends the program."""
    if STATE_FILE:
        with open(f"{STATE_FILE}.new", "w", encoding="ascii") as state:
            state.write(event_id)
        os.replace(f"{STATE_FILE}.new", STATE_FILE)


def watch(repo, last):
    """Connects and gives (event, id, data) of what is published and deleted, until the stream ends."""
    namespace, name = repo.split("/", 1)
    request = urllib.request.Request(f"{API_URL}/v1/namespaces/{namespace}/coderepos/{name}/watch")
    if last:
        request.add_header("Last-Event-ID", last)
    if "TOKEN_FILE" in os.environ:
        # Read each time: the kubelet replaces it before it expires.
        with open(os.environ["TOKEN_FILE"], encoding="utf-8") as token:
            request.add_header("Authorization", f"Bearer {token.read().strip()}")
    with urllib.request.urlopen(request, timeout=SILENCE) as stream:
        fields = {}
        for line in stream:
            name, _, value = line.decode("utf-8").rstrip("\r\n").partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
            elif fields:
                if fields.get("event") in ("published", "deleted"):
                    yield fields["event"], fields.get("id"), json.loads(fields["data"])
                fields = {}


def index(tree, command):
    """Runs the command for a tree. Returns whether it succeeded."""
    environment = dict(os.environ, COMMIT=tree["commit"], CLONE_PATH=tree["path"])
    for field in ("branch", "ref"):
        if tree.get(field):
            environment[field.upper()] = tree[field]
    return subprocess.run(command, env=environment, check=False).returncode == 0


def follow(repo, command):
    last = known()
    while True:
        wait = PAUSE
        try:
            for event, event_id, tree in watch(repo, last):
                if event == "deleted":
                    print(f"{repo} is gone")
                    return
                if not index(tree, command):
                    # Connected to again, it is told once more: this tree, or a newer one.
                    print(f"the command failed for {tree['commit']}", file=sys.stderr)
                    break
                last = event_id
                remember(last)
        except urllib.error.HTTPError as refused:
            problem = refused.read().decode("utf-8", "replace")
            if refused.code not in (401, 429, 503):
                raise Refused(f"the operator refuses: {refused.code} {problem}") from None
            print(f"not yet: {problem}", file=sys.stderr)
            wait = float(refused.headers.get("Retry-After", PAUSE))
        except (OSError, ValueError) as error:
            # Nobody responds, or no more: the operator is being replaced, for example.
            print(f"the stream ended: {error}", file=sys.stderr)
        time.sleep(wait)


if __name__ == "__main__":
    if len(sys.argv) < 3 or "/" not in sys.argv[1] or not API_URL:
        sys.exit(__doc__)
    try:
        follow(sys.argv[1], sys.argv[2:])
    except Refused as error:
        sys.exit(str(error))
