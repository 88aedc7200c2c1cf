#!/usr/bin/env python3
"""One whole indexer: takes a row, has the clone made sure of, reads it, and finishes the row.

    indexer.py NAMESPACE/NAME ROW

It says by heartbeats that it is alive, and stops when it has lost the row. Exit codes: 0 done, or somebody else is at it;
1 failed, the row is "error"; 3 lost, another may be at work on the row.

Needs Python 3.9 and psycopg 3 (Debian: python3-psycopg). Its settings are environment variables:

    DATABASE_URL   the way to the database, as libpq has it
    CLONES         where the claim is mounted, with the namespace's directory as subPath; default /code
    ENSURE_URL     the operator's Ensure API, as http://coderepo-operator.coderepo-system:8080; not set: the clone is waited for
    TOKEN_FILE     a file with the token of a ServiceAccount for that API; not set: none is sent
    THRESHOLD      after how many seconds without a sign of life another may take the row; default 300
"""
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request

import psycopg

CLONES = os.environ.get("CLONES", "/code")
ENSURE_URL = os.environ.get("ENSURE_URL", "").rstrip("/")
THRESHOLD = float(os.environ.get("THRESHOLD", "300"))
PATIENCE = 600  # seconds: how long the clone is waited for
PAUSE = 5  # seconds: when nobody says how long to wait


class Failed(Exception):
    """It can't be done, and trying again will not help."""


class Lost(Exception):
    """Another may hold the row by now."""


class Heartbeat(threading.Thread):
    """Says that the job is alive, on a connection of its own: the one that works may be busy."""

    def __init__(self, row, token):
        super().__init__(daemon=True)
        self.row, self.token = row, token
        self.lost, self.ended = threading.Event(), threading.Event()

    def run(self):
        heard = time.monotonic()
        while not self.ended.wait(THRESHOLD / 4):
            try:
                with connect() as database:
                    (held,) = database.execute(
                        "SELECT coderepo_heartbeat(id => %s, token => %s)", (self.row, self.token)
                    ).fetchone()
                if not held:
                    break
                heard = time.monotonic()
            except psycopg.OperationalError as error:
                # The next one may arrive; if none does for so long that another may take the row, it is lost.
                print(f"no heartbeat: {error}", file=sys.stderr)
                if time.monotonic() - heard > THRESHOLD:
                    break
        if not self.ended.is_set():
            self.lost.set()

    def check(self):
        if self.lost.is_set():
            raise Lost


def connect():
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def claim(database, row):
    """Takes the row: its token, or None when somebody else has it."""
    (token,) = database.execute(
        "SELECT coderepo_claim(id => %s, stale_after => make_interval(secs => %s))", (row, THRESHOLD)
    ).fetchone()
    return token


def ensure(repo, heartbeat):
    """Has the clone made sure of. Returns its directory."""
    namespace, name = repo.split("/", 1)
    directory = os.path.join(CLONES, name)
    deadline = time.monotonic() + PATIENCE
    while True:
        heartbeat.check()
        wait = ask(namespace, name) if ENSURE_URL else (None if os.path.isdir(directory) else PAUSE)
        if wait is None:
            return directory
        if time.monotonic() + wait > deadline:
            raise Failed(f"there is no clone of {repo} after {PATIENCE} s")
        time.sleep(wait)


def ask(namespace, name):
    """Asks the operator for the clone. Returns None when it is there, else how many seconds to wait before asking again."""
    request = urllib.request.Request(
        f"{ENSURE_URL}/v1/namespaces/{namespace}/coderepos/{name}/ensure?wait=30s", method="POST"
    )
    if "TOKEN_FILE" in os.environ:
        # Read each time: the kubelet replaces it before it expires.
        with open(os.environ["TOKEN_FILE"], encoding="utf-8") as token:
            request.add_header("Authorization", f"Bearer {token.read().strip()}")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            # 202: it is still being cloned.
            return None if response.status == 200 else float(response.headers.get("Retry-After", PAUSE))
    except urllib.error.HTTPError as refused:
        problem = refused.read().decode("utf-8", "replace")
        if refused.code != 503:
            raise Failed(f"the operator refuses: {refused.code} {problem}") from None
        print(f"no clone yet: {problem}", file=sys.stderr)
        return float(refused.headers.get("Retry-After", PAUSE))
    except OSError as error:
        # Nobody responds: the operator is being replaced, for example.
        print(f"no response: {error}", file=sys.stderr)
        return PAUSE


def index(directory, heartbeat):
    """The work itself: here files are counted. The directory is opened once: what replaces it meanwhile is another tree."""
    tree = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        files = 0
        for _, directories, names, _ in os.fwalk(".", dir_fd=tree):
            heartbeat.check()
            if ".git" in directories:
                directories.remove(".git")
            files += len(names)
        marker = os.open(".git/coderepo.json", os.O_RDONLY, dir_fd=tree)
        with open(marker, encoding="utf-8") as text:
            return files, json.load(text)["commit"]
    finally:
        os.close(tree)


def finish(database, row, token, status, files=None, commit=None):
    """Ends the job, and writes its result only if the row was still held: both in one transaction."""
    with database.transaction():
        (held,) = database.execute(
            "SELECT coderepo_finish(id => %s, token => %s, status => %s)", (row, token, status)
        ).fetchone()
        if not held:
            raise Lost
        if commit is not None:
            database.execute(
                "UPDATE repositories SET file_count = %s, last_indexed_commit = %s, last_indexed_at = now() WHERE id = %s",
                (files, commit, row),
            )


def main(repo, row):
    with connect() as database:
        token = claim(database, row)
        if token is None:
            print(f"row {row}: somebody else is at it")
            return 0
        heartbeat = Heartbeat(row, token)
        heartbeat.start()
        try:
            files, commit = index(ensure(repo, heartbeat), heartbeat)
            finish(database, row, token, "indexed", files, commit)
            print(f"row {row}: indexed {files} files at {commit}")
            return 0
        except Lost:
            print(f"row {row}: lost to another", file=sys.stderr)
            return 3
        except (Failed, OSError) as error:
            print(f"row {row}: {error}", file=sys.stderr)
            try:
                finish(database, row, token, "error")
            except Lost:
                return 3
            return 1
        finally:
            heartbeat.ended.set()


if __name__ == "__main__":
    if len(sys.argv) != 3 or "/" not in sys.argv[1]:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
