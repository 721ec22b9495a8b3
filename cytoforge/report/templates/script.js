"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);

  // Theme: auto follows the system; a choice is kept where the browser lets a page keep one.
  const themes = ["auto", "light", "dark"];
  const store = {
    get: () => { try { return localStorage.getItem("cytoforge-theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("cytoforge-theme", value); } catch { /* private window */ } },
  };
  const setTheme = (name) => {
    if (name === "auto") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.dataset.theme = name;
    byId("theme").textContent = `Theme: ${name}`;
    byId("theme").dataset.value = name;
  };
  const asked = new URLSearchParams(location.search).get("theme") || store.get();
  setTheme(themes.includes(asked) ? asked : "auto");
  byId("theme").hidden = byId("print").hidden = false;
  byId("theme").addEventListener("click", () => {
    const next = themes[(themes.indexOf(byId("theme").dataset.value) + 1) % themes.length];
    setTheme(next);
    store.set(next);
  });
  byId("print").addEventListener("click", () => window.print());

  // Tabs: groups of one kind follow each other, so a model is chosen once for the whole page.
  const groups = all("[data-tabs]");
  const show = (kind, name) => {
    for (const group of groups.filter((g) => g.dataset.tabs === kind)) {
      const panels = all(":scope > [data-tab]", group);
      if (!panels.some((panel) => panel.dataset.tab === name)) continue;
      for (const panel of panels) panel.hidden = panel.dataset.tab !== name;
      for (const button of all(":scope > .tablist > button", group)) {
        const chosen = button.dataset.name === name;
        button.setAttribute("aria-selected", chosen);
        button.tabIndex = chosen ? 0 : -1;
      }
    }
  };
  groups.forEach((group, g) => {
    const panels = all(":scope > [data-tab]", group);
    if (panels.length < 2) return;
    group.classList.add("tabbed");
    const list = document.createElement("div");
    list.className = "tablist";
    list.setAttribute("role", "tablist");
    panels.forEach((panel, p) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = button.dataset.name = panel.dataset.tab;
      button.setAttribute("role", "tab");
      panel.id = `panel-${g}-${p}`;
      panel.setAttribute("role", "tabpanel");
      button.setAttribute("aria-controls", panel.id);
      button.addEventListener("click", () => {
        const before = button.getBoundingClientRect().top;
        show(group.dataset.tabs, panel.dataset.tab);
        window.scrollBy({ top: button.getBoundingClientRect().top - before, behavior: "instant" });
      });
      list.append(button);
    });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const buttons = [...list.children];
      const at = buttons.indexOf(document.activeElement);
      if (!step || at < 0) return;
      const next = buttons[(at + step + buttons.length) % buttons.length];
      next.click();
      next.focus();
    });
    group.prepend(list);
  });
  for (const group of groups) {
    const first = group.querySelector(":scope > [data-first]") || group.querySelector(":scope > [data-tab]");
    if (first) show(group.dataset.tabs, first.dataset.tab);
  }
  for (const first of all("[data-first]")) show(first.parentElement.dataset.tabs, first.dataset.tab);

  // Sorting: numbers by data-sort, empty cells last whichever way, the old order where equal.
  const key = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return "";
    const text = cell.dataset.sort ?? cell.textContent.trim();
    return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  for (const table of all("table.sortable")) {
    const heads = all("thead th", table);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
        for (const body of table.tBodies) {
          const rows = [...body.rows].map((row) => [key(row, column), row]);
          rows.sort(([a], [b]) => (a === "") - (b === "") || (a === "" ? 0 : sign * compare(a, b)));
          body.append(...rows.map(([, row]) => row));
        }
      });
    });
  }

  // Lightbox: arrow keys swap the pictures of a group in place, to compare them by blinking.
  const box = byId("lightbox");
  const stage = byId("lightbox-stage");
  let pictures = [], at = 0, zoom = 1;
  const fit = () => {
    const image = stage.querySelector("img");
    if (!image) return;
    const scale = Math.min(stage.clientWidth / image.getAttribute("width"), stage.clientHeight / image.getAttribute("height"));
    image.parentElement.style.width = `${image.getAttribute("width") * scale * zoom}px`;
    stage.style.cursor = zoom < 8 ? "zoom-in" : "zoom-out";
  };
  const draw = () => {
    const place = [stage.scrollLeft, stage.scrollTop];
    stage.replaceChildren(pictures[at].querySelector(".frame").cloneNode(true));
    for (const button of all("[data-step]", box)) button.hidden = pictures.length < 2;
    const count = pictures.length > 1 ? ` (${at + 1} of ${pictures.length})` : "";
    byId("lightbox-title").textContent = pictures[at].getAttribute("aria-label").replace("Enlarge: ", "") + count;
    fit();
    stage.scrollTo(...place);
  };
  const magnify = (next, x = 0.5, y = 0.5) => {
    const [w, h] = [stage.scrollWidth, stage.scrollHeight];
    const centre = [(stage.scrollLeft + stage.clientWidth * x) / w, (stage.scrollTop + stage.clientHeight * y) / h];
    zoom = Math.min(Math.max(next, 1), 8);
    fit();
    stage.scrollTo(centre[0] * stage.scrollWidth - stage.clientWidth * x, centre[1] * stage.scrollHeight - stage.clientHeight * y);
  };
  for (const button of all(".zoom")) {
    button.addEventListener("click", () => {
      const group = button.closest("[data-group]");
      pictures = group ? all(".zoom", group) : [button];
      at = pictures.indexOf(button);
      zoom = 1;
      box.showModal();
      draw();
      stage.focus();
    });
  }
  stage.addEventListener("click", (event) => {
    if (event.target === stage) { box.close(); return; }
    const area = stage.getBoundingClientRect();
    magnify(zoom < 8 ? zoom * 2 : 1, (event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height);
  });
  byId("lightbox-close").addEventListener("click", () => box.close());
  box.addEventListener("close", () => pictures[at].focus());
  const turn = (step) => { at = (at + step + pictures.length) % pictures.length; draw(); };
  for (const button of all("[data-step]", box)) button.addEventListener("click", () => turn(Number(button.dataset.step)));
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) turn(step);
    else if (event.key === "+" || event.key === "=") magnify(zoom * 2);
    else if (event.key === "-") magnify(zoom / 2);
    else return;
    event.preventDefault();
  });
  window.addEventListener("resize", () => { if (box.open) fit(); });

  // Where the reader is, in the contents.
  const links = new Map(all(".contents a").map((link) => [byId(link.hash.slice(1)), link]));
  const mark = () => {
    let current = null;
    for (const target of links.keys()) if (target.getBoundingClientRect().top < innerHeight * 0.3) current = target;
    for (const [target, link] of links) {
      link.classList.toggle("here", target === current);
      if (target === current) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  }, { passive: true });
  mark();
})();
