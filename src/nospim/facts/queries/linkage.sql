SELECT min(l.seq) AS seq, l.operator, l.kind, l.value, l.grade, l.speaks_for, l.speaks_against
FROM linkage l JOIN wanted w USING (source, campaign)
GROUP BY ALL ORDER BY l.operator, l.grade, l.kind, l.value
