// The tabs of the delivery screen: each module has `async function show(host, params)`.

export const TABS = [
  { id: "standing", word: "delivery.standing", load: () => import("/console/standing.js") },
];
