// The tabs of the delivery screen: each module has `async function show(host, params)`.

export const TABS = [
  { id: "results", word: "delivery.results", load: () => import("/console/results.js") },
];
