// What the other houses do by themselves: the responsible unit from category and place, in the transaction of the
// matter itself. The audit row is Directus' own `directus_activity`, written in the same transaction.
export default ({ filter }) => {
  filter("cases.items.create", async (payload, _meta, { database }) => {
    const found = await database("routes").where({ category: payload.category, place: payload.place }).first("unit");
    if (!found) throw new Error("no route");
    return { ...payload, unit: found.unit, status: "open" };
  });
};
