"""The features of a shop's photos, kept, so that any model can tag the photos again without decoding them."""

from saekdong.feature_store.store import FeatureStore, PhotoFeatures

__all__ = ["FeatureStore", "PhotoFeatures"]
