"""What the shop's pages and the desk's share: templates and texts, headers, photos, the reader's language."""
