-- The plan's rows, each with its row of activity: psql --set=rows=N --set=text=TEXT
INSERT INTO routes (category, place, unit)
SELECT 'c' || lpad((n / 200)::text, 2, '0'), 'p' || lpad((n % 200)::text, 3, '0'), 'u' || lpad((n % 200 / 5)::text, 2, '0')
FROM generate_series(0, 2399) n;
CREATE UNIQUE INDEX routes_by_both ON routes (category, place);
INSERT INTO cases (place, spot, category, text, contact, unit, status, created)
SELECT 'p' || lpad((n % 200)::text, 3, '0'), n || '号杆', 'c' || lpad((n / 200 % 12)::text, 2, '0'),
  '第' || n || '件：' || :'text', '000' || lpad(n::text, 8, '0'), 'u' || lpad((n % 200 / 5)::text, 2, '0'),
  CASE WHEN n / 200 % 2 = 0 THEN 'open' ELSE 'closed' END, now() - (:rows - n) * interval '1 second'
FROM generate_series(0, :rows - 1) n;
CREATE INDEX cases_by_unit ON cases (unit, status, created);
INSERT INTO directus_activity (action, "user", "timestamp", ip, user_agent, collection, item)
SELECT 'create', u.id, c.created, '127.0.0.1', 'fill', 'cases', c.id::text
FROM cases c CROSS JOIN (SELECT id FROM directus_users WHERE email = 'clerk@example.org') u;
