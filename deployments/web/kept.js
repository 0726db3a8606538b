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
