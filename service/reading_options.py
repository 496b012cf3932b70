"""What the settings say about reading what is sent."""

from datetime import UTC, tzinfo

from msgspec import Struct


class ReadingOptions(Struct, frozen=True, kw_only=True):
    """How the readers of FHIR, HL7 v2 and the plain form read.

    `zone` is the time zone of the service, in which a day of assessment begins and ends.
    """

    zone: tzinfo = UTC


DEFAULT_OPTIONS = ReadingOptions()
