"""Amazon SageMaker: an artifact deployed, asked, watched, and every trace of it removed again.

`SageMaker` is the platform. Beside it stand the notebook instance, batch transform, the doctor and the cost. `Ledger`
and tags say what is ours; nothing else is ever touched. boto3 is imported where it is first used.
"""

from saekdong.deploy.aws.account import Account
from saekdong.deploy.aws.guardrails import Guardrails, Network
from saekdong.deploy.aws.hosting import Hosting, Scaling, Serverless
from saekdong.deploy.aws.ledger import LEDGER_FILE, Ledger
from saekdong.deploy.aws.refusals import mendable
from saekdong.deploy.aws.sagemaker import Data, SageMaker
from saekdong.deploy.aws.session import Session, connect
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
    "connect",
    "mendable",
]
