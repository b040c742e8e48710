// Keeps what was typed into the form of a new visit on this phone until the portal has saved it, and puts it back.
//
// The page works without this. A draft carries the form's number (form_id): if a visit was saved although the answer got
// lost on the way, sending the draft again gives the visit that is there and writes no second one.

const PREFIX = "draft:";
const KEEP_DAYS = 7;
const SKIPPED = new Set(["csrf_token"]);

const read = (key) => {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
};

const write = (key, draft) => {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // A full or forbidden storage loses the draft, never the form.
  }
};

const drafts = () => {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
};

const forget = (key) => {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept then.
  }
};

const values = (form) => [...new FormData(form)].filter(([name, value]) => !SKIPPED.has(name) && typeof value === "string");

const fill = (form, saved) => {
  for (const [name, value] of saved) {
    for (const box of form.elements) {
      if (box.name !== name || SKIPPED.has(name)) continue;
      if (box.type === "radio" || box.type === "checkbox") box.checked = box.value === value;
      else box.value = value;
    }
  }
};

const dropOld = () => {
  for (const key of drafts()) {
    const draft = read(key);
    if (!draft || !(Date.now() - draft.at < KEEP_DAYS * 86_400_000)) forget(key);
  }
};

const dropSaved = (formId) => {
  for (const key of drafts()) {
    if (read(key)?.values.some(([name, value]) => name === "form_id" && value === formId)) forget(key);
  }
};

const keep = (place) => {
  const form = place.querySelector("form");
  const status = place.querySelector("[data-draft-status]");
  const key = PREFIX + place.dataset.draft;
  const draft = read(key);
  const save = () => write(key, { at: Date.now(), values: values(form) });
  if ("draftAnswered" in place.dataset) save();
  else if (draft && Array.isArray(draft.values)) {
    fill(form, draft.values);
    status.textContent = place.dataset.draftRestored;
  }
  form.addEventListener("input", save);
  form.addEventListener("submit", (event) => {
    save();
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    status.textContent = place.dataset.draftOffline;
    status.scrollIntoView({ block: "nearest" });
  });
};

dropOld();
for (const place of document.querySelectorAll("[data-draft-saved]")) dropSaved(place.dataset.draftSaved);
for (const place of document.querySelectorAll("[data-draft]")) keep(place);
