"""From a vendor's words to a canonical event: the envelope they all share, and the channels. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypedDict

from events.wire import DirectoryUpdated, Event, Named
from ingest import times
from ingest.delivery import Adapted, Delivery


class Head(TypedDict):
    """The envelope's fields, to be spread into an event."""

    specversion: Literal["1.0"]
    id: str
    source: str
    subject: str
    time: datetime
    vendor: str


def head(delivery: Delivery, event_id: str, ticket: str, at_ms: int) -> Head:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": delivery.uri,
        "subject": ticket,
        "time": times.canonical(at_ms),
        "vendor": delivery.vendor,
    }


MOST_OF_AN_ID = 256
Nameable = Literal["agent", "team", "brand", "tag"]


def called(envelope: Head, kind: Nameable, identity: str, name: str) -> list[Event]:
    """A display name that came along with an event, as an event beside it; the door says each but once.

    Nothing where either is missing, and where the name is an address: those pass nowhere. A name never makes a delivery fail.
    """
    event_id = f"{kind}:{identity}:{envelope['id']}"
    name = " ".join(name.split())[:128]
    if not identity or not name or "@" in name or len(event_id) > MOST_OF_AN_ID:
        return []
    own: Head = {**envelope, "id": event_id, "subject": identity}
    return [DirectoryUpdated(**own, data=Named(kind=kind, id=identity, name=name))]


def with_names(adapted: Adapted, named: Iterable[Event]) -> Adapted:
    """Behind a ticket's events the names that came along, each once; where no event follows, `named` is not even read."""
    return [*adapted, *{event.id: event for event in named}.values()] if isinstance(adapted, list) else adapted


_CHANNELS = {
    "email": "email mail outbound_email mailgun connect_mail",
    "web": "web web_form web_widget contact_form portal feedback_widget helpcenter help_center mobile mobile_sdk iphone dropbox batch lotus chat_offline_message",
    "api": "api web_service",
    "chat": "chat chat_transcript beaconchat front_chat live_chat native_messaging messaging omnichannel sunshine_conversations_api answer_bot "
    "answer_bot_api answer_bot_for_agents answer_bot_for_sdk answer_bot_for_slack answer_bot_for_web_widget",
    "phone": "phone aircall voice call symphony phone_call_inbound phone_call_outbound api_phone_call_inbound api_phone_call_outbound",
    "voicemail": "voicemail api_voicemail",
    "sms": "sms text_message twilio_sms messagebird_sms connect_sms google_rcs",
    "whatsapp": "whatsapp sunshine_conversations_whatsapp",
    "messenger": "messenger facebook_messenger sunshine_conversations_facebook_messenger line wechat viber telegram kakaotalk "
    "apple_business_chat google_business_messages business_messaging_slack_connect",
    "facebook": "facebook facebook_post facebook_message facebook_mention facebook_comment facebook_recommendations",
    "instagram": "instagram instagram_dm instagram_direct_message instagram_comment instagram_ad_comment instagram_mention",
    "twitter": "twitter tweet tweet_dm twitter_dm twitter_direct_message twitter_favorite sunshine_conversations_twitter_dm",
}
_CHANNEL_OF = {written: channel for channel, spellings in _CHANNELS.items() for written in spellings.split()}


UNKNOWN = "unknown"


def channel(written: str) -> str:
    """One name for each channel, whatever the vendor calls it; an unknown one keeps its own, a missing one is `unknown`."""
    spelled = written.lower().replace("-", "_").replace(" ", "_")
    return _CHANNEL_OF.get(spelled, written.lower()[:128]) or UNKNOWN
