"""Addresses of the site's own pages."""


def local_address(address: str) -> str:
    r"""Return an address if it is one of the site's own pages, otherwise that of the first page.

    Example:
        >>> local_address("/desk"), local_address("//evil.example"), local_address("/\\evil.example")
        ('/desk', '/', '/')
    """
    # Browsers read // and /\ as one.
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
