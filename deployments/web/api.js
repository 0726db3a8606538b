/** The doors of the gateway, and who is asking. */

export class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? `The shop answered ${status}.`);
    this.status = status;
    this.field = error?.field;
  }
}

export const newId = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-");

const SESSION = kept(sessionStorage, "vitrine-session", newId);
const RETRY_MS = 800;

export const session = { id: SESSION, user: kept(localStorage, "vitrine-user", newVisitor) };

export function newVisitor() {
  return `visitor-${newId().slice(0, 8)}`;
}

export function become(user) {
  session.user = user;
  keep(localStorage, "vitrine-user", user);
}

export const search = (request, signal) => ask("/v1/search", withWho(request), signal);
export const recommend = (request, signal) => ask("/v1/recommend", withWho(request), signal);
export const suggest = (text, signal) => ask(`/v1/suggest?${new URLSearchParams({ q: text })}`, undefined, signal);
export const itemOf = (id, signal) => ask(`/v1/items/${encodeURIComponent(id)}`, undefined, signal);
export const about = () => ask("/v1/shop");
export const demo = () => ask("/v1/demo");

/** `last`: the page is going away, so the browser must send it without us. */
export function report(events, last = false) {
  return ask("/v1/events", { events }, undefined, last);
}

function withWho(request) {
  return { ...request, user_id: session.user, session_id: session.id };
}

/** A busy shop (503) is asked once more. */
async function ask(path, body, signal, keepalive = false, again = true) {
  const answer = await fetch(path, {
    method: body ? "POST" : "GET",
    headers: body ? { "content-type": "application/json" } : {},
    body: body && JSON.stringify(body),
    signal,
    keepalive,
  });
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  if (answer.status === 503 && again && !keepalive) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return ask(path, body, signal, keepalive, false);
  }
  throw new Refused(answer.status, content.error);
}

function kept(storage, key, make) {
  try {
    const found = storage.getItem(key);
    if (found) return found;
  } catch {
    return make(); // storage may be switched off: the page works, and forgets
  }
  const made = make();
  keep(storage, key, made);
  return made;
}

export function keep(storage, key, value) {
  try {
    storage.setItem(key, value);
  } catch {
    /* switched off or full */
  }
}
