// The demo's clock: what time it is, and the ways to move it forward.

import * as api from "./api.js";
import { ask, byId, dayOf, h, hourOf, inChina } from "./dom.js";

export class Clock {
  constructor(onSay) {
    this.onSay = onSay;
    this.time = byId("time");
    this.moves = byId("moves");
    this.time.addEventListener("click", () => this.toggle());
    this.moves.addEventListener("click", (event) => this.onMove(event));
    byId("choose-day").addEventListener("click", () => this.chooseDay());
    document.addEventListener("click", (event) => {
      if (!event.target.closest(".clock")) this.toggle(false);
    });
    setInterval(() => this.show(), 1000);
  }

  /** Whether something was open that Escape has closed. */
  toggle(isOpen = this.time.getAttribute("aria-expanded") !== "true") {
    const was = this.time.getAttribute("aria-expanded") === "true";
    this.time.setAttribute("aria-expanded", String(isOpen));
    return was && !isOpen;
  }

  async refresh() {
    this.take(await api.clock());
  }

  take({ now, next }) {
    this.ahead = new Date(now).getTime() - Date.now();
    const button = byId("next");
    button.disabled = !next;
    button.replaceChildren("下一件事");
    if (next) {
      const at = inChina(next);
      button.append(h("small", {}, ` ${dayOf(at)} ${hourOf(at)}`));
    }
    this.show();
  }

  now() {
    return new Date(Date.now() + (this.ahead ?? 0));
  }

  show() {
    if (this.ahead === undefined) return;
    const now = inChina(this.now());
    byId("day").textContent = `${now.getUTCFullYear()}年${dayOf(now)}`;
    byId("hour").textContent = hourOf(now);
  }

  onMove(event) {
    const { forward, next } = event.target.closest("button")?.dataset ?? {};
    if (forward) this.move({ forward });
    if (next) this.move({ next: true });
  }

  async chooseDay() {
    const input = byId("day-input");
    const tomorrow = inChina(this.now().getTime() + 86_400_000);
    input.value = `${tomorrow.toISOString().slice(0, 10)}T09:00`;
    if (await ask(byId("day-dialog"))) await this.move({ to: `${input.value}:00+08:00` });
  }

  async move(how) {
    this.time.setAttribute("aria-busy", "true");
    try {
      this.take(await api.moveClock(how));
      const now = inChina(this.now());
      this.onSay(`时间拨到了 ${dayOf(now)} ${hourOf(now)}。`);
    } catch (error) {
      this.onSay(error instanceof api.Refusal ? error.message : "连接断了，时间没有拨成。");
    } finally {
      this.time.removeAttribute("aria-busy");
      this.toggle(false);
    }
  }
}
