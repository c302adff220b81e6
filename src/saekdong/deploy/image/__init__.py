"""The container image: built of the Saekdong that runs, checked before anyone pays, pushed to a registry.

engines       docker, podman and buildah
wheel         the running Saekdong as a wheel
building      the Dockerfile, its context, the build
checking      whether an image does what SageMaker will ask of it
probe         the requests that a check sends, from inside the container
registry      what an image is when pushed
"""

from saekdong.deploy.image.building import IMAGE, build, publish, push_image
from saekdong.deploy.image.checking import Check, check
from saekdong.deploy.image.engines import ENGINES, Engine, find_engine

__all__ = ["ENGINES", "IMAGE", "Check", "Engine", "build", "check", "find_engine", "publish", "push_image"]
