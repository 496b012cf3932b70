"""The code of docs/cohorts-python.md."""

from datetime import date

import duckdb

from cobalamin.service.cohort import assess_frame

people = duckdb.read_csv("docs/examples/people.csv")
print(people.columns)

assessed = assess_frame(
    people, "docs/examples/frame-mapping.toml", profile="uk-nice", as_of=date(2026, 11, 20)
)
for row in assessed.rows.select("subject", "outcome", "band", "rung", "urgency").fetchall():
    print(*row)

print(assessed.refused.fetchall())

advised = assessed.rows.filter("outcome = 'advice'")
print(advised.aggregate("rung, count(*) AS people", "rung").order("rung").fetchall())
