/** Answers that came with the document, to what the page asks first: over a slow line it then waits once. */

const { user_id: owner = null, answers = {} } = JSON.parse(document.getElementById("first")?.textContent ?? "{}");
const left = new Map(Object.entries(answers));

/** The answer of this door, once; undefined where the document brought none. */
export function brought(address) {
  const [door] = address.split("?");
  const answer = left.get(door);
  left.delete(door);
  return answer;
}

/** What was meant for somebody else is nobody's. @param {?string} user who shops here; null for a visitor. */
export const onlyFor = (user) => user === owner || left.clear();

/** From here on everything is asked for. */
export const used = () => left.clear();
