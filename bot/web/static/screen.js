// The meeting screen: listens to the counts and the QR, and says when it has lost the house.

const byId = (id) => document.getElementById(id);
const SILENCE = 40_000;

class Screen {
  constructor(token) {
    this.address = `/meeting/${encodeURIComponent(token)}/live`;
    this.open();
  }

  open() {
    this.source?.close();
    this.source = new EventSource(this.address);
    this.source.addEventListener("open", () => this.found());
    this.source.addEventListener("state", (event) => this.show(JSON.parse(event.data)));
    this.source.addEventListener("qr", (event) => this.draw(JSON.parse(event.data)));
    this.source.addEventListener("error", () => this.lose());
  }

  found() {
    clearTimeout(this.timer);
    byId("lost").hidden = true;
  }

  /** What was shown stays; an old QR does not, since it no longer counts. */
  lose() {
    byId("lost").hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw({}), SILENCE);
    if (this.source.readyState === EventSource.CLOSED) setTimeout(() => this.open(), 3000);
  }

  show(state) {
    this.found();
    if (state.present !== undefined) {
      byId("present").textContent = state.present;
      byId("expected").textContent = state.expected;
    }
    say("guests", state.guests ? `列席 ${state.guests} 人` : "");
    say("quorum", state.quorum);
    byId("quorum").classList.toggle("met", state.quorum_state === "met");
    say("code", state.code);
    say("line", state.line);
    if (state.is_over) this.draw({});
  }

  draw({ size, path }) {
    const picture = byId("qr");
    picture.toggleAttribute("hidden", !path);
    if (!path) return;
    picture.setAttribute("viewBox", `0 0 ${size} ${size}`);
    picture.firstElementChild.setAttribute("d", path);
  }
}

function say(id, text) {
  const place = byId(id);
  place.hidden = !text;
  place.textContent = text ?? "";
}

new Screen(document.body.dataset.token);
