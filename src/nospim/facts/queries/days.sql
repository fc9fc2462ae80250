SELECT min(seq) AS seq, day, count(*) AS messages, count(*) FILTER (outcome = 'delivered') AS delivered,
  count(*) FILTER (outcome = 'stopped') AS stopped, count(DISTINCT sender) AS senders
FROM q_messages GROUP BY day ORDER BY day
