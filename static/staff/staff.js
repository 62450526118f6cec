/* Makes nicer what works without. Each page's part starts only where its elements are. */

/* Who gives a day or a time means that time, and not "now". */
document.querySelectorAll("[data-when]").forEach((box) => {
  box.addEventListener("input", (event) => {
    if (event.target.value && ["date", "time"].includes(event.target.name)) {
      box.querySelector("[value=later]").checked = true;
    }
  });
});

/* A secret address: one press copies it. */
document.querySelectorAll("[data-copy]").forEach((button) => {
  const field = document.getElementById(button.dataset.copy);
  const said = document.querySelector("[data-copy-said]");
  if (!field || !said || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied.";
    } catch {
      field.select();
      said.textContent = "Could not copy by itself: press Ctrl and C now.";
    }
  });
});

/* A form whose answer is shown only once: a second press would hide it. */
document.querySelectorAll("form[data-once]").forEach((form) => {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => { sent = false; });
});
