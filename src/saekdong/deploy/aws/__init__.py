"""Amazon SageMaker: deploy an artifact, invoke it, watch it, and remove every trace of it.

`SageMaker` is the platform. The other modules add the notebook instance, batch transform, the doctor and the cost.
The `Ledger` and tags record which resources belong to a workspace; no other resource is ever changed. boto3 is
imported where it is first used.
"""

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.capturing import read_captured
from saekdong.deploy.aws.guardrails import Guardrails, Network
from saekdong.deploy.aws.hosting import Hosting, Scaling, Serverless
from saekdong.deploy.aws.ledger import LEDGER_FILE, Ledger
from saekdong.deploy.aws.refusals import aws_errors
from saekdong.deploy.aws.sagemaker import Data, SageMaker
from saekdong.deploy.aws.session import Session, connect_aws
from saekdong.deploy.aws.training import Training

__all__ = [
    "LEDGER_FILE",
    "Account",
    "Data",
    "Guardrails",
    "Hosting",
    "Ledger",
    "Network",
    "SageMaker",
    "Scaling",
    "Serverless",
    "Session",
    "Training",
    "aws_errors",
    "connect_aws",
    "read_captured",
]
