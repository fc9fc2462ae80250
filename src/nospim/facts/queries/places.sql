WITH last_place AS (
  SELECT e.account, arg_max(e.country, e.time) AS country
  FROM events e
  WHERE e.type IN ('im.session.opened', 'im.session.resumed') AND e.country IS NOT NULL
    AND e.account IN (SELECT recipient FROM q_recipients)
    AND e.time <= (SELECT max(time) FROM q_messages)
    AND (e.source, e.session) NOT IN (SELECT (source, session) FROM sittings WHERE session IS NOT NULL)
  GROUP BY e.account
)
SELECT min(r.seq) AS seq, coalesce(p.country, 'unknown') AS country, count(*) AS recipients,
  count(*) FILTER (r.reached = 'yes') AS reached, sum(r.delivered)::BIGINT AS deliveries
FROM q_recipients r LEFT JOIN last_place p ON p.account = r.recipient
GROUP BY country ORDER BY recipients DESC, country
