"""From a photo and an artifact to color tags: the one place where photo/ and model/ meet."""

from saekdong.tagging.photos import TaggedPhoto, tag_photo, tag_photos, warm_up
from saekdong.tagging.starter import starter
from saekdong.tagging.tagger import Tag, Tagger

__all__ = ["Tag", "TaggedPhoto", "Tagger", "starter", "tag_photo", "tag_photos", "warm_up"]
