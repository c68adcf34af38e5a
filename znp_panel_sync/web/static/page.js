// Follows the nodes by one stream of changes, and draws what has changed. What comes from outside, such as names and
// events, becomes text by textContent alone: never HTML, never an attribute that means something.

const language = document.documentElement.lang;
const texts = await (await fetch(`texts.${language.slice(0, 2)}.json`)).json();
const byId = (id) => document.getElementById(id);
const clone = (id) => byId(id).content.firstElementChild.cloneNode(true);

const say = (name, values = {}) => texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
const word = (kind, value) => texts[`${kind}.${value}`] ?? value;

// --- Time: by the server's clock, as "3 min. ago" -------------------------------------------------------------------

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const absolute = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
let serverAhead = 0;

function setTime(element, seconds) {
  const moment = new Date(seconds * 1000);
  element.dateTime = moment.toISOString();
  element.title = absolute.format(moment);
  tellTime(element);
}

function tellTime(element) {
  const passed = Math.max(0, (Date.now() + serverAhead - Date.parse(element.dateTime)) / 1000);
  const [unit, length] = UNITS.find(([name, seconds]) => passed >= seconds || name === "second");
  element.textContent = relative.format(-Math.floor(passed / length), unit);
}

setInterval(() => document.querySelectorAll("time[datetime]").forEach(tellTime), 5000);

// --- Nodes ----------------------------------------------------------------------------------------------------------

const rows = new Map();

function setBadge(element, condition, label = word("status", condition)) {
  element.dataset.condition = condition;
  element.textContent = label;
}

function drawRow(node) {
  const element = rows.get(node.key) ?? clone("row-template");
  const find = (selector) => element.querySelector(selector);
  const condition = element.dataset.condition;
  element.dataset.condition = node.condition;
  element.classList.toggle("changed", condition !== undefined && condition !== node.condition);
  find(".name").textContent = node.name;
  find(".endpoint").textContent = node.endpoint ?? "";
  setBadge(find("td .badge"), node.condition);
  find(".reason").textContent = reasonOf(node);
  find(".protocols").replaceChildren(...node.protocols.map(drawProtocol));
  const latency = node.latency === null ? "–" : say("milliseconds", { ms: node.latency });
  find(".milliseconds").textContent = node.streamed ? say("streamed") : latency;
  find(".history")?.remove();
  if (node.history.length) find(".latency").append(drawHistory(node));
  find(".change").textContent = node.transition ? changeOf(node.transition) : say("no_change");
  if (node.transition) setTime(find("time"), node.transition.at);
  rows.set(node.key, element);
}

function reasonOf(node) {
  if (node.held) return say("held");
  if (node.problem) return node.problem;
  return node.reason && node.reason !== "reached" ? word("reason", node.reason) : "";
}

const changeOf = ({ previous, status }) => `${word("status", previous)} → ${word("status", status)} `;

function drawProtocol([id, protocol, health]) {
  const element = clone("protocol-template");
  setBadge(element.querySelector(".badge"), health);
  element.querySelector("bdi").textContent = protocol && protocol !== id ? `${id} · ${protocol}` : id;
  return element;
}

function drawHistory({ history }) {
  const [width, height, places] = [120, 28, Math.max(history.length, 20)];
  const reached = history.filter((ms) => ms !== null);
  const [low, high] = [Math.min(...reached), Math.max(...reached)];
  const x = (place) => width - ((history.length - 1 - place) * width) / (places - 1);
  const y = (ms) => height - 3 - (ms / high) * (height - 6);
  const svg = drawShape("svg", { viewBox: `0 0 ${width} ${height}`, class: "history", role: "img" });
  const known = (ms) => (ms === undefined || ms === null ? "–" : say("milliseconds", { ms }));
  svg.setAttribute("aria-label", say("history", {
    count: history.length, failed: history.length - reached.length, now: known(history.at(-1)),
    low: known(reached.length ? low : null), high: known(reached.length ? high : null),
  }));
  let [line, failed] = ["", ""];
  history.forEach((ms, place) => {
    if (ms === null) failed += `M${x(place)} ${height - 7}v7`;
    else line += `${(history[place - 1] ?? null) === null ? "M" : "L"}${x(place)} ${y(ms)}`;
  });
  svg.append(drawShape("path", { d: line, class: "line" }), drawShape("path", { d: failed, class: "failed" }));
  if (history.at(-1)) svg.append(drawShape("circle", { cx: width, cy: y(history.at(-1)), r: 2.5 }));
  return svg;
}

