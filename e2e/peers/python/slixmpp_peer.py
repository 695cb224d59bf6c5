"""An XMPP peer on slixmpp: messages and what is said about them, rooms, presence, chat states, receipts, contacts."""

import argparse
import asyncio
import base64
import hashlib
import io
import os
import urllib.request

import slixmpp

from peer_protocol import emit, event, fatal, serve


class Peer(slixmpp.ClientXMPP):
    def __init__(self, options):
        super().__init__(f"{options.user}@{options.domain}/slixmpp", os.environ["PEER_PASSWORD"])
        self.nick = options.user
        self.rooms = set()
        basic = ("xep_0030", "xep_0045", "xep_0085", "xep_0184", "xep_0199", "xep_0203", "xep_0280")
        relations = ("xep_0308", "xep_0333", "xep_0359", "xep_0424", "xep_0444", "xep_0461")
        files = ("xep_0066", "xep_0363", "xep_0446", "xep_0447")
        for plugin in basic + relations + files:
            self.register_plugin(plugin)
        self["xep_0184"].auto_request = True
        self.roster.auto_authorize = True
        self.roster.auto_subscribe = True
        for name, handler in {
            "session_start": self.on_session,
            "failed_all_auth": lambda _: fatal("the server refused the password"),
            "message": self.on_message,
            "groupchat_message": self.on_room_message,
            "presence": self.on_presence,
            "receipt_received": self.on_receipt,
            "message_reply": self.on_reply,
            "message_correction": self.on_correction,
            "message_retract": self.on_retraction,
            "reactions": self.on_reactions,
            "marker_displayed": self.on_displayed,
        }.items():
            self.add_event_handler(name, handler)
        for state in ("active", "composing", "paused", "inactive", "gone"):
            self.add_event_handler(f"chatstate_{state}", self.on_state)

    async def on_session(self, _):
        await self.get_roster()
        self.send_presence()
        emit(ready=True, address=self.boundjid.bare)

    def tell_file(self, stanza):
        """What a file is told by: stateless file sharing, and out-of-band data for others."""
        file, source = stanza["sfs"]["file"], stanza.xml.find(".//{http://jabber.org/protocol/url-data}url-data")
        if source is not None:
            words = (stanza["oob"]["url"], source.get("target"), file["media-type"], str(file["size"]), file["name"])
            event("raw", line=" ".join(("file", *words)))

    def on_message(self, stanza):
        self.tell_file(stanza)
        if stanza["type"] not in ("chat", "normal") or not stanza["body"]:
            return
        sender = stanza["from"].bare
        event("message", **{"from": sender}, where=sender, inRoom=False, text=stanza["body"], id=stanza["id"])

    def on_room_message(self, stanza):
        room, nick = stanza["from"].bare, stanza["from"].resource
        old = stanza.get_plugin("delay", check=True) is not None
        if nick not in ("", self.nick) and not old:
            self.tell_file(stanza)
        if nick in ("", self.nick) or old or not stanza["body"]:
            return
        event("message", **{"from": nick}, where=room, inRoom=True, text=stanza["body"], id=stanza["id"])

    def on_state(self, stanza):
        full = stanza["from"]
        in_room = full.bare in self.rooms
        if in_room and full.resource == self.nick:
            return
        sender = full.resource if in_room else full.bare
        event("typing", **{"from": sender}, where=full.bare, active=stanza["chat_state"] == "composing")

    def on_receipt(self, stanza):
        sender = stanza["from"].bare
        event("receipt", **{"from": sender}, where=sender, id=stanza["receipt"])

    def relation(self, kind, stanza, target, *words):
        if stanza["type"] == "groupchat" and stanza["from"].resource == self.nick:
            return
        event("raw", line=" ".join((kind, target, *words)))

    def on_reply(self, stanza):
        self.relation("reply", stanza, stanza["reply"]["id"], stanza["reply"].strip_fallback_content())

    def on_correction(self, stanza):
        self.relation("edit", stanza, stanza["replace"]["id"], stanza["body"])

    def on_retraction(self, stanza):
        self.relation("retract", stanza, stanza["retract"]["id"])

    def on_reactions(self, stanza):
        keys = sorted(reaction["value"] for reaction in stanza["reactions"])
        self.relation("react", stanza, stanza["reactions"]["id"], *keys)

    def on_displayed(self, stanza):
        self.relation("displayed", stanza, stanza["displayed"]["id"])

    def on_presence(self, stanza):
        # slixmpp puts <show/> in place of the missing type: "available", "away", ...
        full, kind = stanza["from"], stanza["type"]
        if kind not in ("available", "unavailable", "away", "chat", "dnd", "xa"):
            return
        in_room = full.bare in self.rooms
        sender = full.resource if in_room else full.bare
        if in_room:
            event("left" if kind == "unavailable" else "joined", **{"from": sender}, where=full.bare)
        event("presence", **{"from": sender}, available=kind in ("available", "chat"), status=stanza["status"])

    async def join(self, room):
        self.rooms.add(room)
        entered = asyncio.get_running_loop().create_future()

        def settle(stanza):
            if not entered.done():
                entered.set_result(stanza)

        # join_muc_wait() of slixmpp also waits for a subject, which it does not notice when it is empty.
        with self.event_handler(f"muc::{room}::self-presence", settle):
            with self.event_handler(f"muc::{room}::presence-error", settle):
                self["xep_0045"].join_muc(slixmpp.JID(room), self.nick, maxhistory="0")
                answer = await asyncio.wait_for(entered, timeout=15)
        if answer["type"] == "error":
            self.rooms.discard(room)
            raise RuntimeError(f"the room refused us: {answer['error']['condition']}")

    async def say(self, target, text):
        kind = "groupchat" if target in self.rooms else "chat"
        message = self.make_message(mto=target, mbody=text, mtype=kind)
        message["chat_state"] = "active"
        message.send()
        return {"sent": message["id"]}

    async def typing(self, target, active):
        kind = "groupchat" if target in self.rooms else "chat"
        message = self.make_message(mto=target, mtype=kind)
        message["chat_state"] = "composing" if active else "paused"
        message.send()

    async def presence(self, show, status):
        self.send_presence(pshow=show or None, pstatus=status or None)

    async def contact(self, address):
        self.send_presence_subscription(pto=address, ptype="subscribe")

    async def correct(self, target, text, replaces):
        kind = "groupchat" if target in self.rooms else "chat"
        message = self.make_message(mto=target, mbody=text, mtype=kind)
        message["replace"]["id"] = replaces
        message.send()
        return {"sent": message["id"]}

    def kind_of(self, target):
        return "groupchat" if target in self.rooms else "chat"

    async def reply(self, target, author, replies, quoted, text):
        kind = self.kind_of(target)
        message = self["xep_0461"].make_reply(author, replies, quoted, None, mto=target, mbody=text, mtype=kind)
        message.send()
        return {"sent": message["id"]}

    async def react(self, target, to, keys):
        message = self.make_message(mto=target, mtype=self.kind_of(target))
        self["xep_0444"].set_reactions(message, to, keys)
        message.send()

    async def retract(self, target, message):
        self["xep_0424"].send_retraction(slixmpp.JID(target), message, mtype=self.kind_of(target))

    async def upload(self, data, mime, name):
        raw = base64.b64decode(data)
        url = await self["xep_0363"].upload_file(name, len(raw), mime, input_file=io.BytesIO(raw))
        return {"url": url, "sha256": base64.b64encode(hashlib.sha256(raw).digest()).decode()}

    async def share(self, target, url, name=None, mime=None, sha256=None, text=None):
        """With a name as a stateless file, without one as out-of-band data alone."""
        message = self.make_message(mto=target, mbody=text or url, mtype=self.kind_of(target))
        message["oob"]["url"] = url
        if name is not None:
            source = self["xep_0447"].stanza.UrlData()
            source["target"] = url
            message["sfs"]["disposition"] = "inline"
            message["sfs"]["sources"].append(source)
            message["sfs"]["file"]["name"] = name
            message["sfs"]["file"]["media-type"] = mime
            digest = self["xep_0300"].stanza.Hash()
            digest["algo"], digest["value"] = "sha-256", sha256
            message["sfs"]["file"].append(digest)
        message.send()
        return {"sent": message["id"]}

    async def download(self, url):
        def fetch():
            with urllib.request.urlopen(url, timeout=20) as answer:
                return answer.read(), answer.headers.get_content_type()
        raw, mime = await asyncio.to_thread(fetch)
        return {"data": base64.b64encode(raw).decode(), "mime": mime}

    async def displayed(self, target, message):
        self["xep_0333"].send_marker(slixmpp.JID(target), message, "displayed")


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--domain", required=True)
    arguments.add_argument("--user", required=True)
    arguments.add_argument("--ca", required=True)
    options = arguments.parse_args()
    # For the web as well: uploads and downloads are made with the default trust.
    os.environ["SSL_CERT_FILE"] = options.ca
    peer = Peer(options)
    peer.ca_certs = options.ca
    peer.connect("127.0.0.1", options.port)
    names = ("join", "say", "typing", "presence", "contact", "correct", "reply", "react", "retract", "displayed")
    names += ("upload", "share", "download")
    await serve({name: getattr(peer, name) for name in names})
    peer.disconnect(wait=1.0)
    await asyncio.wait({peer.disconnected}, timeout=2)


asyncio.run(main())
