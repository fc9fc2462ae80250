SELECT e.seq, e.account, e.time, e.message, e.accused, e.reason
FROM events e JOIN lures ON lures.source = e.message_source AND lures.message = e.message
WHERE e.type = 'im.message.reported'
ORDER BY e.time, e.seq
