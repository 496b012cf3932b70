"""What is counted of the table `pairs`."""

FLOWS = """
CREATE VIEW flows AS SELECT count(*) AS people, before, after, findings, advice,
    count(*) FILTER (loses_urgent) AS lose_urgent
FROM (SELECT * REPLACE (CASE WHEN before = after THEN advice ELSE '' END AS advice) FROM pairs
    WHERE before <> after OR findings <> '' OR advice <> '')
GROUP BY before, after, findings, advice
ORDER BY lose_urgent DESC, before = after, people DESC, before, after, findings, advice
"""
# Of all rows of a run, those with advice by step of the pathway and urgency, in thousandths.
SHARES = """
CREATE VIEW shares AS
WITH steps AS (
    SELECT rung, urgency, 1 AS earlier, 0 AS later FROM before WHERE outcome = 'advice'
    UNION ALL SELECT rung, urgency, 0, 1 FROM after WHERE outcome = 'advice'
), totals AS (
    SELECT (SELECT count(*) FROM before) AS earlier, (SELECT count(*) FROM after) AS later
), counted AS (
    SELECT rung, urgency, CAST(sum(steps.earlier) AS BIGINT) AS before,
        CAST(sum(steps.later) AS BIGINT) AS after FROM steps
    GROUP BY GROUPING SETS ((rung, urgency), ())
)
SELECT coalesce(rung, 'all') AS rung, coalesce(urgency, '') AS urgency,
    coalesce(before, 0) AS before,
    round(1000 * coalesce(before, 0) / greatest(earlier, 1), 2) AS before_per_1000,
    coalesce(after, 0) AS after,
    round(1000 * coalesce(after, 0) / greatest(later, 1), 2) AS after_per_1000
FROM counted, totals
ORDER BY rung IS NOT NULL, TRY_CAST(substr(rung, 2) AS INTEGER), rung,
    list_position(['urgent', 'soon', 'routine'], urgency)
"""
TOTALS = """
SELECT count(*), count(*) FILTER (before <> after OR findings <> '' OR advice <> ''),
    count(*) FILTER (before <> after), count(*) FILTER (loses_urgent),
    count(*) FILTER (gains_urgent) FROM pairs
"""
