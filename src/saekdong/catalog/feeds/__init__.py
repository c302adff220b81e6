"""Feeds: products from folders, tables, Google Merchant Center's feeds, Shopify's and WooCommerce's exports."""

from saekdong.catalog.feeds.entries import Entry, FeedError, Item, Problem
from saekdong.catalog.feeds.feed import Feed, open_feed, with_prefix

__all__ = ["Entry", "Feed", "FeedError", "Item", "Problem", "open_feed", "with_prefix"]
