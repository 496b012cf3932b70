"""The code of docs/cohorts-spark.md."""

from datetime import date

from pyspark.sql import SparkSession

from cobalamin.service.cohort.spark import assess_bulk, assess_frame

spark = SparkSession.builder.master("local[2]").getOrCreate()

people = spark.read.csv("docs/examples/people.csv", header=True, inferSchema=True)
assessed = assess_frame(
    people, "docs/examples/frame-mapping.toml", profile="uk-nice", as_of=date(2026, 11, 20)
)
advised = assessed.rows.select("subject", "outcome", "band", "rung", "urgency")
advised.orderBy("subject").show(truncate=False)

for row in assessed.refused.collect():
    print(row.subject, row.code, row.text)

exported = assess_bulk(spark, "docs/examples/bulk", profile="uk-nice", as_of=date(2026, 11, 20))
print(exported.rows.groupBy("outcome").count().orderBy("outcome").collect())
for row in exported.refused.select("number", "code", "text").collect():
    print(*row)
