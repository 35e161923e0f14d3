// Keeps the parts of a page that change up to date while it is looked at: those with `data-live` are taken from the same page, asked for
// again each second; a log with `data-follow` goes on by server-sent events.
"use strict";

const PERIOD_MS = 1000;
let asking = false;

function isInUse(part) {
  const selection = document.getSelection();
  return selection && !selection.isCollapsed && part.contains(selection.anchorNode);
}

function isAtEnd(log) {
  return log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
}

function replace(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.replaceChildren(...fresh.childNodes);
  if (focused !== null) {
    for (const link of part.querySelectorAll("a")) {
      if (link.getAttribute("href") === focused) {
        link.focus({ preventScroll: true });
        break;
      }
    }
  }
}

async function refresh() {
  const parts = [...document.querySelectorAll("[data-live]")];
  if (asking || document.hidden || parts.length === 0) return;
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const next = fresh.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
      if (next && next.innerHTML !== part.innerHTML && !isInUse(part)) replace(part, next);
    }
    document.body.classList.remove("gone");
  } catch {
    document.body.classList.add("gone");
  } finally {
    asking = false;
  }
}

// Lines of a log that a page keeps.
const MOST_LINES = 2000;

function append(log, lines) {
  const stays = isAtEnd(log);
  for (const { at, text } of lines) {
    const line = document.createElement("span");
    line.className = "line";
    const time = document.createElement("time");
    const message = document.createElement("bdi");
    time.textContent = at;
    message.textContent = text;
    line.append(time, " ", message, "\n");
    log.append(line);
  }
  while (log.childElementCount > MOST_LINES && !isInUse(log)) log.firstElementChild.remove();
  if (stays) log.scrollTop = log.scrollHeight;
}

// A browser has six connections for a host, whatever the number of tabs: only a log that is looked at holds one.
function follow(log) {
  let behind = log.dataset.behind;
  let source = null;
  function update() {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (source === null || source.readyState === EventSource.CLOSED) {
      source = new EventSource(`${log.dataset.follow}?behind=${behind}`);
      source.onmessage = ({ data, lastEventId }) => {
        behind = lastEventId;
        append(log, JSON.parse(data));
      };
    }
  }
  document.addEventListener("visibilitychange", update);
  setInterval(update, PERIOD_MS);
  update();
}

for (const log of document.querySelectorAll("[data-follow]")) follow(log);
// A file that is chosen is shown before it is sent.
for (const chosen of document.querySelectorAll("input[type=file][data-into]")) {
  chosen.addEventListener("change", async () => {
    const into = chosen.form.elements[chosen.dataset.into];
    if (chosen.files.length > 0) into.value = await chosen.files[0].text();
  });
}
for (const log of document.querySelectorAll(".log")) log.scrollTop = log.scrollHeight;
setInterval(refresh, PERIOD_MS);
document.addEventListener("visibilitychange", refresh);
