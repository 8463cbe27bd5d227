// The tabs of the delivery screen. `load` gives a module with `async function show(host, params)` (delivery.js says what params holds).

export const TABS = [
  { id: "placements", word: "delivery.placements", load: () => import("/console/placements.js") },
  { id: "rules", word: "delivery.rules", load: () => import("/console/rules.js") },
  { id: "standing", word: "delivery.standing", load: () => import("/console/standing.js") },
  { id: "results", word: "delivery.results", load: () => import("/console/results.js") },
  { id: "policies", word: "delivery.policies", load: () => import("/console/policies.js") },
];
