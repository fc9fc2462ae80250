SELECT min(l.seq) AS seq, l.link, regexp_extract(l.link, '^(?:[a-z]+://)?([^/?#]+)', 1) AS host
FROM links l JOIN wanted w USING (source, campaign)
GROUP BY l.link ORDER BY l.link
