/** One request to a door of the shop: its key, whose token, and what becomes of a refusal. */

import { brought } from "./first.js";

const RETRY_MS = 800;
/** What the server gave this page, where shoppers need a key: everybody who has the page has it. */
const KEY = document.querySelector('meta[name="vitrine-key"]')?.content;

/** No answer at all. */
export class Unreachable extends Error {
  constructor() {
    super(navigator.onLine === false ? "You are offline." : "The shop cannot be reached.");
  }
}

export class Refused extends Error {
  constructor(status, error) {
    super(status >= 500 || status === 408 ? "The shop does not answer just now." : (error?.message ?? `The shop answered ${status}.`));
    this.status = status;
    this.field = error?.field;
  }

  /** The token of the person did not hold: it can be renewed. */
  get isStranger() {
    return this.status === 401 && ["x-vitrine-person", "person_token"].includes(this.field);
  }
}

/** What the document brought is not asked for. A busy shop (503) is asked once more. `keepalive`: the page is going away, so the browser must send it without us. */
export async function knock(path, body, { token, signal, keepalive = false, again = true } = {}) {
  const first = brought(path);
  if (first) return first;
  const answer = await reach(path, {
    method: body ? "POST" : "GET",
    headers: {
      ...(body && { "content-type": "application/json" }),
      ...(KEY && { authorization: `Bearer ${KEY}` }),
      ...(token && { "x-vitrine-person": token }),
    },
    body: body && JSON.stringify(body),
    signal,
    keepalive,
  });
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  if (answer.status === 503 && again && !keepalive) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return knock(path, body, { token, signal, keepalive, again: false });
  }
  throw new Refused(answer.status, content.error);
}

async function reach(path, request) {
  try {
    return await fetch(path, request);
  } catch (problem) {
    throw request.signal?.aborted ? problem : new Unreachable();
  }
}
