"""Feeds: products from folders, tables, Google Merchant Center's feeds, Shopify's and WooCommerce's exports."""

from saekdong.catalog.feeds.entries import Entry, FeedError, Item, Problem
from saekdong.catalog.feeds.feed import Feed, is_address, open_feed

__all__ = ["Entry", "Feed", "FeedError", "Item", "Problem", "is_address", "open_feed"]
