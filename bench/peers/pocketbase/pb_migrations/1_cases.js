/// The tables of the measurement, the routing table, one account, and the rows before the first measurement.
migrate((app) => {
  const signedIn = '@request.auth.id != ""';
  const text = (name) => ({ type: "text", name, required: true, max: 5000 });
  const stamped = { type: "autodate", name: "created", onCreate: true };

  app.save(new Collection({
    type: "base",
    name: "routes",
    fields: [text("category"), text("place"), text("unit")],
    indexes: ["CREATE UNIQUE INDEX routes_by_both ON routes (category, place)"],
  }));
  app.save(new Collection({
    type: "base",
    name: "cases",
    listRule: signedIn,
    viewRule: signedIn,
    createRule: signedIn,
    fields: [
      text("place"), text("spot"), text("category"), text("text"), text("contact"),
      { type: "text", name: "unit" }, { type: "text", name: "status" }, stamped,
    ],
    indexes: ["CREATE INDEX cases_by_unit ON cases (unit, status, created)"],
  }));
  app.save(new Collection({
    type: "base",
    name: "audits",
    fields: [text("record"), text("actor"), text("act"), stamped],
    indexes: ["CREATE INDEX audits_by_record ON audits (record)"],
  }));
  app.save(new Collection({
    type: "view",
    name: "board",
    listRule: signedIn,
    viewQuery: "SELECT (unit || '-' || status) AS id, unit, status, COUNT(*) AS n FROM cases GROUP BY unit, status",
  }));

  const users = app.findCollectionByNameOrId("users");
  const clerk = new Record(users);
  clerk.setEmail("clerk@example.org");
  clerk.setPassword("linli-demo-2026");
  clerk.setVerified(true);
  app.save(clerk);

  // The dashboard's own record of requests is off: no other house of the measurement keeps one.
  const settings = app.settings();
  settings.logs.maxDays = 0;
  app.save(settings);

  const rows = parseInt($os.getenv("PEERS_ROWS") || "0");
  const fill = (sql) => app.db().newQuery(sql).bind({ rows, text: $os.getenv("PEERS_TEXT"), clerk: clerk.id }).execute();
  fill(`INSERT INTO routes (id, category, place, unit)
    WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 2399)
    SELECT printf('r%014d', n), printf('c%02d', n / 200), printf('p%03d', n % 200), printf('u%02d', n % 200 / 5) FROM s
    WHERE {:rows} >= 0 AND {:text} <> '' AND {:clerk} <> ''`);
  const seq = "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {:rows} - 1)";
  const at = "strftime('%Y-%m-%d %H:%M:%fZ', 'now', printf('-%d seconds', {:rows} - n))";
  fill(`INSERT INTO cases (id, place, spot, category, text, contact, unit, status, created)
    ${seq} SELECT printf('x%014d', n), printf('p%03d', n % 200), n || '号杆', printf('c%02d', n / 200 % 12),
      '第' || n || '件：' || {:text}, printf('000%08d', n), printf('u%02d', n % 200 / 5),
      CASE WHEN n / 200 % 2 = 0 THEN 'open' ELSE 'closed' END, ${at}
    FROM s WHERE {:rows} > 0 AND {:clerk} <> ''`);
  fill(`INSERT INTO audits (id, record, actor, act, created)
    ${seq} SELECT printf('a%014d', n), printf('x%014d', n), {:clerk}, 'create', ${at}
    FROM s WHERE {:rows} > 0 AND {:text} <> ''`);
});
