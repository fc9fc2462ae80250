SELECT e.seq, e.account, e.time, e.message
FROM events e JOIN lures ON lures.source = e.message_source AND lures.message = e.message
WHERE e.type = 'im.message.read'
ORDER BY e.time, e.seq
