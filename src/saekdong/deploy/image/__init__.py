"""The container image: build it of the running Saekdong, check it before anyone pays, push it to a registry.

engines       docker, podman and buildah
wheel         the running Saekdong as a wheel
building      the Dockerfile, its context, the build
checking      checks that an image does what SageMaker needs
probe         the requests of a check, sent from inside the container
registry      measures a pushed image
"""

from saekdong.deploy.image.building import IMAGE, build, publish, push_image
from saekdong.deploy.image.checking import Check, check
from saekdong.deploy.image.engines import ENGINES, Engine, find_engine

__all__ = ["ENGINES", "IMAGE", "Check", "Engine", "build", "check", "find_engine", "publish", "push_image"]