function drawShape(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([attribute, value]) => element.setAttribute(attribute, value));
  return element;
}

function arrange(order) {
  const shown = new Set(order);
  for (const [key, element] of rows) {
    if (!shown.has(key)) {
      element.remove();
      rows.delete(key);
    }
  }
  let next = byId("rows").firstElementChild;
  for (const element of order.map((key) => rows.get(key))) {
    if (element === next) next = next.nextElementSibling;
    else byId("rows").insertBefore(element, next);
  }
}

function tellCounts({ counts, found, order }) {
  for (const button of byId("filters").children) {
    const name = button.dataset.filter;
    button.querySelector(".number").textContent = counts[name].toLocaleString(language);
    button.hidden = !counts[name] && !["all", "online", "offline", wanted.status].includes(name);
  }
  const nothing = counts.all ? say("none") : say("empty");
  byId("shown").textContent = found ? say("shown", { shown: order.length, found }) : nothing;
  byId("more").hidden = order.length === found || order.length >= 1000;
}

// --- What happened, and dead letters --------------------------------------------------------------------------------

let started;
let lastEntry = null; // nothing is announced of what was there before the page

function tellFeed(entries) {
  const added = entries.filter((entry) => entry.entry > lastEntry);
  byId("feed").prepend(...added.toReversed().map(drawEntry));
  while (byId("feed").children.length > 100) byId("feed").lastElementChild.remove();
  byId("no-events").hidden = byId("feed").children.length > 0;
  const transitions = added.filter((entry) => entry.kind === "transition");
  if (lastEntry !== null && transitions.length) announce(transitions);
  lastEntry = entries.at(-1)?.entry ?? lastEntry;
}

function announce(transitions) {
  const each = transitions.map(({ node, status }) => say("announced", { node, status: word("status", status) }));
  byId("announcement").textContent =
    each.length > 3 ? say("announced_many", { count: each.length }) : each.join(". ");
}

function drawEntry(entry) {
  const element = clone("entry-template");
  const summary = element.querySelector(".summary");
  setTime(element.querySelector("time"), entry.at);
  if (entry.kind === "transition") {
    const badge = element.querySelector(".badge");
    badge.hidden = false;
    setBadge(badge, entry.status);
    const reason = entry.reason === "reached" ? "" : ` · ${word("reason", entry.reason)}`;
    const [previous, status] = [word("status", entry.previous), word("status", entry.status)];
    summary.textContent = say("turned", { node: entry.node, previous, status }) + reason;
  } else {
    summary.textContent = `${say("received", entry)} · ${entry.lane}`;
    element.append(drawDetails(entry.body));
  }
  return element;
}

function drawDetails(body, error = null) {
  const element = clone("details-template");
  element.querySelector("pre").textContent = body;
  element.querySelector(".error").textContent = error;
  element.querySelector(".error").hidden = !error;
  return element;
}

function tellLetters(letters, areMore) {
  const list = byId("letters");
  const hadFocus = list.contains(document.activeElement) || byId("replay-all") === document.activeElement;
  list.replaceChildren(...letters.map(drawLetter));
  for (const count of document.querySelectorAll(".count")) {
    count.textContent = areMore ? `${letters.length}+` : letters.length;
    count.hidden = !letters.length;
  }
  byId("replay-all").hidden = letters.length < 2;
  byId("no-letters").hidden = letters.length > 0;
  byId("replay-all").onclick = () => replay(letters.map(({ number }) => number));
  if (hadFocus) (list.querySelector("button") ?? byId("replayed")).focus();
}

function drawLetter(letter) {
  const element = clone("entry-template");
  element.querySelector(".summary").textContent =
    `${letter.event} · ${letter.lane} · ${say("attempts", { count: letter.attempts })}`;
  setTime(element.querySelector("time"), letter.at);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = say("replay");
  button.setAttribute("aria-label", say("replay_one", { number: letter.number }));
  button.addEventListener("click", () => replay([letter.number]));
  element.append(drawDetails(letter.body, letter.error), button);
  return element;
}

