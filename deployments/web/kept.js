/** What this browser keeps. Storage may be switched off or full: the page works, and forgets. */

export function kept(storage, key) {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

export function keep(storage, key, value) {
  try {
    storage.setItem(key, value);
  } catch {
    /* it forgets */
  }
}

export function forget(storage, key) {
  try {
    storage.removeItem(key);
  } catch {
    /* there was nothing */
  }
}

/** Keys that begin so. */
export function keysOf(storage, start) {
  try {
    return Object.keys(storage).filter((key) => key.startsWith(start));
  } catch {
    return [];
  }
}
