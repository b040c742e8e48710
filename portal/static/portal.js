// Adds comfort to pages that work without it: GOV.UK Frontend's components, and a change of view on the spot.

const script = document.querySelector("script[data-components]");
document.body.classList.add("js-enabled", "govuk-frontend-supported");
const { initAll } = await import(script.dataset.components);
initAll();

// The view changes without leaving the page, so that nothing typed is lost; the request only makes it remembered.
for (const form of document.querySelectorAll("form[data-view]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(form);
    for (const name of ["look", "size"]) {
      document.documentElement.dataset[name] = chosen.get(name);
      for (const box of document.querySelectorAll(`form[data-view] [name="${name}"]`)) {
        box.checked = box.value === chosen.get(name);
      }
    }
    fetch(`/view?look=${chosen.get("look")}&size=${chosen.get("size")}`);
  });
}

// A message that something was done is read out and gets the focus, as it comes after a change of page.
document.querySelector(".notice[role=alert]")?.setAttribute("tabindex", "-1");
document.querySelector(".notice[role=alert]")?.focus();
