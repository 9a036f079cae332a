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
  const prepare = () => {
    byId("theme").value = remembered();
    for (const label of all(".theme")) label.hidden = false;
  };
  setTheme(remembered());
  prepare();
  document.addEventListener("change", (event) => {
    if (event.target.id !== "theme") return;
    remembered(event.target.value);
    setTheme(event.target.value);
  });

  const tell = (text, id = "") => {
    const line = document.createElement("p");
    line.className = "fault";
    line.textContent = text;
    line.id = id;
    byId("said").replaceChildren(line);
  };
  const release = () => {
    for (const button of all("main button:disabled")) button.disabled = false;
  };
  // No page of the desk came: newsbot is away, maybe behind a web server that says so, or refuses a form.
  const explain = (status) => {
    const { silent, refused, away } = byId("said").dataset;
    if (!status || status >= 500) tell(silent, "silent");
    else tell(status === 401 ? away : refused);
  };

  // What the server sends as a document runs no script; its parts take the places of those shown.
  let read = Date.now();
  const adopt = (request, parts, pressed) => {
    const fresh = request.response;
    if (!fresh?.querySelector(".top")) {
      // The session is over: the page that asks for the token, unless something typed would be lost.
      if (request.status === 401 && !document.querySelector("form[data-live]")) location.reload();
      else explain(request.status);
      release();
      return;
    }
    byId("silent")?.remove();
    const focused = pressed || document.activeElement?.id;
    const open = all("main details[open][id]").map((one) => one.id);
    const place = scrollY;
    for (const part of parts) document.querySelector(part).replaceWith(fresh.querySelector(part));
    for (const id of open) byId(id)?.setAttribute("open", "");
    prepare();
    // A button that is gone gave its place to the one that takes its deed back, or to none.
    const heir = focused?.replace(/^(pause|resume)/, (deed) => (deed === "pause" ? "resume" : "pause"));
    (byId(focused) ?? byId(heir) ?? (pressed === undefined ? null : byId("main")))?.focus({ preventScroll: true });
    scrollTo(0, place);
    read = Date.now();
    follow();
  };
  const ask = (method, address, body, done) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.responseType = "document";
    request.timeout = 60000;
    request.onload = () => done(request);
    request.onerror = request.ontimeout = () => {
      release();
      explain(0);
    };
    request.send(body);
    return request;
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || "whole" in form.dataset) return;
    event.preventDefault();
    const button = event.submitter;
    clearTimeout(waiting);
    asked?.abort();
    const fields = new URLSearchParams(new FormData(form, button));
    if (button) button.disabled = true;
    ask("POST", button?.hasAttribute("formaction") ? button.formAction : form.action, fields, (request) => {
      const there = new URL(request.responseURL);
      there.searchParams.delete("said");
      const isElsewhere = there.pathname !== location.pathname;
      // What could not be saved is answered without a query: the page keeps the one that leads to it.
      if (!("live" in form.dataset) || there.search) history[isElsewhere ? "pushState" : "replaceState"](null, "", there);
      adopt(request, [".top", "#said", "#main"], button?.id);
      if (isElsewhere) scrollTo(0, 0);
      if (isElsewhere) byId("main").focus();
    });
  });

  // What is typed is shown as the server draws it; where it has mistakes, the posts before stay.
  let waiting = 0;
  let asked = null;
  const draw = (form) => {
    asked?.abort();
    asked = ask("POST", form.action, new URLSearchParams(new FormData(form)), (request) => {
      const fresh = request.response;
      if (!fresh?.getElementById("shown") || !byId("shown")) {
        const said = fresh?.querySelector("#said p")?.textContent;
        if (said) tell(said);
        else explain(request.status);
        return;
      }
      byId("silent")?.remove();
      byId("mistakes").replaceWith(fresh.getElementById("mistakes"));
      if (byId("mistakes").childElementCount) byId("shown").classList.add("stale");
      else byId("shown").replaceWith(fresh.getElementById("shown"));
    });
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-live]");
    clearTimeout(waiting);
    if (form) waiting = setTimeout(draw, 250, form);
    if (form) form.dataset.live = "typed";
  });
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-live=typed]")) event.preventDefault();
  });
  addEventListener("popstate", () => location.reload());

  const isWriting = () => document.activeElement?.closest("main input, main textarea, main select");
  setInterval(() => {
    const every = Number(byId("main").dataset.renew) * 1000;
    if (!every || document.hidden || isWriting() || Date.now() - read < every) return;
    read = Date.now();
    ask("GET", location.href, null, (request) => { if (!isWriting()) adopt(request, ["#main"]); });
  }, 1000);

  // Server-sent events: each fills a copy of the list's template, as text.
  let events = null;
  const show = (event) => {
    const news = JSON.parse(event.data);
    const row = byId("decision").content.cloneNode(true);
    for (const field of row.querySelectorAll("[data-fill]")) {
      field.textContent = news[field.dataset.fill];
      if (field.dataset.fill === "state" && news.kind) field.classList.add(news.kind);
    }
    for (const link of row.querySelectorAll("a")) link.href = news.href;
    byId("live").prepend(row);
    while (byId("live").children.length > Number(byId("live").dataset.most)) {
      byId("live").lastElementChild.remove();
    }
  };
  const follow = () => {
    events?.close();
    events = byId("live") && new EventSource(byId("live").dataset.events);
    events?.addEventListener("decision", show);
  };
  follow();
})();
