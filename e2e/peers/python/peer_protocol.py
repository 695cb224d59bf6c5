"""What the Python peers share: JSON lines in, JSON lines out.

In:  {"id": 1, "cmd": "say", "target": "...", "text": "..."}
Out: {"id": 1, "ok": true, "result": {...}} or {"id": 1, "ok": false, "error": "..."}
     {"event": {"kind": "message", ...}}, shaped as PeerEvent of peer.ts
     {"ready": true, "address": "..."} once, when the peer is logged in
     {"fatal": "..."} when it can't go on
"""

import asyncio
import json
import sys


def emit(**fields):
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def event(kind, **fields):
    emit(event={"kind": kind, **fields})


def fatal(reason):
    emit(fatal=reason)
    sys.exit(1)


async def serve(commands):
    """Answers commands until standard input closes, which is how the parent says goodbye."""
    reader = asyncio.StreamReader(limit=1024 * 1024)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        request = json.loads(line)
        number = request.pop("id")
        try:
            handler = commands[request.pop("cmd")]
            emit(id=number, ok=True, result=await handler(**request) or {})
        except Exception as error:  # every failure belongs to the command that caused it
            emit(id=number, ok=False, error=f"{type(error).__name__}: {error}")
