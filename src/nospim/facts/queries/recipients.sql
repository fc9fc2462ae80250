SELECT min(r.seq) AS seq, r.recipient, count(*) AS messages,
  count(*) FILTER (m.outcome = 'delivered') AS delivered,
  CASE WHEN delivered > 0 THEN 'yes' ELSE 'no' END AS reached,
  min(m.time) AS first_at
FROM q_messages m JOIN recipients r ON r.seq = m.seq
GROUP BY r.recipient ORDER BY first_at, r.recipient
