SELECT e.seq, e.account, e.time,
  CASE e.type WHEN 'im.account.disabled' THEN 'disabled' WHEN 'im.account.recovered' THEN 'recovered'
              ELSE 'password changed' END AS what,
  round((epoch(e.time) - epoch(a.since)) / 3600, 2) AS hours_after_entry
FROM events e
JOIN q_accounts a ON a.account = e.account AND a.state = 'hijacked' AND e.time >= a.since
WHERE e.type IN ('im.account.disabled', 'im.account.recovered', 'im.password.changed')
  AND (e.session IS NULL OR e.session NOT IN (SELECT session FROM q_sign_ins))
ORDER BY e.time, e.seq
