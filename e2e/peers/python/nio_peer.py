"""A Matrix peer on matrix-nio, with its own end-to-end encryption (libolm)."""

import argparse
import asyncio
import base64
import io
import json
import os

from nio import (
    AsyncClient,
    AsyncClientConfig,
    InviteMemberEvent,
    LoginError,
    MegolmEvent,
    PresenceEvent,
    ReactionEvent,
    ReceiptEvent,
    RedactionEvent,
    RoomMemberEvent,
    RoomMessage,
    RoomMessageText,
    SyncResponse,
    TypingNoticeEvent,
)
from nio.responses import ErrorResponse

from peer_protocol import emit, event, fatal, serve


class Peer:
    def __init__(self, options):
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False)
        self.client = AsyncClient(options.url, options.user, store_path=options.store, config=config)
        self.direct = {}
        self.typing_in = {}
        self.live = asyncio.Event()
        client = self.client
        client.add_event_callback(self.on_message, RoomMessageText)
        client.add_event_callback(self.on_content, RoomMessage)
        client.add_event_callback(self.on_reaction, ReactionEvent)
        client.add_event_callback(self.on_redaction, RedactionEvent)
        client.add_event_callback(self.on_undecryptable, MegolmEvent)
        client.add_event_callback(self.on_invite, InviteMemberEvent)
        client.add_event_callback(self.on_member, RoomMemberEvent)
        client.add_ephemeral_callback(self.on_ephemeral, (TypingNoticeEvent, ReceiptEvent))
        client.add_presence_callback(self.on_presence, PresenceEvent)
        client.add_response_callback(self.on_sync, SyncResponse)

    async def start(self):
        answer = await self.client.login(os.environ["PEER_PASSWORD"], device_name="nio peer")
        if isinstance(answer, LoginError):
            fatal(str(answer))
        asyncio.create_task(self.client.sync_forever(timeout=10000, full_state=True))
        await self.live.wait()
        emit(ready=True, address=self.client.user_id)

    async def on_sync(self, _):
        self.live.set()

    def news(self, sender):
        return self.live.is_set() and sender != self.client.user_id

    async def on_message(self, room, message):
        if self.news(message.sender):
            event(
                "message",
                **{"from": message.sender},
                where=room.room_id,
                inRoom=room.room_id not in self.direct.values(),
                text=message.body,
                id=message.event_id,
            )

    async def on_content(self, room, message):
        self.raw(room, message, type="content", content=message.source["content"])

    async def on_reaction(self, room, reaction):
        self.raw(room, reaction, type="reaction", target=reaction.reacts_to, key=reaction.key)

    async def on_redaction(self, room, redaction):
        self.raw(room, redaction, type="redaction", target=redaction.redacts, reason=redaction.reason)

    def raw(self, room, message, **fields):
        if self.news(message.sender):
            line = {"from": message.sender, "where": room.room_id, "id": message.event_id, **fields}
            event("raw", line=json.dumps(line, sort_keys=True))

    async def on_undecryptable(self, room, message):
        event("raw", line=f"undecryptable {room.room_id} {message.sender} {message.event_id}")

    async def on_invite(self, room, invite):
        if invite.membership == "invite" and invite.state_key == self.client.user_id:
            if invite.content.get("is_direct"):
                self.direct[invite.sender] = room.room_id
            await self.client.join(room.room_id)

    async def on_member(self, room, member):
        if self.live.is_set() and member.membership in ("join", "leave", "ban"):
            kind = "joined" if member.membership == "join" else "left"
            event(kind, **{"from": member.state_key}, where=room.room_id)

    async def on_ephemeral(self, room, notice):
        where = room.room_id
        if isinstance(notice, TypingNoticeEvent):
            now, before = set(notice.users), self.typing_in.get(where, set())
            self.typing_in[where] = now
            for user in now ^ before:
                if user != self.client.user_id:
                    event("typing", **{"from": user}, where=where, active=user in now)
            return
        for receipt in notice.receipts:
            if receipt.receipt_type == "m.read" and self.news(receipt.user_id):
                event("receipt", **{"from": receipt.user_id}, where=where, id=receipt.event_id)

    async def on_presence(self, presence):
        if self.news(presence.user_id):
            available = presence.presence == "online"
            event("presence", **{"from": presence.user_id}, available=available, status=presence.status_msg or "")

    async def room_for(self, target):
        if not target.startswith("@"):
            return target
        if target not in self.direct:
            self.direct[target] = (await self.create(invite=[target], direct=True))["room"]
        return self.direct[target]

    async def join(self, room):
        return {"room": checked(await self.client.join(room)).room_id}

    async def say(self, target, text):
        content = {"msgtype": "m.text", "body": text}
        room = await self.room_for(target)
        answer = await self.client.room_send(room, "m.room.message", content, ignore_unverified_devices=True)
        return {"sent": checked(answer).event_id}

    async def put(self, room, content, type="m.room.message"):
        answer = await self.client.room_send(room, type, content, ignore_unverified_devices=True)
        return {"sent": checked(answer).event_id}

    async def redact(self, room, message, reason=None):
        return {"sent": checked(await self.client.room_redact(room, message, reason)).event_id}

    async def upload(self, data, mime, name):
        raw = base64.b64decode(data)
        answer, _ = await self.client.upload(io.BytesIO(raw), content_type=mime, filename=name, filesize=len(raw))
        return {"uri": checked(answer).content_uri}

    async def download(self, uri):
        answer = checked(await self.client.download(mxc=uri))
        return {"data": base64.b64encode(answer.body).decode(), "mime": answer.content_type}

    async def typing(self, target, active):
        checked(await self.client.room_typing(await self.room_for(target), active, timeout=30000))

    async def presence(self, show, status):
        checked(await self.client.set_presence(show or "online", status or None))

    async def create(self, invite=(), direct=False, encrypted=False, name=None):
        encryption = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        state = [encryption] if encrypted else []
        answer = await self.client.room_create(is_direct=direct, invite=invite, initial_state=state, name=name)
        return {"room": checked(answer).room_id}

    async def read(self, room, message):
        checked(await self.client.room_read_markers(room, message, message))


def checked(answer):
    if isinstance(answer, ErrorResponse):
        raise RuntimeError(str(answer))
    return answer


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--url", required=True)
    arguments.add_argument("--user", required=True)
    arguments.add_argument("--store", required=True)
    peer = Peer(arguments.parse_args())
    await peer.start()
    names = ("join", "say", "put", "redact", "upload", "download", "typing", "presence", "create", "read")
    await serve({name: getattr(peer, name) for name in names})
    await peer.client.close()


asyncio.run(main())
