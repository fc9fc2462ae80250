WITH mine AS (
  SELECT min(l.seq) AS seq, l.operator, l.kind, l.value, l.joins, l.speaks_for, l.speaks_against,
    CASE WHEN l.joins THEN l.grade ELSE 'capped' END AS grade
  FROM linkage l JOIN wanted w USING (source, campaign)
  GROUP BY ALL
), honest AS (
  SELECT DISTINCT e.account, e.network, e.client
  FROM events e
  WHERE e.source IN (SELECT source FROM wanted) AND e.type IN ('im.session.opened', 'im.session.resumed')
    AND (e.source, e.account) NOT IN (SELECT (source, account) FROM accounts)
), uses AS (
  SELECT 'network' AS kind, network AS value, count(DISTINCT account) AS seen FROM honest GROUP BY ALL
  UNION ALL
  SELECT 'client', client, count(DISTINCT account) FROM honest GROUP BY ALL
), other AS (
  SELECT c.source, c.campaign FROM campaigns c ANTI JOIN wanted w USING (source, campaign)
), hosts AS (
  SELECT l.source, l.campaign, regexp_extract(l.link, '^(?:[a-z]+://)?([^/?#:]+)', 1) AS host
  FROM links l SEMI JOIN other o USING (source, campaign)
), placed AS (
  SELECT m.value, count(DISTINCT h.campaign) AS seen
  FROM mine m JOIN hosts h ON h.host = m.value OR h.host LIKE '%.' || m.value
  WHERE m.kind = 'hosting' GROUP BY m.value
), many AS (
  SELECT (SELECT count(DISTINCT account) FROM honest) AS accounts, (SELECT count(*) FROM other) AS campaigns
)
SELECT m.seq, m.operator, m.kind, m.value, m.grade, m.speaks_for, m.speaks_against,
  CASE WHEN m.kind IN ('network', 'client') THEN coalesce(u.seen, 0)
       WHEN m.kind = 'hosting' THEN coalesce(p.seen, 0) END AS seen,
  CASE WHEN m.kind IN ('network', 'client') THEN many.accounts
       WHEN m.kind = 'hosting' THEN many.campaigns END AS among
FROM mine m CROSS JOIN many
LEFT JOIN uses u ON u.kind = m.kind AND u.value = m.value
LEFT JOIN placed p ON m.kind = 'hosting' AND p.value = m.value
ORDER BY m.operator, m.grade, m.kind, m.value
