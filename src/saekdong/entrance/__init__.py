"""What clients meet before an app does: bounds on connections and bytes, and whose pages may ask."""
