"use strict";
// Everything below turns packed data into text nodes and shapes; no string of the data ever becomes markup.
const SIGNS = { exact: "=", changed: "≈", manual: "!", dropped: "×" };
const WORDS = { exact: "exact", changed: "changed", manual: "needs you", dropped: "left out" };
const SVG = "http://www.w3.org/2000/svg";
const byId = (id) => document.getElementById(id);
const count = (n) => n.toLocaleString("en");
const some = (n, one, many) => `${count(n)} ${n === 1 ? one : many || one + "s"}`;

function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}
function shape(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) if (child != null && child !== false) node.append(child);
  return node;
}
const sign = (verdict) => el("span", { class: `sign ${verdict}`, "aria-hidden": "true" }, SIGNS[verdict]);
const said = (text) => el("span", { class: "hidden" }, text);

// --- the packed data

const opened = new Map();
function unpack(id) {
  if (!opened.has(id)) opened.set(id, inflate(byId(id)));
  return opened.get(id);
}
async function inflate(node) {
  if (!node) return null;
  const bytes = Uint8Array.from(atob(node.textContent.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

// --- copying

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { "aria-hidden": "true", class: "hidden" });
    area.value = text;
    (button.closest("dialog") || document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = before; }, 1500);
}
function answerLine(text, where) {
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy the line for ${where}` }, "Copy");
  button.addEventListener("click", () => copy(text, button));
  return el("span", { class: "line" }, el("code", {}, text), button);
}

// --- filters

function chips(label, name, choices, change) {
  return el("fieldset", { class: "chips" }, el("legend", { class: "hidden" }, label),
    choices.map(([value, text, verdict], n) => el("label", { class: "chip" },
      el("input", { type: "radio", name, value, checked: n === 0, onchange: () => change(value) }),
      el("span", {}, verdict && sign(verdict), text))));
}
function search(label, change) {
  let waiting;
  const box = el("input", { type: "search", placeholder: label, "aria-label": label });
  box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => change(box.value.trim().toLowerCase()), 120); });
  return box;
}

// --- pictures

const ICONS = {
  start: "M3 1.5l9 5.5-9 5.5z", email: "M1 3h12v8H1zM1 3.5l6 4.5 6-4.5", wait: "M7 1a6 6 0 100 12A6 6 0 007 1M7 3.5V7l2.5 1.5",
  branch: "M7 1v4M7 5L2.5 9v4M7 5l4.5 4v4", tag: "M1 1h5l7 7-5 5-7-7zM3.5 3.5h.01", list: "M4 3h9M4 7h9M4 11h9M1 3h.5M1 7h.5M1 11h.5",
  attribute: "M2 2h10v10H2zM2 6h10", webhook: "M5 3L1 7l4 4M9 3l4 4-4 4", move: "M1 7h11M8 3l4 4-4 4", end: "M3 3h8v8H3z",
  hold: "M4.5 2v10M9.5 2v10", resume: "M2 2v10M5 2l7 5-7 5z", other: "M7 1a6 6 0 100 12A6 6 0 007 1M7 7h.01",
};
const BOX = 190;

function graph(picture, title) {
  const top = 12, side = 10;
  const width = picture.w + 2 * side, height = picture.h + 2 * top;
  const root = shape("svg", { class: "graph", width, height, viewBox: `${-side} ${-top} ${width} ${height}`, role: "group", "aria-label": title });
  // Shrinks to fit as long as it can be read; scrolls beyond that.
  root.style.minWidth = `${Math.round(width * 0.68)}px`;
  const labels = [];
  for (const way of picture.e) root.append(...line(picture.n[way.a], picture.n[way.b], way, labels));
  for (const box of picture.n) root.append(node(box));
  root.append(...labels);
  return root;
}
function line(from, to, way, labels) {
  const kind = way.r ? " r" : "";
  let path, tip;
  if (way.u) {
    const [[x, y1], [, y2]] = way.w;
    path = `M${from.x + BOX} ${y1}H${x - 8}Q${x} ${y1} ${x} ${y1 + (y2 < y1 ? -8 : 8)}V${y2 + (y2 < y1 ? 8 : -8)}Q${x} ${y2} ${x - 8} ${y2}H${to.x + BOX + 7}`;
    tip = `M${to.x + BOX} ${y2}l8 -4v8z`;
    if (way.l) labels.push(shape("text", { class: "lane", x: x - 14, y: (y1 + y2) / 2, "text-anchor": "end" }, way.l));
  } else {
    const points = [[from.x + BOX / 2, from.y + from.h]];
    for (const [x, y] of way.w || []) points.push([x, y], [x, y + 34]);
    points.push([to.x + BOX / 2, to.y - 7]);
    path = `M${points[0][0]} ${points[0][1]}`;
    for (let n = 1; n < points.length; n++) {
      const [x1, y1] = points[n - 1], [x2, y2] = points[n], middle = (y1 + y2) / 2;
      path += Math.abs(x1 - x2) < 1 ? `V${y2}` : `C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`;
    }
    const [x, y] = points[points.length - 1];
    tip = `M${x} ${y + 7}l-4 -8h8z`;
    if (way.l) {
      const [x1, y1] = points[0], [x2, y2] = points[1];
      labels.push(shape("text", { class: "lane", x: x1 + (x2 - x1) * 0.5, y: y1 + Math.min(26, (y2 - y1) * 0.62) + 3, "text-anchor": "middle" }, way.l.length > 24 ? way.l.slice(0, 23) + "…" : way.l));
    }
  }
  return [shape("path", { class: "way" + kind, d: path }), shape("path", { class: "tip" + kind, d: tip })];
}
function node(box) {
  const verdict = box.v || "exact";
  const words = [(box.t || []).join(" "), (box.l || []).join(" ")].filter(Boolean).join(". ");
  const whole = `${box.f || words}${box.p ? `. ${some(box.p, "person", "people")} here` : ""}. ${WORDS[verdict]}`;
  const group = shape("g", { class: `node k-${box.k} v-${verdict}`, transform: `translate(${box.x} ${box.y})`, tabindex: "0", role: "img", "aria-label": whole, "data-step": box.s });
  group.append(shape("title", {}, whole), shape("rect", { class: "box", width: BOX, height: box.h, rx: box.k === "start" || box.k === "end" ? 16 : 9 }));
  group.append(shape("path", { class: "icon", d: ICONS[box.k] || ICONS.other, transform: "translate(10 12)" }));
  let y = 23;
  for (const text of box.t || []) { group.append(shape("text", { class: "t", x: 31, y }, text)); y += 17; }
  y -= 1;
  for (const text of box.l || []) { group.append(shape("text", { x: 12, y: y + 1 }, text)); y += 15; }
  if (box.p) {
    const people = box.k === "resume" ? some(box.p, "person", "people") : some(box.p, "person here", "people here");
    group.append(shape("g", { class: "people", transform: `translate(10 ${box.h - 27})` }, shape("rect", { width: 18 + 7.7 * people.length, height: 19, rx: 9.5 }), shape("text", { x: 9, y: 14 }, people)));
  }
  if (box.s || verdict !== "exact") group.append(badge(verdict));
  return group;
}
function badge(verdict) {
  const round = verdict === "exact" ? shape("circle", { r: 9 }) : shape("rect", { x: -9, y: -9, width: 18, height: 18, rx: verdict === "changed" ? 5 : 2 });
  return shape("g", { class: `badge b-${verdict}`, transform: `translate(${BOX - 2} 1)` }, round, shape("text", { y: 4.5 }, SIGNS[verdict]));
}
function link(sides) {
  const mark = (event, on) => {
    const group = event.target.closest && event.target.closest("g.node");
    const step = group && group.dataset.step;
    if (step) for (const other of sides.querySelectorAll("g.node")) if (other.dataset.step === step) other.classList.toggle("linked", on);
  };
  for (const name of ["mouseover", "focusin"]) sides.addEventListener(name, (event) => mark(event, true));
  for (const name of ["mouseout", "focusout"]) sides.addEventListener(name, (event) => mark(event, false));
  return sides;
}
function figure(title, note, picture, empty) {
  return el("figure", { class: "side" }, el("figcaption", {}, el("strong", {}, title), el("span", {}, note)),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${title}: steps` }, picture ? graph(picture, `${title}: ${note}`) : el("p", {}, empty)));
}

