"""Who asks for something, and what they may do: visitors, the rules of routes, the cookies and proxies they come by."""

from saekdong.web.access.doorkeeper import Doorkeeper
from saekdong.web.access.visitor import Least, Visitor, visitor_of

__all__ = ["Doorkeeper", "Least", "Visitor", "visitor_of"]
