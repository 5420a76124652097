// One person's chat: the conversation, what is under way, and the composer.

import * as api from "./api.js";
import { bubble, isVisible } from "./bubble.js";
import { Composer } from "./composer.js";
import { avatar, dayOf, h, inChina, placeOf } from "./dom.js";

const PATIENCE = 250;

export class Chat {
  constructor(person, { onClose, onEscape }) {
    this.person = person;
    this.lines = new Map(); // id → the newest version seen
    this.pending = new Map(); // event → the bubble that waits for its line
    this.underway = 0;
    this.log = h("ol", { class: "log", role: "log", "aria-live": "polite", "aria-label": `${person.name}和木铎的对话`, tabindex: "0" });
    this.typing = h("div", { class: "typing", hidden: true, "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.toasts = h("div", { class: "toasts", role: "status" });
    this.start = h("button", { type: "button", class: "begin", hidden: true, onclick: () => this.say("/start") }, "开始");
    this.newer = h("button", { type: "button", class: "newer", hidden: true, onclick: () => this.toEnd() }, "有新消息 ↓");
    this.composer = new Composer(person.name, {
      onText: (text) => this.say(text),
      onFile: (file) => this.sendFile(file),
      onPlace: (place) => this.send({ place }, `位置：${place.latitude.toFixed(5)}，${place.longitude.toFixed(5)}`),
      onOpen: (open) => this.send({ open }, `打开链接：${open}`),
      onEscape,
    });
    this.element = h(
      "section",
      { class: "phone", "aria-label": `${person.name}的对话`, data: { chat: person.id } },
      this.head(onClose),
      h("div", { class: "screen" }, this.log, this.typing, this.newer, this.toasts),
      this.start,
      this.composer.element,
    );
    this.isPinned = true; // to the end, until the reader scrolls up
    this.log.addEventListener("scroll", () => {
      this.isPinned = this.isAtEnd();
      if (this.isPinned) this.newer.hidden = true;
    });
    // Pictures come later than their line and make it higher; columns become narrower or are
    // seen only after they were filled.
    const keep = () => this.isPinned && this.toEnd();
    this.log.addEventListener("load", keep, { capture: true });
    new ResizeObserver(keep).observe(this.log);
  }

  head(onClose) {
    const { name, roles } = this.person;
    return h(
      "header",
      { class: "phone-head" },
      avatar(this.person),
      h(
        "div",
        { class: "who" },
        h("h2", { class: "name" }, name),
        h("p", { class: "unit" }, [roles[0], placeOf(this.person)].filter(Boolean).join(" · ")),
      ),
      h(
        "button",
        { type: "button", class: "plain close", "aria-label": `关闭${name}的对话`, onclick: onClose },
        "×",
      ),
    );
  }

  /** Read the whole conversation; also after a lost connection. */
  async load() {
    const { messages } = await api.messages(this.person.id);
    for (const line of messages) this.apply(line, { quietly: true });
    this.start.hidden = this.lines.size > 0;
    this.toEnd();
  }

  /** Show a line, or a newer version of it in its place. */
  apply(line, { quietly = false } = {}) {
    const known = this.lines.get(line.id);
    if (line.id && known && known.version >= line.version) return;
    if (line.id) this.lines.set(line.id, line);
    this.start.hidden = true;
    this.settle(line);
    const stands = line.id ? this.log.querySelector(`li[data-id="${line.id}"]`) : null;
    const wasPinned = this.isPinned;
    if (!isVisible(line)) {
      stands?.remove();
      return;
    }
    const fresh = bubble(line, (token, button) => this.tap(token, button));
    if (stands) this.replace(stands, fresh);
    else this.place(fresh, line);
    if (quietly) return;
    fresh.classList.add("fresh");
    if (wasPinned || line.author === "person") this.toEnd();
    else this.newer.hidden = stands !== null;
  }

  /** The bubble that was shown before its line was there goes. */
  settle(line) {
    const waiting = line.author === "person" && this.pending.get(line.event);
    if (!waiting) return;
    this.pending.delete(line.event);
    waiting.remove();
  }

  replace(old, fresh) {
    const keys = [...old.querySelectorAll(".key")];
    const at = keys.indexOf(document.activeElement);
    old.replaceWith(fresh);
    if (at < 0) return;
    // Whoever works by keyboard goes on where they were.
    const next = [...fresh.querySelectorAll(".key")];
    (next[Math.min(at, next.length - 1)] ?? this.composer).focus();
  }

  place(fresh, line) {
    const after = [...this.log.querySelectorAll("li[data-id]")].find(
      (each) => line.id && Number(each.dataset.id) > line.id,
    );
    const before = after ?? this.log.querySelector("li.waiting");
    this.log.insertBefore(fresh, before ?? null);
    this.separate(fresh, line);
  }

  /** A line that is the first of its day gets the day above it. */
  separate(fresh, line) {
    if (!line.at) return;
    const day = dayOf(inChina(line.at));
    if (this.log.querySelector(`li[data-day="${day}"]`)) return;
    const title = h("li", { class: "day", data: { day } }, day);
    this.log.insertBefore(title, fresh);
  }

  say(text) {
    return this.send({ text }, text);
  }

  async sendFile(file) {
    if (file.size > 20_000_000) {
      this.toast(`“${file.name}”超过 20 MB，没有发送。`);
      return;
    }
    await this.send({ file: await api.fileBody(file) }, `发送文件：${file.name}`);
  }

  async tap(token, button) {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      this.take(await this.wait(api.act(this.person.id, api.newEvent(), { tap: token })));
    } catch (error) {
      this.toast(error instanceof api.Refusal ? error.message : "连接断了，没有点成。请再点一次。");
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  /** Do something that stands in the chat as the person's own line. */
  async send(what, words, event = api.newEvent()) {
    this.start.hidden = true;
    const waiting = this.waiting(words);
    this.pending.set(event, waiting);
    this.log.append(waiting);
    this.toEnd();
    try {
      this.take(await this.wait(api.act(this.person.id, event, what)));
    } catch (error) {
      this.fail(waiting, error, () => this.send(what, words, event));
    }
  }

  waiting(words) {
    const line = { id: "", author: "person", text: words, spans: [["", words]] };
    const element = bubble(line, () => {});
    element.classList.add("waiting");
    delete element.dataset.id;
    return element;
  }

  fail(waiting, error, again) {
    const isRefused = error instanceof api.Refusal;
    const sentence = isRefused ? error.message : "没有发出去，连接断了。";
    const retry = h("button", { type: "button", class: "retry" }, "重发");
    retry.addEventListener("click", () => {
      waiting.remove();
      again();
    });
    waiting.classList.add("failed");
    waiting.append(h("p", { class: "failure", role: "alert" }, sentence, isRefused ? null : retry));
    this.toEnd();
  }

  take(answer) {
    for (const reply of answer.replies) {
      this.apply({ author: "bot", ...reply });
      if (reply.toast) this.toast(reply.toast);
    }
    if (answer.pending) this.toast("木铎还在处理，稍后会显示在这里。");
  }

  async wait(promise) {
    this.underway += 1;
    const timer = setTimeout(() => {
      this.typing.hidden = false;
      if (this.isPinned) this.toEnd();
    }, PATIENCE);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.underway -= 1;
      if (!this.underway) this.typing.hidden = true;
    }
  }

  toast(words) {
    const shown = h("p", { class: "toast" }, words);
    this.toasts.append(shown);
    setTimeout(() => shown.remove(), 4000);
  }

  isAtEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
  }

  toEnd() {
    this.newer.hidden = true;
    this.isPinned = true;
    this.log.scrollTop = this.log.scrollHeight;
  }
}