// --- sequences

const platform = document.title.replace(/^.*: from (.*) to Sequenzy$/, "$1");
let index, findings;

function sequenceRow(row, number) {
  const facts = [some(row.steps, "step"), some(row.emails, "email")];
  if (row.in_it) facts.push(`${some(row.in_it, "person", "people")} in it: ${count(row.finishes)} finish at ${platform}, ${count(row.needs_you)} need you`);
  if (row.active === false) facts.push("off at the source");
  const details = el("details", { class: "seq", id: `sequence-${number}` }, el("summary", {},
    el("span", { class: "seq-name" }, row.name || "Unnamed"), el("span", { class: "seq-facts" }, facts.join(" · ")),
    el("span", { class: `state ${row.mark}` }, row.state), el("span", { class: "chevron", "aria-hidden": "true" })));
  details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) show(details, number); });
  return details;
}
async function one(number) {
  return (await unpack(`s${Math.floor(number / index.chunk)}`))[number % index.chunk];
}
async function show(details, number) {
  const body = el("div", { class: "seq-body" });
  details.append(body);
  const sequence = await one(number);
  if (sequence.blocks && sequence.blocks.length) body.append(el("div", { class: "blocks" }, el("p", {}, "Before this may be enabled:"), el("ul", {}, sequence.blocks.map((text) => el("li", {}, text)))));
  body.append(link(el("div", { class: "sides" },
    figure(platform, (sequence.starts || []).join(" or ") || "no start found", sequence.source),
    figure("Sequenzy", sequence.starts_after || "not taken", sequence.target, "This sequence is left out."))));
  const notes = [...(sequence.settings || [])];
  if (sequence.feeders && sequence.feeders.length) notes.push(`Started through ${sequence.feeders.join(", ")}`);
  if (notes.length) body.append(el("h3", {}, "Settings"), el("ul", { class: "facts" }, notes.map((text) => el("li", {}, text))));
  if (sequence.standing && sequence.standing.length) body.append(el("h3", {}, "People in it"), el("ul", { class: "facts" }, sequence.standing.map((row) => el("li", {}, sign(row.verdict), said(WORDS[row.verdict]), el("span", { class: "num" }, count(row.people)), el("span", {}, row.says)))));
  if (sequence.emails && sequence.emails.length) body.append(el("h3", {}, "Emails"), letterList(sequence.emails));
  const mine = findings.filter((finding) => finding.sequence_id === sequence.id && finding.kind !== "enrolment");
  if (mine.length) body.append(el("h3", {}, "Findings"), el("ul", { class: "findings" }, mine.map(findingRow)));
}
function letterList(emails) {
  return el("ul", { class: "letters" }, emails.map((email) => {
    const verdict = email.verdict || "exact";
    const button = el("button", { type: "button", class: "quiet", "aria-label": `Look at the email ${email.label}` }, "Look");
    button.addEventListener("click", () => openLetter(email));
    return el("li", {}, sign(verdict), said(WORDS[verdict]), el("span", { class: "what" }, el("b", {}, email.label), el("span", { class: "subject" }, email.subject_after || email.subject_before || "no subject")), button);
  }));
}
async function setUpSequences() {
  const list = byId("sequence-list"), found = byId("sequences-found");
  const rows = index.sequences.map(sequenceRow);
  list.append(...rows);
  let wanted = "all", words = "", text = null;
  async function apply() {
    if (words && !text) {
      text = await Promise.all(index.sequences.map(async (row, n) => JSON.stringify(await one(n)).toLowerCase()));
    }
    let shown = 0;
    index.sequences.forEach((row, n) => {
      const fits = (wanted === "all" || (wanted === "hold" && row.taken && !row.ready) || (wanted === "ready" && row.ready) || (wanted === "people" && row.in_it))
        && (!words || text[n].includes(JSON.stringify(words).slice(1, -1)));
      rows[n].hidden = !fits;
      shown += fits;
    });
    found.textContent = shown === rows.length ? some(shown, "sequence") : `${count(shown)} of ${some(rows.length, "sequence")}`;
  }
  byId("sequence-tools").append(search("Search names, steps, subjects", (value) => { words = value; apply(); }),
    chips("Which sequences", "which", [["all", "All"], ["hold", "Needs you", "manual"], ["ready", "Ready", "exact"], ["people", "With people in it"]], (value) => { wanted = value; apply(); }));
  apply();
}

