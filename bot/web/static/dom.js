// Small tools for the page: making elements (text stays text), days and sizes in Chinese.

const WEEKDAYS = "日一二三四五六";

/** An element. Properties beginning with "on" are listeners, "data" a map, the rest attributes. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** An ISO instant with +08:00 as a Date whose UTC parts are those of the wall in China. */
export function inChina(iso) {
  return new Date(new Date(iso).getTime() + 8 * 3600_000);
}

export function dayOf(date) {
  return `${date.getUTCMonth() + 1}月${date.getUTCDate()}日 周${WEEKDAYS[date.getUTCDay()]}`;
}

export function hourOf(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

/** Where somebody belongs: school and branch, the school left out when the branch names it. */
export function placeOf({ unit, branch }) {
  const parts = branch.startsWith(unit) ? [branch] : [unit, branch];
  return [...new Set(parts)].filter(Boolean).join(" · ");
}

/** An avatar: the first character of the name, coloured by the widest role. */
export function avatar(person) {
  const role = { 管理员: "administrator", 书记: "secretary", 访客: "guest" }[person.roles[0]];
  return h("span", { class: `avatar ${role ?? "teacher"}`, "aria-hidden": "true" }, [...person.name][0]);
}

/** Open a dialog; the promise says whether it was ended with its main button. */
export function ask(dialog) {
  return new Promise((resolve) => {
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true });
    // No submit button: Enter in a field means the main one.
    dialog.querySelector("[data-leave]").onclick = () => dialog.close();
    dialog.showModal();
  });
}
