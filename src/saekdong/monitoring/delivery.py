"""Alarms to people: by webhook, e-mail and Amazon SNS, once each; what fails is tried again at the next look."""

import json
import smtplib
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import urlsplit

from saekdong.errors import SaekdongError
from saekdong.fetch.urls import redacted
from saekdong.lang import Lang
from saekdong.loop import Alarm, Loop

_SECONDS = 20.0
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class Delivery:
    """Where alarms go.

    Attributes:
        webhooks: http(s) addresses that get an alarm as JSON.
        emails: addresses that get it as mail.
        smtp: the mail server, such as `smtps://user:password@mail.example:465`.
        topics: ARNs of SNS topics.
        lang: of the sentence in mails.
    """

    webhooks: Sequence[str] = ()
    emails: Sequence[str] = ()
    smtp: str = "smtp://localhost"
    topics: Sequence[str] = ()
    lang: Lang = "en"
    problems: list[str] = field(default_factory=list, compare=False)

    def __post_init__(self) -> None:
        """Check the addresses.

        Raises:
            SaekdongError: one cannot be used; the message names it.
        """
        for address in self.webhooks:
            if urlsplit(address).scheme not in ("http", "https"):
                raise SaekdongError(f"webhook {redacted(address)} is not an http(s) address", fix="give one")
        if urlsplit(self.smtp).scheme not in _PORTS:
            raise SaekdongError(
                f"smtp {redacted(self.smtp)} is not a mail server", fix="give smtp://HOST or smtps://USER:PASSWORD@HOST"
            )

    def send(self, loop: Loop, alarm: Alarm) -> None:
        """Deliver an alarm by each way that has not had it; what fails is added to `problems`."""
        ways: list[tuple[str, Callable[[], None]]] = [
            *((address, lambda address=address: self._post(address, alarm)) for address in self.webhooks),
            *((address, lambda address=address: self._mail(address, alarm)) for address in self.emails),
            *((topic, lambda topic=topic: self._publish(topic, alarm)) for topic in self.topics),
        ]
        for way, deliver in ways:
            try:
                loop.deliver_once(alarm.number, way, deliver)
            except Exception as error:
                self.problems.append(f"alarm {alarm.number} was not delivered to {redacted(way)}: {error}")

    def _post(self, address: str, alarm: Alarm) -> None:
        request = urllib.request.Request(  # noqa: S310 (the scheme was checked)
            address, json.dumps(as_document(alarm)).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            response.read(1)

    def _mail(self, address: str, alarm: Alarm) -> None:
        server = urlsplit(self.smtp)
        kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
        message = EmailMessage()
        message["From"] = server.username or f"saekdong@{server.hostname}"
        message["To"] = address
        message["Subject"] = f"Saekdong: {alarm.evidence[self.lang]}"
        message.set_content(_text(alarm, self.lang))
        with kind(server.hostname or "", server.port or _PORTS[server.scheme], timeout=_SECONDS) as connection:
            if server.username and server.password:
                connection.login(server.username, server.password)
            connection.send_message(message)

    def _publish(self, topic: str, alarm: Alarm) -> None:
        import boto3

        client = boto3.client("sns", region_name=topic.split(":")[3])
        client.publish(TopicArn=topic, Subject=f"Saekdong alarm {alarm.number}", Message=_text(alarm, self.lang))


def as_document(alarm: Alarm) -> dict[str, object]:
    """Return an alarm as plain data, for webhooks and `--format json`."""
    evidence = {name: value for name, value in alarm.evidence.items() if name != "moved"}
    return {
        "number": alarm.number,
        "kind": alarm.kind,
        "cause": alarm.cause,
        "segment": alarm.segment,
        "opened": alarm.opened,
        "last_seen": alarm.last_seen,
        "closed": alarm.closed,
        "snoozed_until": alarm.snoozed_until,
        **evidence,
    }


def _text(alarm: Alarm, lang: Lang) -> str:
    lines = [alarm.evidence[lang], "", *alarm.evidence.get("photos", ()), "", f"saekdong watch explain {alarm.number}"]
    return "\n".join(lines) + "\n"
