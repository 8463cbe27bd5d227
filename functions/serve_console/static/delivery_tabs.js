// The tabs of the delivery screen. `load` gives a module with `async function show(host, params)` (delivery.js says what params holds).

export const TABS = [
  { id: "policies", word: "delivery.policies", load: () => import("/console/policies.js") },
];
