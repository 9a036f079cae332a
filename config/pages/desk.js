"use strict";
// The pages work without this script; with it they follow what happens, and a form needs no reload.
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];

  const remembered = (theme) => {
    try {
      if (theme !== undefined) localStorage.setItem("newsbot-theme", theme);
      return localStorage.getItem("newsbot-theme") || "";
    } catch {
      return theme || "";
    }
  };
  const setTheme = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  setTheme(remembered());
  byId("theme").value = remembered();
  for (const label of all(".theme")) label.hidden = false;
  byId("theme").addEventListener("change", (event) => {
    remembered(event.target.value);
    setTheme(event.target.value);
  });

  const tell = (text, kind = "fault") => {
    const line = document.createElement("p");
    line.className = kind;
    line.textContent = text;
    byId("said").replaceChildren(line);
  };

  // What the server sends as a document runs no script; it takes the place of what is shown.
  const adopt = (request, keepsSaid) => {
    const fresh = request.response?.getElementById("main");
    const frame = request.response?.querySelector(".top");
    if (!fresh || !frame) {
      location.reload(); // the session is over: the page that asks for the token
      return;
    }
    const focused = document.activeElement?.id;
    const open = all("main details[open][id]").map((one) => one.id);
    const place = scrollY;
    byId("main").replaceWith(fresh);
    for (const id of open) byId(id)?.setAttribute("open", "");
    if (!keepsSaid) byId("said").replaceWith(request.response.getElementById("said"));
    if (focused) byId(focused)?.focus({ preventScroll: true });
    scrollTo(0, place);
  };
  const ask = (method, address, body, done) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.responseType = "document";
    request.timeout = 60000;
    request.onload = () => done(request);
    request.onerror = request.ontimeout = () => tell("newsbot does not answer; is it running?");
    request.send(body);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || "whole" in form.dataset) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    const button = event.submitter;
    if (button) button.disabled = true;
    ask("POST", event.submitter?.formAction || form.action, fields, (request) => {
      if (button) button.disabled = false;
      adopt(request, false);
    });
  });

  const isWriting = () => document.activeElement?.closest("main input, main textarea, main select");
  const renew = () => {
    if (document.hidden || isWriting()) return;
    ask("GET", location.href, null, (request) => { if (!isWriting()) adopt(request, true); });
  };
  const every = Number(byId("main").dataset.renew);
  if (every) setInterval(renew, every * 1000);

  // Server-sent events: each fills a copy of the list's template, as text.
  const list = byId("live");
  if (list) {
    const most = Number(list.dataset.most);
    const events = new EventSource(list.dataset.events);
    events.addEventListener("decision", (event) => {
      const news = JSON.parse(event.data);
      const row = byId("decision").content.cloneNode(true);
      for (const field of row.querySelectorAll("[data-fill]")) {
        field.textContent = news[field.dataset.fill];
        field.classList.add(...(field.dataset.fill === "state" ? [news.kind] : []));
      }
      for (const link of row.querySelectorAll("a")) link.href = news.href;
      byId("live").prepend(row);
      while (byId("live").children.length > most) byId("live").lastElementChild.remove();
    });
  }
})();
