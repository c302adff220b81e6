"""Tags handed to a shop's other systems, each in the form that its receiver documents.

`FORMATS` names them. A format writes products one after the other, so memory does not grow with the catalog.
"""

from saekdong.catalog.exports.export_options import ExportOptions, Written
from saekdong.catalog.exports.formats import FORMATS, Format

__all__ = ["FORMATS", "ExportOptions", "Format", "Written"]
