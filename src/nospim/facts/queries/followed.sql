WITH opened AS (
  SELECT s.seq, max(c.time) AS opened_at, arg_max(c.message, c.time) AS message
  FROM q_sign_ins s JOIN q_clicks c ON c.account = s.account AND c.time < s.time
    AND c.time >= s.time - INTERVAL 7 DAY
  GROUP BY s.seq
)
SELECT s.seq, s.account, o.message, o.opened_at, s.time AS signed_in_at,
  round((epoch(s.time) - epoch(o.opened_at)) / 60, 1) AS minutes
FROM q_sign_ins s JOIN opened o USING (seq)
ORDER BY signed_in_at, s.seq
