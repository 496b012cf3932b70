"""The version of the service, as answers, cards and the wheel name it."""

VERSION = "0.1.0"
