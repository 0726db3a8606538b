/** The doors of the gateway that the page knocks at, in the name of who shops here. */

import { knock } from "./knock.js";
import { person, tokenOf } from "./person.js";

export const newId = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-");

export const search = (request, signal) => ask("/v1/search", request, signal);
export const recommend = (request, signal) => ask("/v1/recommend", request, signal);
export const suggest = (text, signal) => knock(`/v1/suggest?${new URLSearchParams({ q: text })}`, undefined, { signal });
export const itemOf = (id, signal) => knock(`/v1/items/${encodeURIComponent(id)}`, undefined, { signal });
export const browse = ({ path, sort }, offset, signal) =>
  knock(`/v1/browse?${new URLSearchParams([...path.map((name) => ["path", name]), ...(sort ? [["sort", sort]] : []), ["offset", offset]])}`, undefined, { signal });
export const about = () => knock("/v1/shop");
export const demo = () => knock("/v1/demo");

/** What `who` did. `last`: the page is going away, so the browser must send it without us, with the token that is there. */
export async function report(who, events, last = false) {
  const send = (token) => knock("/v1/events", { events, person_token: token }, { keepalive: last });
  return last ? send(who.token) : shown(who, send);
}

async function ask(path, request, signal) {
  return shown(await person(), (token) => knock(path, request, { token, signal }));
}

/** With their token, and once more with a new one where the shop does not take it. */
async function shown(who, send) {
  try {
    return await send(await tokenOf(who));
  } catch (problem) {
    if (!problem.isStranger) throw problem;
    return send(await tokenOf(who, true));
  }
}
