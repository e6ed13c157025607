// Makes the tables of the measurement and a clerk with a static token who may create and read cases, over the
// administrator's own interface: node schema.mjs BASE ADMIN_TOKEN CLERK_TOKEN
const [base, admin, clerk] = process.argv.slice(2);

async function post(path, body) {
  const answer = await fetch(base + path, {
    method: "POST",
    headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : (await answer.json()).data;
}

const id = { field: "id", type: "integer", meta: { hidden: true }, schema: { is_primary_key: true, has_auto_increment: true } };
const line = (field) => ({ field, type: "string", schema: { is_nullable: true } });
const created = { field: "created", type: "timestamp", meta: { special: ["date-created"] }, schema: {} };
const text = { field: "text", type: "text", schema: {} };

await post("/collections", {
  collection: "routes",
  meta: { accountability: null },
  schema: {},
  fields: [id, line("category"), line("place"), line("unit")],
});
await post("/collections", {
  collection: "cases",
  // One row of activity for each matter, as in the other houses; revisions, which are on by default, would be a second.
  meta: { accountability: "activity" },
  schema: {},
  fields: [id, line("place"), line("spot"), line("category"), text, line("contact"), line("unit"), line("status"), created],
});
const policy = await post("/policies", { name: "clerk", app_access: false, admin_access: false });
for (const action of ["create", "read"]) {
  await post("/permissions", { policy: policy.id, collection: "cases", action, fields: ["*"], permissions: {}, validation: {} });
}
const role = await post("/roles", { name: "clerk", policies: { create: [{ policy: policy.id }], update: [], delete: [] } });
await post("/users", { email: "clerk@example.org", password: "linli-demo-2026", token: clerk, role: role.id });