// --- findings

function findingRow(finding) {
  return el("li", {}, sign(finding.verdict), el("span", { class: "where" }, said(`${WORDS[finding.verdict]}: `), finding.where, " ", finding.count > 1 && el("span", { class: "pill" }, count(finding.count))),
    el("span", {}, finding.reason), finding.remedy && el("span", { class: "why" }, finding.remedy), finding.settles && answerLine(finding.settles, finding.where), finding.typed && el("span", { class: "typed" }, finding.typed));
}
function setUpFindings() {
  const list = byId("finding-list"), found = byId("findings-found"), more = byId("finding-more");
  const text = findings.map((one) => [one.where, one.reason, one.remedy, one.settles, one.typed, one.code].join(" ").toLowerCase());
  const kinds = [...new Set(findings.map((one) => one.kind))];
  let verdict = "all", kind = "", words = "", hits = [], shown = 0;
  function extend() {
    const next = hits.slice(shown, shown + 60);
    list.append(...next.map((n) => findingRow(findings[n])));
    shown += next.length;
    more.hidden = shown >= hits.length;
  }
  function apply() {
    hits = findings.map((_, n) => n).filter((n) => (verdict === "all" || findings[n].verdict === verdict) && (!kind || findings[n].kind === kind) && (!words || text[n].includes(words)));
    list.replaceChildren();
    shown = 0;
    extend();
    found.textContent = hits.length === findings.length ? some(hits.length, "finding") : `${count(hits.length)} of ${some(findings.length, "finding")}`;
  }
  const select = el("select", { "aria-label": "Kind", onchange: () => { kind = select.value; apply(); } }, el("option", { value: "" }, "Every kind"), kinds.map((name) => el("option", { value: name }, name.replace(/_/g, " "))));
  byId("finding-tools").append(search("Search findings", (value) => { words = value; apply(); }),
    chips("Which findings", "verdict", [["all", "All"], ["manual", "Needs you", "manual"], ["changed", "Changed", "changed"], ["dropped", "Left out", "dropped"]], (value) => { verdict = value; apply(); }), select);
  more.addEventListener("click", extend);
  apply();
}

