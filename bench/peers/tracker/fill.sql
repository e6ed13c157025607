-- The plan's rows as Request Tracker writes them, copied from one matter that it brought itself: ticket, transaction, text,
-- four role groups with their principals and members, three field values. psql --set=rows=N --set=text=TEXT
-- --set=template=ID --set=first=QUEUE
CREATE TEMPORARY TABLE plan AS
SELECT n, 1000 + n AS ticket, 1000000 + n AS one, 1000000 + n * 4 AS four, 1000000 + n * 5 AS five, 1000000 + n * 3 AS three,
  :first + n % 200 / 5 AS queue, CASE WHEN n / 200 % 2 = 0 THEN 'new' ELSE 'resolved' END AS status,
  (now() AT TIME ZONE 'UTC') - (:rows - n) * interval '1 second' AS at
FROM generate_series(0, :rows - 1) n;
CREATE TEMPORARY TABLE role AS
SELECT g.*, row_number() OVER (ORDER BY id) - 1 AS k FROM groups g WHERE domain = 'RT::Ticket-Role' AND instance = :template;
INSERT INTO tickets (id, effectiveid, queue, type, owner, subject, initialpriority, finalpriority, priority, timeestimated,
  timeworked, status, timeleft, starts, started, due, resolved, lastupdatedby, lastupdated, creator, created)
SELECT ticket, ticket, p.queue, type, owner, '第' || n || '件：路灯三天没有亮', initialpriority, finalpriority, priority, timeestimated,
  timeworked, p.status, timeleft, starts, started, due, resolved, lastupdatedby, at, creator, at
FROM plan p, tickets t WHERE t.id = :template;
INSERT INTO transactions (id, objecttype, objectid, timetaken, type, creator, created)
SELECT one, objecttype, ticket, timetaken, type, creator, at
FROM plan, transactions t WHERE t.objecttype = 'RT::Ticket' AND t.objectid = :template AND t.type = 'Create';
INSERT INTO attachments (id, transactionid, parent, contenttype, contentencoding, content, headers, creator, created)
SELECT one, one, 0, 'text/plain', 'none', '第' || n || '件：' || :'text', 'Content-Type: text/plain; charset="utf-8"', c.creator, at
FROM plan, (SELECT creator FROM tickets WHERE id = :template) c;
INSERT INTO principals (id, principaltype, disabled) SELECT four + k, 'Group', 0 FROM plan, role;
INSERT INTO groups (id, name, description, domain, instance, creator, created, lastupdatedby, lastupdated)
SELECT four + k, name, description, domain, ticket, creator, at, lastupdatedby, at FROM plan, role;
INSERT INTO groupmembers (id, groupid, memberid, creator, created, lastupdatedby, lastupdated)
SELECT one, four + k, m.memberid, m.creator, at, m.lastupdatedby, at FROM plan, role JOIN groupmembers m ON m.groupid = role.id;
INSERT INTO cachedgroupmembers (id, groupid, memberid, via, immediateparentid, disabled)
SELECT five + k, four + k, four + k, five + k, four + k, 0 FROM plan, role;
INSERT INTO cachedgroupmembers (id, groupid, memberid, via, immediateparentid, disabled)
SELECT five + 4, four + k, m.memberid, five + 4, four + k, 0 FROM plan, role JOIN groupmembers m ON m.groupid = role.id;
INSERT INTO objectcustomfieldvalues (id, customfield, objecttype, objectid, sortorder, content, creator, created,
  lastupdatedby, lastupdated, disabled)
SELECT three + row_number() OVER (PARTITION BY n ORDER BY v.id) - 1, v.customfield, v.objecttype, ticket, v.sortorder,
  CASE f.name WHEN 'Place' THEN 'p' || lpad((n % 200)::text, 3, '0') WHEN 'Category' THEN 'c' || lpad((n / 200 % 12)::text, 2, '0')
    ELSE '000' || lpad(n::text, 8, '0') END, v.creator, at, v.lastupdatedby, at, 0
FROM plan, objectcustomfieldvalues v JOIN customfields f ON f.id = v.customfield
WHERE v.objecttype = 'RT::Ticket' AND v.objectid = :template;
UPDATE tickets SET status = 'deleted' WHERE id = :template;
SELECT setval('tickets_id_seq', (SELECT max(id) FROM tickets)), setval('transactions_id_seq', (SELECT max(id) FROM transactions)),
  setval('attachments_id_seq', (SELECT max(id) FROM attachments)), setval('principals_id_seq', (SELECT max(id) FROM principals)),
  setval('groups_id_seq', (SELECT max(id) FROM groups)), setval('groupmembers_id_seq', (SELECT max(id) FROM groupmembers)),
  setval('cachedgroupmembers_id_seq', (SELECT max(id) FROM cachedgroupmembers)),
  setval('objectcustomfieldvalues_id_s', (SELECT max(id) FROM objectcustomfieldvalues));
