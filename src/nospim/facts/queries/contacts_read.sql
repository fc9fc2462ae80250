SELECT e.seq, e.account, e.session, e.time, e.app, coalesce(e.contacts, 0) AS contacts,
  CASE WHEN e.contacts IS NULL THEN 'no' ELSE 'yes' END AS counted
FROM events e
JOIN (SELECT DISTINCT account, session FROM q_sign_ins) s ON s.account = e.account AND s.session = e.session
WHERE e.type = 'im.contacts.read'
ORDER BY e.time, e.seq
