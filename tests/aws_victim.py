"""A process that deploys or destroys on moto's server and is killed at a given call to AWS, for tests.

Reads a JSON line an order and answers with a JSON line: how the child ended, and how many calls it made.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import clouds
from saekdong.deploy.aws import Account, Ledger, SageMaker, Session, connect_aws

SERVICES = "sts", "s3", "ecr", "iam", "sagemaker", "sagemaker-runtime", "logs", "resourcegroupstaggingapi"


def main() -> None:
    session = connect_aws()
    clouds.record(Account(session, Ledger(Path("none"))), clouds.ANSWERS)
    for service in SERVICES:
        session.client(service)
    for line in sys.stdin:
        order = json.loads(line)
        sender, receiver = os.pipe()[::-1]
        child = os.fork()
        if child == 0:
            _obey(session, order, lambda count: os.write(sender, b"%d\n" % count))  # noqa: B023
            os._exit(0)
        os.close(sender)
        _, status = os.waitpid(child, 0)
        with os.fdopen(receiver) as told:
            calls = told.read().split()
        print(json.dumps({"status": status, "calls": int(calls[-1]) if calls else 0}), flush=True)


def _obey(session: Session, order: dict[str, Any], tell: Callable[[int], object]) -> None:
    count = 0

    def die(**_: Any) -> None:
        nonlocal count
        count += 1
        tell(count)
        if count == order["at"]:
            os.kill(os.getpid(), signal.SIGKILL)

    for client in session._clients.values():
        # `before-send`: the call never leaves. `response-received`: it has taken effect, but the answer is lost.
        client.meta.events.register(order["event"], die)
    account = Account(session, Ledger(Path(order["root"]) / "ledger.jsonl"), clouds.QUICK)
    platform = SageMaker(account, clouds.pushes(account))
    if order["what"] == "deploy":
        platform.deploy(Path(order["artifact"]), "shop", lambda _: None)
    else:
        platform.destroy(None, lambda _: None, dry_run=False)


if __name__ == "__main__":
    main()
