"""The limits of every server, applied before the app: connections, bytes, host names and origins."""
