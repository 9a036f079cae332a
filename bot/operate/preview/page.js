"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];

  // A file opened from disk may have no storage; the choice then holds until the page is closed.
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
  let theme = remembered();
  setTheme(theme);

  const tell = (text) => { byId("status").textContent = text; };

  const choices = () => all("select[data-by]").map((select) => [select.dataset.by, select.value]);
  const filter = () => {
    const wanted = choices().filter(([, value]) => value);
    for (const post of all(".shown")) {
      post.hidden = wanted.some(([name, value]) => post.dataset[name] !== value);
    }
    for (const entry of all(".entry")) entry.hidden = !entry.querySelector(".shown:not([hidden])");
    const posts = all(".shown").length;
    const left = all(".shown:not([hidden])").length;
    byId("none").hidden = left > 0 || posts === 0;
    return wanted.length ? `${left} of ${posts} shown` : "";
  };

  const setZone = (zone) => {
    const [two, timeZone] = ["2-digit", zone || undefined];
    const form = { year: "numeric", month: two, day: two, hour: two, minute: two, timeZone };
    const local = new Intl.DateTimeFormat("sv", form);
    for (const time of all("time[datetime]")) {
      time.textContent = `${local.format(new Date(time.dateTime))} ${zone || local.resolvedOptions().timeZone}`;
    }
  };
  let zone;
  const prepare = () => {
    byId("controls").hidden = false;
    byId("theme").value = theme;
    if (zone !== undefined) {
      byId("zone").value = zone;
      setZone(zone);
    }
  };
  prepare();

  document.addEventListener("change", (event) => {
    if (event.target.id === "theme") {
      theme = event.target.value;
      remembered(theme);
      setTheme(theme);
    } else if (event.target.id === "zone") {
      zone = event.target.value;
      setZone(zone);
    } else if (event.target.dataset.by) {
      tell(filter());
    }
  });
  document.addEventListener("submit", (event) => event.preventDefault());

  const move = (step) => {
    const posts = all(".shown:not([hidden])");
    const here = posts.indexOf(document.activeElement.closest(".shown"));
    const next = here < 0 ? (step > 0 ? 0 : posts.length - 1) : here + step;
    const post = posts[Math.min(Math.max(next, 0), posts.length - 1)];
    if (!post) return;
    post.focus({ preventScroll: true });
    post.scrollIntoView({ block: "nearest" });
  };
  const steps = { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("select, input, textarea, pre");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in steps)) return;
    event.preventDefault();
    move(steps[event.key]);
  });

  if (!byId("page").dataset.version) return;

  // The page is asked for anew and put in the place of the old one; scripts in it do not run.
  const adopt = (fresh) => {
    const kept = choices();
    const focused = document.activeElement.id;
    const place = scrollY;
    byId("page").replaceWith(fresh);
    prepare();
    for (const [name, value] of kept) {
      const select = byId(`by-${name}`);
      if ([...select.options].some((option) => option.value === value)) select.value = value;
    }
    filter();
    if (focused) byId(focused)?.focus({ preventScroll: true });
    scrollTo(0, place);
  };
  const refresh = () => {
    const request = new XMLHttpRequest();
    request.open("GET", "/");
    request.responseType = "document";
    request.onload = () => {
      const fresh = request.response?.getElementById("page");
      if (request.status !== 200 || !fresh) return;
      adopt(fresh);
      tell(`updated ${new Date().toLocaleTimeString()}`);
    };
    request.send();
  };
  const events = new EventSource("/events");
  events.addEventListener("page", (event) => {
    if (event.data !== byId("page").dataset.version) refresh();
  });
  events.addEventListener("open", () => tell("live: save the configuration or a template, and look"));
  events.addEventListener("error", () => tell("the preview was stopped; waiting for it"));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("#refetch");
    if (!button) return;
    button.disabled = true;
    tell("fetching…");
    try {
      const answer = await fetch("/refetch", { method: "POST" });
      tell(answer.ok ? "fetched" : `not fetched: ${answer.status}`);
    } catch {
      tell("not fetched: the preview was stopped");
    }
    const again = byId("refetch");
    if (again) again.disabled = false;
  });
})();