async function replay(numbers) {
  const request = {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ numbers }),
  };
  const answer = await fetch("replay", request).catch(() => null);
  byId("replayed").textContent =
    answer?.ok ? say("replayed", { count: (await answer.json()).replayed }) : say("replay_failed");
}

// --- The stream, and asking now and then where no stream comes through ------------------------------------------------

const SILENCE = 12000; // the server says something every 5 seconds
const IMPATIENT_SILENCE = 2000; // after a first failure
const PAUSE = 1500;
let source, timer, due, failures = 0;

function show(news) {
  serverAhead = news.now * 1000 - Date.now();
  if (news.started !== started) {
    [started, lastEntry] = [news.started, null];
    byId("feed").replaceChildren();
  }
  for (const notice of ["holding", "troubled"]) {
    if (notice in news) byId(notice).hidden = !news[notice];
  }
  news.rows?.forEach(drawRow);
  if (news.order) {
    arrange(news.order);
    tellCounts(news);
  }
  if (news.feed) tellFeed(news.feed);
  if (news.letters) tellLetters(news.letters, news.more_letters);
  lastEntry ??= 0;
}

function tellConnection(state) {
  if (byId("connection").dataset.state === state) return;
  byId("connection").dataset.state = state;
  byId("connection").textContent = say(state);
}

function connect() {
  source?.close();
  const stream = source = new EventSource(`stream?${parameters()}`);
  expectNews(failures ? IMPATIENT_SILENCE : SILENCE);
  stream.onmessage = (message) => {
    failures = 0;
    expectNews(SILENCE);
    show(JSON.parse(message.data));
    tellConnection("live");
  };
  stream.onerror = () => {
    const within = stream.readyState === EventSource.CLOSED ? 0 : IMPATIENT_SILENCE;
    if (Date.now() + within < due) expectNews(within); // and not later with each attempt that fails
  };
}

function expectNews(within) {
  clearTimeout(timer);
  due = Date.now() + within;
  timer = setTimeout(askOnce, within);
}

async function askOnce() {
  source.close();
  failures += 1;
  const answer = await fetch(`board?${parameters()}`, { signal: AbortSignal.timeout(SILENCE) }).catch(() => null);
  if (answer?.status === 403) return location.reload();
  if (answer?.ok) show(await answer.json());
  tellConnection(answer?.ok ? "polling" : "lost");
  clearTimeout(timer);
  timer = setTimeout(connect, PAUSE);
}

// --- What is looked for, and in which colours ----------------------------------------------------------------------

const given = new URLSearchParams(location.search);
const wanted = { q: given.get("q") ?? "", status: given.get("status") ?? "", limit: 100 };

const parameters = () => new URLSearchParams(Object.entries(wanted).filter(([, value]) => value)).toString();

function look(changes) {
  Object.assign(wanted, changes);
  const kept = new URLSearchParams(parameters());
  kept.delete("limit");
  history.replaceState(null, "", `${location.pathname}${kept.size ? `?${kept}` : ""}`);
  for (const button of byId("filters").children) {
    button.setAttribute("aria-pressed", String(button.dataset.filter === (wanted.status || "all")));
  }
  connect();
}

for (const filter of ["all", "online", "offline", "degraded", "unknown", "disabled"]) {
  const button = document.createElement("button");
  const number = document.createElement("span");
  number.className = "number";
  button.type = "button";
  button.dataset.filter = filter;
  button.append(filter === "all" ? say("all") : word("status", filter), " ", number);
  button.addEventListener("click", () => look({ status: filter === "all" ? "" : filter, limit: 100 }));
  byId("filters").append(button);
}

let typing;
byId("search").value = wanted.q;
byId("search").addEventListener("input", ({ target }) => {
  clearTimeout(typing);
  typing = setTimeout(() => look({ q: target.value, limit: 100 }), 200);
});
byId("query").addEventListener("submit", (submission) => submission.preventDefault());
byId("more").addEventListener("click", () => look({ limit: wanted.limit + 100 }));

const isDark = () => getComputedStyle(document.documentElement).colorScheme === "dark"
  || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
const nameTheme = () => { byId("theme").textContent = say(isDark() ? "to_light" : "to_dark"); };

byId("theme").addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  document.cookie = `znp_theme=${theme}; Path=${location.pathname}; Max-Age=31536000; SameSite=Lax`;
  nameTheme();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
nameTheme();
look({});
