// Decisions that can still be taken back: kept for five seconds, then sent.

import { say, toast, toastError } from "/console/parts.js";
import { t } from "/console/words.js";

const SECONDS = 5;
const held = [];
const listeners = new Set();

export const onHeld = (listener) => { listeners.add(listener); return () => listeners.delete(listener); };
export const pendingCount = () => held.length;
export const isHeld = (venueId) => held.some((each) => each.venueIds.includes(venueId));
export const heldVenues = () => new Set(held.flatMap((each) => each.venueIds));

const changed = () => listeners.forEach((each) => each());

/**
 * Keep a decision about a venue, or about several. `send({keepalive})` sends it; `undone()` and `failed(error)` hear how else it ended, `sent()` that it is through.
 */
export function hold({ venueId, venueIds = [venueId], text, mark, send, undone, failed, sent }) {
  const entry = { venueIds, send, undone };
  entry.close = toast(text, { action: t("undo_key"), onAction: () => undo(entry), seconds: SECONDS, state: mark });
  entry.deliver = async (options = {}) => {
    clearTimeout(entry.timer);
    entry.close();
    held.splice(held.indexOf(entry), 1);
    changed();
    try {
      await send(options);
      sent?.();
    } catch (error) {
      toastError(error);
      failed?.(error);
    }
    changed();
  };
  entry.timer = setTimeout(() => entry.deliver(), SECONDS * 1000);
  held.push(entry);
  changed();
}

function undo(entry) {
  const index = held.indexOf(entry);
  if (index < 0) return false;
  held.splice(index, 1);
  clearTimeout(entry.timer);
  entry.close();
  say(t("undone"));
  entry.undone?.();
  changed();
  return true;
}

/** Take the latest decision back; false if nothing waits any more. */
export const undoLast = () => (held.length ? undo(held[held.length - 1]) : false);

/** The tab is closing: what was decided is sent now, with requests that outlive the page. */
export function flushHeld() {
  for (const entry of [...held]) entry.deliver({ keepalive: true });
}
