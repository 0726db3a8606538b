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
  return el("details", {},
    el("summary", {}, el("code", {}, `${method} ${path}`), ` ${door.description ?? ""}`),
    ...(door.parameters ?? []).map((one) => el("p", {}, el("code", {}, one.name), ` in the ${one.in}: ${typeOf(one.schema)}`)),
    body && el("p", {}, "Takes ", el("code", {}, typeOf(body))),
    el("table", {}, ...Object.entries(door.responses).map(([status, answer]) => drawAnswer(status, answer))),
    drawTrial(method, path, door, body),
  );
}

function drawAnswer(status, answer) {
  const schema = answer.content?.["application/json"]?.schema;
  return el("tr", {}, el("td", {}, el("code", {}, status)), el("td", {}, answer.description), el("td", {}, el("code", {}, schema ? typeOf(schema) : "")));
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

/** What the example becomes when it is sent. */
function drawTrial(method, path, door, body) {
  const examples = body ? (api.components.schemas[typeOf(body)]?.examples ?? [{}]) : [];
  const filled = (door.parameters ?? []).reduce((so, one) => so.replace(`{${one.name}}`, one.examples?.[0] ?? one.schema.examples?.[0] ?? ""), path);
  const text = el("textarea", { "aria-label": `Body of ${method} ${path}`, spellcheck: "false" });
  text.value = body ? pretty(examples[0]) : filled;
  const answer = el("pre", { role: "status" });
  const send = async () => {
    answer.textContent = "…";
    const options = body ? { method, headers: { "content-type": "application/json" }, body: text.value } : { method };
    const got = await fetch(body ? path : text.value, options);
    answer.textContent = `${got.status}\n${await got.json().then(pretty, () => "")}`;
  };
  const others = examples.slice(1).map((example, number) =>
    el("button", { type: "button", on: { click: () => (text.value = pretty(example)) } }, `Example ${number + 2}`));
  return el("div", {}, text, el("button", { type: "button", on: { click: send } }, "Send"), " ", ...others.flatMap((one) => [one, " "]), answer);
}

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.type === "array") return `[${typeOf(schema.items ?? {})}]`;
  if (schema.type === "object" && schema.additionalProperties) return `{string: ${typeOf(schema.additionalProperties)}}`;
  return schema.type ?? "any";
}
