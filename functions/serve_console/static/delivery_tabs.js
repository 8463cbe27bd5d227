// The tabs of the delivery screen: one line for each. A module exports `async function show(host, params)`.

export const TABS = [
  { id: "rules", word: "delivery.rules", load: () => import("/console/rules.js") },
];
