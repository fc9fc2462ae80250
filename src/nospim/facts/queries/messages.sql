WITH ends AS (
  SELECT source, message, arg_max(outcome, time) AS ending FROM resolutions GROUP BY ALL
), asked AS (
  SELECT source, target AS message, min(action) AS action FROM actions WHERE kind = 'recall' GROUP BY ALL
), done AS (
  SELECT DISTINCT source, action FROM events WHERE type = 'im.action.done'
), retracted AS (
  SELECT DISTINCT message_source AS source, message FROM events WHERE type = 'im.message.retracted'
)
SELECT e.seq, e.id AS message, e.account AS sender, e.session, e.time, e.recipients, e.bytes,
  coalesce(v.rung, 'none') AS verdict,
  CASE WHEN v.rung = 'block' OR (v.rung = 'hold' AND ends.ending IS DISTINCT FROM 'release') THEN 'stopped'
       ELSE 'delivered' END AS outcome,
  CASE WHEN done.action IS NOT NULL OR retracted.message IS NOT NULL THEN 'recalled'
       WHEN asked.action IS NOT NULL THEN 'asked' ELSE 'no' END AS recall,
  CASE WHEN outcome = 'delivered' THEN e.recipients ELSE 0 END AS deliveries,
  strftime(e.time, '%Y-%m-%d') AS day
FROM lures
JOIN events e ON e.source = lures.source AND e.id = lures.message AND e.type = 'im.message.sent'
LEFT JOIN verdicts v ON v.source = e.source AND v.message = e.id
LEFT JOIN ends ON ends.source = e.source AND ends.message = e.id
LEFT JOIN asked ON asked.source = e.source AND asked.message = e.id
LEFT JOIN done ON done.source = asked.source AND done.action = asked.action
LEFT JOIN retracted ON retracted.source = e.source AND retracted.message = e.id
ORDER BY e.time, e.seq
