"""What the settings say about reading what is sent."""

from datetime import UTC, tzinfo

from msgspec import Struct


class ReadingOptions(Struct, frozen=True, kw_only=True):
    """How the readers of FHIR, HL7 v2 and the plain form read.

    `zone` is the time zone of the service, in which a day of assessment begins and ends. With
    `refuse_test_data`, what is marked as test data is not used; else it is used with a note. With
    `keep_versions` the facts name the version of each resource.
    """

    zone: tzinfo = UTC
    refuse_test_data: bool = False
    keep_versions: bool = False


DEFAULT_OPTIONS = ReadingOptions()
