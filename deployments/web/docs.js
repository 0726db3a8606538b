/** The document of the API, drawn from its own description: no outside host, no library. */

import { byId, el } from "./element.js";

const api = await (await fetch("/openapi.json")).json();
const pretty = (value) => JSON.stringify(value, null, 2);

byId("doors").append(
  ...Object.entries(api.paths).flatMap(([path, doors]) =>
    Object.entries(doors).map(([method, door]) => drawDoor(method.toUpperCase(), path, door)),
  ),
);
byId("shapes").append(...Object.entries(api.components.schemas).map(([name, shape]) => drawShape(name, shape)));

function drawDoor(method, path, door) {
  const body = door.requestBody?.content["application/json"].schema;
  return el("details", { class: "door" },
    el("summary", {}, el("code", {}, `${method} ${path}`), ` ${door.description ?? ""}`),
    el("p", {}, keyOf(door)),
    ...(door.parameters ?? []).map((one) => el("p", {}, el("code", {}, one.name), ` in the ${one.in}: ${typeOf(one.schema)}`)),
    body && el("p", {}, "Takes ", shapeOf(body)),
    el("table", {}, ...Object.entries(door.responses).map(([status, answer]) => drawAnswer(status, answer))),
    ...door["x-codeSamples"].map(({ source }) => drawExample(source)),
    drawTrial(method, path, door, body),
  );
}

function keyOf({ security = [{}] }) {
  const scopes = security.flatMap(({ key = [] }) => key).join(" or ");
  if (!scopes) return "Needs no key.";
  return security.some((one) => !one.key) ? `Says more to a key of scope ${scopes}.` : `Needs a key of scope ${scopes}.`;
}

/** The command with this shop's address; the key is whoever's who types it. */
function drawExample(source) {
  const text = source.replaceAll("$SHOP", location.origin);
  const copy = el("button", { type: "button", on: { click: async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
  } } }, "Copy");
  return el("div", { class: "example" }, el("pre", { class: "curl", tabindex: "0", "aria-label": "Example with curl" }, text), navigator.clipboard && copy);
}

function drawAnswer(status, answer) {
  const schema = answer.content?.["application/json"]?.schema;
  return el("tr", {}, el("td", {}, el("code", {}, status)), el("td", {}, answer.description), el("td", {}, schema && shapeOf(schema)));
}

function drawShape(name, shape) {
  const required = new Set(shape.required ?? []);
  return el("details", { id: name },
    el("summary", {}, el("code", {}, name), ` ${shape.description ?? ""}`),
    el("table", {}, ...Object.entries(shape.properties ?? {}).map(([field, one]) =>
      el("tr", {}, el("td", {}, el("code", {}, field), required.has(field) ? " *" : ""), el("td", {}, el("code", {}, typeOf(one))), el("td", {}, one.description ?? "")))),
    ...(shape.examples ?? []).map((example) => el("pre", {}, pretty(example))),
  );
}

/** What the example becomes when it is sent, with the key that was typed above. */
function drawTrial(method, path, door, body) {
  const examples = body ? (api.components.schemas[typeOf(body)]?.examples ?? [{}]) : [];
  const address = el("input", { value: filled(path, door), "aria-label": `Address of ${method} ${path}`, spellcheck: "false" });
  const text = body && el("textarea", { "aria-label": `Body of ${method} ${path}`, spellcheck: "false" });
  if (text) text.value = pretty(examples[0]);
  const answer = el("pre", { role: "status", tabindex: "0", "aria-label": "Answer" });
  const others = examples.slice(1).map((example, number) =>
    el("button", { type: "button", on: { click: () => (text.value = pretty(example)) } }, `Example ${number + 2}`));
  const send = async () => {
    answer.textContent = "…";
    answer.textContent = await answerTo(method, address.value, text?.value);
  };
  return el("div", { class: "trial" }, address, text, el("button", { type: "button", on: { click: send } }, "Send"), " ", ...others.flatMap((one) => [one, " "]), answer);
}

async function answerTo(method, address, body) {
  const key = byId("key").value.trim();
  const headers = { ...(body && { "content-type": "application/json" }), ...(key && { authorization: `Bearer ${key}` }) };
  try {
    const got = await fetch(new URL(address, location.origin), { method, headers, body });
    return `${got.status} ${got.statusText}\n${await got.json().then(pretty, () => `(${got.headers.get("content-type") ?? "nothing"})`)}`;
  } catch (problem) {
    return `The shop cannot be reached: ${problem.message}`;
  }
}

/** The path with the first examples of its parameters. */
function filled(path, { parameters = [] }) {
  const words = new URLSearchParams();
  for (const one of parameters) {
    const example = one.examples?.[0] ?? one.schema.examples?.[0];
    if (one.in === "path") path = path.replace(`{${one.name}}`, encodeURIComponent(example ?? ""));
    else if (one.in === "query" && example !== undefined) for (const value of [example].flat()) words.append(one.name, value);
  }
  return words.size ? `${path}?${words}` : path;
}

/** The name of a shape leads to it. */
function shapeOf(schema) {
  const name = typeOf(schema);
  return el("code", {}, schema.$ref ? el("a", { href: `#${name}`, on: { click: () => (byId(name).open = true) } }, name) : name);
}

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.type === "array") return `[${typeOf(schema.items ?? {})}]`;
  if (schema.type === "object" && schema.additionalProperties) return `{string: ${typeOf(schema.additionalProperties)}}`;
  return schema.type ?? "any";
}
