SELECT i.seq, i.account, i.infected_by, i.via, i.time
FROM infections i JOIN wanted w USING (source, campaign)
ORDER BY i.time, i.account
