WITH taken AS (
  SELECT i.account_source AS source, i.account_id AS account, arg_min(i.infected_by, i.time) AS infected_by, arg_min(i.via, i.time) AS via
  FROM infections i JOIN wanted w USING (source, campaign) GROUP BY ALL
), sat AS (
  SELECT s.source, s.account, min(s.since) AS since, max(s.until) AS until,
    count(DISTINCT s.session) AS sessions
  FROM sittings s JOIN wanted w USING (source, campaign) GROUP BY ALL
), sent AS (
  SELECT sender, count(*) AS messages FROM q_messages GROUP BY sender
)
SELECT a.seq, a.account, a.state, coalesce(sat.since, a.since) AS since, sat.until, sat.sessions,
  coalesce(sent.messages, 0) AS messages, taken.infected_by, taken.via, round(a.score, 6) AS score, a.why
FROM accounts a
LEFT JOIN sat ON sat.source = a.source AND sat.account = a.account
LEFT JOIN taken ON taken.source = a.source AND taken.account = a.account
LEFT JOIN sent ON sent.sender = a.account
WHERE sat.account IS NOT NULL OR sent.sender IS NOT NULL
ORDER BY since, a.account
