/** Who shops here. The server says it with a token, and keeps it in a cookie over reloads; the token lives in this page. */

import { onlyFor } from "./first.js";
import { knock } from "./knock.js";
import { keep, kept } from "./kept.js";

const CHOSEN = "vitrine-user"; // on a simulated shop: whom the visitor wants to be
const EARLY_MS = 60_000; // a token is renewed so long before its end, or half of its life

/** Of one somebody: { user, session, token, until }. The same object also when the token is another one. */
let current;

/** The person of now. The first call asks the server. */
export function person() {
  current ??= arrive().catch((problem) => {
    current = undefined; // the next one asks again
    throw problem;
  });
  return current;
}

/** Become a user of a simulated shop, or without one a visitor who was never here. */
export async function become(user) {
  const who = await (user ? asUser(user) : asVisitor({ fresh: true }));
  keep(localStorage, CHOSEN, user ?? "");
  current = Promise.resolve(who);
  return who;
}

/** Their token, renewed where it is nearly over or `refused`. */
export async function tokenOf(who, refused = false) {
  if (refused || Date.now() > who.until) {
    who.renewing ??= renewed(who, refused).finally(() => delete who.renewing);
    await who.renewing;
  }
  return who.token;
}

async function arrive() {
  const user = kept(localStorage, CHOSEN) || null;
  onlyFor(user);
  if (!user) return asVisitor({});
  return asUser(user).catch(() => asVisitor({})); // it is another shop now
}

const asVisitor = async (wish, token) => read(await knock("/v1/sessions", wish, { token }));
const asUser = async (user) => read(await knock("/v1/demo/sessions", { user_id: user }));

/** A visitor goes on as the same session while the old token, or the cookie, still holds. */
async function renewed(who, refused) {
  Object.assign(who, who.user ? await asUser(who.user) : await asVisitor({}, refused ? undefined : who.token));
}

function read({ token, user_id: user, session_id: session, expires_in_s: left }) {
  return { token, user, session, until: Date.now() + Math.max(left * 500, left * 1000 - EARLY_MS) };
}
