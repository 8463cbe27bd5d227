// How long a venue has been in front of a reviewer: hidden tabs do not count, nor does more than a minute of a pause without a key, a touch or a move.

const PAUSE = 60000;
const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "scroll"];

/** A stopwatch for one screen. `at(version)`: this is on the screen now; `seconds(version)`: for how long it was; `stop()`: the screen is left. */
export function stopwatch() {
  let shown = "";
  let spent = 0;
  let since = 0;

  function count() {
    const now = performance.now();
    if (!document.hidden && shown) spent += Math.min(now - since, PAUSE);
    since = now;
  }

  // While a tab is hidden nothing is added; `hidden` is already true in the event that tells it, so the time before it is counted there.
  function turned() {
    const now = performance.now();
    if (document.hidden && shown) spent += Math.min(now - since, PAUSE);
    since = now;
  }

  SIGNS.forEach((name) => document.addEventListener(name, count, { passive: true, capture: true }));
  document.addEventListener("visibilitychange", turned);
  return {
    at(version) {
      if (version === shown) return;
      shown = version;
      spent = 0;
      since = performance.now();
    },
    seconds(version) {
      if (version !== shown) return null;
      count();
      return Math.round(spent / 10) / 100;
    },
    stop() {
      SIGNS.forEach((name) => document.removeEventListener(name, count, { capture: true }));
      document.removeEventListener("visibilitychange", turned);
    },
  };
}

/** What a decision says about how it came about. `materials`: of the venue's detail; `seconds`: in front of it, null where nobody measured;
    `images`: the first images that were on the screen too. */
export const looked = (materials, seconds, images = []) => ({
  saw: Object.fromEntries([...materials.map(({ task, seen }) => [task.material_id, seen]), ...images.filter((each) => !each.off).map(({ image_id, seen }) => [`first-image.${image_id}`, seen])]),
  ...(seconds === null || seconds === undefined ? {} : { looked_seconds: seconds }),
});
