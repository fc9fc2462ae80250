WITH strange AS (
  SELECT DISTINCT s.source, s.account, s.session
  FROM sittings s
  JOIN wanted w USING (source, campaign)
  JOIN q_accounts a ON a.account = s.account AND a.state = 'hijacked'
  WHERE s.session IS NOT NULL
), sign_in AS (
  SELECT e.* FROM events e JOIN strange USING (source, account, session)
  WHERE e.type IN ('im.session.opened', 'im.session.resumed')
), history AS (
  SELECT e.source, e.account, e.session, e.time, e.asn, e.device, e.client, e.country
  FROM events e
  WHERE e.type IN ('im.session.opened', 'im.session.resumed')
    AND (e.source, e.account) IN (SELECT (source, account) FROM strange)
    AND (e.source, e.account, e.session) NOT IN (SELECT (source, account, session) FROM strange)
), known AS (
  SELECT s.seq, count(h.time) AS earlier,
    count(*) FILTER (h.asn = s.asn) AS network, count(*) FILTER (h.device = s.device) AS device,
    count(*) FILTER (h.client = s.client) AS client, count(*) FILTER (h.country = s.country) AS country
  FROM sign_in s
  LEFT JOIN history h ON h.source = s.source AND h.account = s.account AND h.time < s.time
  GROUP BY s.seq
)
SELECT s.seq, s.account, s.session, s.time, s.ip, s.asn, s.country, s.device, s.client,
  k.earlier AS owner_sign_ins_before, k.network AS same_network_before, k.device AS same_device_before,
  k.client AS same_client_before, k.country AS same_country_before
FROM sign_in s JOIN known k USING (seq)
ORDER BY s.time, s.seq
