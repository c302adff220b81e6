"""What people say about products: recorded in the loop, applied to the catalog."""
