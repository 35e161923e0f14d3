// Keeps the parts of a page that change up to date: those with `data-live` are taken from the same page, asked for again each
// second while it is looked at. A poll needs no open connection, so that any number of tabs can be open.
"use strict";

const PERIOD_MS = 1000;
let asking = false;

function isInUse(part) {
  const selection = document.getSelection();
  return selection && !selection.isCollapsed && part.contains(selection.anchorNode);
}

function replace(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const log = part.querySelector(".log");
  const isAtEnd = log && log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  const top = log ? log.scrollTop : 0;
  part.replaceChildren(...fresh.childNodes);
  const next = part.querySelector(".log");
  if (next) next.scrollTop = isAtEnd ? next.scrollHeight : top;
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
