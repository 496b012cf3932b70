"""Why a message is refused before it is assessed, as MSA-1 and ERR say it."""

from cobalamin.service.lab.hl7v2.message import RejectedError

HALF = RejectedError(
    "AE",
    "100",
    "the last segment has no end; send the whole message again, or see last_segment_end",
    "MSH",
)
UNREADABLE = RejectedError("AR", "100", "there is no readable MSH segment", "MSH")
NO_CONTROL_ID = RejectedError("AE", "101", "MSH-10 is empty; each message needs its own", "MSH-10")
OTHER_CONTENT = RejectedError(
    "AE", "205", "another message had this MSH-10; give each its own", "MSH-10"
)
THROTTLED = RejectedError("AE", "207", "too many messages in this minute; send it again", "MSH")
NOT_STORED = RejectedError("AE", "207", "it could not be stored; send it again", "MSH")
TOO_LATE = RejectedError("AE", "207", "it could not be assessed in time", "MSH")
FAULT = RejectedError("AE", "207", "a fault of this program; it is kept and was logged", "MSH")

UNNAMED = (UNREADABLE, NO_CONTROL_ID)
"""Faults of messages that have no MSH-10 to be told by."""
Fault = RejectedError | None
"""None where nothing is wrong so far."""
