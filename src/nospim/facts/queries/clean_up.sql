WITH done AS (
  SELECT source, action, min(time) AS time, any_value(actor ORDER BY time) AS actor
  FROM events WHERE type = 'im.action.done' GROUP BY ALL
)
SELECT a.seq, a.kind, a.account, a.time AS asked_at, a.cause, done.time AS done_at, done.actor,
  CASE WHEN done.time IS NULL THEN 'no' ELSE 'yes' END AS done
FROM actions a
LEFT JOIN done ON done.source = a.source AND done.action = a.action
WHERE (a.cause_source, a.cause) IN (SELECT (source, message) FROM lures)
   OR (a.source, a.target) IN (SELECT (source, message) FROM lures)
   OR (a.account IN (SELECT account FROM q_accounts) AND a.time >= (SELECT min(time) FROM q_messages)
       AND a.time <= (SELECT max(time) FROM q_messages) + INTERVAL 30 DAY)
ORDER BY a.time, a.seq
