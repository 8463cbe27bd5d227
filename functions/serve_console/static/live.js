// Asking again and again, politely: not in a hidden tab, slower when nothing moves, slower still when the answers fail.

const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 30000;

/**
 * Call `ask(signal)` until stopped. It returns the milliseconds to wait, or 0 to stop. `failed(error, pause)` hears of errors;
 * it returns false to give up.
 */
export function live(ask, failed) {
  let timer = 0;
  let failures = 0;
  let running = null;
  let stopped = false;
  let again = false;

  async function round() {
    clearTimeout(timer);
    if (running) again = true;
    if (stopped || running || document.hidden) return;
    again = false;
    running = new AbortController();
    let pause;
    try {
      pause = await ask(running.signal);
      failures = 0;
    } catch (error) {
      if (stopped || error.name === "AbortError") return;
      failures += 1;
      // Spread a little, so that many open consoles do not come back in the same second.
      pause = Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * (0.8 + Math.random() * 0.4);
      if (failed(error, pause) === false) stopped = true;
    } finally {
      running = null;
    }
    if (!stopped && (again || pause)) timer = setTimeout(round, again ? 0 : pause);
  }

  const shown = () => { if (!document.hidden) round(); };
  document.addEventListener("visibilitychange", shown);
  round();
  return {
    now: () => { if (!stopped) round(); },
    stop() {
      stopped = true;
      clearTimeout(timer);
      running?.abort();
      document.removeEventListener("visibilitychange", shown);
    },
  };
}
