"""The engine on Apache Spark; needs the extra `cobalamin[spark]` and Java."""

from cobalamin.service.cohort.spark.frame import AssessedDataFrame, assess_bulk, assess_frame

__all__ = ["AssessedDataFrame", "assess_bulk", "assess_frame"]