// --- emails

const CONTACTS = {
  full: { label: "Ada, every field known", first_name: "Ada", last_name: "Lovelace", email: "ada@example.com", fields: true },
  bare: { label: "Somebody without a name", email: "someone@example.com", fields: true },
  empty: { label: "Nothing but the address", email: "someone@example.com", fields: false },
};
function valueOf(name, contact) {
  const key = name.toLowerCase().replace(/^(subscriber|contact|custom_data)\./, "");
  if (key in contact) return String(contact[key]);
  if (key === "unsubscribeurl" || key.endsWith("unsubscribe_url")) return "#unsubscribe";
  if (/^(first_?name|last_?name)$/.test(key)) return "";
  return contact.fields ? `‹${key.split(".").pop()}›` : "";
}
const escape = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
function filledIn(html, contact) {
  let text = html;
  for (let depth = 0; depth < 4; depth++) {
    text = text.replace(/\{\{#if\s+([\w.]+)\s*\}\}((?:(?!\{\{#if)[\s\S])*?)\{\{\/if\}\}/g, (_, name, inside) => {
      const [yes, no = ""] = inside.split("{{else}}");
      return valueOf(name, contact) ? yes : no;
    });
  }
  return text.replace(/\{\{\s*([\w.]+)\s*(?:\|\s*(?:default:\s*)?["']?([^"'}|]*)["']?\s*)?\}\}/g, (_, name, fallback) => escape(valueOf(name, contact) || (fallback || "").trim()));
}
function framed(html, remote) {
  const images = remote ? "img-src data: https: http:; style-src 'unsafe-inline' https:; font-src https: data:" : "img-src data:; style-src 'unsafe-inline'";
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; ${images}"><meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer">${html}`;
}
function changed(before, after) {
  if (before === after) return [before || "none"];
  if (!before) return [el("ins", {}, after)];
  if (!after) return [el("del", {}, before)];
  return [el("del", {}, before), " ", el("ins", {}, after)];
}
async function openLetter(email) {
  const dialog = byId("letter");
  await whole;
  const places = await unpack("e");
  const pieces = (await unpack(`m${places[email.key]}`)) || [];
  const side = (n) => pieces.map((piece) => (typeof piece === "string" ? piece : piece[n])).join("");
  const carried = Boolean(email.subject_after || side(1));
  const edits = pieces.filter((piece) => typeof piece !== "string").length;
  const view = el("div", { class: "view", tabindex: "0", role: "region", "aria-label": "Email" });
  const remote = el("input", { type: "checkbox" }), who = el("select", { "aria-label": "Sample contact" }, Object.entries(CONTACTS).map(([key, one]) => el("option", { value: key }, one.label)));
  const extras = el("span", { class: "tools-rest chips" }, who, el("label", { class: "switch" }, remote, "Load remote images"));
  let mode = carried ? "after" : "before";
  function draw() {
    extras.hidden = mode === "source";
    if (mode === "source") {
      view.replaceChildren(el("pre", {}, pieces.map((piece) => typeof piece === "string" ? piece : [piece[0] && el("del", {}, piece[0]), piece[1] && el("ins", {}, piece[1])])));
      return;
    }
    const html = side(mode === "after" ? 1 : 0);
    if (!html) {
      view.replaceChildren(el("p", { class: "empty" }, mode === "after" ? "This email is not carried over until somebody decides. Nothing is sent in its place." : "The source did not give the content of this email."));
      return;
    }
    const frame = el("iframe", { sandbox: "", title: "Preview of the email", referrerpolicy: "no-referrer" });
    frame.srcdoc = framed(filledIn(html, CONTACTS[who.value]), remote.checked);
    view.replaceChildren(frame);
  }
  who.addEventListener("change", draw);
  remote.addEventListener("change", draw);
  const close = el("button", { type: "button", class: "quiet" }, "Close");
  close.addEventListener("click", () => dialog.close());
  const choices = [["after", "At Sequenzy"], ["before", `At ${platform}`], ["source", edits ? `Source, ${some(edits, "change")} marked` : "Source, unchanged"]];
  if (!carried) choices.push(choices.shift());
  dialog.replaceChildren(el("div", { class: "letter" },
    el("header", {}, el("h2", { id: "letter-title" }, email.label), close),
    el("dl", { class: "compare" }, el("dt", {}, "Subject"), el("dd", {}, changed(email.subject_before || "", email.subject_after || "")), el("dt", {}, "Preview text"), el("dd", {}, changed(email.preview_before || "", email.preview_after || ""))),
    el("div", { class: "tools" }, chips("View", "view", choices, (value) => { mode = value; draw(); }), extras), view));
  mode = choices[0][0];
  draw();
  dialog.showModal();
}

// --- begin

async function begin() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button.dataset.copy, button));
  }
  const all = byId("copy-all");
  const lines = [...new Set([...document.querySelectorAll("[data-copy]")].map((button) => button.dataset.copy))];
  if (all && lines.length) {
    all.hidden = false;
    all.addEventListener("click", () => copy(lines.join("\n") + "\n", all));
  }
  [index, findings] = await Promise.all([unpack("i"), unpack("f")]);
  await setUpSequences();
  setUpFindings();
  if (index.templates && byId("template-list")) byId("template-list").append(letterList(index.templates));
  document.documentElement.dataset.ready = "yes";
}
// The emails come after this script; the rest of the page does not wait for them.
const whole = new Promise((done) => addEventListener("DOMContentLoaded", done));
begin();
