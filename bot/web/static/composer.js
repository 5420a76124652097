// Where a person writes: text, files, a place, a link.

import { ask, byId, h } from "./dom.js";

const TALLEST = 140;

/** The payload of a deep link: what stands behind start=, or the text itself. */
export function payloadOf(text) {
  const found = /[?&]start=([^&#\s]+)/.exec(text);
  if (!found) return text.trim();
  try {
    return decodeURIComponent(found[1]);
  } catch {
    return found[1];
  }
}

export class Composer {
  constructor(name, { onText, onFile, onPlace, onOpen, onEscape }) {
    this.on = { onText, onFile, onPlace, onOpen, onEscape };
    this.field = h("textarea", {
      rows: 1,
      placeholder: "给木铎发消息",
      "aria-label": `以${name}的身份给木铎发消息`,
      enterkeyhint: "send",
      onkeydown: (event) => this.onKey(event),
      oninput: () => this.grow(),
      onpaste: (event) => this.onPaste(event),
    });
    this.picker = h("input", { type: "file", class: "unseen", tabindex: "-1", "aria-hidden": "true" });
    this.picker.addEventListener("change", () => this.pickFiles(this.picker.files));
    this.menu = h(
      "div",
      { class: "menu", role: "menu", "aria-label": "发送别的内容", hidden: true },
      this.item("文件或图片", () => this.picker.click()),
      this.item("位置", () => this.sendPlace()),
      this.item("打开链接", () => this.openLink()),
    );
    this.more = h(
      "button",
      {
        type: "button",
        class: "more",
        "aria-label": "发送文件、位置或打开链接",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        onclick: () => this.toggle(),
      },
      "＋",
    );
    const send = h("button", { type: "submit", class: "send", "aria-label": "发送" }, "发送");
    this.element = h(
      "form",
      { class: "composer", onsubmit: (event) => this.submit(event) },
      this.menu,
      this.picker,
      this.more,
      this.field,
      send,
    );
    this.element.addEventListener("keydown", (event) => this.onMenuKey(event));
    this.element.addEventListener("focusout", (event) => {
      if (!this.element.contains(event.relatedTarget)) this.toggle(false);
    });
  }

  focus() {
    this.field.focus();
  }

  item(label, act) {
    return h(
      "button",
      {
        type: "button",
        role: "menuitem",
        onclick: () => {
          this.toggle(false);
          act();
        },
      },
      label,
    );
  }

  toggle(isOpen = this.menu.hidden) {
    if (this.menu.hidden === !isOpen) return;
    this.menu.hidden = !isOpen;
    this.more.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.menu.firstElementChild.focus();
  }

  submit(event) {
    event?.preventDefault();
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = "";
    this.grow();
    this.on.onText(text);
  }

  onKey(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) this.submit(event);
    else if (event.key === "Escape") this.on.onEscape();
  }

  onMenuKey(event) {
    if (this.menu.hidden) return;
    const items = [...this.menu.children];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      this.toggle(false);
      this.more.focus();
    } else if (to !== undefined) {
      event.preventDefault();
      items[(to + items.length) % items.length].focus();
    }
  }

  onPaste(event) {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    this.pickFiles(event.clipboardData.files);
  }

  pickFiles(files) {
    for (const file of files) this.on.onFile(file);
    this.picker.value = "";
    this.focus();
  }

  async sendPlace() {
    if (await ask(byId("place-dialog"))) {
      const of = (id) => Number(byId(id).value);
      this.on.onPlace({ latitude: of("latitude"), longitude: of("longitude") });
    }
    this.focus();
  }

  async openLink() {
    byId("link").value = "";
    if (await ask(byId("link-dialog"))) this.on.onOpen(payloadOf(byId("link").value));
    this.focus();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST)}px`;
  }
}
